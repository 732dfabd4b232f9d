//! Renders a reminder: subject, HTML, plain text and the headers that stop it with one click.
//!
//! Everything is decided before: which items may be named, what they cost, which links lead where.
//! Here it is only laid out, and the same content always gives the same bytes, since a retry must.

mod plain_text;

use std::sync::LazyLock;

use cartwake_shared::template::{Markup, Template, Values, is_web_address};

use crate::base::words::{MailWords, Opening, Step, of_mail};

/// A block of the mail, read once in an isolate's life: reading all seven takes 0.14 ms natively,
/// filling them in 0.06 ms.
type Block = LazyLock<Template<'static>>;

static FRAME: Block = Block::new(|| template(include_str!("../../mail/compiled/frame.html")));
static BRAND: Block = Block::new(|| template(include_str!("../../mail/compiled/brand.html")));
static OPENING: Block = Block::new(|| template(include_str!("../../mail/compiled/opening.html")));
static ITEMS: Block = Block::new(|| template(include_str!("../../mail/compiled/items.html")));
static ACTION: Block = Block::new(|| template(include_str!("../../mail/compiled/action.html")));
static HELP: Block = Block::new(|| template(include_str!("../../mail/compiled/help.html")));
static FOOTER: Block = Block::new(|| template(include_str!("../../mail/compiled/footer.html")));

/// Lines shown with a row of their own; the rest are counted. Eight rows fill a phone's screen, and the
/// button should come soon after it.
const MOST_ROWS: usize = 8;

/// Longest texts that are shown, in characters. Together with the number of rows they keep the HTML
/// under the 102 KB at which Gmail cuts a mail off and hides the unsubscribe link at its end.
const LONGEST_NAME: usize = 80;
const LONGEST_SETTING: usize = 300;
/// In a subject: phones show about 40 characters of it, and the name is not all of it.
const LONGEST_NAME_IN_SUBJECT: usize = 40;
/// The most pieces that are said as a number. Quantities come from browsers, also those of verified products, and a number
/// of two digits has no room for a stranger's message: a price, a telephone number, an amount to be paid. It is more than
/// shoppers order; a fuller cart is told without its numbers.
pub const MOST_COUNTED: u64 = 99;

/// In bytes; with a longer address a line is shown without its picture.
const LONGEST_PICTURE_ADDRESS: usize = 700;

/// All that a reminder says beside our own wording. Texts are plain, as people wrote them.
#[derive(Debug, Clone)]
pub struct Content<'c> {
    /// BCP 47, such as `de-AT`; English where we have no words for it.
    pub locale: &'c str,
    /// Which way the words of that locale run.
    pub direction: Direction,
    /// The shop's name.
    pub shop: &'c str,
    /// The sender's postal address on one line (required by law in mails of this kind).
    pub address: &'c str,
    /// Where replies go; without it the mail does not ask for any.
    pub reply_to: Option<&'c str>,
    /// Another way to ask: a telephone number with hours, a chat.
    pub help_line: Option<&'c str>,
    /// The lines whose name was verified. Only the first eight are shown by name.
    pub lines: &'c [Line<'c>],
    /// Pieces in the cart that must not be named.
    pub unnamed: u64,
    /// The cart's total, formatted, if every price in it is verified.
    pub total: Option<&'c str>,
    /// Brings the cart back.
    pub restore_link: &'c str,
    /// Stops reminders; also in the header for one-click. ASCII, at most 900 characters.
    pub unsubscribe_link: &'c str,
    /// For people who did not shop here.
    pub not_me_link: &'c str,
    /// Names this kind of mail of this shop, like a host name: `reminders.shop.example` (RFC 2919).
    pub list_id: &'c str,
    /// What an inbox shows behind the subject; our own words if missing.
    pub preheader: Option<&'c str>,
    /// Position in the sequence, from 0; chooses the words.
    pub step: usize,
}

/// A line of the cart that may be shown by name.
#[derive(Debug, Clone)]
pub struct Line<'c> {
    /// Verified, plain, at most 80 characters are shown.
    pub name: &'c str,
    /// Pieces.
    pub quantity: u64,
    /// Price of one piece, formatted, if it is verified.
    pub price: Option<&'c str>,
    /// An https address on an allowed host, if there is a verified picture.
    pub picture: Option<&'c str>,
}

/// Which way text runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    /// As in English.
    #[default]
    LeftToRight,
    /// As in Arabic.
    RightToLeft,
}

/// A mail, ready for any provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line, without control characters.
    pub subject: String,
    /// A whole HTML document, under 102,000 bytes.
    pub html: String,
    /// The same in plain text, lines of at most 72 characters but for links.
    pub text: String,
    /// Further headers; names are unique, values printable ASCII.
    pub headers: Vec<(&'static str, String)>,
}

/// Renders a reminder.
pub fn render(content: &Content<'_>) -> Rendered {
    let said = Said::of(content);
    Rendered {
        html: html(content, &said),
        text: plain_text::render(content, &said),
        headers: headers(content),
        subject: said.subject,
    }
}

/// The sentences of one mail, their slots filled in: what HTML and plain text share.
struct Said {
    language: &'static str,
    wording: &'static MailWords,
    subject: String,
    headline: String,
    intro: String,
    preheader: String,
    /// `and 3 more items`, or empty.
    more: String,
    note: &'static str,
    reason: String,
    help_reply: &'static str,
    help_line: String,
    shop: String,
    address: String,
}

impl Said {
    fn of(content: &Content<'_>) -> Self {
        let (language, wording) = of_mail(content.locale);
        let step = step(wording, content.step);
        let is_counted = all_pieces(content) <= MOST_COUNTED;
        let Opening { subject, headline } = match (content.lines.is_empty(), is_counted) {
            (false, _) => &step.named,
            (true, true) => &step.unnamed,
            (true, false) => &step.uncounted,
        };
        let shop = shortened(content.shop, LONGEST_NAME);
        let items = items(wording, content);
        let say = |phrase: &str| {
            Template::plain(phrase).fill(&Values::new().text("shop", shop.as_str()).text("items", items.as_str()))
        };
        let hidden = pieces(content.lines.get(MOST_ROWS..).unwrap_or_default()).saturating_add(content.unnamed);
        let is_priced = content.lines.iter().any(|line| line.price.is_some());
        let help_line = content.help_line.map(|help| shortened(help, LONGEST_SETTING));
        Self {
            language,
            wording,
            subject: one_line(&say(subject)),
            headline: say(headline),
            intro: say(step.intro),
            preheader: content.preheader.map_or_else(|| say(step.preheader), |own| shortened(own, LONGEST_SETTING)),
            more: match hidden {
                0 => String::new(),
                _ if content.lines.is_empty() => String::new(),
                _ if !is_counted => wording.others.to_owned(),
                hidden => counted(wording.more.form((wording.plural)(hidden)), hidden, ""),
            },
            note: if is_priced { wording.prices_may_change } else { wording.any_device },
            reason: say(wording.reason),
            help_reply: if content.reply_to.is_some() { wording.help_reply } else { "" },
            help_line: help_line.map_or_else(String::new, |help| {
                Template::plain(wording.help_line).fill(&Values::new().text("help", help))
            }),
            address: shortened(content.address, LONGEST_SETTING),
            shop,
        }
    }

    fn has_help(&self) -> bool {
        !self.help_reply.is_empty() || !self.help_line.is_empty()
    }
}

/// What the cart holds in a few words: `Linen shirt and 2 more items`, or `3 items`.
fn items(wording: &MailWords, content: &Content<'_>) -> String {
    let all = all_pieces(content);
    let Some(first) = content.lines.first() else {
        return counted(wording.items.form((wording.plural)(all)), all, "");
    };
    let name = shortened(first.name, LONGEST_NAME_IN_SUBJECT);
    match all.saturating_sub(first.quantity) {
        0 => name,
        _ if all > MOST_COUNTED => Template::plain(wording.name_and_others).fill(&Values::new().text("name", name)),
        others => counted(wording.name_and_more.form((wording.plural)(others)), others, &name),
    }
}

fn step(wording: &'static MailWords, position: usize) -> &'static Step {
    let [.., last] = &wording.steps;
    wording.steps.get(position).unwrap_or(last)
}

fn all_pieces(content: &Content<'_>) -> u64 {
    pieces(content.lines).saturating_add(content.unnamed)
}

fn pieces(lines: &[Line<'_>]) -> u64 {
    lines.iter().fold(0, |sum, line| sum.saturating_add(line.quantity))
}

fn counted(phrase: &str, count: u64, name: &str) -> String {
    Template::plain(phrase).fill(&Values::new().text("count", count.to_string()).text("name", name))
}

/// `Quantity: 2`, or nothing for more pieces than are said as a number.
fn quantity(wording: &MailWords, line: &Line<'_>) -> String {
    if line.quantity > MOST_COUNTED { String::new() } else { counted(wording.quantity, line.quantity, "") }
}

/// The price as it is said beside a line: `€49.90`, or `€49.90 each`.
fn price(wording: &MailWords, line: &Line<'_>) -> String {
    match line.price {
        None => String::new(),
        Some(price) if line.quantity == 1 => shortened(price, LONGEST_NAME),
        Some(price) => Template::plain(wording.each).fill(&Values::new().text("price", shortened(price, LONGEST_NAME))),
    }
}

fn html(content: &Content<'_>, said: &Said) -> String {
    let wording = said.wording;
    let (direction, start, end) = match content.direction {
        Direction::LeftToRight => ("ltr", "left", "right"),
        Direction::RightToLeft => ("rtl", "right", "left"),
    };
    let values = Values::new()
        .word("language", said.language)
        .word("direction", direction)
        .word("start", start)
        .word("end", end)
        .text("subject", said.subject.as_str())
        .text("preheader", said.preheader.as_str())
        .text("shop", said.shop.as_str())
        .text("address", said.address.as_str())
        .text("headline", said.headline.as_str())
        .text("intro", said.intro.as_str())
        .list("lines", rows(content, said))
        .text("more", said.more.as_str())
        .text("total_label", wording.total)
        .text("total", content.total.map_or_else(String::new, |total| shortened(total, LONGEST_NAME)))
        .text("button", wording.button)
        .text("note", said.note)
        .text("help_title", wording.help_title)
        .text("help_reply", said.help_reply)
        .text("help_line", said.help_line.as_str())
        .text("reason", said.reason.as_str())
        .text("unsubscribe", wording.unsubscribe)
        .text("not_me", wording.not_me)
        .link("restore_link", content.restore_link)
        .link("unsubscribe_link", content.unsubscribe_link)
        .link("not_me_link", content.not_me_link);

    let mut body = Markup::default();
    for (block, is_needed) in [
        (&BRAND, true),
        (&OPENING, true),
        (&ITEMS, !content.lines.is_empty()),
        (&ACTION, true),
        (&HELP, said.has_help()),
        (&FOOTER, true),
    ] {
        if is_needed {
            body.push(&block.markup(&values));
        }
    }
    FRAME.fill(&values.markup("body", body))
}

fn rows<'v>(content: &Content<'v>, said: &Said) -> Vec<Values<'v>> {
    let row = |line: &Line<'v>| {
        let name = shortened(line.name, LONGEST_NAME);
        let picture =
            line.picture.filter(|address| address.len() <= LONGEST_PICTURE_ADDRESS && is_web_address(address));
        Values::new()
            .text("initial", initial(&name))
            .text("name", name)
            .text("quantity", quantity(said.wording, line))
            .text("price", price(said.wording, line))
            .link("picture", picture.unwrap_or_default())
    };
    content.lines.iter().take(MOST_ROWS).map(row).collect()
}

/// A compiled file as a template; its first line says what it was made from.
fn template(compiled: &'static str) -> Template<'static> {
    Template::html(compiled.split_once('\n').map_or(compiled, |(_, html)| html.trim_end()))
}

/// What stands where a picture is missing. By ASCII rules only: Unicode's tables of letters and capitals
/// cost 17 KB of wasm (7.9 KB gzipped), and a small `ü` in a box is readable.
fn initial(name: &str) -> String {
    let first = name.chars().find(|c| !c.is_ascii_punctuation());
    first.map(|c| c.to_ascii_uppercase()).into_iter().collect()
}

/// At most so many characters on one line, the last one `…` if something was cut off.
fn shortened(text: &str, longest: usize) -> String {
    let text = one_line(text);
    if text.chars().count() <= longest {
        return text;
    }
    let mut short: String = text.chars().take(longest.saturating_sub(1)).collect();
    // Between words where that costs no more than a third of the text.
    if let Some(gap) = short.rfind(' ').filter(|gap| gap.saturating_mul(3) >= short.len().saturating_mul(2)) {
        short.truncate(gap);
    }
    short.push('…');
    short
}

/// The text with every run of spaces, line ends and control characters as one space.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in words(text) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// The words of a text; a no-break space, which formatted money has, is part of its word.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_gap = |c: char| (c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}')) || c.is_control();
    text.split(is_gap).filter(|word| !word.is_empty())
}

/// The headers beside From, To, Reply-To and Subject, which every provider takes as fields of their own.
fn headers(content: &Content<'_>) -> Vec<(&'static str, String)> {
    let mut headers = Vec::new();
    let link = content.unsubscribe_link;
    if is_web_address(link) && link.bytes().all(|b| b.is_ascii_graphic()) {
        // RFC 8058 section 3.1: one https address, and the second value byte for byte.
        headers.push(("List-Unsubscribe", format!("<{link}>")));
        headers.push(("List-Unsubscribe-Post", String::from("List-Unsubscribe=One-Click")));
    }
    let list: String =
        content.list_id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
    if !list.is_empty() {
        headers.push(("List-Id", format!("<{list}>")));
    }
    // RFC 3834: keeps out-of-office answers away from the shop's inbox.
    headers.push(("Auto-Submitted", String::from("auto-generated")));
    headers
}

#[cfg(test)]
mod tests;
