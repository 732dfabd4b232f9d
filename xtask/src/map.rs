//! `cargo xtask map [word]`: the first line of each file, by room, as the tree stands now.
use std::fmt::Write as _;

use anyhow::{Result, ensure};

use crate::places::Places;
use crate::tidy::{Tree, rooms, summary};

/// Prints the files whose path or first line contains the word, ignoring case; without a word, every file.
pub(crate) fn run(places: &Places, word: Option<&str>) -> Result<()> {
    let text = map(&Tree::read(&places.root)?, word.unwrap_or_default());
    ensure!(!text.is_empty(), "no file has “{}” in its path or its first line", word.unwrap_or_default());
    print!("{text}");
    Ok(())
}

/// A heading for each room with its files below.
fn map(tree: &Tree, word: &str) -> String {
    let word = word.to_lowercase();
    let mut text = String::new();
    for (room, sources) in rooms(tree) {
        let lines = sources.iter().map(|source| format!("  {}: {}\n", source.path, summary(source)));
        let found: String = lines.filter(|line| line.to_lowercase().contains(&word)).collect();
        if !found.is_empty() {
            let distance = if text.is_empty() { "" } else { "\n" };
            let _ = write!(text, "{distance}{room}\n{found}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree;

    #[test]
    fn files_are_listed_by_room_and_found_by_word() {
        let files = [
            ("edge/sql/cart.sql", "-- Reads a Cart.\nSELECT 1"),
            ("edge/src/house/cron.rs", "//! Cron.\n"),
            ("www/shop/cart.html", "<!doctype html>\n<!-- The page. -->"),
            ("www/shop/shop.css", "/* The look. */"),
        ];
        let tree = tree(&files, "");
        let all = "edge/sql\n  edge/sql/cart.sql: Reads a Cart.\n\nedge/src/house\n  edge/src/house/cron.rs: Cron.\n\n\
                   www/shop\n  www/shop/cart.html: The page.\n  www/shop/shop.css: The look.\n";
        assert_eq!(map(&tree, ""), all);
        let carts = "edge/sql\n  edge/sql/cart.sql: Reads a Cart.\n\nwww/shop\n  www/shop/cart.html: The page.\n";
        assert_eq!(map(&tree, "CART"), carts);
        assert_eq!(map(&tree, "elsewhere"), "");
    }
}
