//! What came of a recovery link, and how it is said.

use serde::Deserialize;

use crate::ask::{Line, Restored};

/// What came of the link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The page took the cart; the second list could not be put back.
    Back(Vec<String>, Vec<String>),
    /// Nothing on the page takes carts; these were in it.
    Nobody(Vec<String>),
    /// The cart was bought.
    Ordered,
    /// The link is too old, or the cart is gone.
    Expired,
    /// No such link.
    Unknown,
    /// No answer.
    Unreachable,
}

/// A sentence and the lists below it, each with its own heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    /// The sentence.
    pub(crate) sentence: &'static str,
    /// Heading and names.
    pub(crate) lists: Vec<(&'static str, Vec<String>)>,
}

/// Something that the page could not put back: one of the lines, or words of the page's own, or both.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Missing {
    /// Its place among the lines; -1 where the page named none of them.
    pub(crate) line: i32,
    /// What the page calls it.
    pub(crate) words: Option<String>,
}

/// Reads the answer; `missing` is what the page said it could not put back, `None` where nobody took the cart.
///
/// A line is named by the catalogue or by the page. What else it carries was said by some browser, perhaps a stranger's, so
/// it is counted and not read out, also where the page repeats it.
pub(crate) fn outcome(restored: &Restored, missing: Option<Vec<Missing>>) -> Outcome {
    let lines = match (restored.state.as_str(), &restored.cart) {
        ("open", Some(cart)) => &cart.lines,
        ("ordered", _) => return Outcome::Ordered,
        _ => return Outcome::Expired,
    };
    let Some(missing) = missing else { return Outcome::Nobody(Said::of(lines).list()) };
    let mut gone = vec![false; lines.len()];
    let mut said = Said::default();
    for Missing { line, words } in missing {
        let words = words.map(|words| plain_words(&words)).unwrap_or_default();
        let place = usize::try_from(line).ok().filter(|place| *place < lines.len());
        let is_named = |(at, line): (usize, &Line)| place == Some(at) || (place.is_none() && line.is_called(&words));
        let places: Vec<usize> =
            lines.iter().enumerate().filter(|(at, line)| is_named((*at, line))).map(|(at, _)| at).collect();
        let own = (!words.is_empty() && !lines.iter().any(|line| line.lends(&words))).then_some(words);
        for (at, line) in lines.iter().enumerate().filter(|(at, _)| places.contains(at)) {
            // Said twice, it is missing once.
            let is_new = gone.get_mut(at).is_some_and(|gone| !core::mem::replace(gone, true));
            match (&line.name, &own) {
                _ if !is_new => {}
                (None, Some(own)) => said.names.push(counted(line.quantity, own)),
                _ => said.add(line),
            }
        }
        if places.is_empty() {
            match own {
                Some(own) => said.names.push(own),
                None => said.others += 1,
            }
        }
    }
    let back: Vec<&Line> = lines.iter().zip(&gone).filter(|(_, gone)| !**gone).map(|(line, _)| line).collect();
    Outcome::Back(Said::of(back).list(), said.list())
}

/// What is said of some lines: the names, and how many pieces have none that may be said.
#[derive(Default)]
struct Said {
    names: Vec<String>,
    others: u64,
}

impl Said {
    fn of<'l>(lines: impl IntoIterator<Item = &'l Line>) -> Self {
        let mut said = Self::default();
        for line in lines {
            said.add(line);
        }
        said
    }

    fn add(&mut self, line: &Line) {
        match &line.name {
            Some(name) => self.names.push(counted(line.quantity, name)),
            None => self.others = self.others.saturating_add(u64::from(line.quantity)),
        }
    }

    /// The names, and the rest by its number.
    fn list(self) -> Vec<String> {
        let Self { mut names, others } = self;
        let (and, more) = if names.is_empty() { ("", "") } else { ("and ", "more ") };
        let mut rest = String::from(and);
        match others {
            0 => return names,
            1 => {
                rest.push_str("1 ");
                rest.push_str(more);
                rest.push_str("item");
            }
            others => {
                if others <= MOST_COUNTED {
                    rest.push_str(&others.to_string());
                    rest.push(' ');
                }
                rest.push_str(more);
                rest.push_str("items");
            }
        }
        names.push(rest);
        names
    }
}

/// The most pieces that are said as a number, as in mails: quantities too come from a browser.
const MOST_COUNTED: u64 = 99;
/// A text of a line that is this long may be a message; a page's own words that contain it are not shown. Characters.
const LONG: usize = 12;
/// The most characters of what a page calls a thing.
const WORDS: usize = 80;

/// "2 × Linen shirt".
fn counted(quantity: u32, name: &str) -> String {
    if u64::from(quantity) > MOST_COUNTED {
        return name.to_owned();
    }
    let mut text = quantity.to_string();
    text.push_str(" × ");
    text.push_str(name);
    text
}

/// A page's words on one line.
fn plain_words(words: &str) -> String {
    words.trim().chars().filter(|character| !character.is_control()).take(WORDS).collect()
}

impl Line {
    /// Whether the page means this line by a word.
    fn is_called(&self, word: &str) -> bool {
        !word.is_empty() && (self.name.as_deref() == Some(word) || self.product == word || self.sku == word)
    }

    /// Whether words are this line's own, or contain a long text of it that nobody verified.
    fn lends(&self, words: &str) -> bool {
        let texts = [&self.product, &self.variant, &self.sku, &self.options];
        texts.into_iter().any(|text| {
            !text.is_empty() && (words == text || (text.chars().count() >= LONG && words.contains(text.as_str())))
        })
    }
}

impl Outcome {
    /// The words of the notice.
    pub(crate) fn text(self) -> Text {
        match self {
            Self::Back(back, missing) if missing.is_empty() => Text {
                sentence: "Welcome back. Your cart is as you left it.",
                lists: vec![("Back in your cart:", back)],
            },
            Self::Back(back, missing) if back.is_empty() => Text {
                sentence: "Welcome back. Nothing from your cart is available any more.",
                lists: vec![("No longer available:", missing)],
            },
            Self::Back(back, missing) => Text {
                sentence: "Welcome back. Most of your cart is here again.",
                lists: vec![("Back in your cart:", back), ("No longer available:", missing)],
            },
            Self::Nobody(lines) => Text {
                sentence: "Welcome back. This shop could not fill your cart by itself.",
                lists: vec![("These were in it:", lines)],
            },
            Self::Ordered => plain("You have already ordered this cart. There is nothing left to do."),
            Self::Expired => plain("This link has expired. Have a look around: you can fill a new cart at any time."),
            Self::Unknown => plain("This link does not lead to a cart. Please check that it was copied completely."),
            Self::Unreachable => plain("Your cart could not be fetched just now. Reload the page to try again."),
        }
    }
}

fn plain(sentence: &'static str) -> Text {
    Text { sentence, lists: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Cart;

    const SCAM: &str = "Your card was charged EUR 499, call +1 555 0100";

    fn line(product: &str, name: Option<&str>, quantity: u32) -> Line {
        Line { product: product.into(), name: name.map(Into::into), quantity, ..Line::default() }
    }

    fn restored(state: &str, lines: Vec<Line>) -> Restored {
        Restored { state: state.into(), cart: (state == "open").then_some(Cart { lines }) }
    }

    fn lists(text: &Text) -> Vec<(&str, Vec<&str>)> {
        text.lists.iter().map(|(heading, names)| (*heading, names.iter().map(String::as_str).collect())).collect()
    }

    fn words(text: &str) -> Missing {
        Missing { line: -1, words: Some(text.into()) }
    }

    fn check(state: &str, missing: Option<&[&str]>, sentence: &str, expected: &[(&str, &[&str])]) {
        let missing = missing.map(|names| names.iter().map(|name| words(name)).collect());
        let cart = vec![line("P1", Some("Hat"), 2), line("P2", Some("Shirt"), 2)];
        let text = outcome(&restored(state, cart), missing).text();
        let expected: Vec<(&str, Vec<&str>)> =
            expected.iter().map(|(heading, names)| (*heading, names.to_vec())).collect();
        assert_eq!(lists(&text), expected);
        assert!(text.sentence.contains(sentence), "{}", text.sentence);
    }

    #[test]
    fn the_notice_says_what_came_back_and_what_did_not() {
        check("open", Some(&[]), "as you left it", &[("Back in your cart:", &["2 × Hat", "2 × Shirt"])]);
        for hat in ["Hat", "P1"] {
            check(
                "open",
                Some(&[hat]),
                "Most of",
                &[("Back in your cart:", &["2 × Shirt"]), ("No longer available:", &["2 × Hat"])],
            );
        }
        check("open", Some(&["Hat", "P2", "Hat"]), "Nothing", &[("No longer available:", &["2 × Hat", "2 × Shirt"])]);
        check("open", None, "by itself", &[("These were in it:", &["2 × Hat", "2 × Shirt"])]);
        check("ordered", None, "already ordered", &[]);
        check("expired", None, "expired", &[]);
        check("something new", None, "expired", &[]);
    }

    #[test]
    fn what_only_a_browser_said_is_counted_and_never_read_out() {
        let scam = || Line { variant: SCAM.into(), sku: SCAM.into(), options: SCAM.into(), ..line(SCAM, None, 3) };
        let cart = || restored("open", vec![scam(), line("P2", Some("Shirt"), 2)]);
        let echoed = [SCAM.to_owned(), format!("Sorry: {SCAM}"), format!("{SCAM}\u{7}")];
        for missing in [None, Some(vec![]), Some(vec![Missing { line: 0, words: None }])]
            .into_iter()
            .chain(echoed.iter().map(|echo| Some(vec![words(echo)])))
            .chain(echoed.iter().map(|echo| Some(vec![Missing { line: 0, words: Some(echo.clone()) }])))
        {
            let text = outcome(&cart(), missing).text();
            assert!(!format!("{text:?}").contains("charged"), "{text:?}");
            assert!(format!("{text:?}").contains("2 × Shirt"), "{text:?}");
        }
        let text = outcome(&cart(), None).text();
        assert_eq!(lists(&text), [("These were in it:", vec!["2 × Shirt", "and 3 more items"])]);
        for (quantity, said) in [(1, "1 item"), (3, "3 items"), (99, "99 items"), (100, "items"), (u32::MAX, "items")] {
            let text = outcome(&restored("open", vec![line(SCAM, None, quantity)]), Some(vec![])).text();
            assert_eq!(lists(&text), [("Back in your cart:", vec![said])]);
        }
        let text = outcome(&restored("open", vec![line("P2", Some("Shirt"), 1_000_000)]), Some(vec![])).text();
        assert_eq!(lists(&text), [("Back in your cart:", vec!["Shirt"])]);
    }

    #[test]
    fn the_page_names_what_the_catalogue_does_not() {
        let cart = || restored("open", vec![line("P1", None, 2), line("P2", None, 1)]);
        for (missing, back, gone) in [
            (vec![Missing { line: 0, words: Some("Linen shirt".into()) }], vec!["1 item"], vec!["2 × Linen shirt"]),
            (vec![words("Linen shirt")], vec!["3 items"], vec!["Linen shirt"]),
            (vec![words("P1")], vec!["1 item"], vec!["2 items"]),
            (vec![words("")], vec!["3 items"], vec!["1 item"]),
            (vec![Missing { line: 7, words: None }], vec!["3 items"], vec!["1 item"]),
        ] {
            let text = outcome(&cart(), Some(missing)).text();
            assert_eq!(lists(&text), [("Back in your cart:", back), ("No longer available:", gone)]);
        }
    }
}
