//! The template language of mails: named slots and sections, each value escaped for its place.
//!
//! ```text
//! {{name}}                 the value, escaped for where it stands
//! {{#lines}} … {{/lines}}  once for every entry of a list; once when a value is there
//! {{^picture}} … {{/picture}}  only when there is no value
//! ```
//!
//! A template has no logic, no code, no file access and no recursion: a shop owner may edit it, and the worst
//! outcome is an odd mail. **Every string is a template**, so filling it in cannot fail at night.
//! [`Template::findings`] lists the mistakes that an editor or a test should report.
//!
//! Values are inserted once and never read again as template text. A value knows its type, a slot knows
//! its place, and a pair that does not fit inserts nothing:
//!
//! | place | takes | as |
//! |---|---|---|
//! | HTML text | text, link, word, markup | escaped; markup as it is |
//! | quoted attribute | text, link, word | escaped |
//! | start of `href`, `src`, `background`, … | link | a web address, escaped |
//! | `style` attribute | word | as it is |
//! | bare in a tag, `on…` attribute, `<style>`, `<script>`, middle of an address | nothing | |

mod place;

use std::borrow::Cow;
use std::fmt;

use self::place::{Place, Scanner};

/// How deep sections may stand in each other. Filling in is recursive, and a stack overflow in wasm
/// ends every request of the isolate; our own templates need two.
const DEEPEST: usize = 8;

/// A parsed template, for HTML or for plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<'t> {
    is_html: bool,
    parts: Vec<Part<'t>>,
    findings: Vec<Finding>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part<'t> {
    Literal(&'t str),
    Slot { name: &'t str, place: Place },
    Section { name: &'t str, shown: Shown, parts: Vec<Self> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    WhenThere,
    WhenMissing,
}

/// A mistake that an editor should report; the template is filled in nevertheless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// Two opening braces that begin no slot; they stay in the text.
    NotASlot(String),
    /// A section that is not closed; it reaches to the end.
    Unclosed(String),
    /// The end of a section that is not open; it is left out.
    Unopened(String),
    /// A section inside too many others; its marks are left out.
    TooDeep(String),
    /// A slot where no value can be inserted safely; it stays empty.
    Misplaced(String),
    /// A slot or section whose name is not known here; it stays empty.
    Unknown(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASlot(text) => write!(f, "`{{{{{text}` is not a slot; write `{{{{name}}}}`"),
            Self::Unclosed(name) => write!(f, "section `{name}` is not closed"),
            Self::Unopened(name) => write!(f, "section `{name}` is closed but was not opened"),
            Self::TooDeep(name) => write!(f, "section `{name}` stands inside more than {DEEPEST} others"),
            Self::Misplaced(name) => {
                write!(f, "`{name}` stands where no value can be inserted safely")
            }
            Self::Unknown(name) => write!(f, "`{name}` is not known here"),
        }
    }
}

/// HTML that came out of a template and may go into another template as it is.
///
/// Only [`Template::markup`] makes one, so text can never pass for markup.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// The HTML.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds another piece behind this one.
    pub fn push(&mut self, next: &Self) {
        self.0.push_str(&next.0);
    }
}

/// A value that fills a slot.
#[derive(Debug, Clone)]
pub enum Value<'v> {
    /// A text by anybody, not trusted.
    Text(Cow<'v, str>),
    /// An address; inserted into address attributes only if [`is_web_address`] holds.
    Link(Cow<'v, str>),
    /// A word out of our own source, such as `rtl`.
    Word(&'static str),
    /// HTML out of another template.
    Markup(Markup),
    /// Entries of a section.
    List(Vec<Values<'v>>),
}

impl Value<'_> {
    fn is_there(&self) -> bool {
        match self {
            Self::Text(text) | Self::Link(text) => !text.is_empty(),
            Self::Word(word) => !word.is_empty(),
            Self::Markup(markup) => !markup.0.is_empty(),
            Self::List(entries) => !entries.is_empty(),
        }
    }
}

/// Named values to fill a template with.
#[derive(Debug, Clone, Default)]
pub struct Values<'v>(Vec<(&'static str, Value<'v>)>);

impl<'v> Values<'v> {
    /// No values yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text.
    #[must_use]
    pub fn text(self, name: &'static str, text: impl Into<Cow<'v, str>>) -> Self {
        self.with(name, Value::Text(text.into()))
    }

    /// Adds an address.
    #[must_use]
    pub fn link(self, name: &'static str, link: impl Into<Cow<'v, str>>) -> Self {
        self.with(name, Value::Link(link.into()))
    }

    /// Adds a word out of our own source.
    #[must_use]
    pub fn word(self, name: &'static str, word: &'static str) -> Self {
        self.with(name, Value::Word(word))
    }

    /// Adds HTML out of another template.
    #[must_use]
    pub fn markup(self, name: &'static str, markup: Markup) -> Self {
        self.with(name, Value::Markup(markup))
    }

    /// Adds the entries of a section.
    #[must_use]
    pub fn list(self, name: &'static str, entries: Vec<Self>) -> Self {
        self.with(name, Value::List(entries))
    }

    fn with(mut self, name: &'static str, value: Value<'v>) -> Self {
        self.0.push((name, value));
        self
    }

    fn get(&self, name: &str) -> Option<&Value<'v>> {
        // The last one wins; a mail has about twenty names, so a walk beats a map.
        self.0.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value)
    }
}

impl<'t> Template<'t> {
    /// Reads a template whose literal text is HTML.
    pub fn html(source: &'t str) -> Self {
        parse(source, Some(Scanner::default()))
    }

    /// Reads a template whose literal text is plain text, such as a subject or a sentence.
    pub fn plain(source: &'t str) -> Self {
        parse(source, None)
    }

    /// Fills the template in. The same template and values always give the same bytes.
    ///
    /// ```
    /// use cartwake_shared::template::{Template, Values};
    /// let values = Values::new().text("name", "Salt & \"Pepper\"");
    /// assert_eq!(Template::html("<b>{{name}}</b>").fill(&values), "<b>Salt &amp; &quot;Pepper&quot;</b>");
    /// assert_eq!(Template::plain("{{name}} is still here").fill(&values), "Salt & \"Pepper\" is still here");
    /// ```
    pub fn fill(&self, values: &Values<'_>) -> String {
        let mut out = String::new();
        fill(&self.parts, &Scope { values, outer: None }, &mut out);
        out
    }

    /// Fills the template in, as markup for another template. What a plain template gives is escaped.
    pub fn markup(&self, values: &Values<'_>) -> Markup {
        let filled = self.fill(values);
        if self.is_html {
            return Markup(filled);
        }
        let mut escaped = String::with_capacity(filled.len());
        push_html(&filled, &mut escaped);
        Markup(escaped)
    }

    /// Everything an editor should complain about, given the names that will have values.
    pub fn findings(&self, known: &[&str]) -> Vec<Finding> {
        let mut findings = self.findings.clone();
        unknown_names(&self.parts, known, &mut findings);
        findings
    }
}

/// Whether a text is an absolute web address that may stand in a mail: `https`, or `http` on this
/// machine's loopback for the demo; a host, no user name, and none of the characters that end an
/// address or an attribute early.
///
/// This is the last line of defence; which hosts are allowed is decided where the address is made.
pub fn is_web_address(text: &str) -> bool {
    let (rest, loopback_only) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, false),
        (None, Some(rest)) => (rest, true),
        (None, None) => return false,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    !host.is_empty()
        && !authority.contains('@')
        && (!loopback_only || host == "localhost" || host == "127.0.0.1")
        && !text.contains(|c: char| {
            c.is_control() || c.is_whitespace() || matches!(c, '\\' | '<' | '>' | '"' | '`' | '{' | '}')
        })
}

/// Escapes text for HTML text and for quoted attributes.
///
/// Braces are escaped as well: some mail providers run a template language of their own over what they
/// are given (Brevo reads `{{ … }}` and `{% … %}` in `htmlContent`). Control characters become spaces.
pub fn push_html(text: &str, out: &mut String) {
    let is_plain =
        |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'' | '`' | '{' | '}') && (c == '\n' || !c.is_control());
    let mut rest = text;
    while let Some((plain, special)) = rest.find(|c| !is_plain(c)).and_then(|next| rest.split_at_checked(next)) {
        out.push_str(plain);
        let mut chars = special.chars();
        out.push_str(match chars.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            Some('\'') => "&#39;",
            Some('`') => "&#96;",
            Some('{') => "&#123;",
            Some('}') => "&#125;",
            _ => " ",
        });
        rest = chars.as_str();
    }
    out.push_str(rest);
}

/// Makes text safe for one line of plain text: control characters, line ends among them, become spaces,
/// and the opening marks of providers' own template languages are taken apart.
pub fn push_plain(text: &str, out: &mut String) {
    for c in text.chars() {
        let c = if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
        if matches!(c, '{' | '%') && out.ends_with('{') {
            out.push(' ');
        }
        out.push(c);
    }
}

/// Values in reach: those of the list entry first, then those around it.
struct Scope<'s, 'v> {
    values: &'s Values<'v>,
    outer: Option<&'s Self>,
}

impl<'s, 'v> Scope<'s, 'v> {
    fn get(&self, name: &str) -> Option<&'s Value<'v>> {
        self.values.get(name).or_else(|| self.outer.and_then(|outer| outer.get(name)))
    }
}

fn fill(parts: &[Part<'_>], scope: &Scope<'_, '_>, out: &mut String) {
    for part in parts {
        match part {
            Part::Literal(text) => out.push_str(text),
            Part::Slot { name, place } => {
                if let Some(value) = scope.get(name) {
                    insert(value, *place, out);
                }
            }
            Part::Section { name, shown, parts } => {
                match (shown, scope.get(name).filter(|value| value.is_there())) {
                    // A list found from inside another list's entry is not walked again: a template that
                    // nests `{{#lines}}` eight times would else fill memory with 100^8 lines.
                    (Shown::WhenThere, Some(Value::List(entries))) if scope.outer.is_none() => {
                        for values in entries {
                            fill(parts, &Scope { values, outer: Some(scope) }, out);
                        }
                    }
                    (Shown::WhenThere, Some(_)) | (Shown::WhenMissing, None) => {
                        fill(parts, scope, out);
                    }
                    (Shown::WhenThere, None) | (Shown::WhenMissing, Some(_)) => {}
                }
            }
        }
    }
}

fn insert(value: &Value<'_>, place: Place, out: &mut String) {
    match (place, value) {
        (Place::Plain, Value::Text(text) | Value::Link(text)) => push_plain(text, out),
        (Place::HtmlText, Value::Markup(markup)) => out.push_str(&markup.0),
        (Place::HtmlText | Place::Attribute, Value::Text(text) | Value::Link(text)) => {
            push_html(text, out);
        }
        (Place::Address, Value::Link(link)) if is_web_address(link) => push_html(link, out),
        (Place::Plain | Place::HtmlText | Place::Attribute | Place::Style, Value::Word(word)) => {
            out.push_str(word);
        }
        _ => {}
    }
}

/// Reads a template; with a scanner its literal text is HTML.
fn parse(source: &str, mut scanner: Option<Scanner>) -> Template<'_> {
    let is_html = scanner.is_some();
    let mut findings = Vec::new();
    let mut parts = Vec::new();
    // Sections that are open, each with the parts that stood before it.
    let mut open: Vec<(&str, Shown, Vec<Part<'_>>)> = Vec::new();
    let mut rest = source;
    while let Some((before, behind)) = rest.split_once("{{") {
        literal(before, &mut scanner, &mut parts);
        let Some((mark, name, next)) = tag(behind) else {
            findings.push(Finding::NotASlot(behind.chars().take(20).collect()));
            literal("{{", &mut scanner, &mut parts);
            rest = behind;
            continue;
        };
        rest = next;
        match mark {
            Mark::Slot => {
                let place = scanner.as_mut().map_or(Place::Plain, Scanner::place);
                if place == Place::Nowhere {
                    findings.push(Finding::Misplaced(name.into()));
                }
                parts.push(Part::Slot { name, place });
            }
            Mark::Open(_) if open.len() >= DEEPEST => findings.push(Finding::TooDeep(name.into())),
            Mark::Open(shown) => open.push((name, shown, std::mem::take(&mut parts))),
            Mark::Close => match open.pop_if(|(opened, _, _)| *opened == name) {
                Some((name, shown, before)) => close(name, shown, before, &mut parts),
                None => findings.push(Finding::Unopened(name.into())),
            },
        }
    }
    literal(rest, &mut scanner, &mut parts);
    while let Some((name, shown, before)) = open.pop() {
        findings.push(Finding::Unclosed(name.into()));
        close(name, shown, before, &mut parts);
    }
    Template { is_html, parts, findings }
}

fn literal<'t>(text: &'t str, scanner: &mut Option<Scanner>, parts: &mut Vec<Part<'t>>) {
    if let Some(scanner) = scanner {
        scanner.read(text);
    }
    if !text.is_empty() {
        parts.push(Part::Literal(text));
    }
}

fn close<'t>(name: &'t str, shown: Shown, before: Vec<Part<'t>>, parts: &mut Vec<Part<'t>>) {
    let inner = std::mem::replace(parts, before);
    parts.push(Part::Section { name, shown, parts: inner });
}

enum Mark {
    Slot,
    Open(Shown),
    Close,
}

/// Reads what follows `{{`: its mark, its name, and the text behind `}}`.
fn tag(behind: &str) -> Option<(Mark, &str, &str)> {
    let (inside, next) = behind.split_once("}}")?;
    let (mark, name) = if let Some(name) = inside.strip_prefix('#') {
        (Mark::Open(Shown::WhenThere), name)
    } else if let Some(name) = inside.strip_prefix('^') {
        (Mark::Open(Shown::WhenMissing), name)
    } else if let Some(name) = inside.strip_prefix('/') {
        (Mark::Close, name)
    } else {
        (Mark::Slot, inside)
    };
    let name = name.trim();
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    is_name.then_some((mark, name, next))
}

fn unknown_names(parts: &[Part<'_>], known: &[&str], findings: &mut Vec<Finding>) {
    for part in parts {
        let name = match part {
            Part::Literal(_) => continue,
            Part::Slot { name, .. } => name,
            Part::Section { name, parts, .. } => {
                unknown_names(parts, known, findings);
                name
            }
        };
        if !known.contains(name) {
            findings.push(Finding::Unknown((*name).into()));
        }
    }
}

#[cfg(test)]
mod tests;
