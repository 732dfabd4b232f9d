//! Reads the accepted mails from the mail emulator.
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::wait;

/// The mail emulator's inbox.
#[derive(Clone, Debug)]
pub struct Mailbox {
    http: reqwest::Client,
    /// `http://127.0.0.1:<port>`.
    pub origin: String,
}

/// One accepted mail.
#[derive(Clone, Debug, Deserialize)]
pub struct Mail {
    /// The provider's id.
    pub id: String,
    /// The sender, with its name.
    pub from: String,
    /// The receivers.
    pub to: Vec<String>,
    /// Where an answer goes.
    #[serde(default)]
    pub reply_to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The HTML part.
    #[serde(default)]
    pub html: Option<String>,
    /// The text part.
    #[serde(default)]
    pub text: Option<String>,
    /// Headers of our own, by name as sent.
    #[serde(default)]
    pub headers: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
struct Listing {
    data: Vec<Mail>,
}

impl Mailbox {
    pub(crate) fn new(http: reqwest::Client, origin: &str) -> Self {
        Self { http, origin: origin.to_owned() }
    }

    /// The page on which people read.
    pub fn page(&self) -> String {
        format!("{}/inbox", self.origin)
    }

    /// Every accepted mail.
    pub async fn all(&self) -> Result<Vec<Mail>> {
        let response = self.http.get(format!("{}/emails", self.origin)).send().await?.error_for_status()?;
        let listing: Listing = response.json().await.context("the mail emulator answers in JSON")?;
        Ok(listing.data)
    }

    /// The mails to one address.
    pub async fn to(&self, address: &str) -> Result<Vec<Mail>> {
        let mails = self.all().await?;
        Ok(mails.into_iter().filter(|mail| mail.to.iter().any(|to| to == address)).collect())
    }

    /// Waits for the first mail to an address.
    pub async fn first_to(&self, address: &str, deadline: Duration) -> Result<Mail> {
        wait::until(&format!("a mail to {address}"), deadline, || async move {
            Ok(self.to(address).await?.into_iter().next())
        })
        .await
    }
}

impl Mail {
    /// A header of our own, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let headers = self.headers.as_ref()?;
        headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first link of the text part that goes to this address (`http://…/r/`).
    pub fn link(&self, start: &str) -> Option<&str> {
        let text = self.text.as_deref()?;
        let from = text.get(text.find(start)?..)?;
        let end =
            from.find(|letter: char| letter.is_whitespace() || matches!(letter, ')' | '>' | '"')).unwrap_or(from.len());
        from.get(..end)
    }
}
