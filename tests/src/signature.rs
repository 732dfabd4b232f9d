//! Signs requests as a shop's server does: Standard Webhooks, `docs/reference/wire.md`.
use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The three headers of a signed request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `webhook-id`.
    pub id: String,
    /// `webhook-timestamp`, in seconds.
    pub timestamp: String,
    /// `webhook-signature`.
    pub signature: String,
}

/// Signs a body with a site's secret (`whsec_<base64>`); the time is in milliseconds.
pub fn sign(secret: &str, id: &str, at_ms: i64, body: &str) -> Result<Signature> {
    let key = secret.strip_prefix("whsec_").context("a webhook secret starts with whsec_")?;
    let key = STANDARD.decode(key).context("a webhook secret is base64 after whsec_")?;
    let timestamp = (at_ms / 1000).to_string();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).context("HMAC takes keys of any length")?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Ok(Signature { id: id.to_owned(), timestamp, signature })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_signed_the_same() -> Result<()> {
        // The example of the Standard Webhooks specification, "Signature scheme".
        let signed = sign(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330_000,
            r#"{"test": 2432232314}"#,
        )?;
        assert_eq!(signed.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        Ok(())
    }
}
