//! The rule that no room of `edge/src` depends on a room that depends on it, directly or by way of others.
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;

use super::imports;
use super::rooms::FLOW;
use super::{Source, Tree};

/// The lines by which one room names another, by the pair of rooms.
type Graph = BTreeMap<(String, String), Vec<String>>;

/// Circles of rooms, each with a line of code for each of its steps, the shortest first. A circle that shares a step with
/// a reported one is only counted, since it often disappears with that step.
pub(super) fn circles(tree: &Tree) -> Vec<String> {
    let graph = graph(tree);
    let mut circles = BTreeSet::new();
    for (from, to) in graph.keys() {
        let Some(mut circle) = shortest(&graph, to, from) else { continue };
        // The same circle is found from each of its rooms: it is kept once, beginning with the first room by name.
        let first = circle.iter().enumerate().min_by_key(|(_, room)| *room).map_or(0, |(place, _)| place);
        circle.rotate_left(first);
        circles.insert((circle.len(), circle));
    }
    let (mut told, mut steps_told, mut others) = (Vec::new(), BTreeSet::new(), 0);
    for (_, circle) in &circles {
        let steps: Vec<_> = steps(circle).collect();
        if steps.iter().any(|step| steps_told.contains(step)) {
            others += 1;
        } else {
            steps_told.extend(steps);
            told.push(shown(&graph, circle));
        }
    }
    if others > 0 {
        told.push(format!("and {others} more that share a step with one of these"));
    }
    told
}

/// Each room of a circle with the one after it.
fn steps(circle: &[String]) -> impl Iterator<Item = (&String, &String)> {
    circle.iter().zip(circle.iter().cycle().skip(1))
}

/// The names of the rooms in a circle, and below them one line of code for each step.
fn shown(graph: &Graph, circle: &[String]) -> String {
    let mut text = circle.join(" → ");
    for (from, to) in steps(circle) {
        let lines = graph.get(&(from.clone(), to.clone())).map_or(&[][..], Vec::as_slice);
        let more = if lines.len() > 1 { format!(" (and {} more)", lines.len() - 1) } else { String::new() };
        let line = lines.first().map_or("", String::as_str);
        let _ = write!(text, "\n           {from} → {to}: {line}{more}");
    }
    text
}

/// The shortest way from one room to another, both included; breadth first.
fn shortest(graph: &Graph, from: &str, to: &str) -> Option<Vec<String>> {
    let mut ways = VecDeque::from([vec![from.to_owned()]]);
    let mut seen = BTreeSet::from([from]);
    while let Some(way) = ways.pop_front() {
        let room = way.last()?;
        if room == to {
            return Some(way);
        }
        for (_, next) in graph.keys().filter(|(start, _)| start == room) {
            if seen.insert(next) {
                ways.push_back([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}

fn graph(tree: &Tree) -> Graph {
    let sources: Vec<(&Source, Vec<&str>)> =
        tree.those(&[FLOW], &["rs"]).filter_map(|source| Some((source, module(&source.path)?))).collect();
    let rooms: BTreeSet<&str> = sources.iter().filter_map(|(_, module)| module.first().copied()).collect();
    let mut graph = Graph::new();
    for (source, module) in &sources {
        let Some(own) = module.first() else { continue };
        for import in imports::of_root(&source.text, module.len()) {
            if import.name != *own && rooms.contains(import.name.as_str()) {
                let line = source.text.lines().nth(import.line - 1).unwrap_or_default().trim();
                let evidence = format!("{}:{}: {line}", source.path, import.line);
                graph.entry(((*own).to_owned(), import.name)).or_default().push(evidence);
            }
        }
    }
    graph
}

/// The module of a file by its names from the crate's root; nothing for files that only tests compile.
fn module(path: &str) -> Option<Vec<&str>> {
    let path = path.strip_prefix(FLOW)?.strip_prefix('/')?.strip_suffix(".rs")?;
    let mut names: Vec<&str> = path.split('/').collect();
    if names.contains(&"tests") {
        return None;
    }
    if names.last().is_some_and(|name| matches!(*name, "mod" | "lib")) {
        names.pop();
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let found = circles(&tree(files, ""));
        assert_eq!(found, expected, "{files:?}");
    }

    #[test]
    fn two_rooms_that_name_each_other_are_found_with_both_lines() {
        check(
            &[
                ("edge/src/lib.rs", "pub mod house;\npub mod sending;\n"),
                ("edge/src/house/cron.rs", "//! Cron.\nuse crate::sending::claim;\n"),
                ("edge/src/sending.rs", "pub mod claim;\n"),
                (
                    "edge/src/sending/claim.rs",
                    "fn a() {\n    crate::house::cron::now();\n    crate::house::then();\n}\n",
                ),
            ],
            &["house → sending\n           house → sending: edge/src/house/cron.rs:2: use crate::sending::claim;\
               \n           sending → house: edge/src/sending/claim.rs:2: crate::house::cron::now(); (and 1 more)"],
        );
    }

    #[test]
    fn a_longer_circle_is_told_once() {
        let files = [
            ("edge/src/a.rs", "use crate::b::X;"),
            ("edge/src/b.rs", "use super::c::X;"),
            ("edge/src/c/mod.rs", "use super::a::X;"),
            ("edge/src/d.rs", "use crate::{a, b, c};"),
        ];
        let found = circles(&tree(&files, ""));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().all(|circle| circle.starts_with("a → b → c\n")), "{found:?}");
    }

    #[test]
    fn one_way_and_tests_make_no_circle() {
        let test = "#[cfg(test)]\nmod tests {\n    use crate::a::X;\n}\n";
        check(
            &[
                ("edge/src/a.rs", "use crate::b::X;\nuse crate::a::inner::Y;\n"),
                ("edge/src/b.rs", test),
                ("edge/src/b/tests.rs", "use crate::a::X;"),
                (
                    "edge/src/b/part.rs",
                    "use super::Z; // crate::a::X\n/// [`crate::a`]\nconst A: &str = \"crate::a::X\";",
                ),
                ("shared/src/b.rs", "use crate::a::X;"),
            ],
            &[],
        );
    }
}
