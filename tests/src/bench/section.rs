//! `docs/benchmarks.md`: each benchmark writes a section of its own and leaves the others as they are.
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Replaces the section of this benchmark, or adds it at the end.
pub(super) fn put(root: &Path, name: &str, text: &str) -> Result<()> {
    let path = root.join("docs/benchmarks.md");
    let page = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    fs::write(&path, replaced(&page, name, text))?;
    Ok(())
}

fn replaced(page: &str, name: &str, text: &str) -> String {
    let (begin, end) = (format!("<!-- cargo xtask bench {name} -->\n"), format!("<!-- end of bench {name} -->\n"));
    let (before, rest) = page.split_once(&begin).unwrap_or((page, ""));
    let after = rest.split_once(&end).map_or(rest, |(_, after)| after);
    let gap = if rest.is_empty() { "\n" } else { "" };
    format!("{before}{gap}{begin}{}\n{end}{after}", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_added_once_and_replaced_from_then_on() {
        let first = replaced("# Benchmarks\n", "start", "## Start\n\none\n");
        let both = replaced(&first, "tracker", "## Tracker\n");
        let again = replaced(&both, "start", "## Start\n\ntwo\n");
        assert_eq!(
            again,
            "# Benchmarks\n\n<!-- cargo xtask bench start -->\n## Start\n\ntwo\n<!-- end of bench start -->\n\
             \n<!-- cargo xtask bench tracker -->\n## Tracker\n<!-- end of bench tracker -->\n"
        );
    }
}
