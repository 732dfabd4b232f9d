//! Rules about `docs/ARCHITECTURE.md`: each room of the tree has its paragraph there, and each path it names exists.
use std::collections::{BTreeMap, BTreeSet};

use super::{Source, Tree};

/// The folder whose own folders are rooms; elsewhere a room lies two folders deep or is a package inside a package.
pub(super) const FLOW: &str = "edge/src";
/// The most rooms that a newcomer takes in at a glance.
const MOST_ROOMS: usize = 10;
/// The most lines of a map that somebody reads before opening a file.
const MOST_LINES: usize = 200;
/// The fewest letters of a paragraph that says something.
const FEWEST_LETTERS: usize = 40;

/// The files that have a first line of their own, by the path of their room. `""` is the room of files beside
/// `Cargo.toml`; loose files of a folder that has rooms below it stand under the folder itself (`edge/src`, `www`).
pub(crate) fn rooms(tree: &Tree) -> BTreeMap<&str, Vec<&Source>> {
    let folders = |source: &'_ Source| source.path.matches('/').count();
    let manifests = tree.sources.iter().filter(|source| source.path.ends_with("/Cargo.toml"));
    let packages: Vec<&str> = manifests
        .filter(|source| folders(source) > 1)
        .filter_map(|source| source.path.strip_suffix("/Cargo.toml"))
        .collect();
    let mut rooms: BTreeMap<&str, Vec<&Source>> = BTreeMap::new();
    for source in tree.sources.iter().filter(|source| super::text::has_opening(source)) {
        let package = packages.iter().find(|package| is_below(&source.path, package));
        let room = package.copied().unwrap_or_else(|| room_by_place(tree, &source.path));
        rooms.entry(room).or_default().push(source);
    }
    rooms
}

/// The room of a file that belongs to no package inside a package.
fn room_by_place<'tree>(tree: &'tree Tree, path: &'tree str) -> &'tree str {
    let depth = if is_below(path, FLOW) { 3 } else { 2 };
    if let Some((end, _)) = path.match_indices('/').nth(depth - 1) {
        return path.get(..end).unwrap_or_default();
    }
    // `edge/src/boot.rs` is the opening of `edge/src/boot/`, where there is such a folder.
    let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
    if depth == 3 && tree.sources.iter().any(|source| is_below(&source.path, stem)) {
        return stem;
    }
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Rooms without a paragraph in the map. A paragraph begins its line with the room's path in backticks, after marks of a
/// heading, a list, a table or bold print: ``- `edge/sql`: …``, ``### `www/shop` ``.
pub(super) fn without_paragraph(tree: &Tree) -> Vec<String> {
    let is_demanded = |room: &&str| room.contains('/') && *room != FLOW;
    let missing = rooms(tree).into_keys().filter(is_demanded).filter(|room| !has_paragraph(&tree.map, room));
    missing
        .map(|room| {
            format!("{room} needs a line that begins with `{room}` and {FEWEST_LETTERS} letters or more about it")
        })
        .collect()
}

fn has_paragraph(map: &str, room: &str) -> bool {
    let mut lines = map.lines();
    while let Some(line) = lines.next() {
        let Some(rest) = opened_path(line).filter(|(path, _)| *path == room).map(|(_, rest)| rest) else { continue };
        let following = lines.clone().take_while(|line| !line.starts_with('#') && opened_path(line).is_none());
        let letters = rest.chars().chain(following.flat_map(str::chars)).filter(|letter| letter.is_alphabetic());
        if letters.count() >= FEWEST_LETTERS {
            return true;
        }
    }
    false
}

/// The path in backticks with which a line begins, and what follows it.
fn opened_path(line: &str) -> Option<(&str, &str)> {
    let (path, rest) = line.trim_start_matches(['#', '-', '*', '|', ' ']).strip_prefix('`')?.split_once('`')?;
    Some((path.trim_end_matches('/'), rest))
}

/// Paths of the map that lead nowhere.
pub(super) fn missing_on_disk(tree: &Tree) -> Vec<String> {
    paths(&tree.map).filter(|path| !tree.root.join(path).exists()).map(str::to_owned).collect()
}

/// A map that nobody reads to its end.
pub(super) fn long_map(tree: &Tree) -> Vec<String> {
    let lines = tree.map.lines().count();
    (lines > MOST_LINES).then(|| format!("docs/ARCHITECTURE.md has {lines} lines")).into_iter().collect()
}

/// More folders side by side than show the flow.
pub(super) fn too_many(tree: &Tree) -> Vec<String> {
    let rooms: BTreeSet<&str> = rooms(tree).into_keys().filter(|room| is_below(room, FLOW)).collect();
    let names = || rooms.iter().filter_map(|room| room.rsplit('/').next()).collect::<Vec<_>>().join(", ");
    (rooms.len() > MOST_ROOMS).then(|| format!("{FLOW} has {}: {}", rooms.len(), names())).into_iter().collect()
}

/// Words in backticks that look like a path from the checkout: `shared/src/cart.rs`, `www/shop/`, `Cargo.toml`.
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
    use super::super::tree;
    use super::*;

    #[test]
    fn rooms_follow_from_the_folders_and_packages() {
        let files = [
            ("Cargo.toml", ""),
            ("edge/Cargo.toml", ""),
            ("edge/build.rs", ""),
            ("edge/sql/cart.sql", ""),
            ("edge/src/boot.rs", ""),
            ("edge/src/boot/wording.rs", ""),
            ("edge/src/lib.rs", ""),
            ("edge/src/sending/providers/resend.rs", ""),
            ("tests/Cargo.toml", ""),
            ("tests/simulation/Cargo.toml", ""),
            ("tests/simulation/src/run.rs", ""),
            ("tests/src/stack/worker.rs", ""),
            ("www/cartwake.js", ""),
            ("www/shop/modules/cart.js", ""),
        ];
        let tree = tree(&files, "");
        let found = rooms(&tree);
        let shown: Vec<(&str, usize)> = found.iter().map(|(room, files)| (*room, files.len())).collect();
        let expected = [
            ("edge", 1),
            ("edge/sql", 1),
            ("edge/src", 1),
            ("edge/src/boot", 2),
            ("edge/src/sending", 1),
            ("tests/simulation", 1),
            ("tests/src", 1),
            ("www", 1),
            ("www/shop", 1),
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn each_room_needs_a_paragraph_of_its_own() {
        let says = "holds the statements of the database, each with the index that it uses.";
        let files = [("edge/sql/a.sql", ""), ("edge/src/lib.rs", ""), ("www/shop/a.js", ""), ("www/cartwake.js", "")];
        let missing = |map: &str| {
            let offences = without_paragraph(&tree(&files, map));
            offences.iter().filter_map(|offence| offence.split(' ').next()).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(missing(&format!("- **`edge/sql`** {says}\n### `www/shop/`\n\nThis room {says}")), [""; 0]);
        assert_eq!(missing(&format!("| `edge/sql` | {says} |\nSee `www/shop`, which {says}")), ["www/shop"]);
        assert_eq!(missing(&format!("`edge/sql`\n`www/shop` {says}")), ["edge/sql"]);
    }

    #[test]
    fn at_most_ten_rooms_lie_side_by_side() {
        let paths: Vec<String> = (0..11).map(|number| format!("{FLOW}/room{number}/file.rs")).collect();
        let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "")).collect();
        assert_eq!(too_many(&tree(&files, "")).len(), 1);
        assert_eq!(too_many(&tree(files.get(1..).unwrap(), "")).len(), 0);
    }

    #[test]
    fn a_map_past_200_lines_is_found() {
        assert_eq!(long_map(&tree(&[], &"line\n".repeat(200))).len(), 0);
        assert_eq!(long_map(&tree(&[], &"line\n".repeat(201))), ["docs/ARCHITECTURE.md has 201 lines"]);
    }

    #[test]
    fn paths_are_told_from_other_code() {
        let map = "`shared/src/cart.rs` folds; `www/shop/` and `Cargo.toml`; `cargo xtask test`, `/v1/boot`, `wasm`, `due <= now`";
        assert_eq!(paths(map).collect::<Vec<_>>(), ["shared/src/cart.rs", "www/shop/", "Cargo.toml"]);
    }

    #[test]
    fn a_path_that_is_gone_is_found() {
        assert_eq!(missing_on_disk(&tree(&[], "see `shared/src/gone.rs`")), ["shared/src/gone.rs"]);
    }
}
