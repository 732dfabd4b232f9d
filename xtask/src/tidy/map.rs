//! The code map, `docs/ARCHITECTURE.md`: it names every source file by its path in backticks, and nothing that is not there.
use super::Tree;

/// Manifests speak for their folder; the map names what one opens to read.
const NOT_MAPPED: [&str; 1] = ["toml"];

/// Source files that the map does not name.
pub(super) fn missing_in_map(tree: &Tree) -> Vec<String> {
    let named: Vec<&str> = paths(&tree.map).collect();
    let mapped = tree.sources.iter().filter(|source| !NOT_MAPPED.contains(&source.extension()));
    mapped.filter(|source| !named.contains(&source.path.as_str())).map(|source| source.path.clone()).collect()
}

/// Paths of the map that lead nowhere.
pub(super) fn missing_on_disk(tree: &Tree) -> Vec<String> {
    paths(&tree.map).filter(|path| !tree.root.join(path).exists()).map(str::to_owned).collect()
}

/// What stands in backticks and looks like a path from the checkout: `shared/src/cart.rs`, `www/shop/`, `Cargo.toml`.
fn paths(map: &str) -> impl Iterator<Item = &str> {
    map.split('`').skip(1).step_by(2).filter(|code| {
        let is_one_word = !code.contains(char::is_whitespace) && !code.is_empty();
        let is_plain = code.chars().all(|letter| letter.is_ascii_alphanumeric() || "/._-".contains(letter));
        let has_name =
            super::SOURCES.iter().any(|extension| code.ends_with(&format!(".{extension}"))) && !code.starts_with('.');
        is_one_word
            && is_plain
            && !code.starts_with('/')
            && (has_name || code.trim_end_matches('/').contains('/') || code.ends_with('/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_told_from_other_code() {
        let map = "`shared/src/cart.rs` folds; `www/shop/` and `Cargo.toml`; `cargo xtask test`, `/v1/boot`, `wasm`, `due <= now`";
        assert_eq!(paths(map).collect::<Vec<_>>(), ["shared/src/cart.rs", "www/shop/", "Cargo.toml"]);
    }

    #[test]
    fn a_file_that_the_map_forgot_is_found() {
        let tree =
            super::super::tree(&[("shared/src/cart.rs", ""), ("shared/src/money.rs", "")], "`shared/src/cart.rs`");
        assert_eq!(missing_in_map(&tree), ["shared/src/money.rs"]);
    }

    #[test]
    fn a_path_that_is_gone_is_found() {
        assert_eq!(missing_on_disk(&super::super::tree(&[], "see `shared/src/gone.rs`")), ["shared/src/gone.rs"]);
    }
}
