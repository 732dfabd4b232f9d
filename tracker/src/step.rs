//! The decision: a state and a signal give a state and effects.

use core::mem::take;

use crate::{
    cart::{self, Refused, Stated},
    currency::exponent,
    email, money,
    record::{Record, event, field, first, kept, page, part},
    retry::{self, Verdict},
    text::{
        FIELD, PART, ROW, Text, add, close, cut, json, number, push_number, push_number_field, push_text_field,
        push_value_field,
    },
};

/// A cart untouched for longer begins anew: reminders end after 14 days (spec: oldest cart still mailed).
const CART_LIFE: u64 = 14 * 24 * 3_600_000;
/// A session token is asked for again after half a day, so that it stays younger than what the Worker accepts.
const SESSION_LIFE: u64 = 12 * 3_600_000;

/// What is known between two steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Kept in the browser's storage, shared by all tabs; empty before permission. Places: [`kept`] and [`part`].
    pub kept: Record,
    /// A row per event that waits to be acknowledged, oldest first; at most one per cart, since each carries the newest of
    /// all. Places: [`event`] and [`part`].
    pub pending: Text,
    /// Known to this page only, gone with it. Places: [`page`] and [`part`].
    pub page: Record,
}

/// One thing that happened: a row of its letter, the page's clock in milliseconds since 1970 UTC, sixteen random digits of base 32
/// (`0`–`9`, `a`–`v`) and the fields of its kind; a cart's lines follow as rows.
///
/// | letter | what | fields |
/// |---|---|---|
/// | `b` | the settings arrived | the first eight of [`page`] |
/// | `s` | the Worker minted a session | token; empty when it could not be reached |
/// | `c` | a source stated the whole cart | step, currency, total, the shop's token |
/// | `e` | an address was typed or said | `1` once the field was left, text, `1` where the notice stands at the field |
/// | `i` | the shop said who its customer is | id |
/// | `p` | permission or refusal | `1` or `0`, source in the word of the wire |
/// | `o` | the page reported an order | id, total, currency |
/// | `v` | the cart is being rebuilt from a reminder | restore token |
/// | `n` | the sending tab asks for the next event | |
/// | `a` | the Worker answered | id of the event, HTTP status or 0, `Retry-After` in seconds or 0 |
/// | `l` | the browser is online again | |
#[derive(Clone, Copy, Debug)]
pub struct Signal<'a> {
    row: &'a [u8],
    lines: &'a [u8],
    now: u64,
}

/// What the page is to do, as it leaves the step: for each effect a [`crate::text::PART`], its letter and two fields.
///
/// `k`: write what is kept to the storage. `w`: remove it from there. `d`: write it, then take the lock and send `n`, for
/// something waits. `t`: write it, and do so after so many milliseconds. `m`: mint a session for this visitor. `s`: POST
/// the body (second field) of the event (first). `n`: why something was held back, for the debug mode.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects(pub Text);

impl<'a> Signal<'a> {
    /// Reads a signal.
    pub fn read(text: &'a [u8]) -> Self {
        let (row, lines) = cut(text, ROW);
        Self { row, lines, now: number(field(row, 1)) }
    }

    fn entropy(&self) -> &'a [u8] {
        field(self.row, 2)
    }

    fn field(&self, place: usize) -> &'a [u8] {
        field(self.row, place + 3)
    }

    fn number(&self, place: usize) -> u64 {
        number(self.field(place))
    }
}

impl Effects {
    #[inline(never)]
    fn add(&mut self, letter: &[u8], first: &[u8], second: &[u8]) {
        let out = &mut self.0;
        add(out, &[PART]);
        add(out, letter);
        add(out, &[FIELD]);
        add(out, first);
        add(out, &[FIELD]);
        add(out, second);
    }

    fn note(&mut self, why: &[u8]) {
        self.add(b"n", why, b"");
    }

    fn wait(&mut self, milliseconds: u64) {
        let mut text = Text::default();
        push_number(&mut text, milliseconds);
        self.add(b"t", &text, b"");
    }

    fn keep(&mut self) {
        self.add(b"k", b"", b"");
    }

    fn drain(&mut self) {
        self.add(b"d", b"", b"");
    }
}

impl State {
    /// Whether the cart may be stored and sent.
    ///
    /// A tick is an express wish and wins; Global Privacy Control refuses everything else; without either the
    /// site's mode decides. Before the settings arrived nothing is permitted.
    pub fn is_permitted(&self) -> bool {
        let said = self.kept.letter(kept::TRACKING);
        let mode_permits = said != b'd' && self.page.letter(page::REQUIRED) != b'1';
        let unticked = self.page.letter(page::PRIVACY_CONTROL) != b'1' && (said == b'g' || mode_permits);
        self.page.has(page::SITE) && (said == b't' || unticked)
    }
}

/// Takes a signal in.
///
/// 1. What the signal says is held in the page's memory, in the form of the wire.
/// 2. Where tracking is permitted, what is new in it becomes one event of the present cart, merged with the one
///    that still waits, and is kept before anything is sent.
/// 3. Where it is refused, everything is forgotten; the refusal itself is told to the Worker if it knew the visitor.
#[must_use]
pub fn step(mut state: State, signal: &Signal<'_>) -> (State, Effects) {
    let mut effects = Effects::default();
    apply(&mut state, signal, &mut effects);
    (state, effects)
}

/// [`step`] in place: moving the state costs bytes.
pub(crate) fn apply(state: &mut State, signal: &Signal<'_>, effects: &mut Effects) {
    let State { kept, page, .. } = state;
    let said = signal.field(0);
    match first(signal.row) {
        b'b' => {
            for place in page::REQUIRED..=page::ADDRESS {
                page.set(place, signal.field(place));
            }
            effects.drain();
        }
        b's' => {
            if said.is_empty() {
                fail(kept, 0, signal, effects);
            } else {
                kept.set(kept::SESSION, said);
                kept.set_number(kept::SESSION_AT, signal.now);
                effects.drain();
            }
        }
        b'c' => state_cart(state, signal, effects),
        b'e' => match email::address(signal.field(1), first(said) == b'1') {
            Some(address) => {
                page.set(part::EMAIL, &json(&address));
                page.set(page::STEP, b"contact");
                if first(signal.field(2)) == b'1' {
                    grant(state, b"notice", effects);
                }
            }
            None => effects.note(b"no address"),
        },
        b'i' => page.set(part::CUSTOMER, &json(said)),
        b'p' if first(said) == b'1' => grant(state, signal.field(1), effects),
        b'p' => refuse(state, signal, effects),
        b'o' => page.set(part::ORDER, &order(said, signal.field(1), signal.field(2))),
        b'v' => page.set(part::VIA, &json(said)),
        b'n' => next(state, signal, effects),
        b'a' => answer(state, signal, effects),
        b'l' => {
            if kept.number(kept::ASKED) == 0 {
                kept.set(kept::RETRY_AT, b"");
            }
            effects.drain();
        }
        _ => {}
    }
    commit(state, signal, effects);
}

fn state_cart(state: &mut State, signal: &Signal<'_>, effects: &mut Effects) {
    let State { kept, page, .. } = state;
    let mut stated =
        Stated { currency: signal.field(1), total: signal.field(2), token: signal.field(3), lines: signal.lines };
    if stated.lines.is_empty() && stated.currency.is_empty() {
        // An emptied cart needs no currency of its own; the snapshot begins with that of the cart it was.
        stated.currency = kept.get(part::SNAPSHOT).get(13..16).unwrap_or_default();
    }
    match cart::snapshot(&stated) {
        Ok(snapshot) => {
            page.set(part::SNAPSHOT, &snapshot);
            page.set(page::STEP, signal.field(0));
        }
        Err(Refused::Currency) => effects.note(b"no currency"),
        Err(Refused::Lines) => effects.note(b"no lines"),
    }
}

/// Whether the shopper did it at the field (`box`, `shop-box`), which is an express wish. No other source shares a
/// first letter with these or with the notice.
fn is_ticked(source: &[u8]) -> bool {
    matches!(first(source), b'b' | b's')
}

/// Whether it is the notice: shown, not answered.
fn is_notice(source: &[u8]) -> bool {
    first(source) == b'n'
}

/// Whether a source speaks of mail too; calls and consent tools speak of tracking only.
fn covers_mail(source: &[u8]) -> bool {
    is_ticked(source) || is_notice(source)
}

fn grant(state: &mut State, source: &[u8], effects: &mut Effects) {
    let permitted = state.is_permitted();
    let State { kept, page, .. } = state;
    // A notice that was shown is no permission to track; it only gives the basis where tracking is permitted anyway.
    if (page.letter(page::PRIVACY_CONTROL) == b'1' && !is_ticked(source)) || (is_notice(source) && !permitted) {
        effects.note(b"refused");
        return;
    }
    // What is known already covers more: a tick is not watered down by a notice, nor a notice by a call.
    let said = kept.letter(kept::TRACKING);
    if (said == b't' && !is_ticked(source)) || (said == b'g' && !covers_mail(source)) {
        return;
    }
    if !is_notice(source) {
        kept.set(kept::TRACKING, if is_ticked(source) { b"t" } else { b"g" });
    }
    let (mut basis, mut wording) = (page.get(page::BASIS), page.get(page::WORDING));
    if !covers_mail(source) {
        (basis, wording) = (b"", b"");
    }
    let consent = consent(b"granted", basis, wording, source);
    page.set(part::CONSENT, &consent);
}

fn refuse(state: &mut State, signal: &Signal<'_>, effects: &mut Effects) {
    let State { kept, pending, page } = state;
    if kept.letter(kept::TRACKING) == b'd' {
        return;
    }
    page.clear(part::SNAPSHOT, part::CONTEXT);
    pending.clear();
    kept.set(kept::TRACKING, b"d");
    kept.clear(kept::TOUCHED, part::CONTEXT);
    if !kept.has(kept::SESSION) {
        forget(state, effects);
        return;
    }
    let source = signal.field(1);
    let mut refusal = Record::default();
    begin_event(&mut refusal, kept, signal);
    refusal.set(part::CONSENT, &consent(b"denied", if covers_mail(source) { b"denied" } else { b"" }, b"", source));
    push_row(pending, &refusal);
    effects.drain();
}

/// Ends a refusal: nothing of the visitor stays. In `notice` mode the bare refusal does, or the next page would ask
/// nothing and track again.
fn forget(state: &mut State, effects: &mut Effects) {
    state.kept.clear(kept::VISITOR, part::CONTEXT);
    effects.add(if state.page.letter(page::REQUIRED) == b'1' { b"w" } else { b"k" }, b"", b"");
}

fn next(state: &State, signal: &Signal<'_>, effects: &mut Effects) {
    let State { kept, pending, page } = state;
    if pending.is_empty() {
        return;
    }
    let event = &next_row(&mut pending.as_slice());
    let denied = kept.letter(kept::TRACKING) == b'd';
    let minted = kept.number(kept::SESSION_AT);
    let retry_at = kept.number(kept::RETRY_AT);
    if !denied && !state.is_permitted() {
        effects.note(b"not permitted");
    } else if !retry::is_due(signal.now, retry_at) {
        effects.wait(retry_at - signal.now);
    } else if !denied && (!kept.has(kept::SESSION) || signal.now < minted || signal.now - minted > SESSION_LIFE) {
        effects.add(b"m", kept.get(kept::VISITOR), b"");
    } else {
        effects.add(b"s", event.get(event::ID), &body(kept, page, event, signal.now));
    }
}

fn answer(state: &mut State, signal: &Signal<'_>, effects: &mut Effects) {
    let State { kept, pending, .. } = state;
    let status = signal.number(1);
    let verdict = retry::verdict(status);
    if verdict == Verdict::Later {
        fail(kept, signal.number(2), signal, effects);
        return;
    }
    kept.clear(kept::ATTEMPTS, kept::ASKED);
    if verdict == Verdict::Refused {
        effects.note(b"dropped");
    }
    // An event that was merged into a newer one has a new id; the newer one is sent by itself.
    let waiting = take(pending);
    let mut rest = waiting.as_slice();
    while !rest.is_empty() {
        let mut event = next_row(&mut rest);
        if event.get(event::ID) != signal.field(0) || (verdict == Verdict::Refused && lighten(&mut event)) {
            push_row(pending, &event);
        }
    }
    if pending.is_empty() && kept.letter(kept::TRACKING) == b'd' {
        forget(state, effects);
        return;
    }
    effects.drain();
}

/// Takes the cart out of a refused event and says whether that leaves anything to try: a cart that is too large must
/// not take an address, an order or a refusal with it.
fn lighten(event: &mut Record) -> bool {
    let cart = event.has(part::SNAPSHOT);
    event.set(part::SNAPSHOT, b"");
    cart && !event.says_nothing()
}

fn fail(kept: &mut Record, asked: u64, signal: &Signal<'_>, effects: &mut Effects) {
    let attempts = kept.number(kept::ATTEMPTS) + 1;
    let pause = retry::pause(attempts, asked, signal.entropy());
    kept.set_number(kept::ATTEMPTS, attempts);
    kept.set_number(kept::ASKED, asked);
    kept.set_number(kept::RETRY_AT, signal.now + pause);
    effects.wait(pause);
}

/// Turns what is held into an event, where that is permitted and anything in it is new.
fn commit(state: &mut State, signal: &Signal<'_>, effects: &mut Effects) {
    if state.page.says_nothing() {
        return;
    }
    if !state.is_permitted() {
        // An order ends the cart that is held; nothing is left to remind of.
        if state.page.has(part::ORDER) {
            state.page.clear(part::SNAPSHOT, part::CONTEXT);
        }
        effects.note(b"not permitted");
        return;
    }
    let State { kept, pending, page } = state;
    let known = kept.number(kept::SEQ) > 0;
    if !kept.has(kept::CART) || (known && signal.now > kept.number(kept::TOUCHED) + CART_LIFE) {
        begin_cart(kept);
    }
    for place in part::SNAPSHOT..=part::CONTEXT {
        if page.get(place) == kept.get(place) {
            page.set(place, b"");
        }
    }
    // A restored cart is a cart of its own; its token waits for the first thing that is known of it.
    if page.has(part::VIA) {
        if kept.number(kept::SEQ) > 0 {
            begin_cart(kept);
        }
        kept.set(part::VIA, page.get(part::VIA));
        page.set(part::VIA, b"");
        effects.keep();
    }
    // An empty cart that nobody knows of is no news.
    if cart::is_empty(page.get(part::SNAPSHOT)) && !kept.has(part::SNAPSHOT) {
        page.set(part::SNAPSHOT, b"");
    }
    if page.says_nothing() {
        effects.note(b"nothing new");
        return;
    }
    if !kept.has(kept::VISITOR) {
        kept.set(kept::VISITOR, &visitor(signal));
    }
    let mut newer = Record::default();
    if kept.number(kept::SEQ) == 0 {
        // What is known of the person goes with each new cart; the last order does not.
        newer.merge_parts(kept);
        newer.set(part::ORDER, b"");
    }
    let waiting = take(pending);
    let mut rest = waiting.as_slice();
    while !rest.is_empty() {
        let event = next_row(&mut rest);
        if event.get(event::CART) == kept.get(kept::CART) {
            newer.merge_parts(&event);
        } else {
            push_row(pending, &event);
        }
    }
    begin_event(&mut newer, kept, signal);
    kept.set_number(kept::TOUCHED, signal.now);
    newer.merge_parts(page);
    newer.set(part::CONTEXT, &context(page));
    kept.merge_parts(page);
    if page.has(part::ORDER) {
        begin_cart(kept);
    }
    page.clear(part::SNAPSHOT, part::CONTEXT);
    push_row(pending, &newer);
    effects.drain();
}

fn begin_cart(kept: &mut Record) {
    kept.set_number(kept::CART, kept.number(kept::CART) + 1);
    kept.set(kept::SEQ, b"");
    kept.set(part::SNAPSHOT, b"");
    kept.set(part::VIA, b"");
}

/// Makes a record the next event of the present cart.
fn begin_event(event: &mut Record, kept: &mut Record, signal: &Signal<'_>) {
    kept.set_number(kept::SEQ, kept.number(kept::SEQ) + 1);
    event.set(event::CART, kept.get(kept::CART));
    event.set(event::SEQ, kept.get(kept::SEQ));
    event.set_number(event::AT, signal.now);
    event.set(event::ID, signal.entropy());
}

fn next_row(rest: &mut &[u8]) -> Record {
    let (row, after) = cut(rest, ROW);
    *rest = after;
    Record::read(row)
}

fn push_row(rows: &mut Text, row: &Record) {
    if !rows.is_empty() {
        add(rows, &[ROW]);
    }
    add(rows, row.as_text());
}

/// The JSON of the wire, with the age of the event at this moment.
fn body(kept: &Record, page: &Record, event: &Record, now: u64) -> Text {
    let mut out = Text::default();
    add(&mut out, b"{\"v\":1,");
    push_text_field(&mut out, b"site", page.get(page::SITE));
    push_text_field(&mut out, b"session", kept.get(kept::SESSION));
    push_text_field(&mut out, b"visitor", kept.get(kept::VISITOR));
    push_text_field(&mut out, b"id", event.get(event::ID));
    push_value_field(&mut out, b"cart", event.get(event::CART));
    push_value_field(&mut out, b"seq", event.get(event::SEQ));
    push_number_field(&mut out, b"age", now.saturating_sub(event.number(event::AT)));
    for (place, name) in (part::SNAPSHOT..).zip(part::NAMES) {
        push_value_field(&mut out, name, event.get(place));
    }
    close(&mut out, b"}");
    out
}

fn consent(tracking: &[u8], mail: &[u8], wording: &[u8], source: &[u8]) -> Text {
    let mut out = Text::default();
    add(&mut out, b"{");
    push_text_field(&mut out, b"tracking", tracking);
    push_text_field(&mut out, b"mail", mail);
    push_text_field(&mut out, b"wording", wording);
    push_text_field(&mut out, b"source", source);
    close(&mut out, b"}");
    out
}

fn context(page: &Record) -> Text {
    let mut out = Text::default();
    add(&mut out, b"{");
    push_text_field(&mut out, b"locale", page.get(page::LOCALE));
    push_text_field(&mut out, b"zone", page.get(page::ZONE));
    push_text_field(&mut out, b"step", page.get(page::STEP));
    push_text_field(&mut out, b"page", page.get(page::ADDRESS));
    close(&mut out, b"}");
    out
}

/// An order needs an id; a total without a known currency is left out.
fn order(id: &[u8], total: &[u8], currency: &[u8]) -> Text {
    let mut out = Text::default();
    if id.is_empty() {
        return out;
    }
    add(&mut out, b"{");
    push_text_field(&mut out, b"id", id);
    if let Some(total) = exponent(currency).and_then(|exponent| money::minor(total, exponent)) {
        push_number_field(&mut out, b"total", total);
        push_text_field(&mut out, b"currency", currency);
    }
    close(&mut out, b"}");
    out
}

/// A ULID (26 characters of Crockford's base 32): 48 bits of time, then the 80 random bits of the signal.
fn visitor(signal: &Signal<'_>) -> Text {
    let mut ulid = Text::default();
    let mut push = |value: u64| {
        let digit = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ".get((value % 32) as usize);
        add(&mut ulid, &[digit.copied().unwrap_or_default()]);
    };
    for place in (0..10).rev() {
        push(signal.now >> (5 * place));
    }
    for digit in signal.entropy() {
        push(u64::from(digit.wrapping_sub(if *digit < b'a' { b'0' } else { b'a' - 10 })));
    }
    ulid
}
