//! Hostile texts for the tests of pages, and a reader that shows which tags a page has.

/// Texts that would add a tag or an attribute to a page that does not escape them.
pub(crate) const TEXTS: [&str; 12] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "\" autofocus onfocus=\"alert(1)",
    "</title><svg onload=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "<!--",
    "]]><iframe srcdoc=x>",
    "&lt;b&gt; &#60;b&#62; &amp;",
    "javascript:alert(1)",
    "\u{202e}txt\u{0}\u{feff}<b>",
    "{{constructor.constructor('alert(1)')()}}",
];

/// Every tag with the names of its attributes, in order; quoted values are skipped as a browser would.
pub(crate) fn tags(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut letters = page.chars();
    while letters.by_ref().any(|letter| letter == '<') {
        let mut tag = String::new();
        while let Some(letter) = letters.next() {
            match letter {
                '>' => break,
                '"' => drop(letters.by_ref().take_while(|inside| *inside != '"').count()),
                _ => tag.push(letter),
            }
        }
        found.push(tag);
    }
    found
}

#[test]
fn the_tag_reader_sees_what_would_be_added() {
    assert_eq!(tags(r#"<p title="a>b">x</p>"#), ["p title=", "/p"]);
    assert_ne!(tags("<p><b>x</b></p>"), tags("<p>x</p>"));
    assert_ne!(tags(r#"<p title="a" onclick="b">"#), tags(r#"<p title="a">"#));
}
