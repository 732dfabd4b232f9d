//! The formats of places and languages, asked of the runtime's `Intl`.
//!
//! Own declarations, all with `catch`: a hostile zone or locale throws, and an uncaught throw would hang the request.

use cartwake_shared::{money::Money, time::Timestamp};
use worker::wasm_bindgen::{self, JsValue, prelude::wasm_bindgen};

use super::object::object;
use crate::base::ports::Localisation;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Intl)]
    type NumberFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &JsValue) -> Result<NumberFormat, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn format(this: &NumberFormat, amount: &str) -> Result<String, JsValue>;

    #[wasm_bindgen(js_namespace = Intl)]
    type DateTimeFormat;
    #[wasm_bindgen(constructor, js_namespace = Intl, catch)]
    fn new(locale: &str, options: &JsValue) -> Result<DateTimeFormat, JsValue>;
    #[wasm_bindgen(method, catch)]
    fn format(this: &DateTimeFormat, at: f64) -> Result<String, JsValue>;
}

/// The runtime's `Intl`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Intl;

fn options(pairs: &[(&str, &str)]) -> JsValue {
    object(&pairs.iter().map(|(name, value)| (*name, JsValue::from_str(value))).collect::<Vec<_>>()).into()
}

impl Localisation for Intl {
    fn money(&self, money: Money, locale: &str) -> String {
        let currency = money.currency();
        let asked = options(&[("style", "currency"), ("currency", currency.code())]);
        // A decimal text keeps every digit; a number would not.
        let decimal = money.to_decimal();
        NumberFormat::new(locale, &asked)
            .and_then(|formatter| formatter.format(&decimal))
            .unwrap_or_else(|_| format!("{currency} {decimal}"))
    }

    fn offset_minutes(&self, zone: &str, at: Timestamp) -> Option<i32> {
        let asked = options(&[("timeZone", zone), ("timeZoneName", "longOffset"), ("hour", "numeric")]);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds are within 2^53")]
        let at = at.millis() as f64;
        let text = DateTimeFormat::new("en-US", &asked).and_then(|formatter| formatter.format(at)).ok()?;
        parse_offset(text.split_once("GMT")?.1)
    }
}

/// `+01:00`, `-03:30`, or nothing at Greenwich.
fn parse_offset(text: &str) -> Option<i32> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    let (sign, rest) = match (text.strip_prefix('+'), text.strip_prefix(['-', '\u{2212}'])) {
        (Some(rest), _) => (1, rest),
        (_, Some(rest)) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let minutes = minutes.split(':').next().unwrap_or("0");
    let (hours, minutes) = (hours.parse::<i32>().ok()?, minutes.parse::<i32>().ok()?);
    (hours <= 24 && minutes < 60).then_some(sign * (hours * 60 + minutes))
}
