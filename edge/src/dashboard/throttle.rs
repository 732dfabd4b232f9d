//! Slows down whoever guesses the admin secret, without locking its owner out (docs/decisions/signing-in.md).
//!
//! An attempt is counted before its secret is compared. A browser that has signed in before has a count of its own, which
//! nothing that strangers do can use up. All others are counted by their network; once wrong secrets come from many
//! networks, each of them has few attempts left.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use cartwake_shared::{
    key::Purpose,
    time::{Span, Timestamp},
};

use super::session::ATTRIBUTES;
use crate::base::{
    error::Error,
    http::Request,
    network,
    ports::{App, Entropy as _, Ports, Store as _},
    rate_limit,
    store::{
        Query as _, Statement,
        sql::sign_in::{CountWrongSecret, ForgetPlace, ForgetSecrets, ReadAttempts, TakeAttempt},
    },
};

/// How long an attempt counts, from the first of its place on.
const COUNTED_FOR: Span = Span::hours(1);
/// Wrong secrets of a place within that time; more than people need who mistype.
const ATTEMPTS: i64 = 10;
/// Wrong secrets of all browsers that never signed in, within that time, that make it a flood.
const FLOOD: i64 = 100;
/// Attempts of a network in a flood. With [`NETWORKS`] they bound what the largest flood writes: 1,024 rows an hour, and
/// twice [`FLOOD`].
const ATTEMPTS_IN_FLOOD: i64 = 2;
/// Parts that all networks are divided into by a keyed hash: so many rows at most, and none of them names a network.
const NETWORKS: u16 = 512;
/// Names a browser that has signed in before. It opens nothing: the secret is asked all the same.
const COOKIE: &str = "__Host-cartwake-browser";
/// 400 days, the longest that browsers keep a cookie (RFC 6265bis, 5.5).
const COOKIE_LIFE: Span = Span::days(400);

/// An attempt that was counted and may be judged.
pub(super) struct Attempt {
    secret: String,
    place: Place,
}

/// What an attempt is counted under.
enum Place {
    /// A browser that has signed in before.
    Browser(String),
    /// One of [`NETWORKS`].
    Network(u16),
}

impl Place {
    fn of<P: Ports>(app: &App<P>, request: &Request) -> Self {
        if let Some(nonce) = known_browser(app, request) {
            return Self::Browser(nonce.to_owned());
        }
        let prefix = network::prefix_of(request);
        let [high, low, ..] = app.config.keys.derived(Purpose::Dashboard, &format!("network {prefix}"));
        Self::Network(u16::from_be_bytes([high, low]) % NETWORKS)
    }

    fn key(&self) -> String {
        match self {
            Self::Browser(nonce) => format!("browser {nonce}"),
            Self::Network(part) => format!("network {part}"),
        }
    }
}

/// Counts an attempt; the inner `Err` has the time when the next one is judged. Networks are held off the database first,
/// by the platform's count of their requests.
pub(super) async fn take<P: Ports>(app: &App<P>, request: &Request) -> Result<Result<Attempt, Timestamp>, Error> {
    let attempt = Attempt { secret: fingerprint(app), place: Place::of(app, request) };
    if matches!(attempt.place, Place::Network(_)) {
        rate_limit::ask(app, rate_limit::Class::SignIns, request).await?;
    }
    let (now, secret, place) = (app.now(), &attempt.secret, &attempt.place.key());
    let most_in_flood = if matches!(attempt.place, Place::Browser(_)) { ATTEMPTS } else { ATTEMPTS_IN_FLOOD };
    let until = now.plus(COUNTED_FOR);
    let (taken, counted) = app
        .store()
        .rows_of((
            &TakeAttempt { secret, place, now, until, most: ATTEMPTS, most_in_flood, flood: FLOOD },
            &ReadAttempts { secret, place },
        ))
        .await?;
    let until = counted.first().map_or(until, |row| row.until);
    Ok(if taken.is_empty() { Err(until) } else { Ok(attempt) })
}

impl Attempt {
    /// The secret was wrong.
    pub(super) async fn count_wrong<P: Ports>(&self, app: &App<P>) -> Result<(), Error> {
        let (now, secret) = (app.now(), &self.secret);
        match self.place {
            Place::Browser(_) => Ok(()),
            Place::Network(_) => {
                let until = now.plus(COUNTED_FOR);
                Ok(app.store().done(&CountWrongSecret { secret, now, until, flood: FLOOD }).await?)
            }
        }
    }

    /// The secret was right: the statements that delete the count of its place, and all counts under earlier secrets.
    pub(super) fn forgive(&self) -> [Statement; 2] {
        let secret = &self.secret;
        [ForgetPlace { secret, place: &self.place.key() }.statement(), ForgetSecrets { secret }.statement()]
    }
}

/// The value of `Set-Cookie` by which this browser is known from now on; the name that it had stays.
pub(super) fn cookie<P: Ports>(app: &App<P>, request: &Request) -> String {
    let nonce = known_browser(app, request).map_or_else(|| app.ports.entropy().name(), str::to_owned);
    let signature = app.config.keys.sign(Purpose::Dashboard, &signed(app, &nonce));
    format!("{COOKIE}={nonce}.{signature}; {ATTRIBUTES}; Max-Age={}", COOKIE_LIFE.whole_seconds())
}

/// The name of a browser that has signed in with the present secret before.
fn known_browser<'r, P: Ports>(app: &App<P>, request: &'r Request) -> Option<&'r str> {
    let (nonce, signature) = request.cookie_value(COOKIE)?.split_once('.')?;
    let is_ours = nonce.len() <= 64 && app.config.keys.verify(Purpose::Dashboard, &signed(app, nonce), signature);
    is_ours.then_some(nonce)
}

fn signed<P: Ports>(app: &App<P>, nonce: &str) -> String {
    format!("browser {nonce} {}", app.config.admin_secret.reveal())
}

/// Tells counts of one admin secret from those of another, and nothing about it without the root key.
fn fingerprint<P: Ports>(app: &App<P>) -> String {
    let message = format!("attempts {}", app.config.admin_secret.reveal());
    let key = app.config.keys.derived(Purpose::Dashboard, &message);
    URL_SAFE_NO_PAD.encode(key.get(..9).unwrap_or_default())
}
