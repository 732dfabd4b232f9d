//! The network a request comes from: a hash of its IP prefix whose salt lives for two days, and its operator.

use cartwake_shared::{key, share::salt_day, time::Timestamp};
use serde::{Deserialize, Serialize};

use crate::base::{
    error::Error,
    http::Request,
    json,
    ports::{App, Cache as _, Entropy as _, Ports, Store as _},
    store::{
        Query as _,
        sql::network::{ReadSalts, WriteSalt},
    },
};

/// A client's network as the shares know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The key of its row under today's salt, `<day><hash>`: tells networks apart, names none.
    pub key: String,
    /// The key under yesterday's salt.
    pub before: String,
    /// The operator as the platform names it, `AS64500 Example`; empty if the platform does not.
    pub operator: String,
}

/// The salt of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Salt {
    day: i64,
    value: String,
}

/// Where the salts are cached; the entry is random and ends with the salts.
const SALTS_KEY: &str = "salts";
/// How long the cache keeps the salts: not beyond the day after which they are deleted.
const SALTS_SECONDS: u32 = 86_400;
/// The most characters of an operator's name.
const OPERATOR_CHARS: usize = 60;

/// The network of a request. Asks the database only where the cache does not have the salts of today and yesterday.
pub async fn of_request<P: Ports>(app: &App<P>, request: &Request) -> Result<Network, Error> {
    let today = salt_day(app.now());
    let salts = salts(app, today).await?;
    let prefix = prefix_of(request);
    let key_of = |day: i64| {
        let salt = salts.iter().find(|salt| salt.day == day).map(|salt| salt.value.as_str()).unwrap_or_default();
        row_key(day, salt, &prefix)
    };
    let operator = request.operator.as_deref().unwrap_or_default();
    let operator = cartwake_shared::text::plain(operator, OPERATOR_CHARS);
    Ok(Network { key: key_of(today), before: key_of(today.saturating_sub(1)), operator })
}

/// Writes the salts of today and tomorrow, if they are missing.
pub async fn write_salts<P: Ports>(app: &App<P>, now: Timestamp) -> Result<(), Error> {
    let today = salt_day(now);
    let names = [app.ports.entropy().name(), app.ports.entropy().name()];
    let [this, next] = &names;
    app.store()
        .batch(vec![
            WriteSalt { day: today, value: this }.statement(),
            WriteSalt { day: today.saturating_add(1), value: next }.statement(),
        ])
        .await?;
    Ok(())
}

/// The key of the first row of a day; all rows of earlier days stand before it.
pub fn first_key_of(day: i64) -> String {
    format!("{day:06}")
}

async fn salts<P: Ports>(app: &App<P>, today: i64) -> Result<Vec<Salt>, Error> {
    let cached = app.ports.cache().get(SALTS_KEY).await.unwrap_or_default();
    let cached: Vec<Salt> = json::read(&cached).unwrap_or_default();
    if cached.iter().any(|salt| salt.day == today) {
        return Ok(cached);
    }
    let first = today.saturating_sub(1);
    let mut rows = app.store().rows(&ReadSalts { first }).await?;
    if !rows.iter().any(|row| row.day == today) {
        // The first address of a new deployment, or cron has not run for two days.
        write_salts(app, app.now()).await?;
        rows = app.store().rows(&ReadSalts { first }).await?;
    }
    let salts: Vec<Salt> = rows.into_iter().map(|row| Salt { day: row.day, value: row.value }).collect();
    app.ports.cache().put(SALTS_KEY, &json::text(&salts), SALTS_SECONDS).await;
    Ok(salts)
}

fn row_key(day: i64, salt: &str, prefix: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let hash = key::mac(salt.as_bytes(), prefix.as_bytes());
    format!("{}{}", first_key_of(day), URL_SAFE_NO_PAD.encode(hash.get(..12).unwrap_or_default()))
}

/// The IP prefix that a request comes from; requests without an address have one of their own.
pub fn prefix_of(request: &Request) -> String {
    ip_prefix_of(request.address.as_deref().unwrap_or(""))
}

/// The /24 of an IPv4 address, the /48 of an IPv6 one. What is neither is one prefix of its own.
fn ip_prefix_of(address: &str) -> String {
    // `::ffff:192.0.2.1` is an IPv4 address written as an IPv6 one (RFC 4291, 2.5.5.2).
    let address = address.strip_prefix("::ffff:").filter(|rest| rest.contains('.')).unwrap_or(address);
    if !address.contains(':') {
        return address.split('.').take(3).collect::<Vec<_>>().join(".");
    }
    // `::` stands for as many groups of zero as are missing of eight (RFC 4291, 2.2).
    let written = address.split(':').filter(|group| !group.is_empty()).count();
    let mut groups: Vec<String> = Vec::with_capacity(8);
    let (before, behind) = address.split_once("::").unwrap_or((address, ""));
    let plain = |group: &str| group.trim_start_matches('0').to_ascii_lowercase();
    groups.extend(before.split(':').filter(|group| !group.is_empty()).map(plain));
    groups.extend((written..8).map(|_| String::new()));
    groups.extend(behind.split(':').filter(|group| !group.is_empty()).map(plain));
    groups.into_iter().take(3).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_network_have_one_prefix() {
        for (one, other, same) in [
            ("203.0.113.7", "203.0.113.250", true),
            ("203.0.113.7", "203.0.114.7", false),
            ("::ffff:203.0.113.7", "203.0.113.9", true),
            ("2001:db8:1:2::5", "2001:0DB8:0001:ffff:1:2:3:4", true),
            ("2001:db8::1", "2001:db8:0:7:8:9:a:b", true),
            ("2001:db8::1", "2001:db8:1::1", false),
            ("2001::3:4:5:6:7:8", "2001:0:3::", true),
            ("::1", "::2", true),
        ] {
            assert_eq!(ip_prefix_of(one) == ip_prefix_of(other), same, "{one} {other}");
        }
    }
}
