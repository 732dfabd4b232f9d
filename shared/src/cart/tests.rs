//! Events as pages send them: what is read, what is left out, which address counts.
use super::*;

fn wire_line(product: &str, quantity: u32, price: Option<i64>) -> wire::Line {
    wire::Line { product: product.to_owned(), quantity, price, ..wire::Line::default() }
}

fn wire_snapshot(currency: &str, total: Option<i64>, lines: Vec<wire::Line>) -> wire::Snapshot {
    wire::Snapshot { currency: currency.to_owned(), total, lines, token: None }
}

fn collect() -> wire::Collect {
    wire::Collect {
        v: 1,
        visitor: "01JD3Z5W4K8Q9RT2V6XY7ABCDE".to_owned(),
        cart: 1,
        seq: 1,
        id: "k3v9q2m7x0".to_owned(),
        snapshot: Some(wire_snapshot("EUR", Some(4_990), vec![wire_line("P1", 1, Some(4_990))])),
        ..wire::Collect::default()
    }
}

#[test]
fn contents_are_parsed_or_refused() {
    use SnapshotError as Error;
    for (sent, expected) in [
        (wire_snapshot("EUR", Some(100), vec![wire_line("P", 1, Some(100))]), Ok((100, 1))),
        (wire_snapshot("EUR", None, vec![wire_line("P", 2, Some(100)), wire_line("Q", 1, None)]), Ok((200, 3))),
        (wire_snapshot("EUR", None, vec![wire_line("P", 2, Some(100)), wire_line("P", 3, Some(100))]), Ok((500, 5))),
        (wire_snapshot("JPY", Some(0), vec![]), Ok((0, 0))),
        (wire_snapshot("XXX", None, vec![]), Err(Error::Currency)),
        (wire_snapshot("EUR", None, vec![wire_line("", 1, None)]), Err(Error::NoProduct)),
        (wire_snapshot("EUR", None, vec![wire_line("\u{200b}\0", 1, None)]), Err(Error::NoProduct)),
        (wire_snapshot("EUR", None, vec![wire_line("P", 0, None)]), Err(Error::Quantity)),
        (wire_snapshot("EUR", None, vec![wire_line("P", u32::MAX, None)]), Err(Error::Quantity)),
        (wire_snapshot("EUR", None, vec![wire_line("P", 1, Some(-1))]), Err(Error::Money(MoneyError::Negative))),
        (wire_snapshot("EUR", Some(-1), vec![]), Err(Error::Money(MoneyError::Negative))),
        (
            wire_snapshot("EUR", None, vec![wire_line("P", 1_000_000, Some(MAX_SAFE))]),
            Err(Error::Money(MoneyError::TooLarge)),
        ),
        (
            wire_snapshot("EUR", None, (0..101).map(|n| wire_line(&n.to_string(), 1, None)).collect()),
            Err(Error::TooManyLines),
        ),
    ] {
        let shown = format!("{sent:?}");
        assert_eq!(snapshot(sent).map(|kept| (kept.total.minor(), kept.items())), expected, "{shown}");
    }
}

#[test]
fn one_bad_field_loses_nothing_else() {
    let now = Timestamp::from_millis(1_764_000_000_000);
    let mut body = collect();
    body.email = Some("a@b\r\nBcc: x@y.example".to_owned());
    body.context.zone = Some("../../etc".to_owned());
    body.context.locale = Some("<script>".to_owned());
    let (event, ignored) = parse(body, now).unwrap();
    assert_eq!(event.snapshot.unwrap().total.minor(), 4_990);
    let fields: Vec<&str> = ignored.iter().map(|one| one.field.as_str()).collect();
    assert_eq!(fields, ["email", "context.locale", "context.zone"]);
}

#[test]
fn an_event_with_nothing_usable_is_refused_with_the_reason() {
    let mut body = collect();
    body.snapshot = Some(wire_snapshot("EUR", None, vec![wire_line("P", 1, Some(-1))]));
    let error = parse(body, Timestamp::from_millis(0)).unwrap_err().to_string();
    assert!(error.contains("must not be negative"), "{error}");
}

#[test]
fn the_time_of_an_event_is_the_receipt_minus_its_age() {
    let now = Timestamp::from_millis(1_764_000_000_000);
    for (age, expected) in [(0, 0), (350, 350), (-5_000, 0), (i64::MAX, MAX_AGE.millis()), (i64::MIN, 0)] {
        let (event, _) = parse(wire::Collect { age, ..collect() }, now).unwrap();
        assert_eq!(now.since(event.at).millis(), expected, "{age}");
    }
}

#[test]
fn a_page_cannot_claim_a_confirmed_basis() {
    for (mail, expected) in
        [("express", true), ("soft", true), ("notice", true), ("denied", true), ("confirmed", false), ("", false)]
    {
        let sent = wire::Consent { mail: Some(mail.to_owned()), ..wire::Consent::default() };
        assert_eq!(consent(&sent, Timestamp::from_millis(0)).is_ok(), expected, "{mail}");
    }
}
