//! Compiles the MJML blocks of the mails into the HTML templates that the Worker carries.
//!
//! MJML knows the tables that Outlook needs and the widths that phones need; the Worker only fills in
//! slots. The compiled files are committed, so nothing but this command compiles MJML, and a test says
//! when they are out of date.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use mrml::prelude::render::RenderOptions;

/// The folder of the sources; the compiled templates lie in a folder below it.
const SOURCES: &str = "edge/mail";
const COMPILED: &str = "edge/mail/compiled";

/// The frame's mark for the place of the blocks.
const BLOCKS_MARK: &str = "<!-- blocks -->";

/// The blocks of a mail; the frame's style sheet is compiled for all of them together.
const BLOCKS: [&str; 6] = ["brand", "opening", "items", "action", "help", "footer"];

/// Compiles `edge/mail/*.mjml` into `edge/mail/compiled/*.html`.
///
/// With `check` nothing is written, and a compiled file that differs from its source is an error.
pub(crate) fn compile(root: &Path, check: bool) -> anyhow::Result<()> {
    let mut stale = Vec::new();
    for (name, html) in compiled(&root.join(SOURCES))? {
        let path = root.join(COMPILED).join(format!("{name}.html"));
        if fs::read_to_string(&path).is_ok_and(|present| present == html) {
            continue;
        }
        stale.push(format!("{COMPILED}/{name}.html"));
        if !check {
            fs::create_dir_all(root.join(COMPILED))?;
            fs::write(&path, html).with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    if check && !stale.is_empty() {
        bail!("{} no longer match their MJML sources; run `cargo xtask mail` and commit the result", stale.join(", "));
    }
    Ok(())
}

/// The compiled templates by name, the frame first.
pub(crate) fn compiled(sources: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
    let mut body = String::new();
    for name in BLOCKS {
        let block = source(sources, name)?;
        for piece in ["<mj-raw>", &begin(name), "</mj-raw>", &block, "<mj-raw>", &end(name), "</mj-raw>"] {
            body.push_str(piece);
        }
    }
    let frame = source(sources, "frame")?;
    ensure!(frame.contains(BLOCKS_MARK), "frame.mjml has no `{BLOCKS_MARK}`");

    let parsed = mrml::parse(frame.replace(BLOCKS_MARK, &body)).context("the MJML sources do not parse")?;
    ensure!(parsed.warnings.is_empty(), "the MJML sources have mistakes: {:?}", parsed.warnings);
    // Without its list of fonts, mrml adds no link to a stranger's font server (it would for Roboto).
    let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
    let whole = parsed.element.render(&options).context("the MJML sources do not render")?;

    let mut templates = vec![("frame", String::new())];
    let mut around = String::new();
    let mut rest = whole.as_str();
    for name in BLOCKS {
        let (before, after) = rest.split_once(&begin(name)).with_context(|| format!("block {name} got lost"))?;
        let (block, behind) = after.split_once(&end(name)).with_context(|| format!("block {name} got lost"))?;
        around.push_str(before);
        templates.push((name, room(name, block)));
        if around.contains("{{body}}") {
            ensure!(before.is_empty(), "text between the blocks before {name}");
        } else {
            around.push_str("{{body}}");
        }
        rest = behind;
    }
    around.push_str(rest);
    if let Some(frame) = templates.first_mut() {
        frame.1 = room("frame", &around);
    }
    Ok(templates)
}

/// A source without its first line, which says what the file is.
fn source(sources: &Path, name: &str) -> anyhow::Result<String> {
    let path = sources.join(format!("{name}.mjml"));
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let (first, mjml) = text.split_once('\n').unwrap_or_default();
    ensure!(first.starts_with("<!-- "), "{} does not open with a line that says what it is", path.display());
    Ok(mjml.to_owned())
}

/// A compiled file: its first line, then one line of HTML. The Worker drops the first line.
fn room(name: &str, html: &str) -> String {
    format!("<!-- Made from edge/mail/{name}.mjml by `cargo xtask mail`; edit that file. -->\n{}\n", squeezed(html))
}

/// Removes the line ends and indentation of the sources: between tags entirely, elsewhere one space is left.
fn squeezed(html: &str) -> String {
    html.lines().map(str::trim).filter(|line| !line.is_empty()).fold(String::new(), |mut out, line| {
        let is_seam = out.is_empty() || out.ends_with(['>', '}', '{', ';']) || line.starts_with(['<', '{', '}']);
        if !is_seam {
            out.push(' ');
        }
        out.push_str(line);
        out
    })
}

fn begin(name: &str) -> String {
    format!("<!-- begin {name} -->")
}

fn end(name: &str) -> String {
    format!("<!-- end {name} -->")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compiled_mails_match_their_sources() {
        let root = crate::places::Places::find().unwrap().root;
        compile(&root, true).unwrap();
    }

    #[test]
    fn line_ends_vanish_between_tags_and_become_a_space_in_text() {
        let check = |html: &str, expected: &str| assert_eq!(squeezed(html), expected);
        check("<p>\n  a\n  b\n</p>\n", "<p>a b</p>");
        check("a {\n  b: c;\n}\n", "a {b: c;}");
        check("{{#lines}}\n  <tr>\n{{/lines}}", "{{#lines}}<tr>{{/lines}}");
    }
}
