//! `cargo xtask tidy`: the map of rooms against the tree, and the house rules that a compiler does not check.
pub(crate) mod bindings;
mod circles;
mod imports;
mod rooms;
mod text;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

pub(crate) use rooms::rooms;
pub(crate) use text::summary;

use crate::places::Places;
use crate::test::Tally;

/// Folders that are made, not written. A killed wrangler leaves its part of `edge/.wrangler` for a later one to sweep.
const MADE: [&str; 7] =
    [".git", ".wrangler", "target", "node_modules", "edge/build", "edge/.wrangler", "edge/mail/compiled"];

/// The extensions of source files.
const SOURCES: [&str; 10] = ["rs", "js", "mjs", "cjs", "css", "sql", "mjml", "html", "jsonc", "toml"];

/// A file of the tree that is source.
pub(crate) struct Source {
    /// Its path from the checkout, with `/`.
    pub(crate) path: String,
    text: String,
}

/// A rule: its name and the offences it finds, each a line that names the file.
type Rule = (&'static str, fn(&Tree) -> Vec<String>);

const RULES: [Rule; 14] = [
    ("each room has a paragraph in docs/ARCHITECTURE.md", rooms::without_paragraph),
    ("each path in docs/ARCHITECTURE.md exists", rooms::missing_on_disk),
    ("docs/ARCHITECTURE.md has at most 200 lines", rooms::long_map),
    ("edge/src has at most ten rooms", rooms::too_many),
    ("no circle leads from a room of edge/src back to it", circles::circles),
    ("each file opens with one line that says what it is", text::without_opening),
    ("no file of Rust, SQL or JavaScript has more than 500 lines", text::too_many_lines),
    ("no path of a checkout is compiled in", text::compiled_in),
    ("nothing is left to be done later", text::left_undone),
    ("SQL lies in .sql files", text::sql_in_rust),
    ("a file past 25 KB says why in its first line", text::too_long),
    ("no lint is silenced without a reason", text::silenced),
    ("bindings are called the same in wrangler.jsonc and in edge", bindings::differing),
    ("dependencies are locked and name no registry host", bindings::unlocked),
];

/// The files that the rules look at, read once.
pub(crate) struct Tree {
    sources: Vec<Source>,
    map: String,
    root: std::path::PathBuf,
}

/// Prints every rule with its offences; an error when there are any.
pub(crate) fn run(places: &Places) -> Result<()> {
    if check(places)?.failed > 0 {
        bail!("the tree is not tidy");
    }
    Ok(())
}

/// Counts the rules that hold.
pub(crate) fn check(places: &Places) -> Result<Tally> {
    let tree = Tree::read(&places.root)?;
    let mut tally = Tally::default();
    for (name, rule) in RULES {
        let offences = rule(&tree);
        println!("{} {name}", if offences.is_empty() { "ok    " } else { "BROKEN" });
        for offence in &offences {
            println!("         {offence}");
        }
        tally.count(offences.is_empty());
    }
    Ok(tally)
}

impl Tree {
    /// Reads the checkout.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut sources = Vec::new();
        collect(root, root, &mut sources)?;
        sources.sort_by(|one, other| one.path.cmp(&other.path));
        // A missing map is told by the rules: then every room is missing in it.
        let map = fs::read_to_string(root.join("docs/ARCHITECTURE.md")).unwrap_or_default();
        Ok(Self { sources, map, root: root.to_path_buf() })
    }

    /// The sources with one of these extensions below one of these folders (`""` for anywhere).
    fn those<'tree>(
        &'tree self,
        folders: &'tree [&str],
        extensions: &'tree [&str],
    ) -> impl Iterator<Item = &'tree Source> {
        self.sources.iter().filter(|source| {
            folders.iter().any(|folder| source.path.starts_with(folder)) && extensions.contains(&source.extension())
        })
    }
}

impl Source {
    fn extension(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
        let path = entry?.path();
        let shown = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
        if MADE.contains(&shown.as_str()) || path.is_symlink() {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, sources)?;
        } else if path.extension().is_some_and(|found| SOURCES.iter().any(|known| found == *known)) {
            let text = fs::read_to_string(&path).with_context(|| format!("{shown} is no text"))?;
            sources.push(Source { path: shown, text });
        }
    }
    Ok(())
}

/// A made-up tree of paths and texts, with the text of its map.
#[cfg(test)]
pub(crate) fn tree(files: &[(&str, &str)], map: &str) -> Tree {
    let source = |(path, text): &(&str, &str)| Source { path: (*path).to_owned(), text: (*text).to_owned() };
    Tree {
        sources: files.iter().map(source).collect(),
        map: map.to_owned(),
        root: std::path::PathBuf::from("/nowhere"),
    }
}
