//! `POST /v1/collect`: one event is folded into its cart; 2xx only after the commit.

use cartwake_shared::{
    cart::{self, Event, MailWish},
    email::EmailAddress,
    identifier::{ReminderId, Version},
    key::MailboxHash,
    lifecycle::CartState,
    locale::{Locale, Zone},
    order::{Order, OrderSource, OrderStatus},
    share,
    time::Timestamp,
    token::{self, LinkPurpose, Session},
    trust::{self, Trust},
    wire,
};
use serde::Serialize;

use crate::{
    base::{
        body::read_json,
        config::Config,
        error::Error,
        http::{Request, Response},
        json,
        network::{self, Network},
        ports::{App, Localisation as _, Ports, Store as _},
        rate_limit,
        row_budget::{self, Asked},
        site::{self, Site},
        store::{
            Query, Rows, Statement, StoreError, read_row,
            sql::{
                collect::{
                    AskGateAgain, ConfirmRebuilt, FoldEvent, FoldEventRow, KeepContact, NoteRebuilt, PutAhead,
                    ReadNumbers, ReadVisitorSession, RefuseClosed, TakePlace, Vouch, WakeCart,
                },
                refuse::{LeaveTombstone, RefuseContacts, WipeCarts},
            },
        },
    },
    capture::challenge,
    shop::{
        customer,
        order::{self, Report},
    },
};

/// Takes one event:
/// (1) body, type and the limit of the network, (2) site key without look-up, (3) origin, (4) parse and signature,
/// (5) session, the rows of the day and the number, (6) refusal wipes,
/// (7) fold into the cart and commit, (8) an order the page reports, (9) a solved challenge, (10) answer.
pub async fn collect<P: Ports>(app: &App<P>, request: &Request) -> Result<Response, Error> {
    // (1)
    let body: wire::Collect = read_json(request)?;
    rate_limit::may_collect(app, request, &body).await?;
    // (2)
    let site = site::by_public_key(app, &body.site).await?;
    // (3) Requests without an origin come from servers and tests; a page always sends one with a POST.
    let origin = request.page_origin.as_deref().unwrap_or("");
    if !site.permits_origin(origin) {
        return Err(Error::ForeignOrigin);
    }
    // (4)
    let now = app.now();
    let (token, signed) = (body.session.clone(), body.signed.clone());
    let customer = body.customer.clone().unwrap_or_default();
    let (mut event, mut ignored) = cart::parse(body, now)?;
    if let Some(signed) = signed {
        match signed.needed("signed") {
            Ok(signed) => match customer::verified(&app.config.keys, &site, &customer, &signed, now) {
                Ok(signed) => event.vouch(signed),
                Err(error) => {
                    event.name(&signed.email);
                    ignored.push(wire::Ignored { field: "signed".to_owned(), message: error.to_string() });
                }
            },
            Err(error) => {
                ignored.push(wire::Ignored { field: error.path().to_owned(), message: error.problem().to_owned() });
            }
        }
    }
    if event.is_bot {
        // Nobody is behind it: its cart is kept, discarded, without anything that names a person or leads to one.
        event =
            Event { email: None, customer: None, is_signed: false, via: None, order: None, challenge: None, ..event };
    }
    // (5) A session of another browser or site proves nothing and is left out. One that has ended still proves the visitor.
    let session = token
        .and_then(|token| Session::read(&app.config.keys, &token))
        .filter(|session| session.site == site.id && session.visitor == event.cart.visitor);
    let nonce = session.as_ref().map(|session| session.nonce.as_str());
    row_budget::may_write(app, Asked { request, site: &site, event: &event, session: nonce, now }).await?;
    event.version = clamped(app, &site, &event).await?;
    let network = if event.email.is_some() || event.order.is_some() {
        Some(network::of_request(app, request).await?)
    } else {
        None
    };
    let received = Received::of(app, &site, &event, session, request, network, now);
    let mut is_asked = false;
    // (6)
    let is_own = if event.consent.as_ref().is_some_and(|consent| consent.tracking == Some(false)) {
        // Nobody refuses for a visitor that only is known by name.
        let is_own = is_proven(app, &received).await?;
        if is_own {
            refuse(app, &received).await?;
        }
        is_own
    } else if says_more_than_a_challenge(&event) {
        // (7)
        let folded = fold(app, &received).await?;
        is_asked = folded.is_asked;
        folded.is_news || is_proven(app, &received).await?
    } else {
        is_proven(app, &received).await?
    };
    if !is_own {
        // An honest browser begins anew then, as a visitor of its own.
        let message = "the carts of this visitor are another browser's".to_owned();
        ignored.push(wire::Ignored { field: "session".to_owned(), message });
    }
    // (8)
    if let Some(reported) = &event.order {
        let order = Order {
            number: reported.id.clone(),
            status: OrderStatus::Placed,
            source: OrderSource::Page,
            total: reported.total.or(event.snapshot.as_ref().map(|snapshot| snapshot.total)),
            cart: Some(event.cart.clone()).filter(|_| is_own),
            token: event.snapshot.as_ref().and_then(|snapshot| snapshot.token.clone()),
            customer: event.customer.clone(),
            email: event.email.clone(),
        };
        let (mailbox_hash, network) = (received.mailbox_hash.as_ref(), received.network.as_ref());
        order::report(app, &Report { site: &site, order: &order, mailbox_hash, network }).await?;
    }
    // (9)
    let subject = received.subject();
    if let Some(token) = &event.challenge {
        let outcome = match subject.filter(|_| app.config.challenge.is_some()) {
            Some(subject) => {
                subject.solve(app, token, event.version.event.as_str(), request.address.as_deref()).await?
            }
            None => challenge::Outcome::NotPassed("nobody is asked for one here"),
        };
        match outcome {
            challenge::Outcome::Passed => is_asked = false,
            challenge::Outcome::NotPassed(message) => {
                ignored.push(wire::Ignored { field: "challenge".to_owned(), message: message.to_owned() });
            }
        }
    }
    // (10)
    let question = subject.filter(|_| is_asked).and_then(|subject| subject.question(&app.config));
    let answer = wire::Collected { ok: true, ignored, challenge: question };
    Ok(Response::json(200, json::text(&answer)))
}

/// An event with its site and request, and with the facts that are worked out of them once.
struct Received<'a> {
    site: &'a Site,
    event: &'a Event,
    now: Timestamp,
    /// When the time began over which shares are counted.
    day_ago: Timestamp,
    /// The country of the request.
    country: Option<&'a str>,
    /// The nonce of the browser's session, which proves the visitor, if the event came with one.
    nonce: Option<String>,
    /// When the browser's session was minted, if it has not ended.
    session_minted: Option<Timestamp>,
    /// The hash of the address that the event gives the cart.
    mailbox_hash: Option<MailboxHash>,
    /// What proves the address.
    proof: Option<Trust>,
    /// The network from which an address was said.
    network: Option<Network>,
    /// The reminder whose link led to this cart, if the link was ours; it is of another cart of this site.
    reminder: Option<ReminderId>,
}

impl<'a> Received<'a> {
    fn of<P: Ports>(
        app: &App<P>,
        site: &'a Site,
        event: &'a Event,
        session: Option<Session>,
        request: &'a Request,
        network: Option<Network>,
        now: Timestamp,
    ) -> Self {
        let keys = &app.config.keys;
        let reminder = event.via.as_deref().and_then(|token| token::read_link_token(keys, LinkPurpose::Restore, token));
        Self {
            site,
            event,
            now,
            day_ago: now.minus(app.config.shares_counted_over()),
            country: request.country.as_deref(),
            session_minted: session.as_ref().filter(|session| session.is_current(now)).map(|session| session.minted),
            nonce: session.map(|session| session.nonce),
            mailbox_hash: event.email.as_ref().map(|email| app.config.mailbox_key.hash(&email.mailbox())),
            proof: event.is_signed.then_some(Trust::Verified),
            network,
            reminder: reminder.filter(|reminder| reminder.site == site.id && reminder.cart != event.cart),
        }
    }

    /// What a challenge is about, if the event shows whose it is.
    fn subject(&self) -> Option<challenge::Subject<'_>> {
        let nonce = self.nonce.as_deref()?;
        Some(challenge::Subject { site: self.site, cart: &self.event.cart, nonce })
    }

    /// Finds whether the page is to ask for a challenge; none where the event says no address, or proves it.
    fn find_question(&self, config: &Config) -> Option<Statement> {
        let mailbox_hash = self.mailbox_hash.as_ref().filter(|_| self.proof.is_none())?;
        self.subject()?.find_question(config, mailbox_hash, self.now)
    }

    /// The statements that follow the one that folds the event, in the same transaction.
    fn statements_behind(&self) -> Vec<Statement> {
        let (event, site, cart, now) = (self.event, &self.site.id, &self.event.cart, self.now);
        let session = self.nonce.as_deref();
        let mut statements = Vec::new();
        if event.email.is_some() || event.consent.as_ref().is_some_and(|consent| consent.mail.is_some()) {
            let address = event.email.as_ref().map(EmailAddress::as_str);
            let mailbox_hash = self.mailbox_hash.as_ref();
            let month_ago = now.minus(share::PLACE_HOLDS);
            let network = self.network.as_ref().filter(|_| self.proof.is_none());
            statements.extend(mailbox_hash.zip(network).map(|(mailbox_hash, network)| {
                TakePlace {
                    site,
                    cart,
                    visitor: cart.visitor.as_str(),
                    mailbox_hash,
                    session,
                    network: &network.key,
                    before: &network.before,
                    now,
                    day_ago: self.day_ago,
                    month_ago,
                    known_since: now.minus(trust::KNOWN_FOR),
                    of_site: i64::from(share::NETWORK.of_site),
                    of_all: i64::from(share::NETWORK.of_all),
                    for_each_vouched: i64::from(share::NETWORK.for_each_vouched),
                    of_site_at_most: i64::from(share::NETWORK.of_site_at_most),
                    hour: share::hour_of(now),
                    for_each_order: i64::from(share::NETWORK.for_each_order),
                    at_most: i64::from(share::NETWORK.at_most),
                    of_visitor: i64::from(share::NETWORK.of_visitor),
                }
                .statement()
            }));
            let network = network.map(|network| network.key.as_str());
            let keep = KeepContact { site, cart, mailbox_hash, address, session, now, network, month_ago };
            statements.push(keep.statement());
        }
        if self.proof.is_some() {
            statements.push(PutAhead { site, cart }.statement());
            statements.push(AskGateAgain { site, cart, now }.statement());
        }
        if let Some(reminder) = &self.reminder {
            let ReminderId { cart: origin, cycle, step, .. } = reminder;
            let (cycle, via) = (i64::from(*cycle), reminder.within_site());
            let via = via.as_str();
            statements.push(NoteRebuilt { site, rebuilt: cart, via, origin, cycle, step }.statement());
            statements.push(ConfirmRebuilt { site, rebuilt: cart, via, origin, cycle, step, now }.statement());
        }
        statements
    }

    /// Lets a proven address raise the share of the network that it came from.
    fn vouch(&self) -> Option<Vouch<'_>> {
        let (mailbox_hash, network) = self.mailbox_hash.as_ref().zip(self.network.as_ref())?;
        Some(Vouch {
            site: &self.site.id,
            cart: &self.event.cart,
            mailbox_hash,
            session: self.nonce.as_deref(),
            network: &network.key,
            now: self.now,
            day_ago: self.day_ago,
            most: share::NETWORK.vouchers(),
            from: share::NETWORK.raised_from(),
        })
    }

    /// The mail consent that the event gives or refuses, as JSON.
    fn consent(&self) -> Option<String> {
        let consent = self.event.consent.as_ref()?;
        let mail = match consent.mail? {
            MailWish::Granted(basis) => basis.code(),
            MailWish::Refused => "denied",
        };
        let stored = StoredConsent { mail, at: consent.at, wording: &consent.wording, source: &consent.source };
        Some(json::text(&stored))
    }
}

/// Consent as it is stored with the cart.
#[derive(Serialize)]
struct StoredConsent<'a> {
    mail: &'static str,
    at: Timestamp,
    wording: &'a str,
    source: &'a str,
}

/// What came of folding an event.
struct Folded {
    /// Whether it changed anything.
    is_news: bool,
    /// Whether the page is to ask for a challenge.
    is_asked: bool,
}

/// Whether an event says something of its cart; a solved challenge may come alone.
const fn says_more_than_a_challenge(event: &Event) -> bool {
    let Event { snapshot, email, consent, order, customer, via, challenge, .. } = event;
    challenge.is_none()
        || snapshot.is_some()
        || email.is_some()
        || consent.is_some()
        || order.is_some()
        || customer.is_some()
        || via.is_some()
}

/// Folds an event into its cart, with what the event says of the contact, the customer and the cart it was rebuilt from.
async fn fold<P: Ports>(app: &App<P>, received: &Received<'_>) -> Result<Folded, Error> {
    let Received { site, event, now, .. } = *received;
    let policy = app.config.policy(site.settings.policy.clone());
    let at = event.at;
    let offset = app.ports.localisation().offset_minutes(&site.settings.zone, at).unwrap_or(0);
    let snapshot = event.snapshot.as_ref();
    let lines: Vec<wire::Line> =
        snapshot.map(|snapshot| snapshot.lines.iter().map(wire::Line::from).collect()).unwrap_or_default();
    let zone = event.zone.as_ref().filter(|zone| app.ports.localisation().offset_minutes(zone.as_str(), at).is_some());
    let items = snapshot.map_or(0, cart::Snapshot::items);
    let total = snapshot.map_or(0, |snapshot| snapshot.total.minor());
    let kind = match (&event.email, &event.consent, snapshot) {
        (Some(_), ..) => "email",
        (None, Some(_), _) => "consent",
        (None, None, Some(_)) if items == 0 => "emptied",
        _ => "changed",
    };
    let (consent, via) = (received.consent(), received.reminder.as_ref().map(ReminderId::within_site));
    let fold = FoldEvent {
        site: &site.id,
        cart: &event.cart,
        version: &event.version.to_text(),
        received: now,
        day: at.day(offset),
        at,
        // A cart is looked at when it could be abandoned at the earliest; old events from a queue are due at once.
        due: at.plus(policy.abandoned_after).max(now),
        has_content: snapshot.is_some(),
        currency: snapshot.map_or(site.settings.currency.as_str(), |snapshot| snapshot.currency.code()),
        total,
        items,
        lines: &json::text(&lines),
        token: snapshot.and_then(|snapshot| snapshot.token.as_deref()),
        locale: event.locale.as_ref().map(Locale::as_str),
        zone: zone.map(Zone::as_str),
        country: received.country,
        checkout_stage: event.checkout_stage.as_deref(),
        customer: event.customer.as_deref(),
        mailbox_hash: received.mailbox_hash.as_ref(),
        address_version: &event.address_version(),
        consent: consent.as_deref(),
        session: received.nonce.as_deref(),
        session_minted: received.session_minted,
        via: via.as_deref(),
        entry: &json::text(&(at, kind, items, total)),
        network: received.network.as_ref().filter(|_| received.proof.is_none()).map(|network| network.key.as_str()),
        operator: received.network.as_ref().map(|network| network.operator.as_str()),
        proof: received.proof.map_or(0, Trust::code),
        state: if event.is_bot { CartState::Discarded } else { CartState::Active },
        is_signed: event.is_signed,
    };
    let (folds, wakes) = (fold.statement(), WakeCart(&fold).statement());
    let question = received.find_question(&app.config);
    let mut behind = received.statements_behind();
    behind.extend(question.clone());
    let mut is_asked = false;
    // The second time both are asked in one transaction: between two requests another event may have woken the cart, or
    // the planner may have put it to rest, and neither statement alone would take this one.
    for first in [vec![folds.clone()], vec![wakes, folds]] {
        let batch = [first.as_slice(), behind.as_slice()].concat();
        let answers = match write(app, batch.clone()).await {
            // Once more: a second writing of the same event changes nothing, and saves the browser its repetition.
            Err(StoreError::Lost(_)) => write(app, batch).await?,
            answer => answer?,
        };
        is_asked = question.is_some() && answers.last().is_some_and(|rows| !rows.is_empty());
        let Some(folded) = answers.into_iter().next().and_then(|rows| rows.into_iter().next()) else { continue };
        let folded: FoldEventRow = read_row(folded, FoldEvent::SQL.name)?;
        let is_known = Trust::from_code(folded.proof).is_some_and(|proof| proof >= Trust::Returned);
        if let Some(vouch) = received.vouch().filter(|_| is_known) {
            app.store().done(&vouch).await?;
        }
        return Ok(Folded { is_news: true, is_asked });
    }
    // Neither changed anything: the event is a duplicate, older than what is known, the cart is closed, or it is another's.
    if let Some(consent) = consent.filter(|_| event.refuses_mail()) {
        let (cart, version, session) = (&event.cart, &event.version.to_text(), received.nonce.as_deref());
        app.store().done(&RefuseClosed { site: &site.id, cart, version, consent: &consent, session }).await?;
    }
    Ok(Folded { is_news: false, is_asked })
}

/// Writes an event; the rows of each of its statements.
async fn write<P: Ports>(app: &App<P>, mut batch: Vec<Statement>) -> Result<Vec<Rows>, StoreError> {
    if batch.len() == 1 {
        return Ok(vec![app.store().execute(batch.remove(0)).await?]);
    }
    app.store().batch(batch).await
}

/// The version of an event, not far ahead of what its cart knows. An event that came before keeps the number it got then.
/// Ordinary events, with small numbers, ask nothing.
async fn clamped<P: Ports>(app: &App<P>, site: &Site, event: &Event) -> Result<Version, StoreError> {
    let version = event.version.clone();
    if version.seq <= Version::FARTHEST_AHEAD {
        return Ok(version);
    }
    let numbers = ReadNumbers { site: &site.id, cart: &event.cart, event: version.event.as_str() };
    let Some(known) = app.store().first(&numbers).await? else { return Ok(version.clamped(0)) };
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(match known.given {
        Some(given) => Version { seq: number(given), ..version },
        None => version.clamped(number(known.known)),
    })
}

/// Whether the event comes from the browser that filled the visitor's carts: none of them has a proof, or the event shows it.
async fn is_proven<P: Ports>(app: &App<P>, received: &Received<'_>) -> Result<bool, StoreError> {
    let known = app.store().first(&ReadVisitorSession { site: &received.site.id, cart: &received.event.cart }).await?;
    Ok(known.is_none_or(|known| known.session == received.nonce))
}

/// A refusal wipes what was stored of this browser and leaves tombstones that drop late events.
async fn refuse<P: Ports>(app: &App<P>, received: &Received<'_>) -> Result<(), Error> {
    let Received { site: Site { id: site, settings, .. }, event, now, .. } = *received;
    let (first, behind) = event.cart.visitor_range();
    let (first, behind) = (first.as_str(), behind.as_str());
    let offset = app.ports.localisation().offset_minutes(&settings.zone, now).unwrap_or(0);
    app.store()
        .batch(vec![
            RefuseContacts { site, first, behind, now }.statement(),
            WipeCarts { site, first, behind, now }.statement(),
            LeaveTombstone { site, cart: &event.cart, now, day: now.day(offset), session: received.nonce.as_deref() }
                .statement(),
        ])
        .await?;
    Ok(())
}
