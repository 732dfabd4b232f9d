//! `GET /v1/boot`: what the tracker is told, in the page's own language, without anything being written.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::native::world::live;
use serde_json::Value;

#[test]
fn the_words_at_the_field_are_in_the_language_of_the_page() {
    let edge = live();
    let key = edge.site_key("shop");
    for (locale, wording) in
        [("", "express-en-1"), ("&locale=de-AT", "express-de-1"), ("&locale=xx%0d", "express-en-1")]
    {
        let answer = edge.get(&format!("/v1/boot?site={key}{locale}"));
        let settings: Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(settings["consent"]["wording"], wording, "{locale}");
    }
    assert_eq!(edge.ports.store.ask("SELECT count(*) FROM cart").unwrap(), [["0"]]);
}
