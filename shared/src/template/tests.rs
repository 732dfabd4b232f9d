//! Tests of the template language: its output is escaped in every place.

use super::*;
use proptest::prelude::*;

fn check(source: &str, expected: &str) {
    let entries = vec![
        Values::new().text("name", "Shirt <M>").link("picture", "https://cdn.example/a.png?x=1&y=2"),
        Values::new().text("name", "Mug").link("picture", ""),
    ];
    let values = Values::new()
        .text("shop", "Löwe & Söhne")
        .text("attack", "\"><script>alert('1')</script>{{shop}}")
        .text("script_link", "javascript:alert(1)")
        .link("bad_link", "javascript:alert(1)")
        .link("link", "https://shop.example/r/abc?a=1&b=2")
        .word("direction", "rtl")
        .text("empty", "")
        .markup("block", Template::html("<b>{{x}}</b>").markup(&Values::new().text("x", "<")))
        .list("lines", entries)
        .list("none", Vec::new());
    assert_eq!(Template::html(source).fill(&values), expected, "{source}");
}

#[test]
fn values_are_escaped_for_their_place() {
    check("<p>{{shop}}</p>", "<p>Löwe &amp; Söhne</p>");
    check(
        "<p>{{ attack }}</p>",
        "<p>&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&#123;&#123;shop&#125;&#125;</p>",
    );
    check("<img alt=\"{{shop}}\">", "<img alt=\"Löwe &amp; Söhne\">");
    check("<a href=\"{{link}}\">", "<a href=\"https://shop.example/r/abc?a=1&amp;b=2\">");
    check("<a HREF = '{{link}}#top'>", "<a HREF = 'https://shop.example/r/abc?a=1&amp;b=2#top'>");
    check("<td style=\"direction:{{direction}}\">", "<td style=\"direction:rtl\">");
    check("<html dir=\"{{direction}}\">", "<html dir=\"rtl\">");
    check("<div>{{block}}</div>", "<div><b>&lt;</b></div>");
    check(
        "<!--[if mso]><a href=\"{{link}}\">{{direction}}<![endif]-->",
        "<!--[if mso]><a href=\"https://shop.example/r/abc?a=1&amp;b=2\">rtl<![endif]-->",
    );
    check("<style>@media x{a{b:c}}</style>{{direction}}", "<style>@media x{a{b:c}}</style>rtl");
}

#[test]
fn a_value_that_does_not_fit_its_place_is_left_out() {
    check("<a href=\"{{bad_link}}\">", "<a href=\"\">");
    check("<a href=\"{{script_link}}\">", "<a href=\"\">");
    check("<a href=\"{{shop}}\">", "<a href=\"\">");
    check("<a href=\"https://x/{{link}}\">", "<a href=\"https://x/\">");
    check("<a href=\"{{link}}{{link}}\">", "<a href=\"https://shop.example/r/abc?a=1&amp;b=2\">");
    check("<a href={{link}}>", "<a href=>");
    check("<p {{shop}}>", "<p >");
    check("<a onclick=\"{{shop}}\">", "<a onclick=\"\">");
    check("<p style=\"color:{{shop}}\">", "<p style=\"color:\">");
    check("<script>{{shop}}</script>", "<script></script>");
    check("<style>{{shop}}</style>", "<style></style>");
    check("<img alt=\"{{block}}\">", "<img alt=\"\">");
    check("{{lines}}{{nobody}}", "");
}

#[test]
fn sections_repeat_show_and_hide() {
    check(
        "{{#lines}}[{{name}}{{#picture}} <img src=\"{{picture}}\">{{/picture}}{{^picture}} -{{/picture}} {{shop}}]{{/lines}}",
        "[Shirt &lt;M&gt; <img src=\"https://cdn.example/a.png?x=1&amp;y=2\"> Löwe &amp; Söhne][Mug - Löwe &amp; Söhne]",
    );
    check("{{#none}}a{{/none}}{{^none}}b{{/none}}", "b");
    check("{{#empty}}a{{/empty}}{{^empty}}b{{/empty}}", "b");
    check("{{#shop}}a{{/shop}}", "a");
    check("{{#nobody}}a{{/nobody}}{{^nobody}}b{{/nobody}}", "b");
}

#[test]
fn a_list_inside_itself_is_not_walked_again() {
    check("{{#lines}}{{#lines}}{{#lines}}x{{/lines}}{{/lines}}{{/lines}}", "xx");
}

#[test]
fn every_string_is_a_template() {
    check("{{", "{{");
    check("{{}}", "{{}}");
    check("{{ Not a name }}", "{{ Not a name }}");
    check("{{#lines}}{{name}}", "Shirt &lt;M&gt;Mug");
    check("a{{/lines}}b", "ab");
    check(&"{{#shop}}".repeat(10_000), "");
}

#[test]
fn findings_name_what_an_editor_should_change() {
    let said = |source: &str| {
        let findings = Template::html(source).findings(&["shop"]);
        findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(said("<p>{{shop}}{{#shop}}x{{/shop}}</p>"), "");
    assert_eq!(said("{{Shop}}"), "`{{Shop}}` is not a slot; write `{{name}}`");
    assert_eq!(said("{{#shop}}"), "section `shop` is not closed");
    assert_eq!(said("{{/shop}}"), "section `shop` is closed but was not opened");
    assert_eq!(said("<p {{shop}}>"), "`shop` stands where no value can be inserted safely");
    assert_eq!(said("{{shap}}"), "`shap` is not known here");
    assert_eq!(
        said(&"{{#shop}}".repeat(9)).split("; ").next(),
        Some("section `shop` stands inside more than 8 others")
    );
}

#[test]
fn plain_text_stays_on_its_line() {
    let values = Values::new().text("name", "Mug\r\nBcc: x@y\u{2028}\0{{ev}}{%il%}");
    assert_eq!(Template::plain("{{name}}!").fill(&values), "Mug  Bcc: x@y  { {ev}}{ %il%}!");
    assert_eq!(Template::plain("<{{name}}>").markup(&Values::new().text("name", "b")).as_str(), "&lt;b&gt;");
}

#[test]
fn only_whole_safe_addresses_are_web_addresses() {
    for good in
        ["https://shop.example", "https://shop.example:8443/a?b#c", "http://127.0.0.1:8787/r/x", "http://localhost/"]
    {
        assert!(is_web_address(good), "{good}");
    }
    for bad in [
        "",
        "shop.example",
        "//shop.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///x",
        "https://u@evil.example",
        "https://a b",
        "https://a\n",
        "https://a\\b",
        "https://a\"b",
        "https://a/{{x}}",
        "http://shop.example",
        "http://127.0.0.1:80@evil.example",
        "http://localhost.evil.example",
    ] {
        assert!(!is_web_address(bad), "{bad}");
    }
}

proptest! {
    /// No template and no value make it fail, and text never opens or closes a tag, a quote or a slot.
    #[test]
    fn templates_never_emit_an_unescaped_byte(source in r#"[<>a-z"'= /{}#^]{0,60}"#, text in any::<String>()) {
        let template = Template::html(&source);
        template.fill(&Values::new().text("a", text.as_str()).link("b", text.as_str()));

        let values = Values::new().text("t", text.as_str()).link("l", text.as_str());
        let filled = Template::html("<p title=\"{{t}}\">{{t}}{{l}}</p>").fill(&values);
        let inside = filled.strip_prefix("<p title=\"").and_then(|rest| rest.strip_suffix("</p>")).unwrap();
        let (attribute, inner) = inside.split_once("\">").unwrap();
        for place in [attribute, inner] {
            prop_assert!(!place.contains(['<', '>', '"', '\'', '`', '{', '}', '\0', '\r']), "{place}");
            for (at, _) in place.match_indices('&') {
                prop_assert!(["&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "&#96;", "&#123;", "&#125;"].iter().any(|e| place[at..].starts_with(e)));
            }
        }
    }

    /// What was escaped reads back as what was written.
    #[test]
    fn escaping_loses_nothing_but_control_characters(text in "[^\\x00-\\x1f\\x7f-\\x9f]{0,80}") {
        let mut html = String::new();
        push_html(&text, &mut html);
        let back = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&#96;", "`"), ("&#123;", "{"), ("&#125;", "}"), ("&amp;", "&")]
            .iter().fold(html, |html, (entity, c)| html.replace(entity, c));
        prop_assert_eq!(back, text);
    }
}
