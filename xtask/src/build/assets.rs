//! Lays out the static files by their served names, with their headers, and writes the manifest for the Worker.
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha384};

use crate::children;
use crate::places::Places;
use crate::setup::Tools;
use crate::stamp::hex;

/// Files of the page; all of them lie below `/t/<version>/`, the first also at the top.
const SCRIPTS: [&str; 14] = [
    "cartwake.js",
    "capture.js",
    "capture.wasm",
    "finders.js",
    "chosen.js",
    "cookie.js",
    "far.js",
    "checkout.js",
    "challenge.js",
    "thanks.js",
    "permission.js",
    "panel.js",
    "restore.js",
    "restore.wasm",
];

/// Files of the dashboard by their name in the manifest.
const DASHBOARD: [(&str, &str); 4] =
    [("css", "dashboard.css"), ("js", "dashboard.js"), ("shopper_css", "shopper.css"), ("icon", "favicon.svg")];

/// Scripts are fetched with `crossorigin` and wasm by CORS from the shop's page, hence the two `Cross-Origin` lines.
/// Five minutes for the shim: an update reaches every shop soon, and a browsing shopper asks once. What every answer has
/// stands at the top alone, since a file gets the headers of all rules that match it; browsers take HSTS over https only.
const HEADERS: &str = "\
/*
  Strict-Transport-Security: max-age=31536000
  X-Content-Type-Options: nosniff

/cartwake.js
  Content-Type: text/javascript; charset=utf-8
  Cache-Control: public, max-age=300, stale-while-revalidate=86400
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin

/t/*
  Cache-Control: public, max-age=31536000, immutable
  Access-Control-Allow-Origin: *
  Cross-Origin-Resource-Policy: cross-origin

/t/*.js
  Content-Type: text/javascript; charset=utf-8

/t/*.wasm
  Content-Type: application/wasm

/dashboard/*
  Cache-Control: public, max-age=31536000, immutable
  Cross-Origin-Resource-Policy: same-origin
";

/// Replaces the folder of served files and writes the manifest.
pub(super) fn lay_out(places: &Places, tools: &Tools, scripts: &Path) -> Result<()> {
    let assets = places.assets();
    if assets.exists() {
        fs::remove_dir_all(&assets).with_context(|| format!("cannot clear {}", assets.display()))?;
    }
    let mut hash = Sha256::new();
    for name in SCRIPTS {
        hash.update(read(&scripts.join(name))?);
    }
    // 48 bits tell versions apart; whether a file is genuine is checked by its integrity value.
    let version = hex(&hash.finalize()).split_at(12).0.to_owned();
    let versioned = assets.join("t").join(&version);
    fs::create_dir_all(&versioned)?;
    for name in SCRIPTS {
        fs::copy(scripts.join(name), versioned.join(name))?;
    }
    fs::copy(scripts.join("cartwake.js"), assets.join("cartwake.js"))?;
    fs::write(assets.join("_headers"), HEADERS)?;

    let mut manifest = json!({ "version": version, "dashboard": dashboard(places, tools, &assets)? });
    for file in SCRIPTS.iter().skip(1) {
        let (name, kind) = file.split_once('.').context("a file of the tracker has an extension")?;
        manifest[name][kind] = json!(format!("/t/{version}/{file}"));
        manifest[name][format!("{kind}_integrity")] = json!(integrity(&read(&versioned.join(file))?));
    }
    fs::write(places.manifest(), format!("{manifest:#}\n"))?;
    Ok(())
}

/// Minifies the dashboard's files and names them by their content.
fn dashboard(places: &Places, tools: &Tools, assets: &Path) -> Result<Value> {
    let folder = assets.join("dashboard");
    fs::create_dir_all(&folder)?;
    let mut names = serde_json::Map::new();
    for (key, file) in DASHBOARD {
        let source = places.root.join("www/dashboard").join(file);
        let (stem, extension) = file.split_once('.').context("a file of the dashboard has an extension")?;
        let bytes = match extension {
            "css" | "js" => minified(tools, &source)?,
            _ => read(&source)?,
        };
        let name = format!("{stem}-{}.{extension}", hex(&Sha256::digest(&bytes)).split_at(10).0);
        fs::write(folder.join(&name), bytes)?;
        names.insert(key.to_owned(), json!(format!("/dashboard/{name}")));
    }
    Ok(Value::Object(names))
}

fn minified(tools: &Tools, source: &Path) -> Result<Vec<u8>> {
    let mut minify = tools.command(&tools.esbuild);
    minify.arg(source).args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--legal-comments=none"]);
    Ok(children::read(minify.args(["--charset=utf8", "--log-level=warning"]))?.into_bytes())
}

/// A value for `integrity` attributes.
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrity_is_that_of_the_browsers() {
        // The example of the W3C's Subresource Integrity: `alert('Hello, world.');`.
        let expected = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO";
        assert_eq!(integrity(b"alert('Hello, world.');"), expected);
    }
}
