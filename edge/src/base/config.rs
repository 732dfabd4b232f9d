//! What was configured: secrets, the mail API, and the demo's shortened hour.

use cartwake_shared::{
    key::{KeyError, Keyring, MailboxKey},
    policy::Policy,
    share, text,
    time::Span,
};
use serde::Serialize;

use super::challenge::Widget;

/// Names of everything the Worker reads from its environment; `wrangler.jsonc` declares the same.
pub mod binding {
    /// D1 database.
    pub const DATABASE: &str = "DB";
    /// KV namespace.
    pub const SETTINGS: &str = "SETTINGS";
    /// Secret: the key all other keys are derived from.
    pub const ROOT_KEY: &str = "CARTWAKE_ROOT_KEY";
    /// Secret, optional: the root key before the current one.
    pub const ROOT_KEY_PREVIOUS: &str = "CARTWAKE_ROOT_KEY_PREVIOUS";
    /// Secret: the key of the mailbox hash, never changed.
    pub const MAILBOX_KEY: &str = "CARTWAKE_MAILBOX_KEY";
    /// Secret: what staff sign in with.
    pub const ADMIN_SECRET: &str = "CARTWAKE_ADMIN_SECRET";
    /// Secret: key of the mail API.
    pub const MAIL_API_KEY: &str = "MAIL_API_KEY";
    /// Variable, optional: `resend`, `postmark` or `brevo`.
    pub const MAIL_PROVIDER: &str = "CARTWAKE_MAIL_PROVIDER";
    /// Variable, optional: address of the mail API where it is not the provider's own.
    pub const MAIL_API_URL: &str = "MAIL_API_URL";
    /// Variable, optional: Postmark's message stream for promotions; Postmark needs it.
    pub const MAIL_STREAM: &str = "CARTWAKE_MAIL_STREAM";
    /// Secret, optional: what the provider's events are proven by; several are separated by spaces.
    pub const MAIL_WEBHOOK_SECRET: &str = "CARTWAKE_MAIL_WEBHOOK_SECRET";
    /// Variable, optional: the site key of the challenge's widget.
    pub const CHALLENGE_SITE_KEY: &str = "CARTWAKE_TURNSTILE_SITE_KEY";
    /// Secret, optional: the secret key of that widget.
    pub const CHALLENGE_SECRET: &str = "CARTWAKE_TURNSTILE_SECRET";
    /// Variable, optional: where the widget's script and verification stand if not at the provider's own address.
    pub const CHALLENGE_URL: &str = "CARTWAKE_TURNSTILE_URL";
    /// Variable, optional: how many mails leave in one call, where the provider has such calls.
    pub const MAILS_PER_BATCH: &str = "CARTWAKE_MAILS_PER_BATCH";
    /// Variable, demo only: how many seconds an hour lasts.
    pub const DEMO_HOUR_SECONDS: &str = "CARTWAKE_DEMO_HOUR_SECONDS";
    /// Variable, tests only: `1` lets `/test/…` break things.
    pub const TEST_FAULTS: &str = "CARTWAKE_TEST_FAULTS";
    /// Variable, optional: how many rows the database may write in a day; `0` for any number.
    pub const ROWS_PER_DAY: &str = "CARTWAKE_ROWS_PER_DAY";
    /// Rate limit, optional: requests of a shop's pages.
    pub const PAGE_REQUESTS: &str = "PAGE_REQUESTS";
    /// Rate limit, optional: events that refuse something or tell an order.
    pub const STOP_REQUESTS: &str = "STOP_REQUESTS";
    /// Rate limit, optional: steps of the tracker.
    pub const STEP_REQUESTS: &str = "STEP_REQUESTS";
    /// Rate limit, optional: secrets typed in browsers that never signed in before.
    pub const SIGN_IN_REQUESTS: &str = "SIGN_IN_REQUESTS";
    /// Variable, optional: most mails of one tick.
    pub const MAILS_PER_TICK: &str = "CARTWAKE_MAILS_PER_TICK";
}

/// What the free plan lets the database write in a day (developers.cloudflare.com/d1/platform/pricing).
const FREE_ROWS_PER_DAY: u32 = 100_000;

/// The configuration of a deployment.
#[derive(Clone, Debug)]
pub struct Config {
    /// Root keys.
    pub keys: Keyring,
    /// Key of the mailbox hash.
    pub mailbox_key: MailboxKey,
    /// What staff sign in with.
    pub admin_secret: Secret,
    /// Most mails one tick sends. The free plan's 10 ms of CPU carry 5, which are 7,200 a day; the paid plan carries
    /// far more (docs/how-to/deploy.md).
    pub mails_per_tick: u32,
    /// Most mails of one call; 1 for calls of their own.
    pub mails_per_batch: u32,
    /// Rows that the database may write in a day of UTC; `None` for any number.
    pub rows_per_day: Option<u32>,
    /// What the provider's events are proven by; several while they are changed, none where none are taken.
    pub webhook_secrets: Vec<Secret>,
    /// The challenge by which first contacts prove that a person is there; none where no keys are configured.
    pub challenge: Option<Widget>,
    /// Demo only: an hour lasts so many seconds.
    pub demo_hour_seconds: Option<i64>,
    /// The mail API is on this machine, as in the demo: mail to a reserved name harms nobody there.
    pub mail_stays_here: bool,
    /// Where the built assets are.
    pub assets: Assets,
}

/// A secret text that does not show in logs.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret from its text.
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for comparing and sending only.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Addresses and integrity hashes of the built assets.
#[derive(Clone, Copy, Debug, Default)]
pub struct Assets {
    /// The capture engine.
    pub capture: Module,
    /// The restore module.
    pub restore: Module,
    /// The generic adapter.
    pub finders: Module,
    /// The cart by the selectors of a site.
    pub chosen: Module,
    /// The visitor's cookie, on the shop's own domain.
    pub cookie: Module,
    /// What a page without WebAssembly needs.
    pub far: Module,
    /// The e-mail field and the consent beside it.
    pub checkout: Module,
    /// The question whether a person is there.
    pub challenge: Module,
    /// Which order a page confirms.
    pub thanks: Module,
    /// Consent tools of the page.
    pub permission: Module,
    /// The panel of the debug mode.
    pub panel: Module,
    /// Style and script of the pages.
    pub dashboard: DashboardAssets,
}

/// A script of the page and the WebAssembly module that it starts; the module's fields are empty where there is none.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Module {
    /// Path of the script.
    pub js: &'static str,
    /// Its integrity, `sha384-…`.
    pub js_integrity: &'static str,
    /// Path of the module.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub wasm: &'static str,
    /// Its integrity.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub wasm_integrity: &'static str,
}

/// Style, script and picture of the pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct DashboardAssets {
    /// Path of the dashboard's style sheet.
    pub css: &'static str,
    /// Path of the dashboard's script.
    pub js: &'static str,
    /// Path of the style sheet of the pages shoppers see.
    pub shopper_css: &'static str,
    /// Path of the picture in the browser's tab.
    pub icon: &'static str,
}

/// The assets this Worker was built with; `build.rs` writes them from the manifest.
const BUILT: Assets = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

impl Config {
    /// A configuration from its texts; `read` gives the value of a secret or variable.
    pub fn read(read: impl Fn(&str) -> Option<String>) -> Result<Self, KeyError> {
        let secret = |name: &str| read(name).unwrap_or_default();
        let number = |name: &str| read(name).and_then(|text| text.parse::<i64>().ok());
        let admin_secret = secret(binding::ADMIN_SECRET);
        if admin_secret.len() < 16 {
            return Err(KeyError::TooShort);
        }
        Ok(Self {
            keys: Keyring::new(&secret(binding::ROOT_KEY), read(binding::ROOT_KEY_PREVIOUS).as_deref())?,
            mailbox_key: MailboxKey::new(&secret(binding::MAILBOX_KEY))?,
            admin_secret: Secret(admin_secret),
            mails_per_tick: number(binding::MAILS_PER_TICK)
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(5)
                .clamp(1, 200),
            mails_per_batch: number(binding::MAILS_PER_BATCH)
                .and_then(|n| u32::try_from(n).ok())
                .unwrap_or(1)
                .clamp(1, 100),
            rows_per_day: Some(number(binding::ROWS_PER_DAY).map_or(FREE_ROWS_PER_DAY, |rows| {
                u32::try_from(rows).unwrap_or(if rows < 0 { FREE_ROWS_PER_DAY } else { u32::MAX })
            }))
            .filter(|rows| *rows > 0),
            webhook_secrets: secret(binding::MAIL_WEBHOOK_SECRET)
                .split_ascii_whitespace()
                .map(|secret| Secret::new(secret.to_owned()))
                .collect(),
            challenge: Widget::new(
                secret(binding::CHALLENGE_SITE_KEY),
                secret(binding::CHALLENGE_SECRET),
                &secret(binding::CHALLENGE_URL),
            ),
            demo_hour_seconds: number(binding::DEMO_HOUR_SECONDS).filter(|seconds| (1..=3_600).contains(seconds)),
            mail_stays_here: read(binding::MAIL_API_URL).is_some_and(|address| is_on_this_machine(&address)),
            assets: BUILT,
        })
    }

    /// The time over which the shares of first contacts are counted; in a demo a day is as short as its hours.
    pub fn shares_counted_over(&self) -> Span {
        match self.demo_hour_seconds {
            Some(seconds) => Span::seconds(seconds.saturating_mul(24)),
            None => share::COUNTED_OVER,
        }
    }

    /// A site's policy as it holds in this deployment.
    pub fn policy(&self, policy: Policy) -> Policy {
        match self.demo_hour_seconds {
            Some(seconds) => policy.with_hour_of(seconds),
            None => policy,
        }
    }
}

/// Whether an address leads to this machine.
pub fn is_on_this_machine(address: &str) -> bool {
    text::host_of(address).is_some_and(|host| {
        let name = host.rsplit_once(':').map_or(host.as_str(), |(name, _)| name);
        matches!(name, "localhost" | "127.0.0.1")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loopback_address_is_on_this_machine() {
        for (address, expected) in [
            ("http://127.0.0.1:4100", true),
            ("http://localhost:4100/emails", true),
            ("https://api.resend.com", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://localhost@evil.example", false),
            ("", false),
        ] {
            assert_eq!(is_on_this_machine(address), expected, "{address}");
        }
    }
}
