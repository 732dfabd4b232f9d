//! The browser side: wasm modules with the scripts around them, optimised, and the shim.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::children;
use crate::places::Places;
use crate::setup::Tools;
use crate::stamp::Stamp;

/// One wasm module of the page and the script that starts it.
struct Module {
    /// The cargo package.
    package: &'static str,
    /// What cargo is told besides: the exports and the allocator are behind a feature, so that the
    /// Worker can use the same crate without them.
    features: &'static [&'static str],
    /// Arguments for the linker.
    link: &'static [&'static str],
    /// The form of the bindings.
    target: &'static str,
    /// The file cargo makes of it.
    artifact: &'static str,
    /// The name of the module and of its script.
    name: &'static str,
    /// The list of the exports that the script calls; code that only other exports reach is removed. `None` keeps all.
    reached: Option<&'static str>,
    /// Whether the script imports the bindings; capture calls its one export by hand and needs none.
    has_bindings: bool,
}

const MODULES: [Module; 2] = [
    Module {
        package: "cartwake-tracker",
        features: &["--features", "wasm"],
        // Addresses below 16 KB take two bytes in the code, behind the usual stack of 1 MB three or four.
        link: &["-C", "link-arg=-zstack-size=8192"],
        target: "bundler",
        artifact: "cartwake_tracker.wasm",
        name: "capture",
        reached: Some("www/tracker/capture.exports.json"),
        has_bindings: false,
    },
    Module {
        package: "cartwake-restore",
        features: &[],
        link: &[],
        target: "web",
        artifact: "cartwake_restore.wasm",
        name: "restore",
        reached: None,
        has_bindings: true,
    },
];

/// Scripts beside capture that only some pages need: a shop that does not state its cart, or names its parts, a checkout, a challenge, a
/// consent tool, the debug mode.
pub(super) const LATER: [&str; 9] =
    ["finders", "chosen", "cookie", "far", "checkout", "challenge", "thanks", "permission", "panel"];

/// What stable Rust emits for wasm32-unknown-unknown since 1.82, which binaryen's tools have to be told.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];

/// For size: traps never happen, no list of features for other tools, rounds until nothing shrinks; then the code is taken
/// apart and its flow built anew, which leaves other doubles to find.
const SMALLEST: [&str; 10] = [
    "--generate-global-effects",
    "-Oz",
    "-tnh",
    "--strip-target-features",
    "--converge",
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--reorder-functions",
];

/// Builds the files of the page into one folder: the shim, script and module of capture and restore, the later scripts.
pub(crate) fn build(places: &Places, tools: &Tools) -> Result<PathBuf> {
    let folder = places.built.join("tracker");
    fs::create_dir_all(&folder)?;
    let inputs = ["Cargo.toml", "Cargo.lock", "shared", "tracker", "www/cartwake.js", "www/tracker"];
    let inputs = inputs.map(|path| places.root.join(path));
    let also = children::ask("rustc", &["--version"]).unwrap_or_default() + include_str!("tracker.rs");
    let stamp = Stamp::of(places.built.join("stamps/tracker"), &inputs, &also)?;
    if stamp.holds() {
        return Ok(folder);
    }
    // Which name has which letter; written anew by the shim, which every page loads, and followed by the others.
    fs::write(folder.join("letters.json"), "{}")?;
    script(tools, &places.root.join("www/cartwake.js"), &folder.join("cartwake.js"), &[])?;
    for module in &MODULES {
        build_module(places, tools, module, &folder)?;
        let entry = places.root.join(format!("www/tracker/{}.js", module.name));
        let bindings = folder.join("bindgen").join(format!("{}.js", module.name));
        // The script imports the bindings by a name of its own, which is replaced by where they were put.
        let alias = format!("--alias:cartwake-{}={}", module.name, bindings.display());
        let also = if module.has_bindings { &[&alias, "--define:import.meta.url=\"\""][..] } else { &[] };
        script(tools, &entry, &folder.join(format!("{}.js", module.name)), also)?;
    }
    for name in LATER {
        let file = format!("{name}.js");
        script(tools, &places.root.join("www/tracker").join(&file), &folder.join(&file), &[])?;
    }
    stamp.keep()?;
    Ok(folder)
}

fn build_module(places: &Places, tools: &Tools, module: &Module, folder: &Path) -> Result<()> {
    eprintln!("build: {}", module.package);
    let mut cargo = children::cargo(&places.root);
    // Built apart from the edge crate, or cargo would unify the feature into it. As a cdylib alone: beside an rlib the
    // linker keeps what only that could reach, 91 bytes of brotli in capture.
    cargo.args(["rustc", "--release", "--quiet", "--target", "wasm32-unknown-unknown", "--package", module.package]);
    children::run(cargo.args(module.features).args(["--lib", "--crate-type", "cdylib", "--"]).args(module.link))?;

    let bindgen = folder.join("bindgen");
    let mut bind = tools.command(&tools.wasm_bindgen);
    bind.args(["--target", module.target, "--no-typescript", "--remove-name-section", "--remove-producers-section"]);
    bind.args(["--out-name", module.name, "--out-dir"]).arg(&bindgen);
    children::run(bind.arg(places.target.join("wasm32-unknown-unknown/release").join(module.artifact)))?;

    let mut bound = bindgen.join(format!("{}_bg.wasm", module.name));
    if let Some(reached) = module.reached {
        let whole = std::mem::replace(&mut bound, bindgen.join(format!("{}_cut.wasm", module.name)));
        let mut cut = tools.command(&tools.wasm_metadce);
        cut.arg(whole).arg("-f").arg(places.root.join(reached)).args(WASM_FEATURES).arg("-o").arg(&bound);
        // It lists every name it removed.
        children::read(&mut cut)?;
    }
    let mut optimise = tools.command(&tools.wasm_opt);
    optimise.args(SMALLEST).args(WASM_FEATURES).arg(bound);
    children::run(optimise.arg("-o").arg(folder.join(format!("{}.wasm", module.name))))
}

/// Names of properties that only our own scripts say to each other, over `io`, which the shim lends them. They become single letters, the same
/// in all scripts. A name that the page, the Worker, the storage or a browser says too must not stand here: `signal` did, and no
/// request had its time-out.
const OURS: &str = "--mangle-props=^(addressed|adopt|begin|beside|boot|changed|confirmed|digits|early|far|fields|forget|glance|glanced|gpc|handle|known|load|logged|look|ordered|permit|permitted|post|\
    report|settings|shared|shown|solved|stated|take|texts|touched|visit|whole)$";

/// Bundles one classic script for browsers from autumn 2020 on (`||=`). Its names are its own: we close it ourselves, since terser
/// opens a function around a short script again, and what the shim lends would be a variable of the page.
fn script(tools: &Tools, entry: &Path, out: &Path, also: &[&str]) -> Result<()> {
    let mut bundle: Command = tools.command(&tools.esbuild);
    bundle.arg(entry).args(["--bundle", "--minify", "--format=esm", "--target=es2021", OURS]);
    bundle.arg(format!("--mangle-cache={}", out.with_file_name("letters.json").display()));
    bundle.args(["--legal-comments=none", "--charset=utf8", "--log-level=warning"]).args(also);
    bundle.arg(format!("--outfile={}", out.display()));
    children::run(&mut bundle).with_context(|| format!("{} was not bundled", entry.display()))?;
    // What esbuild leaves of names and declarations: 117 bytes of capture, 249 of the finders.
    let mut minify = tools.command(&tools.node);
    minify.arg(&tools.terser).arg(out).args(["--module", "--ecma", "2020", "--compress", "passes=3", "--mangle"]);
    let text = children::read(&mut minify).with_context(|| format!("{} was not minified", entry.display()))?;
    Ok(fs::write(out, format!("(()=>{{{}}})();\n", text.trim_end()))?)
}
