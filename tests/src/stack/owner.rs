//! The tasks of a shop's owner: log in, set the site up, copy its key and its secret.

use anyhow::{Context, Result, bail};
use cartwake_shared::policy::Setting;

use crate::client::{Answer, Client};

/// A site as its owner connects it to the shop.
#[derive(Clone, Debug)]
pub struct Site {
    /// The id in the webhook's address.
    pub id: String,
    /// The public key in the tag, `pk_…`.
    pub key: String,
    /// The secret of its webhooks, `whsec_…`.
    pub secret: String,
}

/// The owner's session on the dashboard.
#[derive(Clone, Debug)]
pub struct Owner {
    client: Client,
    cookie: String,
}

impl Owner {
    /// Logs in with the admin secret.
    pub async fn log_in(client: Client, secret: &str) -> Result<Self> {
        let answer = client.form("/login", "", &[("secret", secret)]).await?.expect_status(303)?;
        let cookie = answer.header("set-cookie").context("the log-in set no cookie")?;
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(Self { client, cookie })
    }

    /// Fills in the set-up form for a shop at this origin and reads the keys from the settings page.
    pub async fn set_up(&self, shop: &str) -> Result<Site> {
        let host = shop.split("://").nth(1).context("a shop's origin starts with its scheme")?;
        let restore_url = format!("{shop}/cart.html");
        let token = between(&self.page("/setup").await?.body, "name=\"csrf\" value=\"", "\"")?.to_owned();
        let form = form(&token, host, &restore_url);
        self.client
            .form("/setup", &self.cookie, &form)
            .await?
            .expect_status(303)
            .context("the set-up form was refused")?;
        let settings = self.page("/settings?secret=show").await?.body;
        Ok(Site {
            id: boxed(&settings, "site-id")?.to_owned(),
            key: between(boxed(&settings, "tag")?, "data-site=&quot;", "&quot;")?.to_owned(),
            secret: boxed(&settings, "order-secret")?.to_owned(),
        })
    }

    /// The key with which the shop's server signs its customers, `ck…`.
    pub async fn customer_key(&self) -> Result<String> {
        let settings = self.page("/settings?secret=customers").await?.body;
        Ok(boxed(&settings, "customer-key")?.to_owned())
    }

    /// Changes the site's hosts, the shop that recovery links lead to, and these fields of the form.
    pub async fn settle(&self, hosts: &str, shop: &str, fields: &[(&str, &str)]) -> Result<()> {
        let page = self.page("/settings").await?.body;
        let token = between(&page, "name=\"csrf\" value=\"", "\"")?.to_owned();
        let restore_url = format!("{shop}/cart");
        let mut form = form(&token, hosts, &restore_url);
        form.retain(|(name, _)| fields.iter().all(|(changed, _)| changed != name));
        form.extend_from_slice(fields);
        let answer = self.client.form("/settings", &self.cookie, &form).await?;
        answer.expect_status(303).context("the settings were refused")?;
        Ok(())
    }

    /// Sends a form of the dashboard.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Result<Answer> {
        self.client.form(path, &self.cookie, fields).await
    }

    /// Any page, whatever its status.
    pub async fn any_page(&self, path: &str) -> Result<Answer> {
        self.client.page(path, &self.cookie).await
    }

    /// A page of the dashboard.
    pub async fn page(&self, path: &str) -> Result<Answer> {
        self.client
            .page(path, &self.cookie)
            .await?
            .expect_status(200)
            .with_context(|| format!("the dashboard's {path}"))
    }
}

/// The fields that describe a live site: the examples of all settings, and what differs for this shop.
fn form<'text>(token: &'text str, hosts: &'text str, restore_url: &'text str) -> Vec<(&'static str, &'text str)> {
    let own = [
        ("csrf", token),
        ("name", "Fennholm"),
        ("state", "live"),
        ("hosts", hosts),
        ("restore_url", restore_url),
        ("sender_name", "Fennholm"),
        ("sender_address", "hello@fennholm.example"),
        ("reply_to", "help@fennholm.example"),
        ("postal_address", "Fennholm, 4 Mill Lane, 10115 Berlin, Germany"),
        ("owner_addresses", ""),
        ("staff", ""),
    ];
    let is_own = |setting: &Setting| own.iter().any(|(name, _)| *name == setting.name());
    let examples = Setting::ALL.iter().filter(|setting| !is_own(setting));
    own.into_iter().chain(examples.map(|setting| (setting.name(), setting.example()))).collect()
}

/// The value that a box with a copy button shows.
fn boxed<'page>(page: &'page str, id: &str) -> Result<&'page str> {
    let (_, from) = page.split_once(&format!("id=\"{id}\"")).with_context(|| format!("the settings show no {id}"))?;
    between(from, "<code>", "</code>")
}

fn between<'text>(text: &'text str, before: &str, after: &str) -> Result<&'text str> {
    let Some((_, rest)) = text.split_once(before) else { bail!("no {before} on the page") };
    let Some((found, _)) = rest.split_once(after) else { bail!("no {after} behind {before}") };
    Ok(found)
}
