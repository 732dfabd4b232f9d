//! The address bar: the token leaves it, so that a copied address or a bookmark does not carry it.

use wasm_bindgen::prelude::JsValue;

/// Replaces the present entry of the history by one without the token; everything else of the address stays.
pub(crate) fn forget_token() -> Result<(), JsValue> {
    let window = web_sys::window().ok_or(JsValue::NULL)?;
    let location = window.location();
    let mut address = location.pathname()?;
    address.push_str(&location.search()?);
    address.push_str(&without_token(&location.hash()?));
    let history = window.history()?;
    history.replace_state_with_url(&history.state()?, "", Some(&address))
}

/// The fragment without `cw=…`; empty when nothing else was in it.
fn without_token(hash: &str) -> String {
    let mut kept = String::new();
    for part in hash.trim_start_matches('#').split('&').filter(|part| !part.starts_with("cw=") && !part.is_empty()) {
        kept.push(if kept.is_empty() { '#' } else { '&' });
        kept.push_str(part);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_leaves_the_fragment() {
        for (hash, expected) in
            [("#cw=r1.abc", ""), ("#top&cw=r1.abc", "#top"), ("#cw=r1.abc&tab=2", "#tab=2"), ("#top", "#top"), ("", "")]
        {
            assert_eq!(without_token(hash), expected, "{hash}");
        }
    }
}
