//! The place of a slot in an HTML text: text, attribute, address, style, or no safe place.

/// The place of a slot, which decides how its value is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// A plain-text template.
    Plain,
    /// Between tags.
    HtmlText,
    /// Inside a quoted attribute that is read as text.
    Attribute,
    /// The start of an attribute that is read as an address.
    Address,
    /// Inside a `style` attribute.
    Style,
    /// Where no value can be inserted safely.
    Nowhere,
}

/// Follows literal HTML far enough to know the place of the next slot.
///
/// It knows tags, quoted attributes and raw elements. Outlook's conditional comments need nothing of
/// their own: `<!--[if mso]>` reads as a tag, and what follows as the markup that it is for Outlook.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    state: State,
    /// Lower-case name of the tag being read, `/` included.
    tag: String,
    /// Lower-case letters since the last space inside the tag: an attribute's name, in the end.
    word: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Inside `<style>` or `<script>`.
    Raw,
    TagName,
    Tag,
    /// Behind `=`, before a quote.
    Equals,
    Quoted {
        quote: char,
        place: Place,
        is_start: bool,
    },
}

impl Scanner {
    /// Reads the next piece of literal HTML.
    pub(super) fn read(&mut self, html: &str) {
        let mut rest = html;
        loop {
            // Most of a mail is text and long `style` values: those are skipped to their end at once.
            let next = match self.state {
                State::Text | State::Raw => rest.find('<'),
                State::Quoted { quote, .. } => rest.find(quote),
                State::TagName | State::Tag | State::Equals => Some(0),
            };
            if let State::Quoted { is_start, .. } = &mut self.state {
                *is_start = *is_start && rest.is_empty();
            }
            let mut chars = next.and_then(|next| rest.get(next..)).unwrap_or_default().chars();
            let Some(c) = chars.next() else { return };
            self.state = self.next(c);
            rest = chars.as_str();
        }
    }

    /// The place of a slot that stands here.
    pub(super) fn place(&mut self) -> Place {
        match &mut self.state {
            State::Text => Place::HtmlText,
            State::Quoted { place: Place::Address, is_start, .. } => {
                // A value inside an address could change its host or scheme; only a whole one may stand.
                if std::mem::take(is_start) { Place::Address } else { Place::Nowhere }
            }
            State::Quoted { place, .. } => *place,
            State::Raw | State::TagName | State::Tag | State::Equals => Place::Nowhere,
        }
    }

    fn next(&mut self, c: char) -> State {
        match self.state {
            State::Text | State::Raw if c == '<' => {
                self.tag.clear();
                State::TagName
            }
            State::Text => State::Text,
            State::Raw => State::Raw,
            State::Quoted { quote, .. } if c == quote => {
                self.word.clear();
                State::Tag
            }
            State::Quoted { quote, place, .. } => State::Quoted { quote, place, is_start: false },
            State::Equals if matches!(c, '"' | '\'') => {
                State::Quoted { quote: c, place: attribute(&self.word), is_start: true }
            }
            _ if c == '>' => {
                if matches!(self.tag.as_str(), "style" | "script") {
                    State::Raw
                } else {
                    State::Text
                }
            }
            State::TagName if c.is_whitespace() => {
                self.word.clear();
                State::Tag
            }
            State::TagName => {
                self.tag.push(c.to_ascii_lowercase());
                State::TagName
            }
            State::Equals if c.is_whitespace() => State::Equals,
            State::Tag | State::Equals => {
                if c == '=' {
                    return State::Equals;
                }
                if c.is_whitespace() {
                    self.word.clear();
                } else {
                    self.word.push(c.to_ascii_lowercase());
                }
                State::Tag
            }
        }
    }
}

/// The place inside a quoted attribute of this name.
fn attribute(name: &str) -> Place {
    match name {
        "style" => Place::Style,
        "href" | "src" | "action" | "formaction" | "background" | "poster" | "cite" | "data" => Place::Address,
        // Lists of addresses, documents in an attribute, and scripts.
        "srcset" | "srcdoc" | "imagesrcset" => Place::Nowhere,
        name if name.starts_with("on") || name.contains(':') => Place::Nowhere,
        _ => Place::Attribute,
    }
}
