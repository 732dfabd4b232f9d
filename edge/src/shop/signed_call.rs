//! Calls of the shop's server, signed by Standard Webhooks (standardwebhooks.com, symmetric `v1` signatures).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use cartwake_shared::{
    identifier::SiteId,
    key::{self, Keyring, Purpose},
    time::{Span, Timestamp},
};

use crate::base::{
    error::Error,
    http::{Body, Request},
    ports::{App, Ports},
    site::{self, Site},
};

/// Clocks may differ by this much (the specification's own tolerance).
const TOLERANCE: Span = Span::minutes(5);

/// The secret of a site's server as the owner sees it, `whsec_<base64>`.
pub fn secret(keys: &Keyring, site: &SiteId) -> String {
    format!("whsec_{}", STANDARD.encode(keys.derived(Purpose::ShopServer, site.as_str())))
}

/// The site whose server signed this request; a wrong or old signature costs no look-up.
pub async fn verified_site<P: Ports>(app: &App<P>, request: &Request) -> Result<Site, Error> {
    let site = SiteId::parse(&request.query_value("site").unwrap_or_default()).map_err(|_| Error::Signature)?;
    let body = match &request.body {
        Body::Bytes(bytes) => bytes.as_slice(),
        Body::Empty => &[],
        Body::TooLong => return Err(Error::TooLong),
    };
    let (id, timestamp, signatures) = request.webhook.as_ref().ok_or(Error::Signature)?;
    let rings = [Some(app.config.keys.clone()), app.config.keys.previous_only()];
    let signed = rings.into_iter().flatten().any(|ring| {
        is_signed(&ring.derived(Purpose::ShopServer, site.as_str()), id, timestamp, signatures, body, app.now())
    });
    if !signed {
        return Err(Error::Signature);
    }
    site::fresh(app, &site).await
}

/// Whether one of `signatures` is that of Standard Webhooks under `secret`, and not older than five minutes.
pub(crate) fn is_signed(
    secret: &[u8],
    id: &str,
    timestamp: &str,
    signatures: &str,
    body: &[u8],
    now: Timestamp,
) -> bool {
    let Ok(seconds) = timestamp.parse::<i64>() else { return false };
    let sent = Timestamp::from_millis(0).plus(Span::seconds(seconds));
    let distance = now.since(sent).millis().abs();
    if distance > TOLERANCE.millis() || id.len() > 200 {
        return false;
    }
    let mut message = format!("{id}.{timestamp}.").into_bytes();
    message.extend_from_slice(body);
    // Several signatures may stand there while keys are changed; other schemes than v1 are skipped, not refused.
    signatures
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .filter_map(|one| STANDARD.decode(one).ok())
        .any(|given| key::mac_matches(secret, &message, &given))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_verifies_and_nothing_near_it() {
        // The vector of the Standard Webhooks specification.
        let secret = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, timestamp, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", br#"{"test": 2432232314}"#);
        let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        let sent = Timestamp::from_millis(1_614_265_330_000);
        for (what, id, timestamp, signatures, late, holds) in [
            ("as published", id, timestamp, signature.to_owned(), 0, true),
            ("five minutes later", id, timestamp, signature.to_owned(), 300, true),
            ("too late", id, timestamp, signature.to_owned(), 301, false),
            ("from the future", id, timestamp, signature.to_owned(), -301, false),
            ("another id", "msg_x", timestamp, signature.to_owned(), 0, false),
            ("another time", id, "1614265331", signature.to_owned(), 0, false),
            ("no time", id, "soon", signature.to_owned(), 0, false),
            ("among others", id, timestamp, format!("v1a,xxxx v1,AAAA {signature}"), 0, true),
            ("another scheme", id, timestamp, signature.replace("v1,", "v2,"), 0, false),
            ("empty", id, timestamp, String::new(), 0, false),
        ] {
            assert_eq!(
                is_signed(&secret, id, timestamp, &signatures, body, sent.plus(Span::seconds(late))),
                holds,
                "{what}"
            );
        }
        assert!(!is_signed(&secret, id, timestamp, signature, b"{}", sent));
    }
}
