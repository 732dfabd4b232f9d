//! Writes what the crate embeds: the built assets' addresses as a constant, and the typed statements of `edge/sql/`.

use std::{env, error::Error, fs, path::Path};

use serde_json::Value;

#[path = "generate/statements.rs"]
mod statements;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("assets.rs"), assets()?)?;
    println!("cargo::rerun-if-changed=sql");
    let statements = statements::module(Path::new("sql")).map_err(|error| error.to_string())?;
    fs::write(out.join("statements.rs"), statements)?;
    Ok(())
}

/// The manifest of the built assets as a constant; empty where nothing was built yet (native tests).
fn assets() -> Result<String, Box<dyn Error>> {
    println!("cargo::rerun-if-env-changed=CARTWAKE_ASSETS");
    let manifest: Value = match env::var_os("CARTWAKE_ASSETS") {
        Some(path) => {
            println!("cargo::rerun-if-changed={}", Path::new(&path).display());
            serde_json::from_str(&fs::read_to_string(path)?)?
        }
        None => Value::Null,
    };
    let fields = |part: &str, names: &[&str]| {
        let field = |name: &&str| format!("{name}: {:?}", manifest[part][name].as_str().unwrap_or(""));
        names.iter().map(field).collect::<Vec<_>>().join(", ")
    };
    let module = |part| format!("Module {{ {} }}", fields(part, &["js", "js_integrity", "wasm", "wasm_integrity"]));
    let dashboard = fields("dashboard", &["css", "js", "shopper_css", "icon"]);
    let names = [
        "capture",
        "restore",
        "finders",
        "chosen",
        "cookie",
        "far",
        "checkout",
        "challenge",
        "thanks",
        "permission",
        "panel",
    ];
    let modules: Vec<_> = names.iter().map(|name| format!("{name}: {}", module(name))).collect();
    let modules = modules.join(", ");
    Ok(format!("Assets {{ {modules}, dashboard: DashboardAssets {{ {dashboard} }} }}\n"))
}
