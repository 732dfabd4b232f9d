//! What the Worker must not take, asked in workerd: each gets a clear error, and nothing that was stored is lost.
//!
//! Run by `cargo xtask test edge`, which builds the Worker first and names the tools.
use std::fmt::Write as _;

use anyhow::{Result, ensure};
use cartwake_tests::fixtures::{Visitor, line};
use cartwake_tests::stack::{Stack, Wishes};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const ADDRESS: &str = "ada@example.com";

/// Everything about a request that can be wrong besides the event.
struct Request {
    /// Sent in place of the event.
    body: Option<String>,
    /// Sent after the event.
    padding: usize,
    origin: String,
    content_type: &'static str,
}

/// Spoils a good request.
type Spoil = fn(&mut Value, &mut Request);

/// What becomes of it.
#[derive(Clone, Copy)]
enum Fate {
    /// Nothing of it is taken; the error has this status and a sentence.
    Refused(u16),
    /// The rest of the event counts; the answer names the field and says why.
    WithoutSnapshot,
}
use Fate::{Refused, WithoutSnapshot};

/// What is spoilt, how, and what becomes of it.
const CASES: [(&str, Spoil, Fate); 14] = [
    ("broken JSON", |_, request| request.body = Some("{\"v\":1,".to_owned()), Refused(400)),
    ("no JSON at all", |_, request| request.body = Some("hello".to_owned()), Refused(400)),
    ("an empty body", |_, request| request.body = Some(String::new()), Refused(400)),
    ("65 KB", |_, request| request.padding = 65 * 1024, Refused(413)),
    ("an image", |_, request| request.content_type = "image/png", Refused(415)),
    ("a foreign page", |_, request| request.origin = "https://evil.example".to_owned(), Refused(403)),
    ("the shop's name in a foreign host", |_, request| request.origin.push_str(".evil.example"), Refused(403)),
    ("an unknown site", |event, _| event["site"] = json!("pk_nobody_aaaaaaaaaaaa"), Refused(404)),
    ("a cart id that is no number", |event, _| event["cart"] = json!("1' OR 1=1"), Refused(400)),
    ("a visitor that is no ULID", |event, _| event["visitor"] = json!("../../etc/passwd"), Refused(422)),
    ("a negative price", |event, _| event["snapshot"]["lines"][0]["price"] = json!(-1), WithoutSnapshot),
    (
        "a price past every amount",
        |event, _| event["snapshot"]["lines"][0]["price"] = json!(9_007_199_254_740_993_u64),
        WithoutSnapshot,
    ),
    ("a currency that is none", |event, _| event["snapshot"]["currency"] = json!("EURO"), WithoutSnapshot),
    (
        "101 lines",
        |event, _| event["snapshot"]["lines"] = json!(vec![line("heron-teapot", "Ink", 1, 7200); 101]),
        WithoutSnapshot,
    ),
];

#[test]
fn what_is_refused_gets_a_clear_error_and_changes_nothing() -> Result<()> {
    Runtime::new()?.block_on(async {
        let stack = Stack::start(Wishes::default()).await?;
        let visitor = Visitor::arrive(&stack, 1).await?;
        let lines = [line("heron-teapot", "Ink", 1, 7200)];
        let good = visitor.identified(1, &lines, ADDRESS);
        stack.client.collect(&good).await?.expect_status(200)?;
        let before = stored(&stack).await?;

        let mut wrong = String::new();
        for (what, spoil, fate) in CASES {
            let mut event = visitor.event(2, &lines);
            let origin = stack.storefront.origin.clone();
            let mut request = Request { body: None, padding: 0, origin, content_type: "text/plain" };
            spoil(&mut event, &mut request);
            let body = request.body.unwrap_or_else(|| event.to_string()) + &" ".repeat(request.padding);
            let answer = stack.client.collect_raw(&body, &request.origin, request.content_type).await?;
            let said = answer.json().unwrap_or_default();
            let (status, sentence) = match fate {
                Refused(status) => (status, &said["error"]["message"]),
                WithoutSnapshot => (200, &said["ignored"][0]["message"]),
            };
            if answer.status != status || sentence.as_str().is_none_or(|sentence| sentence.len() < 10) {
                writeln!(wrong, "{what}: expected {status} and a sentence, got {} {}", answer.status, answer.body)?;
            }
        }
        ensure!(wrong.is_empty(), "\n{wrong}");
        ensure!(stored(&stack).await? == before, "a refused request changed the stored cart");
        stack.client.collect(&visitor.event(2, &lines)).await?.expect_status(200)?;
        Ok(())
    })
}

#[test]
fn hostile_texts_are_kept_as_texts() -> Result<()> {
    Runtime::new()?.block_on(async {
        let stack = Stack::start(Wishes::default()).await?;
        let names =
            ["'; DROP TABLE cart; --", "<img src=x onerror=alert(1)>", "\u{202e}txt.exe", "{{secret}}", "a\u{0}b"];
        for (number, name) in (10..).zip(names) {
            let visitor = Visitor::arrive(&stack, number).await?;
            let mut event = visitor.identified(1, &[line("p", "", 1, 100)], &format!("shopper{number}@example.com"));
            event["snapshot"]["lines"][0]["name"] = json!(name);
            event["context"]["zone"] = json!("Mars/Olympus\"");
            event["context"]["locale"] = json!("xx-<b>");
            stack.client.collect(&event).await?.expect_status(200)?;
            let page = stack.owner.page(&format!("/carts/{}.1", visitor.id)).await?.body;
            ensure!(
                !page.contains("<img src=x") && !page.contains("<b>"),
                "markup of a stranger on the dashboard: {name}"
            );
        }
        Ok(())
    })
}

#[test]
fn a_panic_in_one_request_leaves_the_next_one_served() -> Result<()> {
    Runtime::new()?.block_on(async {
        let stack = Stack::start(Wishes { has_faults: true, ..Wishes::default() }).await?;
        let visitor = Visitor::arrive(&stack, 1).await?;
        for seq in 1..4 {
            let panicked = stack.client.open("/test/panic").await?;
            ensure!(panicked.status == 500, "the panic was answered by {}", panicked.status);
            let event = visitor.identified(seq, &[line("heron-teapot", "Ink", 1, 7200)], ADDRESS);
            stack.client.collect(&event).await?.expect_status(200)?;
        }
        ensure!(stored(&stack).await?.len() == 1, "what came after a panic was not stored");
        Ok(())
    })
}

async fn stored(stack: &Stack) -> Result<Vec<cartwake_tests::stack::Row>> {
    stack.worker.explorer.rows(include_str!("refusals.sql"), &[]).await
}
