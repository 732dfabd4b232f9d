//! The comparison as a table for the terminal, a page of the documentation and a picture.
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::{Measured, Row};
use crate::bench::section;

const HEAD: &str = "| tracker | brotli 11, B | page without a cart, ms | page with a cart, ms | key, µs | e-mail key, µs | cart, µs | requests | long tasks |\n\
|---|---:|---:|---:|---:|---:|---:|---:|---:|\n";

/// Prints the table and writes its section of `docs/benchmarks.md` and `docs/images/benchmark-tracker.svg`.
pub(super) fn write(root: &Path, rows: &[Row], rounds: usize) -> Result<()> {
    let mut text = format!(
        "## The tracker beside its peers\n\n\
         Written by `cargo xtask bench tracker`: one run of Chromium on one machine, {rounds} fresh profiles for each tracker and speed, in turn. \
         Times are lower quartiles; what the same page costs without a tracker is taken off. Compare within the table only: \
         another machine gives other milliseconds.\n\n\
         ![Bytes and script CPU of each tracker](images/benchmark-tracker.svg)\n"
    );
    for speed in rows.first().map(|row| row.measured.keys().copied().collect::<Vec<_>>()).unwrap_or_default() {
        let title = if speed == 1 { "At the machine's speed".to_owned() } else { format!("Slowed {speed} times") };
        write!(text, "\n### {title}\n\n{HEAD}")?;
        for row in rows {
            let Measured { idle, script, key, email_key, cart, requests, long_tasks, .. } =
                row.measured.get(&speed).copied().unwrap_or_default();
            writeln!(
                text,
                "| {} | {} | {idle:.2} | {script:.2} | {key:.1} | {email_key:.1} | {cart:.0} | {requests:.0} | {long_tasks:.0} |",
                row.name, row.weight.brotli
            )?;
        }
        if let Some(ours) = rows.first().and_then(|row| row.measured.get(&speed)) {
            writeln!(
                text,
                "\nCartwake compiles and instantiates its module in {:.2} ms (off the first paint; peers have none), sends \
                 {:.0} requests for a hundred changes of a cart, and shifts the layout by {:.3}.",
                ours.instantiate, ours.cart_requests, ours.shift
            )?;
        }
    }
    text.push_str("\n### Which trackers were compared\n\n");
    for row in rows {
        writeln!(text, "- {}: {}; {} B minified", row.name, row.source, row.weight.raw)?;
    }
    text.push_str(
        "\n*Brotli* is the file as a page loads it, with everything a page with a cart needs of ours. *Page without a cart* and *page with a cart* are the main thread's time in scripts \
         until the page is quiet: where nothing is told, and after the first cart. *Key* is the synchronous work of one key press in a search field, *e-mail key* in the checkout's \
         e-mail field. *Cart* is all of the main thread's work for one change of the cart. *Requests* are those of a page view with one cart, scripts and \
         settings included. The peers send what they are told and forget it; ours compares, keeps, merges and repeats until the cart is acknowledged.\n",
    );
    println!("\n{text}");
    section::put(root, "tracker", &text)?;
    fs::write(root.join("docs/images/benchmark-tracker.svg"), picture(rows))?;
    Ok(())
}

/// Two groups of bars, bytes and CPU, on a logarithmic scale: the peers reach over two orders of magnitude.
fn picture(rows: &[Row]) -> String {
    let cpu = |row: &Row| row.measured.get(&1).map_or(0.0, |measured| measured.script);
    let bytes = |row: &Row| u32::try_from(row.weight.brotli).map_or(0.0, f64::from);
    let height = 70 + 26 * rows.len();
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 900 {height}\" font-family=\"system-ui, sans-serif\" font-size=\"13\" role=\"img\" \
         aria-label=\"Bytes and script CPU of each tracker\">\n<rect width=\"900\" height=\"{height}\" fill=\"#fff\"/>\n"
    );
    bars(&mut svg, 0, "Bytes, brotli 11 (logarithmic)", rows, bytes, |value| format!("{value:.0}"));
    bars(&mut svg, 450, "Script CPU, ms (logarithmic)", rows, cpu, |value| format!("{value:.2}"));
    svg.push_str("</svg>\n");
    svg
}

fn bars(
    svg: &mut String,
    left: u32,
    title: &str,
    rows: &[Row],
    figure: impl Fn(&Row) -> f64,
    said: impl Fn(f64) -> String,
) {
    let scale = |value: f64| value.max(0.01).log10();
    let values: Vec<f64> = rows.iter().map(&figure).collect();
    let least = values.iter().copied().fold(f64::MAX, f64::min);
    let most = values.iter().copied().fold(0.0, f64::max);
    // The shortest bar is a tenth of the longest, so that a logarithm has somewhere to begin.
    let width = |value: f64| 24.0 + 216.0 * (scale(value) - scale(least)) / (scale(most) - scale(least)).max(0.01);
    let _ = writeln!(svg, "<text x=\"{}\" y=\"28\" font-weight=\"600\">{title}</text>", left + 20);
    for (place, (row, value)) in rows.iter().zip(values).enumerate() {
        let top = 46 + 26 * place;
        let fill = if place == 0 { "#17633a" } else { "#9aa8a0" };
        let bar = width(value);
        let _ = writeln!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>", left + 110, top + 14, row.name);
        let _ = writeln!(
            svg,
            "<rect x=\"{}\" y=\"{top}\" width=\"{bar:.0}\" height=\"19\" rx=\"3\" fill=\"{fill}\"/>",
            left + 120
        );
        let _ =
            writeln!(svg, "<text x=\"{:.0}\" y=\"{}\">{}</text>", f64::from(left) + 126.0 + bar, top + 14, said(value));
    }
}
