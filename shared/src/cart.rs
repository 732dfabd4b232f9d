//! Parses the events of a browser: the cart's lines, money and version, the address, consent and order.

use crate::{
    codes,
    currency::Currency,
    customer::{self, SignedCustomer},
    email::EmailAddress,
    identifier::{CartId, EventId, IdentifierError, Version, VisitorId},
    locale::{Locale, Zone},
    money::{Money, MoneyError},
    text,
    time::{MAX_SAFE, Span, Timestamp},
    wire,
};

/// The most lines of a cart.
pub const MAX_LINES: usize = 100;
/// The most pieces of one line.
pub const MAX_QUANTITY: u32 = 1_000_000;
/// The most characters of a consent's wording: the version of our wording, or the words beside the shop's own box.
pub const WORDING_CHARS: usize = 300;
/// An event older than this is counted as this old (spec/tracker.md).
pub const MAX_AGE: Span = Span::days(7);

/// One line of a cart: the product, its variant and options, the quantity and the unit price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The shop's product id, 1 to 80 characters.
    pub product: String,
    /// The id or name of the variant; may be empty.
    pub variant: String,
    /// The stock-keeping unit; may be empty.
    pub sku: String,
    /// The chosen options; may be empty.
    pub options: String,
    /// The name as the page showed it; for staff only, never mailed.
    pub name: String,
    /// The number of pieces, 1 to [`MAX_QUANTITY`].
    pub quantity: u32,
    /// The unit price, if the page stated it.
    pub price: Option<Money>,
    /// The address of the product page.
    pub url: Option<String>,
    /// The address of the picture.
    pub image: Option<String>,
}

impl Line {
    /// The product, variant and options: two lines that agree in all three are one line.
    pub fn identity(&self) -> (&str, &str, &str) {
        (&self.product, &self.variant, &self.options)
    }
}

/// The whole content of a cart at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The currency of every amount in the cart.
    pub currency: Currency,
    /// The total as the shop states it; without a stated total, the sum of the lines.
    pub total: Money,
    /// At most [`MAX_LINES`]; a cart without lines is empty.
    pub lines: Vec<Line>,
    /// The shop's own cart or checkout id.
    pub token: Option<String>,
}

impl Snapshot {
    /// The number of pieces over all lines.
    pub fn items(&self) -> i64 {
        self.lines.iter().fold(0, |sum, line| sum.saturating_add(i64::from(line.quantity)))
    }
}

codes! {
    /// The right to mail a shopper, given by the shopper or by the law of their country; the weakest first.
    pub enum MailBasis {
        /// The form on the wire and in the database.
        code: &'static str => parse,
    }
    /// The shopper read a notice and had a way to refuse.
    Notice { code: "notice" }
    /// The shopper bought before, or began a purchase where that suffices.
    Soft { code: "soft" }
    /// The shopper ticked a box.
    Express { code: "express" }
    /// The shopper ticked a box and then followed a link in a mail.
    Confirmed { code: "confirmed" }
}

/// The shopper's answer to being mailed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailWish {
    /// The shopper permits mail on this basis.
    Granted(MailBasis),
    /// The shopper refuses mail.
    Refused,
}

/// Consent given or refused by a shopper, with its proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Consent {
    /// Whether the cart may be kept; a refusal wipes it.
    pub tracking: Option<bool>,
    /// Whether mail may be sent.
    pub mail: Option<MailWish>,
    /// The version of the wording that was shown, or the words beside the shop's own box.
    pub wording: String,
    /// The place where the consent was given.
    pub source: String,
    /// When it was given or refused.
    pub at: Timestamp,
}

/// An order that a page reports; it stops mails and counts as unconfirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOrder {
    /// The shop's order number.
    pub id: String,
    /// The order's total, if the page stated it.
    pub total: Option<Money>,
}

/// One accepted event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The cart that the event is about.
    pub cart: CartId,
    /// The version of the cart, which decides which of two states is newer.
    pub version: Version,
    /// When the event happened: the time of receipt minus the age.
    pub at: Timestamp,
    /// The whole cart; `None` if it has not changed.
    pub snapshot: Option<Snapshot>,
    /// The address that the shopper typed, else the one that the shop's server signed.
    pub email: Option<EmailAddress>,
    /// Consent given or refused.
    pub consent: Option<Consent>,
    /// An order reported by the page.
    pub order: Option<PageOrder>,
    /// The token of the reminder from which the cart was rebuilt; not yet verified.
    pub via: Option<String>,
    /// The shop's customer id.
    pub customer: Option<String>,
    /// Whether the shop's server signed that id together with `email`; `parse` leaves it false, the caller has the site's keys.
    pub is_signed: bool,
    /// Whether the shopper typed `email`, or the page said it; false where it is known by the signature alone.
    pub is_typed: bool,
    /// The language of the page.
    pub locale: Option<Locale>,
    /// The time zone of the browser.
    pub zone: Option<Zone>,
    /// The stage of the checkout.
    pub checkout_stage: Option<String>,
    /// The token of a challenge that the shopper says to have solved.
    pub challenge: Option<String>,
    /// Whether a program drove the browser; such a cart is excluded.
    pub is_bot: bool,
}

impl Event {
    /// Whether it says that no mail is wanted.
    pub fn refuses_mail(&self) -> bool {
        self.consent.as_ref().is_some_and(|consent| consent.mail == Some(MailWish::Refused))
    }

    /// Takes in what the shop's server signed, once the signature was found right.
    ///
    /// A signature proves the address that it covers: one that the page says beside it is not proven, unless it leads to the
    /// same mailbox. The shop's consent stands for a page's word, except for a refusal that came later.
    pub fn vouch(&mut self, signed: SignedCustomer) {
        self.customer = Some(signed.id);
        self.is_typed = self.email.is_some();
        let email = self.email.get_or_insert_with(|| signed.email.clone());
        self.is_signed = email.mailbox() == signed.email.mailbox();
        let Some(told) = signed.consent.filter(|_| self.is_signed) else { return };
        let said = self.consent.take();
        let refused_since =
            said.as_ref().is_some_and(|said| said.mail == Some(MailWish::Refused) && said.at >= told.at);
        self.consent = match said {
            Some(said) if refused_since => Some(said),
            Some(said) => Some(Consent { tracking: said.tracking, ..told }),
            None => Some(told),
        };
    }

    /// The place of the event's address among those of its cart, as sortable text: the newest that was typed comes last, and
    /// before all of them those that are known by a signature alone.
    pub fn address_version(&self) -> String {
        let version = self.version.to_text();
        if self.is_typed { version } else { format!("!{version}") }
    }
}

/// Why an event is refused as a whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The event is not of version 1 of the wire.
    #[error("this version of the wire is not known; send v: 1")]
    Version,
    /// The visitor, cart or event id has the wrong form.
    #[error(transparent)]
    Identifier(#[from] IdentifierError),
    /// No field could be used; the text names the reason of each.
    #[error("nothing in this event could be used: {0}")]
    Nothing(String),
}

/// Parses an event that was received at `now`.
///
/// An optional field that cannot be used is left out and listed, so that one bad field loses nothing else.
pub fn parse(body: wire::Collect, now: Timestamp) -> Result<(Event, Vec<wire::Ignored>), EventError> {
    if body.v != 1 {
        return Err(EventError::Version);
    }
    let visitor = VisitorId::parse(&body.visitor)?;
    let cart = CartId::parse(&format!("{visitor}.{}", body.cart))?;
    let version = Version { seq: body.seq, event: EventId::parse(&body.id)? };
    let at = now.minus(Span::millis_of(body.age).clamp_to(Span::ZERO, MAX_AGE));

    let mut ignored = Ignoring(Vec::new());
    let snapshot = body.snapshot.and_then(|sent| ignored.unless_ok("snapshot", snapshot(sent)));
    let email = body.email.and_then(|sent| ignored.unless_ok("email", EmailAddress::parse(&sent)));
    let consent = body.consent.and_then(|sent| ignored.unless_ok("consent", consent(&sent, at)));
    let order = body.order.and_then(|sent| ignored.unless_ok("order", page_order(&sent)));
    let locale = body.context.locale.and_then(|sent| ignored.unless_some("context.locale", Locale::parse(&sent)));
    let zone = body.context.zone.and_then(|sent| ignored.unless_some("context.zone", Zone::parse(&sent)));
    let solved = body.challenge.and_then(|sent| ignored.unless_ok("challenge", crate::challenge::token(sent)));

    if snapshot.is_none()
        && email.is_none()
        && consent.is_none()
        && order.is_none()
        && body.customer.is_none()
        && body.via.is_none()
        && solved.is_none()
    {
        let reasons: Vec<String> = ignored.0.iter().map(|one| format!("{}: {}", one.field, one.message)).collect();
        return Err(EventError::Nothing(if reasons.is_empty() {
            "it is empty".to_owned()
        } else {
            reasons.join("; ")
        }));
    }
    let event = Event {
        cart,
        version,
        at,
        snapshot,
        email,
        consent,
        order,
        via: body.via.filter(|token| token.len() <= 200),
        customer: body.customer.as_deref().and_then(short),
        is_signed: false,
        is_typed: true,
        locale,
        zone,
        checkout_stage: body.context.step.as_deref().and_then(short),
        challenge: solved,
        is_bot: body.context.bot,
    };
    Ok((event, ignored.0))
}

/// Collects the fields that were left out of an accepted event.
struct Ignoring(Vec<wire::Ignored>);

impl Ignoring {
    fn unless_ok<T, E: core::fmt::Display>(&mut self, field: &str, parsed: Result<T, E>) -> Option<T> {
        parsed.map_err(|error| self.0.push(wire::Ignored { field: field.to_owned(), message: error.to_string() })).ok()
    }

    fn unless_some<T>(&mut self, field: &str, parsed: Option<T>) -> Option<T> {
        self.unless_ok(field, parsed.ok_or("not of a form we know"))
    }
}

/// Why the content of a cart cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The currency is not an ISO 4217 code.
    #[error("the currency is not an ISO 4217 code")]
    Currency,
    /// The cart has more than [`MAX_LINES`] lines.
    #[error("a cart has at most 100 lines")]
    TooManyLines,
    /// A line has no product id.
    #[error("a line needs a product id")]
    NoProduct,
    /// A quantity is 0 or more than [`MAX_QUANTITY`].
    #[error("a quantity must be from 1 to 1,000,000")]
    Quantity,
    /// A price or the total is not an amount.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Parses the content of a cart; lines of the same product, variant and options are merged.
pub fn snapshot(sent: wire::Snapshot) -> Result<Snapshot, SnapshotError> {
    let currency = Currency::parse(&sent.currency).ok_or(SnapshotError::Currency)?;
    if sent.lines.len() > MAX_LINES {
        return Err(SnapshotError::TooManyLines);
    }
    let mut lines: Vec<Line> = Vec::with_capacity(sent.lines.len());
    for one in sent.lines {
        let parsed = line(&one, currency)?;
        match lines.iter_mut().find(|kept| kept.identity() == parsed.identity()) {
            Some(kept) => kept.quantity = kept.quantity.saturating_add(parsed.quantity).min(MAX_QUANTITY),
            None => lines.push(parsed),
        }
    }
    let total = match sent.total {
        Some(minor) => Money::new(minor, currency)?,
        None => lines.iter().try_fold(Money::new(0, currency)?, |sum, line| match line.price {
            Some(price) => sum.plus(price.times(line.quantity)?),
            None => Ok(sum),
        })?,
    };
    Ok(Snapshot { currency, total, lines, token: sent.token.as_deref().and_then(short) })
}

fn line(sent: &wire::Line, currency: Currency) -> Result<Line, SnapshotError> {
    let product = text::plain(&sent.product, text::NAME_CHARS);
    if product.is_empty() {
        return Err(SnapshotError::NoProduct);
    }
    if !(1..=MAX_QUANTITY).contains(&sent.quantity) {
        return Err(SnapshotError::Quantity);
    }
    Ok(Line {
        product,
        variant: text::plain(&sent.variant, text::NAME_CHARS),
        sku: text::plain(&sent.sku, text::NAME_CHARS),
        options: text::plain(&sent.options, 200),
        name: text::plain(&sent.name, text::NAME_CHARS),
        quantity: sent.quantity,
        price: sent.price.map(|minor| Money::new(minor, currency)).transpose()?,
        url: text::web_address(&sent.url),
        image: text::web_address(&sent.image),
    })
}

fn consent(sent: &wire::Consent, at: Timestamp) -> Result<Consent, &'static str> {
    let tracking = match sent.tracking.as_deref() {
        None => None,
        Some("granted") => Some(true),
        Some("denied") => Some(false),
        Some(_) => return Err("tracking must be granted or denied"),
    };
    let mail = match sent.mail.as_deref() {
        None => None,
        Some("denied") => Some(MailWish::Refused),
        // Only a link in a mail gives `confirmed`; a page cannot claim it.
        Some(basis) => match MailBasis::parse(basis) {
            Some(basis) if basis != MailBasis::Confirmed => Some(MailWish::Granted(basis)),
            _ => return Err("mail must be express, soft, notice or denied"),
        },
    };
    let label = |text: &Option<String>, most| text::plain(text.as_deref().unwrap_or(""), most);
    if tracking.is_none() && mail.is_none() {
        return Err("it says nothing about tracking or mail");
    }
    // Only a signature of the shop's server is the shop's own word.
    let source = Some(label(&sent.source, 40)).filter(|source| source != customer::SHOP).unwrap_or_default();
    Ok(Consent { tracking, mail, wording: label(&sent.wording, WORDING_CHARS), source, at })
}

fn page_order(sent: &wire::PageOrder) -> Result<PageOrder, &'static str> {
    let id = short(&sent.id).ok_or("an order needs its number")?;
    // An order with an odd total still stops the mails; only its amount is left out.
    let currency = sent.currency.as_deref().and_then(Currency::parse);
    let total = sent.total.zip(currency).and_then(|(minor, currency)| Money::new(minor.min(MAX_SAFE), currency).ok());
    Ok(PageOrder { id, total })
}

/// A foreign id as it may be kept: 1 to 100 characters of plain text; `None` for an empty one.
pub fn short(text: &str) -> Option<String> {
    let kept = text::plain(text, 100);
    (!kept.is_empty()).then_some(kept)
}

#[cfg(test)]
mod tests;
