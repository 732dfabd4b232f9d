//! The decision: the numbers of a state and a signal give the numbers after it and what the page is to do.

use crate::{
    cart,
    currency::exponent,
    email,
    money::{Form, minor},
    retry::{self, Verdict},
    state::{COUNT, DENIED, GRANTED, SAID, SIGNED, TICKED, UNKNOWN, kept, note, page, part},
    text::{Answer, EMPTY, Text, digest},
    word,
};

/// A cart untouched for longer begins anew: reminders end after 14 days (spec: oldest cart still mailed).
const CART_LIFE: u64 = 14 * 24 * 3_600_000;
/// A session ends after 12 hours (security.md); the next is asked for an hour before, so that what waits never leaves with one
/// that has ended.
const SESSION_LIFE: u64 = 11 * 3_600_000;

/// Runs one step over text.
///
/// # In
/// Rows. First the numbers of [`crate::state`] with commas between; then the signal; for a cart its rows ([`cart::lines`]).
/// The signal is a row of its letter, the page's clock in milliseconds since 1970 UTC, a number by chance from 0 to 31 and
/// the fields of its kind:
///
/// | letter | what | fields |
/// |---|---|---|
/// | `s` | a session was asked for, or the one there was proves nothing any more | `1` when the Worker minted one |
/// | `c` | a source stated the whole cart | how many of the rows are its lines, total, currency, scale and decimal mark of the amounts ([`Form`]), when it came to be there |
/// | `o` | the page reported an order | id, total, currency, scale, mark |
/// | `e` | an address was typed or said | text, `1` once the field was left, `1` where the notice stands at the field, basis and version of the wording |
/// | `i` | the shop said who its customer is | id and what was signed with it in one, the address that was signed |
/// | `v` | the cart is being rebuilt from a reminder | restore token |
/// | `p` | permission or refusal | `1` or `0`, source in the word of the wire, the words beside the shop's own box, basis and wording |
/// | `n` | the sending tab asks what to do with the oldest event that waits | its cart |
/// | `a` | the Worker answered | HTTP status or 0, `Retry-After` in seconds or 0, how many other events wait |
/// | `l` | the browser is online again | |
/// | `q` | the person at this browser is another from here on | |
///
/// A text that is not of this form reads as the empty state or as no signal; it never fails.
///
/// # Out
/// What to do, each a [`word`] and its two numbers; a 0; the numbers of the state after it.
pub fn run(text: Text<'_>, answer: &mut Answer) {
    let mut step = Step::new(text, answer);
    step.now = step.number_at(1);
    step.take();
    step.commit();
    step.answer.add(0);
    for number in step.state {
        step.answer.add(number);
    }
}

/// Whether a step may be run elsewhere than in the page: where tracking is permitted by a site's mode (`is_required`: not
/// before consent), where it was refused and the refusal itself is on its way, and for a permission or refusal. Where nothing
/// leaves before an address is known (`is_identified`), an address too, all else behind one, and what came of an event that left.
pub fn may_leave(text: Text<'_>, is_required: bool, is_identified: bool) -> bool {
    let mut answer = Answer::default();
    let mut step = Step::new(text, &mut answer);
    step.state[page::REQUIRED] = u64::from(is_required);
    step.state[page::IDENTIFIED] = u64::from(is_identified);
    let kind = text.at(step.row);
    let is_signed = kind == b'i' && !text.is_empty(step.field(1));
    let says_who = is_signed || matches!(kind, b'e' | b'v' | b'q' | b'l' | b's' | b'a');
    (step.is_permitted() && (says_who || !step.is_nobodys() || (kind == b'n' && step.is_of_an_older_cart())))
        || step.state[kept::TRACKING] == DENIED
        || kind == b'p'
}

/// One step in progress.
struct Step<'a> {
    text: Text<'a>,
    state: [u64; COUNT],
    /// Digests of what the signal says of each part; 0 for nothing.
    news: [u64; part::COUNT],
    /// Where the signal's row begins.
    row: usize,
    now: u64,
    answer: &'a mut Answer,
}

impl<'a> Step<'a> {
    fn new(text: Text<'a>, answer: &'a mut Answer) -> Self {
        let mut step =
            Self { text, state: [0; COUNT], news: [0; part::COUNT], row: text.next_row(Text::START), now: 0, answer };
        text.numbers(Text::START, &mut step.state);
        step
    }

    /// A field of the signal's kind.
    fn field(&self, number: usize) -> usize {
        self.text.field(self.row, number + 3)
    }

    fn number(&self, number: usize) -> u64 {
        self.number_at(number + 3)
    }

    #[inline(never)]
    fn number_at(&self, number: usize) -> u64 {
        let mut read = [0];
        self.text.numbers(self.text.field(self.row, number), &mut read);
        let [read] = read;
        read
    }

    #[inline(never)]
    fn say(&mut self, word: u64, first: u64, second: u64) {
        self.answer.say(word, first, second);
    }

    fn note(&mut self, why: u64) {
        self.say(word::NOTE, why, 0);
    }

    /// Whether the cart may be stored and sent.
    ///
    /// A tick is an express wish and wins; Global Privacy Control refuses everything else; without either the
    /// site's mode decides.
    fn is_permitted(&self) -> bool {
        let said = self.state[kept::TRACKING];
        said == TICKED
            || (self.state[page::PRIVACY_CONTROL] == 0
                && (said == GRANTED || (said == UNKNOWN && self.state[page::REQUIRED] == 0)))
    }

    /// Whether what waits has to wait on: the site wants no cart without an address, and none is known. Behind a recovery link
    /// the Worker knows it.
    fn is_nobodys(&self) -> bool {
        self.state[page::IDENTIFIED] == 1 && self.state[SAID + part::EMAIL] == 0 && self.state[SAID + part::VIA] == 0
    }

    /// Whether the event that waits is of a cart before the newest: it was somebody's, or it would have been dropped with its cart.
    fn is_of_an_older_cart(&self) -> bool {
        self.number(0) != self.state[kept::CART]
    }

    fn take(&mut self) {
        match self.text.at(self.row) {
            b's' if self.number(0) == 0 => {
                // There was one, so that a refusal is told all the same.
                self.state[kept::MINTED] = self.state[kept::MINTED].min(1);
                self.fail(0);
            }
            b's' => {
                self.state[kept::MINTED] = self.now;
                self.say(word::DRAIN, 0, 0);
            }
            b'c' => self.take_cart(),
            b'e' => {
                if email::is_address(self.text, self.field(0), self.number(1) == 1) {
                    self.news[part::EMAIL] = self.hold(part::EMAIL, 0);
                    if self.number(2) == 1 {
                        self.grant(b'n');
                    }
                } else {
                    self.note(note::NO_ADDRESS);
                }
            }
            b'i' => {
                self.news[part::CUSTOMER] = self.hold(part::CUSTOMER, 0);
                // The Worker takes the address from the signature; one that is typed later is news.
                if self.state[SAID + part::EMAIL] == 0 && self.is_permitted() && !self.text.is_empty(self.field(1)) {
                    self.state[SAID + part::EMAIL] = SIGNED;
                }
            }
            b'p' if self.number(0) == 1 => self.grant(self.text.at(self.field(1))),
            b'p' => self.refuse(),
            b'o' => {
                // A total without a known currency is left out.
                let total = self.form(2).map_or(0, |form| self.total(form, 1));
                self.news[part::ORDER] = self.hold(part::ORDER, total);
            }
            b'v' => self.news[part::VIA] = self.hold(part::VIA, 0),
            b'n' => self.next(),
            b'a' => self.judge(),
            b'l' => {
                if self.state[kept::ASKED] == 0 {
                    self.state[kept::RETRY_AT] = 0;
                }
                self.say(word::DRAIN, 0, 0);
            }
            b'q' => self.part(),
            _ => {}
        }
    }

    /// Names what the first field of the signal says, and gives its digest.
    fn hold(&mut self, part: usize, amount: u64) -> u64 {
        let said = self.field(0);
        if self.text.is_empty(said) {
            return 0;
        }
        self.say(word::SAYS, part as u64, amount);
        digest(self.text.fold(EMPTY, said))
    }

    /// The form of the amounts that a signal states from one field on; nothing without a currency.
    fn form(&self, place: usize) -> Option<Form> {
        let exponent = exponent(self.text, self.field(place))?;
        Some(Form { exponent, scale: (self.number(place + 1) & 7) as u8, mark: self.text.at(self.field(place + 2)) })
    }

    /// The total that a signal states and 1; 0 for none.
    fn total(&self, form: Form, place: usize) -> u64 {
        minor(self.text, self.field(place), form)
    }

    fn take_cart(&mut self) {
        let at = self.number(5);
        let seen = self.state[kept::SEEN_AT];
        // A time in the future is a clock that was set back since.
        if at < seen && seen <= self.now {
            self.note(note::OLDER);
            return;
        }
        let Some(form) = self.form(2) else {
            self.note(note::NO_CURRENCY);
            return;
        };
        let lines = cart::lines(self.text, self.text.next_row(self.row), self.number(0), form, self.answer);
        // A broken source is not an empty cart, and an empty cart that nobody knows of is no news.
        if lines == 0 || (lines == cart::NONE && self.state[SAID + part::SNAPSHOT] == 0) {
            self.note(note::NO_LINES);
            return;
        }
        if self.is_permitted() {
            self.state[kept::SEEN_AT] = at;
        }
        let total = self.total(form, 1);
        // Neither the currency nor the total of an empty cart are news.
        self.news[part::SNAPSHOT] =
            if lines == cart::NONE { lines } else { digest(self.text.fold(lines.wrapping_add(total), self.field(2))) };
        self.say(word::SAYS, part::SNAPSHOT as u64, total);
    }

    fn grant(&mut self, source: u8) {
        // A notice that was shown is no permission to track; it only gives the basis where tracking is permitted anyway.
        if (self.state[page::PRIVACY_CONTROL] == 1 && !is_ticked(source)) || (is_notice(source) && !self.is_permitted())
        {
            self.note(note::REFUSED);
            return;
        }
        // What is known already covers more: a tick is not watered down by a notice, nor a notice by a call.
        let said = self.state[kept::TRACKING];
        if (said == TICKED && !is_ticked(source)) || (said == GRANTED && !covers_mail(source)) {
            return;
        }
        if !is_notice(source) {
            self.state[kept::TRACKING] = if is_ticked(source) { TICKED } else { GRANTED };
        }
        self.news[part::CONSENT] = digest(self.text.fold(EMPTY ^ u64::from(source), self.field(3)));
        self.say(word::CONSENT, 1, u64::from(covers_mail(source)));
    }

    fn refuse(&mut self) {
        if self.state[kept::TRACKING] == DENIED {
            return;
        }
        let (cart, seq) = (self.state[kept::CART], self.state[kept::SEQ] + 1);
        let minted = self.state[kept::MINTED];
        self.forget(DENIED);
        if minted == 0 {
            self.say(word::FORGET, 1, 0);
            return;
        }
        // The Worker knew the visitor, so it has to be told.
        self.state[kept::CART] = cart;
        self.state[kept::SEQ] = seq;
        self.state[kept::MINTED] = minted;
        self.say(word::FORGET, 0, 0);
        self.say(word::CONSENT, 0, u64::from(covers_mail(self.text.at(self.field(1)))));
        self.say(word::UTTER, 1 << part::CONSENT, seq);
        self.say(word::DRAIN, 0, 0);
    }

    /// Nothing of the visitor stays but a refusal.
    fn forget(&mut self, tracking: u64) {
        for number in self.state.iter_mut().take(page::REQUIRED) {
            *number = 0;
        }
        self.state[kept::TRACKING] = tracking;
    }

    /// Another person: a refusal stays, a permission does not.
    fn part(&mut self) {
        let said = self.state[kept::TRACKING];
        self.forget(if said == DENIED { said } else { UNKNOWN });
        self.say(word::FORGET, 1, 0);
    }

    fn next(&mut self) {
        let denied = self.state[kept::TRACKING] == DENIED;
        let minted = self.state[kept::MINTED];
        let retry_at = self.state[kept::RETRY_AT];
        if !denied && !self.is_permitted() {
            self.note(note::NOT_PERMITTED);
        } else if !denied && self.is_nobodys() && !self.is_of_an_older_cart() {
            self.note(note::NOT_IDENTIFIED);
        } else if !retry::is_due(self.now, retry_at) {
            self.say(word::WAIT, retry_at - self.now, 0);
        } else if !denied && (self.now < minted || self.now - minted > SESSION_LIFE) {
            self.say(word::MINT, 0, 0);
        } else {
            self.say(word::SEND, 0, 0);
        }
    }

    fn judge(&mut self) {
        let verdict = retry::verdict(self.number(0));
        if verdict == Verdict::Later {
            self.fail(self.number(1));
            return;
        }
        self.state[kept::ATTEMPTS] = 0;
        self.state[kept::RETRY_AT] = 0;
        self.state[kept::ASKED] = 0;
        // A cart that is too large must not take an address, an order or a refusal with it.
        self.say(word::DONE, u64::from(verdict == Verdict::Refused), 0);
        if self.state[kept::TRACKING] == DENIED && self.number(2) == 0 {
            self.forget(DENIED);
            self.say(word::FORGET, 1, 0);
        } else {
            self.say(word::DRAIN, 0, 0);
        }
    }

    fn fail(&mut self, asked: u64) {
        self.state[kept::ATTEMPTS] += 1;
        let pause = retry::pause(self.state[kept::ATTEMPTS], asked, self.number_at(2));
        self.state[kept::ASKED] = asked;
        self.state[kept::RETRY_AT] = self.now + pause;
        self.say(word::WAIT, pause, 0);
    }

    /// Says what the signal says, where that is permitted and anything in it is new.
    fn commit(&mut self) {
        if self.news == [0; part::COUNT] {
            return;
        }
        if !self.is_permitted() {
            self.note(note::NOT_PERMITTED);
            return;
        }
        let via = self.news[part::VIA];
        let has_begun = self.state[kept::SEQ] > 0;
        let is_old = has_begun && self.now > self.state[kept::TOUCHED] + CART_LIFE;
        // A restored cart is a cart of its own; its token waits for the first thing that is known of it.
        let is_restored = has_begun && via > 0 && via != self.state[SAID + part::VIA];
        if self.state[kept::CART] == 0 || is_old || is_restored {
            self.begin_cart();
        }
        let mut bits = 0;
        for (part, (news, said)) in self.news.iter().zip(self.state.iter().skip(SAID)).enumerate() {
            if *news > 0 && news != said {
                bits |= 1 << part;
            }
        }
        if bits == 0 {
            self.note(note::NOTHING_NEW);
            return;
        }
        for (news, said) in self.news.iter().zip(self.state.iter_mut().skip(SAID)) {
            if *news > 0 {
                *said = *news;
            }
        }
        if via > 0 {
            self.say(word::VIA, 0, 0);
            return;
        }
        self.state[kept::SEQ] += 1;
        self.state[kept::TOUCHED] = self.now;
        self.say(word::UTTER, bits, self.state[kept::SEQ]);
        if bits & (1 << part::ORDER) > 0 {
            self.begin_cart();
        }
        self.say(word::DRAIN, 0, 0);
    }

    fn begin_cart(&mut self) {
        let dropped = self.state[kept::CART] * u64::from(self.is_nobodys());
        self.state[kept::CART] += 1;
        self.state[kept::SEQ] = 0;
        self.state[SAID + part::SNAPSHOT] = 0;
        self.state[SAID + part::VIA] = 0;
        self.say(word::NEXT_CART, dropped, 0);
    }
}

/// Whether the shopper did it at the field (`box`, `shop-box`), which is an express wish; a source is its first letter. No other
/// source shares it with these or with the notice.
fn is_ticked(source: u8) -> bool {
    matches!(source, b'b' | b's')
}

/// Whether it is the notice: shown, not answered.
fn is_notice(source: u8) -> bool {
    source == b'n'
}

/// Whether a source speaks of mail too; calls and consent tools speak of tracking only.
fn covers_mail(source: u8) -> bool {
    is_ticked(source) || is_notice(source)
}
