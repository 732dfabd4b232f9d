//! Rules about configuration: names of bindings agree, versions are locked, no registry's host is named.
use std::fs;

use serde_json::Value;

use super::Tree;

const CONFIGURATION: &str = "edge/wrangler.jsonc";

/// Names in the configuration that no string in the Worker's code equals, and upper-case names there that it lacks.
pub(super) fn differing(tree: &Tree) -> Vec<String> {
    let Some(source) = tree.sources.iter().find(|source| source.path == CONFIGURATION) else {
        return vec![format!("{CONFIGURATION} is missing")];
    };
    let Ok(configuration) = serde_json::from_str::<Value>(&without_comments(&source.text)) else {
        return vec![format!("{CONFIGURATION} is no JSON with whole-line comments")];
    };
    let code = tree.those(&["edge/src/"], &["rs"]).map(|source| source.text.as_str()).collect::<Vec<_>>().join("\n");
    let names = names(&configuration);
    let mut offences: Vec<String> = names
        .iter()
        .filter(|name| !code.contains(&format!("\"{name}\"")))
        .map(|name| format!("{name} is declared, but edge/src never says \"{name}\""))
        .collect();
    for constant in constants(&code) {
        if !names.iter().any(|name| name == constant) {
            offences.push(format!("edge/src says \"{constant}\", but {CONFIGURATION} does not declare it"));
        }
    }
    offences
}

/// Lock files that are missing, and addresses in the npm one: a lock file holds on every registry.
pub(super) fn unlocked(tree: &Tree) -> Vec<String> {
    let mut offences = Vec::new();
    for name in ["Cargo.lock", "package-lock.json"] {
        match fs::read_to_string(tree.root.join(name)) {
            Err(_) => offences.push(format!("{name} is missing")),
            Ok(text) if name.ends_with("json") && text.contains("\"resolved\"") => offences.push(format!(
                "{name} names a registry: make it anew with `npm install --package-lock-only --omit-lockfile-registry-resolved`"
            )),
            Ok(text) if name.ends_with("json") => offences.extend(without_integrity(&text)),
            Ok(_) => {}
        }
    }
    offences
}

/// Entries of the npm lock file without a hash of their content: npm would take anything a registry gives for them.
fn without_integrity(lock: &str) -> Vec<String> {
    let Ok(lock) = serde_json::from_str::<Value>(lock) else { return vec!["package-lock.json is no JSON".to_owned()] };
    let packages = lock["packages"].as_object().into_iter().flatten();
    packages
        // The entry without a name is this project.
        .filter(|(name, entry)| {
            !name.is_empty() && !entry["integrity"].as_str().is_some_and(|hash| hash.starts_with("sha512-"))
        })
        .map(|(name, _)| {
            format!("package-lock.json has no integrity of {name}: `npm view <name>@<version> dist.integrity` tells it")
        })
        .collect()
}

/// Every name under which the Worker finds something in its environment.
fn names(configuration: &Value) -> Vec<String> {
    let binding = |of: &Value| of["binding"].as_str().map(str::to_owned);
    let mut names: Vec<String> = Vec::new();
    for list in ["d1_databases", "kv_namespaces"] {
        names.extend(configuration[list].as_array().into_iter().flatten().filter_map(binding));
    }
    let limits = configuration["ratelimits"].as_array().into_iter().flatten();
    names.extend(limits.filter_map(|limit| limit["name"].as_str().map(str::to_owned)));
    names.extend(["assets", "version_metadata"].iter().filter_map(|key| binding(&configuration[key])));
    let secrets = configuration["secrets"]["required"].as_array().into_iter().flatten();
    names.extend(secrets.filter_map(|name| name.as_str().map(str::to_owned)));
    names.extend(configuration["vars"].as_object().into_iter().flat_map(|vars| vars.keys().cloned()));
    names
}

/// Names in code that begin with `CARTWAKE_` or `MAIL_API_`, but for those whose comment says that they are optional
/// or for the demo or tests only.
fn constants(code: &str) -> impl Iterator<Item = &str> {
    let with_comment = code.lines().zip(code.lines().skip(1));
    let required = with_comment
        .filter(|(comment, _)| !["optional", "demo only", "tests only"].iter().any(|word| comment.contains(word)));
    required.flat_map(|(_, line)| line.split('"')).filter(|text| {
        let is_name =
            text.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_');
        is_name && (text.starts_with("CARTWAKE_") || text.starts_with("MAIL_API_"))
    })
}

/// The configuration without its whole-line comments, which JSON does not have.
pub(crate) fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(code: &str, expected: &[&str]) {
        let configuration = "// Comment.\n{ \"kv_namespaces\": [{ \"binding\": \"SETTINGS\" }], \"vars\": { \"MAIL_API_URL\": \"https://x\" } }";
        let tree = tree(&[(CONFIGURATION, configuration), ("edge/src/bindings.rs", code)], "");
        let found = differing(&tree);
        let said: Vec<bool> = expected.iter().map(|name| found.iter().any(|offence| offence.contains(name))).collect();
        assert!(found.len() == expected.len() && said.iter().all(|is_there| *is_there), "{found:?}");
    }

    #[test]
    fn an_npm_entry_without_a_hash_is_found() {
        let lock = |entry: &str| format!("{{ \"packages\": {{ \"\": {{}}, \"node_modules/x\": {{ {entry} }} }} }}");
        for (entry, found) in
            [("\"integrity\": \"sha512-abc\"", 0), ("\"integrity\": \"sha1-abc\"", 1), ("\"version\": \"1.0.0\"", 1)]
        {
            assert_eq!(without_integrity(&lock(entry)).len(), found, "{entry}");
        }
    }

    #[test]
    fn names_are_the_same_on_both_sides() {
        let both = "\nconst A: &str = \"SETTINGS\";\nconst B: &str = \"MAIL_API_URL\";\n";
        check(both, &[]);
        check("\nconst A: &str = \"SETTINGS\";", &["MAIL_API_URL is declared"]);
        check(&format!("{both}/// A key.\nconst C: &str = \"CARTWAKE_X\";"), &["CARTWAKE_X"]);
        check(&format!("{both}/// Variable, optional: a key.\nconst C: &str = \"CARTWAKE_X\";"), &[]);
        check(&format!("{both}/// Variable, demo only: a key.\nconst C: &str = \"CARTWAKE_X\";"), &[]);
    }
}
