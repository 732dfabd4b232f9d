//! Formats amounts as the pages of fixture shops do, in the marks of several countries.

use std::fmt::Write as _;

/// `124950` as `1.249,50` with two digits, the group mark `.` and the point `,`.
pub(super) fn written(minor: i64, digits: u32, group: &str, point: &str) -> String {
    let one = 10_i64.pow(digits);
    let (whole, part) = (minor / one, minor % one);
    let whole = whole.to_string();
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push_str(group);
        }
        out.push(digit);
    }
    if digits > 0 {
        let _ = write!(out, "{point}{part:0width$}", width = digits as usize);
    }
    out
}

/// `39,90 €`, as German and French shops write it, with a no-break space.
pub(super) fn euro(minor: i64) -> String {
    format!("{}\u{a0}€", written(minor, 2, ".", ","))
}

/// `39.90`, as interfaces write it.
pub(super) fn plain(minor: i64) -> String {
    written(minor, 2, "", ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_written_as_their_countries_do() {
        assert_eq!(written(124_950, 2, ".", ","), "1.249,50");
        assert_eq!(written(1200, 0, ",", "."), "1,200");
        assert_eq!(written(5, 2, ",", "."), "0.05");
        assert_eq!(euro(3990), "39,90\u{a0}€");
    }
}
