//! Shows the install check as a list of lamps: red with an instruction until something arrived, then green.

use maud::{Markup, html};

use crate::capture::install_check::Seen;

/// The list.
pub(crate) fn lamps(seen: Seen) -> Markup {
    html! {
        ul.lamps {
            @for (name, is_seen) in seen.lamps() {
                @let (title, help) = words(name);
                li {
                    span.dot.good[is_seen].bad[!is_seen] aria-hidden="true" {}
                    span { strong { (title) } span.unseen { @if is_seen { ": seen" } @else { ": not seen yet" } } @if !is_seen { span.sub { (help) } } }
                }
            }
        }
    }
}

/// Title of a lamp, and the instruction while it is red.
fn words(name: &str) -> (&'static str, &'static str) {
    match name {
        "tag" => ("Tag", "Put the tag on the shop's pages, then open one with ?cartwake_debug behind its address."),
        "cart" => ("Cart", "Put something into a cart of the shop and give consent."),
        "email" => ("E-mail address", "Type an address into the checkout."),
        "consent" => ("Permission to mail", "Tick the box at the e-mail field."),
        _ => ("Order", "Place an order, or send one from the shop's server."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lamp_says_in_words_what_its_colour_says() {
        let shown = lamps(Seen { tag: true, ..Seen::default() }).0;
        assert_eq!(shown.matches(": not seen yet").count(), 4, "{shown}");
        assert_eq!(shown.matches("dot good").count(), 1, "{shown}");
        assert!(!shown.contains("Put the tag"), "{shown}");
    }
}
