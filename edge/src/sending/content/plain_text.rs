//! The plain-text part: the same words and links, laid out for a window of 72 columns.

use cartwake_shared::template::{is_web_address, push_plain};

use super::{Content, LONGEST_NAME, MOST_COUNTED, MOST_ROWS, Said, price, shortened, words};

/// Columns of a line. RFC 3676 advises 72, so that a few quotations of a reply still fit into 80.
const COLUMNS: usize = 72;

const RULE: &str = "----------------------------------------";

/// Lays the reminder out as plain text.
pub(super) fn render(content: &Content<'_>, said: &Said) -> String {
    let wording = said.wording;
    let mut page = Page::default();
    page.paragraph("", "", &said.headline);
    page.gap();
    page.paragraph("", "", &said.intro);
    page.gap();

    for line in content.lines.iter().take(MOST_ROWS) {
        let name = shortened(line.name, LONGEST_NAME);
        let price = price(wording, line);
        let dash = if price.is_empty() { "" } else { " – " };
        let times = if line.quantity > MOST_COUNTED { String::new() } else { format!("{} × ", line.quantity) };
        page.paragraph("  ", "    ", &format!("{times}{name}{dash}{price}"));
    }
    page.paragraph("  ", "    ", &said.more);
    if let Some(total) = content.total.filter(|_| !content.lines.is_empty()) {
        page.gap();
        page.paragraph("  ", "    ", &format!("{}: {total}", wording.total));
    }
    page.gap();

    page.link(wording.button, content.restore_link);
    page.gap();
    page.paragraph("", "", said.note);
    page.gap();

    if said.has_help() {
        page.paragraph("", "", wording.help_title);
        page.paragraph("", "", said.help_reply);
        page.paragraph("", "", &said.help_line);
        page.gap();
    }

    page.line(RULE);
    page.paragraph("", "", &said.reason);
    page.gap();
    page.link(wording.unsubscribe, content.unsubscribe_link);
    page.gap();
    page.link(wording.not_me, content.not_me_link);
    page.gap();
    page.paragraph("", "", &said.shop);
    page.paragraph("", "", &said.address);
    page.0
}

/// Lines of text that grow downwards.
#[derive(Default)]
struct Page(String);

impl Page {
    /// An empty line, never two.
    fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    fn line(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    /// A label and, on a line of its own so that every reader makes it a link, its address.
    fn link(&mut self, label: &str, address: &str) {
        self.paragraph("", "", &format!("{label}:"));
        self.line(if is_web_address(address) { address } else { "" });
    }

    /// Words broken into lines; the first and the further ones start with their own margin.
    fn paragraph(&mut self, first: &str, further: &str, text: &str) {
        let mut line = String::from(first);
        let mut is_fresh = true;
        for word in words(text) {
            let columns = line.chars().count().saturating_add(word.chars().count());
            if !is_fresh && columns >= COLUMNS {
                self.line(&line);
                line = String::from(further);
                is_fresh = true;
            }
            if !is_fresh {
                line.push(' ');
            }
            push_plain(word, &mut line);
            is_fresh = false;
        }
        if !is_fresh {
            self.line(&line);
        }
    }
}
