//! Rows about the dashboard: guessing the secret, a stolen cookie, what the log and the pages give away.
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::field::Field;
use crate::client::Answer;
use crate::fixtures::{Visitor, line};
use crate::stack::Stack;
use crate::wait;

/// Wrong secrets sent at once; the attack that was seen sent 2,000 in 20 s.
const GUESSES: usize = 300;
/// A path as a stranger may ask for it, with what must not reach a log.
const TELLING: &str = "ada@example.com";
/// The log is written by another process.
const LOGGED_WITHIN: Duration = Duration::from_secs(10);

/// Row 13: guesses at the log-in, and a cookie whose owner has left. Afterwards this network has no attempts for an hour.
pub(super) async fn log_in(field: &Field) -> Result<String> {
    let stack = &field.stack;
    let signed_in = stack.client.form("/login", "", &[("secret", &stack.admin_secret)]).await?.expect_status(303)?;
    let (session, browser) = (cookie(&signed_in, "__Host-cartwake=")?, cookie(&signed_in, "__Host-cartwake-browser=")?);
    guess(stack, &browser).await?;
    leave(stack, &session).await?;
    Ok(format!(
        "of {GUESSES} guesses at once 10 are judged; the browser that signed in before gets in; a cookie is dead after the log-out"
    ))
}

/// Of many guesses at once ten are judged; the browser that signed in before is not locked out.
async fn guess(stack: &Stack, browser: &str) -> Result<()> {
    let mut guesses = JoinSet::new();
    for n in 0..GUESSES {
        let client = stack.client.clone();
        guesses.spawn(async move { client.form("/login", "", &[("secret", &format!("guess {n}"))]).await });
    }
    let answers = guesses.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    let with = |status| answers.iter().filter(|answer| answer.status == status).count();
    ensure!((with(401), with(429)) == (10, GUESSES - 10), "{} judged, {} not", with(401), with(429));
    // Beyond 30 in a minute the platform's count refuses them before the database is asked.
    let (told, floods): (Vec<&Answer>, Vec<_>) =
        answers.iter().filter(|answer| answer.status == 429).partition(|answer| answer.body.contains("Please wait"));
    let throttled = told.first().context("none was told how long")?;
    let seconds: u32 = throttled.header("retry-after").context("it does not say how long")?.parse()?;
    ensure!((3_500..=3_600).contains(&seconds), "{throttled:?}");
    ensure!(
        told.len() <= 2 * 30 && floods.iter().all(|answer| answer.header("retry-after") == Some("60")),
        "{}",
        told.len()
    );
    let right = [("secret", stack.admin_secret.as_str())];
    stack.client.form("/login", "", &right).await?.expect_status(429)?;
    stack.client.form("/login", browser, &right).await?.expect_status(303)?;
    Ok(())
}

/// The cookie is worth nothing once its owner has left.
async fn leave(stack: &Stack, session: &str) -> Result<()> {
    let page = stack.client.page("/settings", session).await?.expect_status(200)?.body;
    let (_, token) = page.split_once("name=\"csrf\" value=\"").context("no form on the page")?;
    let token = token.split('"').next().unwrap_or_default();
    stack.client.form("/logout", session, &[("csrf", token)]).await?.expect_status(303)?;
    let answer = stack.client.page("/settings", session).await?.expect_status(303)?;
    ensure!(answer.header("location") == Some("/login"), "{answer:?}");
    Ok(())
}

/// Row 22: the policy of pages, and what every answer and every file says.
pub(super) async fn headers(field: &Field) -> Result<String> {
    let stack = &field.stack;
    let page = stack.owner.page("/").await?;
    let policy = page.header("content-security-policy").unwrap_or_default();
    ensure!(policy.contains("img-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        ensure!(page.header(name) == Some(value), "{name}: {:?}", page.headers);
    }
    let boot = stack.client.open(&format!("/v1/boot?site={}", stack.site.key)).await?;
    ensure!(boot.header("vary").is_some_and(|value| value.contains("Origin")), "{:?}", boot.headers);
    let (_, style) = page.body.split_once("rel=\"stylesheet\" href=\"").context("the page has no style")?;
    for file in ["/cartwake.js", style.split('"').next().unwrap_or_default()] {
        let answer = stack.client.open(file).await?.expect_status(200)?;
        let header = |name| answer.header(name).unwrap_or_default();
        ensure!(header("strict-transport-security") == "max-age=31536000", "{file}: {:?}", answer.headers);
        ensure!(header("x-content-type-options") == "nosniff", "{file}: {:?}", answer.headers);
    }
    Ok("policy of pages, HSTS and nosniff of pages and files, Vary: Origin".to_owned())
}

/// Row 18: a picture elsewhere is neither loaded nor linked, one of the shop is.
pub(super) async fn picture(field: &Field) -> Result<String> {
    let stack = &field.stack;
    let shop = &stack.storefront.origin;
    for (number, picture, is_shown) in
        [(50, "https://elsewhere.example/pixel.png".to_owned(), false), (51, format!("{shop}/pictures/mark.svg"), true)]
    {
        let visitor = Visitor::arrive(stack, number).await?;
        let mut event = visitor.event(1, &[line("heron-teapot", "Ink", 1, 7200)]);
        for address in ["image", "url"] {
            event["snapshot"]["lines"][0][address] = json!(picture);
        }
        stack.client.collect(&event).await?.expect_status(200)?;
        let page = stack.owner.page(&format!("/carts/{}.1", visitor.id)).await?;
        ensure!(page.body.contains(&picture) == is_shown, "{picture}: {}", page.body);
        let policy = page.header("content-security-policy").unwrap_or_default();
        let host = picture.split('/').take(3).collect::<Vec<_>>().join("/");
        ensure!(policy.contains(&host) == is_shown, "{picture}: {policy}");
    }
    Ok("a picture elsewhere is neither loaded nor linked, one of the shop is".to_owned())
}

/// Row 14: the Worker's lines name routes of its table alone.
pub(super) async fn log(field: &Field) -> Result<String> {
    let stack = &field.stack;
    for path in
        [format!("/{TELLING}"), format!("/v1/{TELLING}/x"), format!("/carts/{TELLING}"), format!("/r/{TELLING}")]
    {
        stack.client.open(&path).await?;
    }
    stack.client.collect(&json!({ "site": TELLING })).await?;
    let routes = ["unknown", "/carts/{id}", "/r/{token}", "/login", "/v1/collect"];
    let lines = wait::until("a line of every route in the log", LOGGED_WITHIN, || async {
        let lines = lines_of_requests(&fs::read_to_string(stack.worker.log())?);
        let has = |route| lines.iter().any(|line| line["route"] == route);
        Ok(routes.into_iter().all(has).then_some(lines))
    })
    .await?;
    ensure!(!lines.iter().any(|line| line.to_string().contains(TELLING)), "an address is in a log line");
    Ok(format!("{} lines of requests, none with an address; unknown paths are `unknown`", lines.len()))
}

/// The Worker's own lines; beside them the log has what `wrangler dev` says to a developer.
fn lines_of_requests(log: &str) -> Vec<Value> {
    let lines = log.lines().filter_map(|line| serde_json::from_str(line.get(line.find("{\"event\"")?..)?.trim()).ok());
    lines.filter(|line: &Value| line["event"] == "request").collect()
}

/// The cookie of an answer that begins like this, as a browser sends it.
fn cookie(answer: &Answer, beginning: &str) -> Result<String> {
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value);
    let found = set.filter_map(|value| value.split(';').next()).find(|value| value.starts_with(beginning));
    found.map(str::to_owned).with_context(|| format!("no {beginning} in {:?}", answer.headers))
}
