//! The tracker beside its peers: the same page, the same keys and carts, one run of one Chromium.
//!
//! A time is the lower quartile of several fresh profiles, since what else the machine does only ever adds to it;
//! CPU is that of the page's main thread (`Performance.getMetrics` with thread ticks). What a page without any tracker
//! costs is taken off. Bytes are counted from the files, requests by the server.
mod page;
mod report;
mod shelf;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Value, json};

use super::weight::Weight;
use crate::browser::Driver;
use crate::tools;
use page::{Conditions, Measured};
use shelf::Shelf;

/// Fresh profiles a tracker is measured in, at each speed.
const ROUNDS: usize = 9;
/// Chromium's own throttle: 1 is this machine, 4 a slow phone.
const SPEEDS: [u32; 2] = [1, 4];

/// A tracker that is compared, as `tests/bench/peers.json` names it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) package: String,
    pub(crate) version: String,
    pub(crate) file: String,
    pub(crate) start: String,
}

/// One row of the comparison.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) weight: Weight,
    /// By speed.
    pub(crate) measured: BTreeMap<u32, Measured>,
}

/// Measures everything, prints the table, writes its section of `docs/benchmarks.md` and its picture.
pub(super) async fn run() -> Result<()> {
    let built = tools::path("CARTWAKE_BENCH")?;
    let root = tools::checkout();
    let peers: Vec<Peer> = serde_json::from_slice(&fs::read(root.join("tests/bench/peers.json"))?)?;
    let shelf = Shelf::open(root, &built, &peers).await?;
    let logs = built.join("bench/logs");
    fs::create_dir_all(&logs)?;
    let driver = Driver::start(&logs).await?;

    let mut rows = vec![row("none", "the page alone", Weight::default()), ours(&built)?];
    for peer in &peers {
        let file = built.join("bench").join(format!("{}.js", peer.name.to_lowercase()));
        rows.push(row(&peer.name, &format!("{} {}, {}", peer.package, peer.version, peer.file), Weight::of(&[file])?));
    }
    for speed in SPEEDS {
        let mut seen: BTreeMap<String, Vec<Measured>> = BTreeMap::new();
        for round in 1..=ROUNDS {
            println!("speed 1/{speed}, round {round} of {ROUNDS}");
            // In turn, so that a slow minute of the machine meets all of them.
            for row in &rows {
                let measured = page::measure(&driver, &shelf, &row.name, Conditions { speed })
                    .await
                    .with_context(|| format!("{} could not be measured", row.name))?;
                seen.entry(row.name.clone()).or_default().push(measured);
            }
        }
        let quartile = |name: &str| Measured::lower_quartile(seen.get(name).map_or(&[][..], Vec::as_slice));
        let nothing = quartile("none");
        for row in &mut rows {
            let of_row = quartile(&row.name);
            row.measured.insert(speed, if row.name == "none" { of_row } else { of_row.without(&nothing) });
        }
    }
    rows.retain(|row| row.name != "none");
    report::write(root, &rows, ROUNDS)
}

fn row(name: &str, source: &str, weight: Weight) -> Row {
    Row { name: name.to_owned(), source: source.to_owned(), weight, measured: BTreeMap::new() }
}

/// Everything a page with a cart loads of ours.
fn ours(built: &Path) -> Result<Row> {
    let files =
        ["cartwake.js", "capture.js", "capture.wasm", "finders.js"].map(|name| built.join("tracker").join(name));
    Ok(row("Cartwake", "shim, script, module and finders of this build", Weight::of(&files)?))
}

/// What we are called in addresses: our own name would be taken for a cart's.
pub(crate) const OURS: &str = "ours";

/// The tag of a tracker in the page, as its address names it.
pub(crate) fn tag(name: &str, start: Option<&str>) -> String {
    match (name, start) {
        ("none", _) => String::new(),
        (OURS, _) => {
            r#"<script src="/start/cartwake.js"></script><script async src="/cartwake.js" data-site="pk_bench"></script>"#
                .to_owned()
        }
        // Umami reads its settings from its own tag.
        (name, Some(start)) => format!(
            r#"<script src="/{}.js" data-website-id="shop" data-host-url="/take/umami"></script><script src="/start/{start}"></script>"#,
            name.to_lowercase()
        ),
        (_, None) => String::new(),
    }
}

/// The settings our Worker would answer with: tracking permitted, no box drawn.
pub(crate) fn boot(manifest: &Value) -> Value {
    json!({
        "v": 1, "site": "bench", "session": "s1.bench", "tracking": "notice", "capture": "all",
        "consent": { "draw": "none", "basis": "notice", "wording": "", "text": "", "refuse": "", "selector": null },
        "email": { "selector": null },
        "currency": "EUR", "modules": manifest,
    })
}
