//! Finds the names that Rust code takes from its crate's root, such as `sending` in `use crate::sending::claim`.

/// A name of the crate's root and the number of the line that uses it, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    pub(super) name: String,
    pub(super) line: usize,
}

/// The names that a module's code takes by `crate::…`, or by as many `super::` as lead to the root; `depth` is the number of
/// names in the module's own path. Comments, texts and items under `#[cfg(test)]` do not count.
pub(super) fn of_root(text: &str, depth: usize) -> Vec<Import> {
    let code = without_tests(&without_comments(text));
    let mut imports = Vec::new();
    for (start, _) in code.match_indices("::") {
        let Some(before) = code.get(..start) else { continue };
        let is_root = match last_word(before) {
            // `pub(in crate::house)` says who may see a thing, not what it needs.
            "crate" => !before.trim_end_matches("crate").ends_with("in "),
            "super" => supers(before) == depth,
            _ => false,
        };
        if is_root {
            let names = first_names(&code, start + 2);
            imports.extend(names.into_iter().map(|(name, place)| Import { name, line: line_of(&code, place) }));
        }
    }
    imports
}

/// How many times `super` stands in the path that the text ends with.
fn supers(mut text: &str) -> usize {
    let mut count = 0;
    while last_word(text) == "super" {
        count += 1;
        text = text.trim_end_matches("super").trim_end_matches("::");
    }
    count
}

/// The identifier with which a text ends.
fn last_word(text: &str) -> &str {
    let start = text.char_indices().rev().find(|(_, letter)| !is_of_word(*letter));
    start.map_or(text, |(place, letter)| text.get(place + letter.len_utf8()..).unwrap_or_default())
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The first names of the path, or of each path of the group `{a::X, b}`, at a place of the code; with their places.
fn first_names(code: &str, start: usize) -> Vec<(String, usize)> {
    let rest = code.get(start..).unwrap_or_default();
    if !rest.starts_with('{') {
        return word_at(code, start).into_iter().collect();
    }
    let mut names = Vec::new();
    let mut depth = 0_u32;
    for (place, letter) in rest.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (place == 0 || letter == ',') {
            let spaces = rest.get(place + 1..).map_or(0, |rest| rest.len() - rest.trim_start().len());
            names.extend(word_at(code, start + place + 1 + spaces));
        }
    }
    names
}

/// The identifier that begins at a place.
fn word_at(code: &str, start: usize) -> Option<(String, usize)> {
    let word: String = code.get(start..)?.chars().take_while(|letter| is_of_word(*letter)).collect();
    (!word.is_empty()).then_some((word, start))
}

fn line_of(code: &str, place: usize) -> usize {
    code.get(..place).map_or(0, |before| before.matches('\n').count()) + 1
}

/// The code with spaces in place of comments and texts, so that offsets and lines stay the same.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let length = token(rest);
        let (skipped, after) = rest.split_at(length.unwrap_or(letter.len_utf8()));
        if length.is_some() {
            code.extend(skipped.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        } else {
            code.push(letter);
            // The `r` of `bar"…"` begins no raw text: a word is taken as a whole.
            let word = after.chars().take_while(|next| is_of_word(letter) && is_of_word(*next)).map(char::len_utf8);
            let (word, after) = after.split_at(word.sum());
            code.push_str(word);
            rest = after;
            continue;
        }
        rest = after;
    }
    code
}

/// The length of the comment, text or letter that the code begins with, if it begins with one.
fn token(code: &str) -> Option<usize> {
    let until = |from: usize, end: &str| {
        let found = code.get(from..).and_then(|rest| rest.find(end));
        Some(found.map_or(code.len(), |place| from + place + end.len()))
    };
    if code.starts_with("//") {
        return until(2, "\n").map(|length| if length < code.len() { length - 1 } else { length });
    }
    if code.starts_with("/*") {
        return until(2, "*/");
    }
    let raw =
        code.trim_start_matches('b').strip_prefix('r').map(|rest| rest.len() - rest.trim_start_matches('#').len());
    if let Some(marks) = raw {
        let start = code.find('r')? + 1 + marks;
        return if code.get(start..)?.starts_with('"') {
            until(start + 1, &format!("\"{}", "#".repeat(marks)))
        } else {
            None
        };
    }
    if code.starts_with('"') {
        return Some(quoted(code, '"'));
    }
    // A letter and not a lifetime: `'a'`, `'\n'`.
    let mut letters = code.strip_prefix('\'')?.chars();
    let (first, second) = (letters.next()?, letters.next()?);
    (first == '\\' || second == '\'').then(|| quoted(code, '\''))
}

/// The length of a quoted text with its quotes; a backslash takes the next letter along.
fn quoted(code: &str, quote: char) -> usize {
    let mut letters = code.char_indices().skip(1);
    while let Some((place, letter)) = letters.next() {
        if letter == '\\' {
            letters.next();
        } else if letter == quote {
            return place + 1;
        }
    }
    code.len()
}

/// The code, without comments and texts, with spaces for each item that only tests compile.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::with_capacity(code.len());
    let mut rest = code;
    while let Some((before, after)) = rest.split_once(MARK) {
        kept.push_str(before);
        let (item, after) = after.split_at(item_length(after));
        kept.extend(
            [MARK, item].iter().flat_map(|part| part.bytes()).map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
        );
        rest = after;
    }
    kept + rest
}

/// The length of an item: up to its semicolon, or up to the brace that closes its body.
fn item_length(code: &str) -> usize {
    let mut depth = 0_u32;
    for (place, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && matches!(letter, ';' | '}') {
            return place + 1;
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: &str, depth: usize, expected: &[(&str, usize)]) {
        let found = of_root(code, depth);
        let found: Vec<(&str, usize)> = found.iter().map(|import| (import.name.as_str(), import.line)).collect();
        assert_eq!(found, expected, "{code}");
    }

    #[test]
    fn paths_from_the_root_are_found_wherever_they_stand() {
        check("use crate::a::X;\nfn f() -> crate::b::Y { crate::c() }", 1, &[("a", 1), ("b", 2), ("c", 2)]);
        check("use crate::{\n    a::{X, self},\n    b,\n};", 1, &[("a", 2), ("b", 3)]);
        check("macro_rules! m { () => { $crate::a::X } }", 1, &[("a", 1)]);
    }

    #[test]
    fn super_counts_where_it_reaches_the_root() {
        check("use super::a::X;", 1, &[("a", 1)]);
        check("use super::a::X;", 2, &[]);
        check("use super::super::{a, b::X};", 2, &[("a", 1), ("b", 1)]);
    }

    #[test]
    fn visibility_comments_texts_and_letters_do_not_count() {
        check("pub(in crate::a) fn f() {}\npub(crate) fn g() {}", 1, &[]);
        check("//! [`crate::a`]\n// crate::a::X\n/* crate::a::X */ use crate::b;", 1, &[("b", 3)]);
        check("f(\"crate::a \\\" crate::a\"); g(r#\"\" crate::a::X\"#); crate::b();", 1, &[("b", 1)]);
        check("fn f<'a>(x: &'a str) { g('\"', '\\'', \"crate::a\"); crate::b(); }", 1, &[("b", 1)]);
        check("let bar = 1; for\"crate::a\"; crate::b();", 1, &[("b", 1)]);
    }

    #[test]
    fn items_of_tests_do_not_count() {
        let code =
            "#[cfg(test)]\nuse crate::a::{X, Y};\n#[cfg(test)]\nmod tests { fn f() { crate::a::g() } }\nuse crate::b;";
        check(code, 1, &[("b", 5)]);
    }
}
