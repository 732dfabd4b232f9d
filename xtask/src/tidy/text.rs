//! Rules about the text of a file: its first line, its length, and words that must not stand in it.
use super::{Source, Tree};

/// How a first line begins, by extension; files with other extensions need none.
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

/// The most lines of a file with one of these extensions.
const MOST_LINES: usize = 500;
const COUNTED: [&str; 5] = ["rs", "sql", "js", "mjs", "cjs"];

/// The code that is shipped; tests and tools may look things up in their own words.
const SHIPPED: [&str; 3] = ["shared/src/", "tracker/", "edge/src/"];

/// How statements begin.
const STATEMENTS: [&str; 7] =
    ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM", "\"CREATE ", "\"WITH ", "\"PRAGMA "];

/// Whether a file must open with a line that says what it is.
pub(super) fn has_opening(source: &Source) -> bool {
    OPENINGS.iter().any(|(extension, _)| source.extension() == *extension)
}

/// A file's first line (after a doctype) without the marks of a comment; empty if that line is no comment.
pub(crate) fn summary(source: &Source) -> &str {
    let openings =
        OPENINGS.iter().find(|(extension, _)| source.extension() == *extension).map(|(_, openings)| openings);
    let mut openings = openings.into_iter().flat_map(|openings| openings.iter());
    let said = openings.find_map(|opening| first_line(source).strip_prefix(opening)).unwrap_or_default();
    said.trim_end_matches("-->").trim_end_matches("*/").trim()
}

/// Files whose first line is not a whole sentence in a comment.
pub(super) fn without_opening(tree: &Tree) -> Vec<String> {
    let is_whole = |source: &&Source| summary(source).ends_with(['.', ':', '?']);
    let wrong = tree.sources.iter().filter(|source| has_opening(source) && !is_whole(source));
    let why = |source: &Source| if summary(source).is_empty() { "says nothing" } else { "goes on in a second line" };
    wrong.map(|source| format!("{} {}", source.path, why(source))).collect()
}

/// Files that are more than one thought by their number of lines.
pub(super) fn too_many_lines(tree: &Tree) -> Vec<String> {
    let counted = tree.those(&[""], &COUNTED).map(|source| (&source.path, source.text.lines().count()));
    counted.filter(|(_, lines)| *lines > MOST_LINES).map(|(path, lines)| format!("{path} has {lines} lines")).collect()
}

/// Paths that the compiler writes into a program: a copied checkout would go on using the files of the first.
pub(super) fn compiled_in(tree: &Tree) -> Vec<String> {
    // Written in pieces, or this file would be its own offence.
    let marks = [concat!("env!(\"CARGO_", "MANIFEST_DIR"), concat!("env!(\"CARGO_", "BIN_EXE")];
    lines(tree, &["rs"], |line| marks.iter().any(|mark| line.contains(mark)))
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
    // HTML's doctype has to come first; the line that says what the file is follows it.
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
    fn a_file_without_a_first_line_of_its_own_is_found() {
        let found = without_opening(&tree(
            &[
                ("a.rs", "//! A room.\n"),
                ("b.rs", "use x;\n"),
                ("c.html", "<!doctype html>\n<!-- A page. -->"),
                ("d.sql", "SELECT 1"),
                ("e.css", "/* The look. */\n"),
                ("f.sql", "-- Reads a cart, and\n-- its lines.\n"),
                ("g.toml", "[package]"),
            ],
            "",
        ));
        assert_eq!(found, ["b.rs says nothing", "d.sql says nothing", "f.sql goes on in a second line"]);
    }

    #[test]
    fn code_past_500_lines_is_found() {
        let (most, more) = ("\n".repeat(MOST_LINES), "\n".repeat(MOST_LINES + 1));
        let files = [("a.rs", most.as_str()), ("b.sql", more.as_str()), ("c.html", more.as_str())];
        assert_eq!(too_many_lines(&tree(&files, "")), ["b.sql has 501 lines"]);
    }

    #[test]
    fn a_path_that_is_compiled_in_is_found() {
        let code = concat!("let root = Path::new(env!(\"CARGO_", "MANIFEST_DIR\"));");
        let at_run_time = concat!("let root = env::var(\"CARGO_", "MANIFEST_DIR\");");
        assert_eq!(compiled_in(&tree(&[("a.rs", code), ("b.rs", at_run_time)], "")).len(), 1);
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
