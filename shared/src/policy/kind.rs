//! The kinds of settings: how a typed text becomes a value, and how the value is shown as a text again.

use core::marker::PhantomData;

use crate::{
    currency::Currency,
    email::{EmailAddress, EmailError},
    locale::{Locale, Zone},
    text,
};

/// What is wrong with a typed text, as a sentence that tells a shop owner what to do.
pub type Sentence = &'static str;

/// Most entries of a list. Every event is compared with each host.
const MOST_ENTRIES: usize = 20;

const EMPTY: Sentence = "Please fill this in.";

/// The control by which a form asks for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// One line of text.
    Line,
    /// A text of several lines.
    Lines,
    /// An e-mail address.
    Email,
    /// A web address.
    WebAddress,
    /// A time of day.
    Time,
    /// The name of a time zone; the page proposes the ones that the browser knows.
    Zone,
    /// One of a few codes.
    Choice,
}

/// A kind of setting. A text that [`Kind::show`] gives is read back by [`Kind::parse`] as the same value.
pub trait Kind {
    /// The type in which code reads the setting.
    type Value;

    /// The control by which a form asks for it.
    const CONTROL: Control;

    /// Whether an empty text is refused.
    const IS_REQUIRED: bool = true;

    /// Reads a text as somebody typed it.
    ///
    /// # Errors
    /// The sentence that tells what is wrong with it.
    fn parse(typed: &str) -> Result<Self::Value, Sentence>;

    /// Writes a value as somebody would type it.
    fn show(value: &Self::Value) -> String;
}

/// One line of at most `LIMIT` characters; it may be empty.
#[derive(Debug)]
pub enum OptionalLine<const LIMIT: usize> {}

impl<const LIMIT: usize> Kind for OptionalLine<LIMIT> {
    type Value = String;
    const CONTROL: Control = Control::Line;
    const IS_REQUIRED: bool = false;

    fn parse(typed: &str) -> Result<String, Sentence> {
        // One character more than the limit tells a text that is too long from one that just fits.
        let line = text::plain(typed, LIMIT.saturating_add(1));
        if line.chars().count() > LIMIT { Err("This is too long; please shorten it.") } else { Ok(line) }
    }

    fn show(line: &String) -> String {
        line.clone()
    }
}

/// One line of 1 to `LIMIT` characters.
#[derive(Debug)]
pub enum Line<const LIMIT: usize> {}

impl<const LIMIT: usize> Kind for Line<LIMIT> {
    type Value = String;
    const CONTROL: Control = Control::Line;

    fn parse(typed: &str) -> Result<String, Sentence> {
        let line = OptionalLine::<LIMIT>::parse(typed)?;
        if line.is_empty() { Err(EMPTY) } else { Ok(line) }
    }

    fn show(line: &String) -> String {
        line.clone()
    }
}

/// Several lines, kept as one line of 1 to `LIMIT` characters with commas between them.
#[derive(Debug)]
pub enum JoinedLines<const LIMIT: usize> {}

impl<const LIMIT: usize> Kind for JoinedLines<LIMIT> {
    type Value = String;
    const CONTROL: Control = Control::Lines;

    fn parse(typed: &str) -> Result<String, Sentence> {
        let lines = typed.lines().map(|line| line.trim().trim_end_matches(',')).filter(|line| !line.is_empty());
        Line::<LIMIT>::parse(&lines.collect::<Vec<_>>().join(", "))
    }

    fn show(line: &String) -> String {
        line.clone()
    }
}

/// The e-mail address of a person.
#[derive(Debug)]
pub enum PersonAddress {}

impl Kind for PersonAddress {
    type Value = String;
    const CONTROL: Control = Control::Email;

    fn parse(typed: &str) -> Result<String, Sentence> {
        if typed.trim().is_empty() {
            return Err(EMPTY);
        }
        EmailAddress::parse(typed.trim()).map(|address| address.as_str().to_owned()).map_err(|error| match error {
            EmailError::Malformed => "This is not an e-mail address.",
            EmailError::TooLong => "This e-mail address is too long.",
            EmailError::Role => {
                "Take an address that a person reads; noreply@, postmaster@ and the like cannot be used."
            }
        })
    }

    fn show(address: &String) -> String {
        address.clone()
    }
}

/// E-mail addresses of persons, separated by commas; the list may be empty.
#[derive(Debug)]
pub enum PersonAddresses {}

impl Kind for PersonAddresses {
    type Value = Vec<String>;
    const CONTROL: Control = Control::Line;
    const IS_REQUIRED: bool = false;

    fn parse(typed: &str) -> Result<Vec<String>, Sentence> {
        let addresses: Vec<String> = entries(typed)
            .map(|entry| EmailAddress::parse(entry).map(|address| address.as_str().to_owned()))
            .collect::<Result<_, _>>()
            .map_err(|_| "Write e-mail addresses, separated by commas.")?;
        if addresses.len() > MOST_ENTRIES { Err("At most 20 addresses, please.") } else { Ok(addresses) }
    }

    fn show(addresses: &Vec<String>) -> String {
        addresses.join(", ")
    }
}

/// People: e-mail addresses, or `@domain` for everybody at a domain; the list may be empty.
#[derive(Debug)]
pub enum People {}

impl Kind for People {
    type Value = Vec<String>;
    const CONTROL: Control = Control::Line;
    const IS_REQUIRED: bool = false;

    fn parse(typed: &str) -> Result<Vec<String>, Sentence> {
        let mut people = Vec::new();
        for entry in entries(typed) {
            // A domain is right if an address at it is right.
            let (person, is_domain) = if entry.starts_with('@') { ("x", true) } else { ("", false) };
            let address = EmailAddress::parse(&[person, entry].concat())
                .map_err(|_| "Write e-mail addresses, or @agency.example for everybody there, separated by commas.")?;
            people.push(if is_domain { format!("@{}", address.domain()) } else { address.as_str().to_owned() });
        }
        if people.len() > MOST_ENTRIES { Err("At most 20, please.") } else { Ok(people) }
    }

    fn show(people: &Vec<String>) -> String {
        people.join(", ")
    }
}

/// Hosts as they stand in an origin (`shop.example`, `localhost:8080`), separated by commas; at least one.
#[derive(Debug)]
pub enum Hosts {}

impl Kind for Hosts {
    type Value = Vec<String>;
    const CONTROL: Control = Control::Line;

    fn parse(typed: &str) -> Result<Vec<String>, Sentence> {
        let mut hosts: Vec<String> = Vec::new();
        for entry in entries(typed) {
            let host = entry.to_ascii_lowercase();
            if host.contains("://") || host.contains('/') {
                return Err("Write hosts alone, without https:// and without a path: shop.example");
            }
            if !is_host(&host) {
                return Err(
                    "Write hosts as shop.example or localhost:8080; names with other letters in their xn-- form.",
                );
            }
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        match hosts.len() {
            0 => Err("Name at least one host, for example shop.example"),
            1..=MOST_ENTRIES => Ok(hosts),
            _ => Err("At most 20 hosts, please."),
        }
    }

    fn show(hosts: &Vec<String>) -> String {
        hosts.join(", ")
    }
}

/// Whether a text is `host` or `host:port`.
fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_port = |port: &str| {
        !port.starts_with('0') && port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
    };
    name.len() <= 253 && name.split('.').all(is_label) && port.is_none_or(is_port)
}

/// The whole address of the shop's cart page.
#[derive(Debug)]
pub enum CartPage {}

impl Kind for CartPage {
    type Value = String;
    const CONTROL: Control = Control::WebAddress;

    fn parse(typed: &str) -> Result<String, Sentence> {
        text::web_address(typed)
            .ok_or("Write the whole address of the cart page, for example https://shop.example/cart")
    }

    fn show(address: &String) -> String {
        address.clone()
    }
}

/// The code of a currency (ISO 4217).
#[derive(Debug)]
pub enum CurrencyCode {}

impl Kind for CurrencyCode {
    type Value = String;
    const CONTROL: Control = Control::Line;

    fn parse(typed: &str) -> Result<String, Sentence> {
        Currency::parse(typed.trim())
            .map(|currency| currency.to_string())
            .ok_or("Write the three letters of a currency, for example EUR.")
    }

    fn show(code: &String) -> String {
        code.clone()
    }
}

/// A language with its region (BCP 47).
#[derive(Debug)]
pub enum LanguageTag {}

impl Kind for LanguageTag {
    type Value = String;
    const CONTROL: Control = Control::Line;

    fn parse(typed: &str) -> Result<String, Sentence> {
        Locale::parse(typed.trim())
            .map(|locale| locale.to_string())
            .ok_or("Write a language with its region, for example en-GB or de-AT.")
    }

    fn show(tag: &String) -> String {
        tag.clone()
    }
}

/// The name of an IANA time zone. Only the runtime knows whether the zone exists; the caller asks it.
#[derive(Debug)]
pub enum ZoneName {}

impl ZoneName {
    /// The sentence for a zone that does not exist.
    pub const UNKNOWN: Sentence = "There is no such time zone. Write it as Europe/Berlin or America/New_York.";
}

impl Kind for ZoneName {
    type Value = String;
    const CONTROL: Control = Control::Zone;

    fn parse(typed: &str) -> Result<String, Sentence> {
        Zone::parse(typed.trim()).map(|zone| zone.as_str().to_owned()).ok_or(Self::UNKNOWN)
    }

    fn show(name: &String) -> String {
        name.clone()
    }
}

/// `HH:MM` as minutes since midnight; empty for no time.
#[derive(Debug)]
pub enum MinuteOfDay {}

impl Kind for MinuteOfDay {
    type Value = Option<u32>;
    const CONTROL: Control = Control::Time;
    const IS_REQUIRED: bool = false;

    fn parse(typed: &str) -> Result<Option<u32>, Sentence> {
        let typed = typed.trim();
        if typed.is_empty() {
            return Ok(None);
        }
        let two_digits = |text: &str, limit: u32| {
            let is_two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|number| is_two && *number < limit)
        };
        typed
            .split_once(':')
            .and_then(|(hour, minute)| {
                Some(two_digits(hour, 24)?.saturating_mul(60).saturating_add(two_digits(minute, 60)?))
            })
            .map(Some)
            .ok_or("Write a time of day as 21:00.")
    }

    fn show(minute: &Option<u32>) -> String {
        minute.map(|minute| format!("{:02}:{:02}", minute.div_euclid(60), minute.rem_euclid(60))).unwrap_or_default()
    }
}

/// A value out of a few, each with a code that is stored, posted and sent.
pub trait Coded: Copy + 'static {
    /// All values.
    const CODED: &'static [Self];

    /// The code of a value.
    fn code(self) -> &'static str;
}

/// The choice of one value out of a few by its code.
#[derive(Debug)]
pub struct Choice<T>(PhantomData<T>);

impl<T: Coded> Kind for Choice<T> {
    type Value = T;
    const CONTROL: Control = Control::Choice;

    fn parse(typed: &str) -> Result<T, Sentence> {
        let chosen = T::CODED.iter().copied().find(|value| value.code() == typed);
        chosen.ok_or(match T::CODED.len() {
            2 => "Choose one of the two.",
            3 => "Choose one of the three.",
            _ => "Choose one of these.",
        })
    }

    fn show(value: &T) -> String {
        value.code().to_owned()
    }
}

/// Where the tracker remembers a visitor: in the browser's `storage` alone, or by a `cookie` too. The value says whether
/// it uses a cookie.
#[derive(Debug)]
pub enum Memory {}

impl Kind for Memory {
    type Value = bool;
    const CONTROL: Control = Control::Choice;

    fn parse(typed: &str) -> Result<bool, Sentence> {
        match typed {
            "storage" => Ok(false),
            "cookie" => Ok(true),
            _ => Err("Choose one of the two."),
        }
    }

    fn show(has_cookie: &bool) -> String {
        if *has_cookie { "cookie" } else { "storage" }.to_owned()
    }
}

/// The entries of a list, separated by commas, semicolons or white space.
fn entries(typed: &str) -> impl Iterator<Item = &str> {
    typed.split(|letter: char| matches!(letter, ',' | ';') || letter.is_whitespace()).filter(|entry| !entry.is_empty())
}
