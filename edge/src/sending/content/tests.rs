//! What a reminder says, that it stays whole whatever stands in a cart, and that it never grows too long.

use super::*;
use proptest::prelude::*;

const SHIRT: Line<'static> = Line {
    name: "Linen shirt, natural white",
    quantity: 2,
    price: Some("€49.90"),
    picture: Some("https://shop.example/pictures/linen-shirt.png"),
};
const MUG: Line<'static> = Line { name: "Stoneware mug", quantity: 1, price: Some("€18.00"), picture: None };

fn content<'c>(lines: &'c [Line<'c>]) -> Content<'c> {
    Content {
        locale: "en-GB",
        direction: Direction::LeftToRight,
        shop: "Löwe & Söhne",
        address: "Löwe & Söhne GmbH, Lindenweg 4, 10115 Berlin, Germany",
        reply_to: Some("hello@shop.example"),
        help_line: Some("+49 30 5550 1234, Monday to Friday, 9:00 to 17:00"),
        lines,
        unnamed: 0,
        total: None,
        restore_link: "https://mail.shop.example/r/AbCdEf0123456789",
        unsubscribe_link: "https://mail.shop.example/u/AbCdEf0123456789",
        not_me_link: "https://mail.shop.example/n/AbCdEf0123456789",
        list_id: "reminders.shop.example",
        preheader: None,
        step: 0,
    }
}

/// The mail as one text to read: subject, headers, plain text, and the HTML with a line per tag.
fn whole(mail: &Rendered) -> String {
    let headers: Vec<String> = mail.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    format!("Subject: {}\n{}\n\n{}\n{}", mail.subject, headers.join("\n"), mail.text, mail.html.replace("><", ">\n<"))
}

#[test]
fn a_cart_with_verified_items_is_shown_item_by_item() {
    let lines = [SHIRT, MUG];
    insta::assert_snapshot!(whole(&render(&Content { total: Some("€117.80"), unnamed: 3, ..content(&lines) })));
}

#[test]
fn a_cart_without_verified_items_is_told_by_number_alone() {
    let mail = render(&Content { unnamed: 3, reply_to: None, help_line: None, ..content(&[]) });
    assert_eq!(mail.subject, "You left 3 items in your cart");
    insta::assert_snapshot!(whole(&mail));
}

#[test]
fn subjects_follow_the_step_and_what_may_be_named() {
    let check = |lines: &[Line<'_>], unnamed, step, expected| {
        assert_eq!(render(&Content { unnamed, step, ..content(lines) }).subject, expected);
    };
    let long = Line { name: "Hand-woven throw of undyed wool from the outer islands", ..MUG };
    check(&[MUG], 0, 0, "Still in your cart: Stoneware mug");
    check(&[SHIRT], 0, 0, "Still in your cart: Linen shirt, natural white");
    check(&[SHIRT, MUG], 0, 0, "Still in your cart: Linen shirt, natural white and 1 more item");
    check(&[MUG, SHIRT], 3, 0, "Still in your cart: Stoneware mug and 5 more items");
    check(&[long], 0, 0, "Still in your cart: Hand-woven throw of undyed wool from…");
    check(&[], 1, 0, "You left 1 item in your cart");
    check(&[], 99, 0, "You left 99 items in your cart");
    check(&[], 100, 0, "You left something in your cart");
    check(&[], u64::MAX, 0, "You left something in your cart");
    check(&[MUG], 99, 0, "Still in your cart: Stoneware mug and more");
    check(&[], 100, 1, "Your cart at Löwe & Söhne is still here");
    check(&[MUG], 0, 1, "Your cart at Löwe & Söhne is still here");
    check(&[MUG], 0, 2, "Shall we keep your cart at Löwe & Söhne?");
    check(&[MUG], 0, 9, "Shall we keep your cart at Löwe & Söhne?");
}

#[test]
fn headers_let_a_mail_program_unsubscribe_with_one_click() {
    let check = |unsubscribe_link: &str, list_id: &str, expected: &[(&str, &str)]| {
        let headers = render(&Content { unsubscribe_link, list_id, ..content(&[MUG]) }).headers;
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(headers, expected);
    };
    let automatic = ("Auto-Submitted", "auto-generated");
    check(
        "https://m.example/u/abc",
        "reminders.shop.example",
        &[
            ("List-Unsubscribe", "<https://m.example/u/abc>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Id", "<reminders.shop.example>"),
            automatic,
        ],
    );
    check("https://m.example/u/a\r\nBcc: x@y.example", "a\r\n<b>.c", &[("List-Id", "<ab.c>"), automatic]);
    check("https://m.example/ü", "", &[automatic]);
}

#[test]
fn templates_and_values_agree() {
    // Every name in a compiled block has a value, and every slot stands where it can be escaped.
    let names = [
        "language",
        "direction",
        "start",
        "end",
        "subject",
        "preheader",
        "shop",
        "address",
        "headline",
        "intro",
        "lines",
        "name",
        "quantity",
        "price",
        "picture",
        "initial",
        "more",
        "total_label",
        "total",
        "button",
        "note",
        "help_title",
        "help_reply",
        "help_line",
        "reason",
        "unsubscribe",
        "not_me",
        "restore_link",
        "unsubscribe_link",
        "not_me_link",
        "body",
    ];
    for block in [&FRAME, &BRAND, &OPENING, &ITEMS, &ACTION, &HELP, &FOOTER] {
        assert_eq!(block.findings(&names), []);
    }
}

#[test]
fn a_hundred_lines_show_eight_and_count_the_rest() {
    for (count, more) in [(49, "and 82 more items"), (100, "and more items")] {
        let lines: Vec<Line<'_>> = (0..count).map(|_| SHIRT).collect();
        let mail = render(&content(&lines));
        assert_eq!(mail.html.matches("<img").count(), 8);
        assert!(mail.html.contains(more) && mail.text.contains(more), "{count}");
    }
    let lines: Vec<Line<'_>> = (0..100).map(|_| SHIRT).collect();
    let mail = render(&content(&lines));
    assert!(mail.html.len() < 30_000, "{}", mail.html.len());
}

#[test]
fn the_longest_possible_mail_stays_under_what_gmail_cuts_off() {
    // Every character that is shown costs its longest escape.
    let long = "'".repeat(5_000);
    let picture = format!("https://shop.example/{}", "&".repeat(LONGEST_PICTURE_ADDRESS - 21));
    let address = format!("https://mail.shop.example/{}", "a".repeat(600));
    let line = Line { name: &long, quantity: u64::MAX, price: Some(&long), picture: Some(&picture) };
    let lines = vec![line; 100];
    let mail = render(&Content {
        shop: &long,
        address: &long,
        help_line: Some(&long),
        preheader: Some(&long),
        total: Some(&long),
        unnamed: u64::MAX,
        restore_link: &address,
        unsubscribe_link: &address,
        not_me_link: &address,
        ..content(&lines)
    });
    assert!(mail.html.len() < 102_000, "{}", mail.html.len());
}

#[test]
fn right_to_left_turns_every_side() {
    let lines = [SHIRT];
    let html = render(&Content { direction: Direction::RightToLeft, ..content(&lines) }).html;
    assert!(html.contains("dir=\"rtl\"") && html.contains("direction:rtl"));
    assert!(!html.contains("dir=\"ltr\"") && !html.contains("direction:ltr"));
    // The price stands at the end of its row.
    assert_eq!(html.matches("align=\"left\"").count(), 1);
}

#[test]
fn an_item_is_shown_without_what_was_not_verified() {
    let lines = [Line { name: "Mug", quantity: 1, price: None, picture: Some("http://tracker.example/p.gif") }];
    let mail = render(&content(&lines));
    assert!(!mail.html.contains("<img") && mail.html.contains(">M</div>"));
    assert!(mail.text.contains("  1 × Mug\n") && !mail.text.contains("Prices"));
}

#[test]
fn money_is_not_torn_apart_at_the_end_of_a_line() {
    let lines = [Line {
        name: "Cup for an espresso in the morning sun, with its saucer",
        price: Some("1 234,50\u{a0}€"),
        ..MUG
    }];
    assert!(render(&content(&lines)).text.contains("234,50\u{a0}€"));
}

/// Texts as strangers write them.
fn hostile() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        r#"[<>&"'`{}#/^a-z \r\n]{0,90}"#,
        Just(String::from("\"><img src=x onerror=alert(1)>")),
        Just(String::from("{{restore_link}}{{#lines}}{{/lines}}")),
        Just(String::from("\r\nBcc: victim@example.com\r\n\r\n<script>alert(1)</script>")),
        Just(String::from("</title><a href='https://evil.example'>Win</a>")),
    ]
}

/// Every tag of an HTML text with the names of its attributes, sorted.
fn tags(html: &str) -> Vec<String> {
    let mut tags: Vec<String> = html
        .split('<')
        .skip(1)
        .map(|tag| {
            let tag = tag.split('>').next().unwrap_or_default();
            // The pieces at even places lie outside of quotes.
            tag.split('"').step_by(2).collect()
        })
        .collect();
    tags.sort();
    tags
}

/// Every address the HTML would fetch or follow.
fn addresses(html: &str) -> Vec<&str> {
    ["href=\"", "src=\"", "background=\""]
        .iter()
        .flat_map(|attribute| html.split(attribute).skip(1))
        .map(|rest| rest.split('"').next().unwrap_or_default())
        .collect()
}

proptest! {
    /// Whatever people write, the mail has the tags of its template, no slot is left, no line is forged.
    #[test]
    fn content_never_changes_the_structure(name in hostile(), shop in hostile(), help in hostile(), address in hostile(), price in hostile()) {
        // Visible characters at both ends keep a text from counting as missing, which would hide its block.
        let [name, shop, help, address, price] = [name, shop, help, address, price].map(|text| format!("x{text}x"));
        let lines = [Line { name: &name, quantity: 2, price: Some(&price), picture: SHIRT.picture }];
        let calm_lines = [Line { price: Some("x"), ..SHIRT }];
        let with = |lines| Content { total: Some("x"), ..content(lines) };
        let mail = render(&Content { shop: &shop, help_line: Some(&help), address: &address, preheader: Some(&name), ..with(&lines) });
        let calm = render(&with(&calm_lines));

        prop_assert_eq!(tags(&mail.html), tags(&calm.html));
        prop_assert!(!mail.html.contains("{{") && !mail.text.contains("{{") && !mail.subject.contains("{{"));
        prop_assert!(!mail.subject.contains(char::is_control));
        prop_assert!(!mail.text.contains(|c: char| c.is_control() && c != '\n'));
        for address in addresses(&mail.html) {
            prop_assert!(["https://mail.shop.example/", "https://shop.example/pictures/"].iter().any(|ours| address.starts_with(ours)), "{address}");
        }
        prop_assert_eq!(mail.text.lines().filter(|line| line.starts_with("https://mail.shop.example/")).count(), 3);
        prop_assert!(mail.headers.iter().all(|(_, value)| value.bytes().all(|b| (b' '..=b'~').contains(&b)) && value.len() <= 995));
        prop_assert!(mail.html.len() < 102_000);
    }

    /// The same content gives the same bytes: a retry is compared by their hash.
    #[test]
    fn rendering_is_repeatable(name in any::<String>(), quantity in any::<u64>(), step in 0..12_usize, unnamed in any::<u64>()) {
        let lines = [Line { name: &name, quantity, ..SHIRT }];
        let content = Content { unnamed, step, ..content(&lines) };
        prop_assert_eq!(render(&content), render(&content));
    }
}
