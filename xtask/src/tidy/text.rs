//! Rules about the text of a file: its first line, its length, and what must not stand in it.
use super::{Source, Tree};

/// How a first line begins, by extension.
const OPENINGS: [(&str, &[&str]); 9] = [
    ("rs", &["//! "]),
    ("js", &["// ", "/* "]),
    ("mjs", &["// "]),
    ("cjs", &["// "]),
    ("css", &["/* "]),
    ("sql", &["-- "]),
    ("mjml", &["<!-- "]),
    ("html", &["<!-- "]),
    ("jsonc", &["// "]),
];

/// Files past this many bytes are more than one thought, unless their first line gives the reason after *because*.
const LONGEST: usize = 25 * 1024;

/// What is shipped; tests and tools may look things up in their own words.
const SHIPPED: [&str; 3] = ["shared/src/", "tracker/", "edge/src/"];

/// How statements begin.
const STATEMENTS: [&str; 7] =
    ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM", "\"CREATE ", "\"WITH ", "\"PRAGMA "];

/// Files whose first line (after a doctype) is no room line.
pub(super) fn rooms(tree: &Tree) -> Vec<String> {
    let wrong = tree.sources.iter().filter(|source| {
        let Some((_, openings)) = OPENINGS.iter().find(|(extension, _)| source.extension() == *extension) else {
            return false;
        };
        !openings.iter().any(|opening| first_line(source).starts_with(opening))
    });
    wrong.map(|source| source.path.clone()).collect()
}

/// Notes to oneself and code that only pretends.
pub(super) fn left_undone(tree: &Tree) -> Vec<String> {
    // Written in pieces, or this file would be its own offence.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("unimplemented", "!(")];
    lines(tree, &super::SOURCES, |line| marks.iter().any(|mark| line.contains(mark)))
}

/// Statements in the code of shipped crates; their test modules may ask in their own words too.
pub(super) fn sql_in_rust(tree: &Tree) -> Vec<String> {
    let mut offences = Vec::new();
    for source in tree.those(&SHIPPED, &["rs"]) {
        if source.path.split('/').any(|part| matches!(part, "tests" | "tests.rs")) {
            continue;
        }
        let code = source.text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        for (number, line) in (1..).zip(code.lines()) {
            if STATEMENTS.iter().any(|statement| line.contains(statement)) {
                offences.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    offences
}

/// Long files without a reason.
pub(super) fn too_long(tree: &Tree) -> Vec<String> {
    let long =
        tree.sources.iter().filter(|source| source.text.len() > LONGEST && !first_line(source).contains("because"));
    long.map(|source| format!("{} has {} bytes", source.path, source.text.len())).collect()
}

/// `#[allow]`, and `#[expect]` without its reason.
pub(super) fn silenced(tree: &Tree) -> Vec<String> {
    let mut offences = lines(tree, &["rs"], |line| line.trim_start().starts_with(concat!("#[al", "low(")));
    for source in tree.those(&[""], &["rs"]) {
        for (before, part) in
            source.text.split(concat!("[exp", "ect(")).skip(1).zip(1..).map(|(part, index)| (index, part))
        {
            let attribute = part.split(")]").next().unwrap_or_default();
            if !attribute.contains("reason") {
                offences.push(format!("{}: expectation {before} gives no reason", source.path));
            }
        }
    }
    offences
}

fn first_line(source: &Source) -> &str {
    let mut lines = source.text.lines();
    let first = lines.next().unwrap_or_default();
    // HTML's doctype has to come first; the room line follows it.
    if first.to_ascii_lowercase().starts_with("<!doctype") { lines.next().unwrap_or_default() } else { first }
}

fn lines(tree: &Tree, extensions: &[&str], is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let mut offences = Vec::new();
    for source in tree.those(&[""], extensions) {
        for (number, line) in (1..).zip(source.text.lines()) {
            if is_wrong(line) {
                offences.push(format!("{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    offences
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn a_file_without_its_room_line_is_found() {
        let found = rooms(&tree(
            &[
                ("a.rs", "//! A room.\n"),
                ("b.rs", "use x;\n"),
                ("c.html", "<!doctype html>\n<!-- A page. -->"),
                ("d.sql", "SELECT 1"),
            ],
            "",
        ));
        assert_eq!(found, ["b.rs", "d.sql"]);
    }

    #[test]
    fn statements_are_found_in_shipped_code_only() {
        let text = concat!("let rows = run(\"SEL", "ECT 1\");");
        let in_tests = format!("//! x\n#[cfg(test)]\nmod tests {{\n{text}\n}}");
        let files = [
            ("edge/src/x.rs", text),
            ("edge/src/y.rs", in_tests.as_str()),
            ("edge/src/x/tests.rs", text),
            ("tests/src/x.rs", text),
        ];
        let found = sql_in_rust(&tree(&files, ""));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_long_file_needs_a_reason() {
        let long = "x".repeat(LONGEST + 1);
        let reason = format!("//! Long because it is a table.\n{long}");
        assert_eq!(too_long(&tree(&[("a.rs", &long), ("b.rs", &reason)], "")).len(), 1);
    }

    #[test]
    fn a_silenced_lint_needs_a_reason() {
        let with = concat!("#[exp", "ect(x, reason = \"why\")]");
        let without = concat!("#[exp", "ect(x)]");
        assert_eq!(silenced(&tree(&[("a.rs", with), ("b.rs", without)], "")).len(), 1);
    }
}
