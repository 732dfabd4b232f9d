//! What came of a recovery link, and how it is said.

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

/// Reads the answer; `missing` is what the page said it could not put back, `None` where nobody took the cart.
pub(crate) fn outcome(restored: &Restored, missing: Option<Vec<String>>) -> Outcome {
    match (restored.state.as_str(), &restored.cart) {
        ("open", Some(cart)) => {
            let Some(missing) = missing else {
                return Outcome::Nobody(cart.lines.iter().map(name).collect());
            };
            let is_missing =
                |line: &&Line| [&line.name, &line.product, &line.sku].into_iter().any(|word| missing.contains(word));
            Outcome::Back(cart.lines.iter().filter(|line| !is_missing(line)).map(name).collect(), missing)
        }
        ("ordered", _) => Outcome::Ordered,
        _ => Outcome::Expired,
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

/// "2 × Linen shirt"; the id where there is no name.
fn name(line: &Line) -> String {
    let name = if line.name.is_empty() { &line.product } else { &line.name };
    let mut text = line.quantity.to_string();
    text.push_str(" × ");
    text.push_str(name);
    if !line.variant.is_empty() {
        text.push_str(", ");
        text.push_str(&line.variant);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ask::Cart;

    fn restored(state: &str, names: &[&str]) -> Restored {
        let line = |name: &&str| Line { product: (*name).into(), name: (*name).into(), quantity: 2, ..Line::default() };
        let lines = names.iter().map(line).collect();
        Restored { state: state.into(), cart: (state == "open").then_some(Cart { lines }) }
    }

    fn check(state: &str, missing: Option<&[&str]>, sentence: &str, lists: &[(&str, &[&str])]) {
        let missing = missing.map(|names| names.iter().map(ToString::to_string).collect());
        let text = outcome(&restored(state, &["Hat", "Shirt"]), missing).text();
        let got: Vec<(&str, Vec<&str>)> =
            text.lists.iter().map(|(heading, names)| (*heading, names.iter().map(String::as_str).collect())).collect();
        let expected: Vec<(&str, Vec<&str>)> =
            lists.iter().map(|(heading, names)| (*heading, names.to_vec())).collect();
        assert_eq!(got, expected);
        assert!(text.sentence.contains(sentence), "{}", text.sentence);
    }

    #[test]
    fn the_notice_says_what_came_back_and_what_did_not() {
        check("open", Some(&[]), "as you left it", &[("Back in your cart:", &["2 × Hat", "2 × Shirt"])]);
        check(
            "open",
            Some(&["Hat"]),
            "Most of",
            &[("Back in your cart:", &["2 × Shirt"]), ("No longer available:", &["Hat"])],
        );
        check("open", Some(&["Hat", "Shirt"]), "Nothing", &[("No longer available:", &["Hat", "Shirt"])]);
        check("open", None, "by itself", &[("These were in it:", &["2 × Hat", "2 × Shirt"])]);
        check("ordered", None, "already ordered", &[]);
        check("expired", None, "expired", &[]);
        check("something new", None, "expired", &[]);
    }
}
