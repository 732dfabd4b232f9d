//! Shows the list of carts by state, with pages by key and a part that renews itself.

use cartwake_shared::codes;
use maud::{Markup, html};

use super::address::query_value;
use super::layout::{Frame, signed_in};
use super::terms::{CartState, LocalTime, Tone, chip, items};
use crate::dashboard::Page;

/// The view of the list.
#[derive(Debug, Clone)]
pub struct CartsView {
    /// Header of the page.
    pub frame: Frame,
    /// Which carts are asked for.
    pub filter: CartFilter,
    /// One page of them, newest first.
    pub rows: Vec<CartRow>,
    /// Where the next page begins, when there is one: the value of `before`.
    pub older: Option<String>,
    /// Whether this is the first page; only that one renews itself.
    pub is_newest: bool,
}

codes! {
    /// The states that a list can show; recovered carts are listed with the ordered ones, marked.
    pub enum CartFilter {
        /// The value of `state` in the address.
        value: &'static str => parse,
        /// The word on the page.
        word: &'static str,
        /// The sentence of a list without carts.
        empty_sentence: &'static str,
    }
    /// Seen a short while ago.
    Active {
        value: "active",
        word: "Active",
        empty_sentence: "Nobody is filling a cart right now. A cart appears here within seconds of its first item.",
    }
    /// Left behind.
    Abandoned {
        value: "abandoned",
        word: "Abandoned",
        empty_sentence: "No abandoned cart is open. Carts appear here when the shopper has been away for the site's \
            timeout.",
    }
    /// Bought.
    Ordered {
        value: "ordered",
        word: "Ordered",
        empty_sentence: "No order yet. Orders appear here as soon as the shop or its page reports them.",
    }
    /// Too old.
    Expired {
        value: "expired",
        word: "Expired",
        empty_sentence: "No cart has become too old to be mailed.",
    }
    /// Emptied or removed.
    Discarded {
        value: "discarded",
        word: "Discarded",
        empty_sentence: "No cart was emptied or removed.",
    }
}

/// One cart of the list.
#[derive(Debug, Clone)]
pub struct CartRow {
    /// The cart's id.
    pub id: String,
    /// Last activity.
    pub when: LocalTime,
    /// The shopper's address, where known.
    pub address: Option<String>,
    /// Number of pieces.
    pub items: u64,
    /// Name of the first line; may be empty.
    pub first_item: String,
    /// The total, formatted.
    pub total: String,
    /// The cart's state.
    pub state: CartState,
    /// The last mail, or the reason why no mail was sent.
    pub mail: MailNote,
}

/// A few words on the mails of a cart.
#[derive(Debug, Clone)]
pub struct MailNote {
    /// How it is coloured.
    pub tone: Tone,
    /// For example `Reminder 1 sent 10:42`, or `No address`.
    pub words: String,
}

/// The whole page.
pub fn page(view: &CartsView) -> Markup {
    signed_in(
        &view.frame,
        Page::Carts,
        "Carts",
        &html! {
            div.title { h1 { "Carts" } }
            nav.filters aria-label="State of the carts" {
                @for filter in CartFilter::ALL {
                    a href={ "/carts?state=" (filter.value()) } aria-current=[(filter == view.filter).then_some("true")] { (filter.word()) }
                }
            }
            (fragment(view))
        },
    )
}

/// The list alone, which the page fetches again (`&fragment=1`) while it is visible.
pub fn fragment(view: &CartsView) -> Markup {
    let renewed_from = view.is_newest.then(|| format!("/carts?state={}&fragment=1", view.filter.value()));
    html! {
        section #carts.card.list aria-label={ (view.filter.word()) " carts" } data-renewed-from=[renewed_from] {
            @if view.rows.is_empty() {
                p.empty { (view.filter.empty_sentence()) }
            } @else {
                (table(&view.rows))
            }
            footer.list-foot {
                @if view.is_newest { span.sub.live { span.dot.good {} "Renews itself every 15 s" } } @else { a href={ "/carts?state=" (view.filter.value()) } { "Newest" } }
                @if let Some(older) = &view.older {
                    a href={ "/carts?state=" (view.filter.value()) "&before=" (query_value(older)) } rel="next" { "Older →" }
                }
            }
        }
    }
}

/// The roles are repeated because the style shows rows as cards on narrow screens, which removes the table's own roles.
fn table(rows: &[CartRow]) -> Markup {
    html! {
        table.carts role="table" {
            thead role="rowgroup" {
                tr role="row" {
                    @for heading in ["Last seen", "Shopper", "Cart", "Total", "State", "Mail"] {
                        th role="columnheader" scope="col" { (heading) }
                    }
                }
            }
            tbody role="rowgroup" {
                @for row in rows {
                    tr role="row" {
                        td.when role="cell" { (row.when) }
                        td.who role="cell" {
                            a href={ "/carts/" (query_value(&row.id)) } {
                                @match &row.address { Some(address) => (address), None => span.nobody { "anonymous" } }
                            }
                        }
                        td.what role="cell" { span.what-name { (row.first_item) } span.sub { (items(row.items)) } }
                        td.total role="cell" { (row.total) }
                        td.state role="cell" { (chip(row.state.tone(), row.state.word())) }
                        td.mail role="cell" { span class={ "dot " (row.mail.tone.class()) } {} (row.mail.words) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::pages::hostile;

    #[test]
    fn filters_are_read_back_from_their_words() {
        for filter in CartFilter::ALL {
            assert_eq!(CartFilter::parse(filter.value()), Some(filter));
        }
        assert_eq!(CartFilter::parse("all"), None);
    }

    #[test]
    fn the_older_page_is_asked_by_key() {
        let view =
            CartsView { older: Some("17 6&state=x".into()), filter: CartFilter::Abandoned, ..hostile::carts("x") };
        assert!(page(&view).0.contains(r#"href="/carts?state=abandoned&amp;before=17%206%26state%3Dx""#));
    }

    #[test]
    fn only_the_newest_page_renews_itself() {
        let newest = CartsView { is_newest: true, filter: CartFilter::Active, ..hostile::carts("x") };
        assert!(fragment(&newest).0.contains(r#"data-renewed-from="/carts?state=active&amp;fragment=1""#));
        assert!(!fragment(&CartsView { is_newest: false, ..newest }).0.contains("data-renewed-from"));
    }

    #[test]
    fn an_empty_list_says_when_it_will_fill() {
        for filter in CartFilter::ALL {
            let view = CartsView { filter, rows: Vec::new(), ..hostile::carts("x") };
            assert!(fragment(&view).0.contains("class=\"empty\"") && !fragment(&view).0.contains("<table"));
        }
    }

    #[test]
    fn a_recovered_cart_is_marked_and_an_unknown_shopper_is_anonymous() {
        let mut view = hostile::carts("x");
        for row in &mut view.rows {
            row.state = CartState::Recovered;
            row.address = None;
        }
        let shown = fragment(&view).0;
        assert!(shown.contains(r#"<span class="chip good">Recovered</span>"#) && shown.contains("anonymous"));
    }
}
