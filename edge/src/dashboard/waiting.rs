//! `GET` and `POST /waiting`: the first contacts that wait for a share, by network operator and domain; staff decides.

use cartwake_shared::codes;

use super::{count, format::SiteFormat, frame, html_response, sign_in, site};
use crate::{
    base::{
        error::Error,
        http::{Request, Response, form_value},
        ports::{App, Ports, Store as _},
        store::sql::share::{DecideWaiting, ListWaiting},
    },
    capture::challenge,
    dashboard::pages::waiting::{self, Group, WaitingView},
};

/// Reminders that one look at the page reads.
const LOOKED_AT: i64 = 2_000;
/// Groups that the page shows of each kind.
const SHOWN: i64 = 50;
/// Reminders that one click decides about; the page says if more are left.
const DECIDED_AT_ONCE: i64 = 1_000;

codes! {
    /// What a reminder waits for.
    enum WaitsFor {
        /// The form in the database.
        code: i64,
    }
    /// A place in the share of its network, or staff.
    Network { code: 2 }
    /// A place in the share of the site.
    Site { code: 1 }
}

codes! {
    /// What staff decides about those who wait.
    enum Verdict {
        /// The form in the database.
        code: i64,
        /// The word in the form.
        word: &'static str => from_word,
    }
    /// They are mailed, outside the shares.
    Release { code: 2, word: "release" }
    /// They are not mailed.
    Refuse { code: 3, word: "refuse" }
}

/// `GET /waiting`.
pub(super) async fn page<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let session = sign_in::require_session(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let of = |kind: WaitsFor| ListWaiting { site: &site.id, waits_for: kind.code(), looked_at: LOOKED_AT, most: SHOWN };
    let (by_network, by_site) = app.store().rows_of((&of(WaitsFor::Network), &of(WaitsFor::Site))).await?;
    let format = SiteFormat::of(app, &site.settings);
    let groups = |rows: Vec<crate::base::store::sql::share::ListWaitingRow>| {
        rows.into_iter()
            .map(|row| Group {
                operator: row.operator,
                domain: row.domain,
                mails: count(row.mails),
                since: format.minute(row.oldest),
            })
            .collect()
    };
    let view = WaitingView {
        frame: frame(app, &site, &session).await?,
        by_network: groups(by_network),
        by_site: groups(by_site),
        challenge: challenge::state(app).await,
    };
    Ok(html_response(200, waiting::page(&view).into_string()))
}

/// `POST /waiting`: `verdict` is `release` or `refuse`, `operator` and `domain` name the group: `*` stands for all, an empty text
/// for those that are not named.
pub(super) async fn decide<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    let (_, form) = sign_in::require_form(app, request).await?;
    let Some(site) = site(app).await? else { return Ok(Response::see_other("/setup")) };
    let value = |name| form_value(form, name).unwrap_or_default();
    let verdict = Verdict::from_word(value("verdict").as_str())
        .ok_or_else(|| Error::Malformed("verdict is release or refuse".to_owned()))?;
    let (operator, domain) = (value("operator"), value("domain"));
    app.store()
        .done(&DecideWaiting {
            site: &site.id,
            operator: Some(operator.as_str()).filter(|name| *name != waiting::ALL),
            domain: Some(domain.as_str()).filter(|name| *name != waiting::ALL),
            released: verdict.code(),
            now: app.now(),
            most: DECIDED_AT_ONCE,
        })
        .await?;
    Ok(Response::see_other("/waiting"))
}
