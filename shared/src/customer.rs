//! What a shop's server signs of a customer: the id, the address, an end, and perhaps the consent the shop has itself.

use crate::{
    cart::{Consent, Event, MailBasis, MailWish, WORDING_CHARS, short},
    email::{EmailAddress, EmailError},
    text,
    time::{Span, Timestamp},
    wire,
};

/// The longest time from now to the end of a signature.
pub const LONGEST: Span = Span::days(30);
/// The source of a consent that the shop's server signed.
pub const SHOP: &str = "shop";

/// A customer for whom the shop vouches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCustomer {
    /// The shop's customer id.
    pub id: String,
    /// The customer's address.
    pub email: EmailAddress,
    /// The consent that the shop has of the customer.
    pub consent: Option<Consent>,
}

/// Why a signature proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// Only the customer's id was signed.
    #[error("a signature of the id alone is not taken: sign customer, address and an end together")]
    IdAlone,
    /// The event names no customer.
    #[error("there is no customer beside it")]
    NoCustomer,
    /// The end has passed.
    #[error("it has ended; sign anew with a later end")]
    Ended,
    /// The end is more than [`LONGEST`] ahead.
    #[error("its end is more than 30 days ahead; it is a time in seconds since 1970 UTC")]
    TooLong,
    /// A signed text has a line break or another control character, and the text to sign has a line for each.
    #[error("customer, address, basis and wording must not have line breaks")]
    LineBreak,
    /// The signed address is none.
    #[error("the signed address: {0}")]
    Address(#[from] EmailError),
    /// The signed basis is none.
    #[error("the signed basis must be express, confirmed, soft, notice or denied")]
    Basis,
    /// The shop's key does not give this signature.
    #[error("it is not that of this customer, address and end under the site's key")]
    Wrong,
}

/// The text that the shop's server signs: `v2`, customer, address and end, each on a line of its own; with a consent three
/// lines more, its basis, time and wording. All as the page says them.
///
/// ```
/// # use cartwake_shared::{customer, wire};
/// let signed = wire::Signed { email: "ada@example.com".into(), until: 1_764_115_200, ..wire::Signed::default() };
/// assert_eq!(customer::text_to_sign("42", &signed), "v2\n42\nada@example.com\n1764115200");
/// ```
pub fn text_to_sign(customer: &str, signed: &wire::Signed) -> String {
    let wire::Signed { email, until, consent, .. } = signed;
    let told = format!("v2\n{customer}\n{email}\n{until}");
    match consent {
        Some(wire::SignedConsent { basis, time, wording }) => format!("{told}\n{basis}\n{time}\n{wording}"),
        None => told,
    }
}

/// Reads what was signed; whether the signature is right is for the caller to ask, with [`text_to_sign`].
///
/// # Errors
/// When it is the old form, has ended or ends too late, or when a field cannot be used.
pub fn parse(customer: &str, signed: &wire::Signed, now: Timestamp) -> Result<SignedCustomer, SignatureError> {
    if signed.email.is_empty() || signed.until == 0 {
        return Err(SignatureError::IdAlone);
    }
    let until = seconds(signed.until);
    if until < now {
        return Err(SignatureError::Ended);
    }
    if until.since(now) > LONGEST {
        return Err(SignatureError::TooLong);
    }
    let (basis, wording) = signed.consent.as_ref().map_or(("", ""), |consent| (&consent.basis, &consent.wording));
    if [customer, &signed.email, basis, wording].into_iter().any(|text| text.chars().any(char::is_control)) {
        return Err(SignatureError::LineBreak);
    }
    Ok(SignedCustomer {
        id: short(customer).ok_or(SignatureError::NoCustomer)?,
        email: EmailAddress::parse(&signed.email)?,
        consent: signed.consent.as_ref().map(|sent| consent(sent, now)).transpose()?,
    })
}

fn consent(sent: &wire::SignedConsent, now: Timestamp) -> Result<Consent, SignatureError> {
    let wish = match sent.basis.as_str() {
        "denied" => MailWish::Refused,
        basis => MailWish::Granted(MailBasis::parse(basis).ok_or(SignatureError::Basis)?),
    };
    Ok(Consent {
        tracking: None,
        mail: Some(wish),
        wording: text::plain(&sent.wording, WORDING_CHARS),
        source: SHOP.to_owned(),
        at: seconds(sent.time).min(now),
    })
}

impl Event {
    /// Takes in an address that the page says with a signature that proves nothing: an address like one that was typed, but
    /// behind every one that really was.
    pub fn name(&mut self, address: &str) {
        if self.email.is_none() {
            self.email = EmailAddress::parse(address).ok();
            self.is_typed = false;
        }
    }
}

fn seconds(since_1970: i64) -> Timestamp {
    Timestamp::from_millis(since_1970.saturating_mul(1_000))
}
