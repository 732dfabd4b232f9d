//! Writes what the crate embeds: the built assets' addresses as a constant, and the SQL without its comments.

use std::{env, error::Error, fs, path::Path};

use serde_json::Value;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("assets.rs"), assets()?)?;
    statements(&out.join("sql"))
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
    let names =
        ["capture", "restore", "finders", "chosen", "cookie", "far", "checkout", "thanks", "permission", "panel"];
    let modules: Vec<_> = names.iter().map(|name| format!("{name}: {}", module(name))).collect();
    let modules = modules.join(", ");
    Ok(format!("Assets {{ {modules}, dashboard: DashboardAssets {{ {dashboard} }} }}\n"))
}

/// Copies every statement without the lines that are comments and without indentation: 3 KB gzipped of the Worker.
/// No text literal of a statement spans lines.
fn statements(to: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=sql");
    fs::create_dir_all(to)?;
    for entry in fs::read_dir("sql")? {
        let entry = entry?;
        let text = fs::read_to_string(entry.path())?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("--"));
        fs::write(to.join(entry.file_name()), lines.collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}
