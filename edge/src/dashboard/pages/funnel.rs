//! Draws the funnel: seven stages, each as high as its count, flowing into the next.

use cartwake_shared::metric::{Metric, parts};
use maud::{Markup, html};

use super::metrics::{Share, grouped, how_counted};

/// How many carts of the period reached each stage.
#[derive(Debug, Clone, Copy, Default)]
pub struct Funnel {
    /// Carts seen.
    pub tracked: u64,
    /// Carts with an address.
    pub identified: u64,
    /// Carts left behind.
    pub abandoned: u64,
    /// Abandoned carts that may be mailed.
    pub contactable: u64,
    /// Carts for which a mail was accepted.
    pub notified: u64,
    /// Carts whose shopper came back by the link.
    pub returned: u64,
    /// Carts bought after that.
    pub recovered: u64,
}

impl Funnel {
    /// Each stage with its count and the earlier stage it is a part of; the first has none.
    fn stages(self) -> [Stage; 7] {
        [
            Stage { metric: Metric::Tracked, count: self.tracked, whole: None },
            Stage { metric: Metric::Identified, count: self.identified, whole: Some((self.tracked, "tracked")) },
            // Carts without an address are abandoned too, so this is not a part of the identified ones.
            Stage { metric: Metric::Abandoned, count: self.abandoned, whole: Some((self.tracked, "tracked")) },
            Stage { metric: Metric::Contactable, count: self.contactable, whole: Some((self.abandoned, "abandoned")) },
            Stage { metric: Metric::Notified, count: self.notified, whole: Some((self.contactable, "contactable")) },
            Stage { metric: Metric::Returned, count: self.returned, whole: Some((self.notified, "notified")) },
            Stage { metric: Metric::Recovered, count: self.recovered, whole: Some((self.notified, "notified")) },
        ]
    }
}

#[derive(Clone, Copy)]
struct Stage {
    metric: Metric,
    count: u64,
    whole: Option<(u64, &'static str)>,
}

/// The picture with its numbers, as a list that reads well without seeing it.
///
/// Every stage is drawn twice, standing for wide screens and lying for narrow ones; the style shows one of them.
pub(crate) fn funnel(counts: Funnel) -> Markup {
    let stages = counts.stages();
    let most = stages.iter().map(|stage| stage.count).max().unwrap_or(0);
    let following = stages.iter().skip(1).map(|stage| Some(stage.count)).chain([None]);
    html! {
        ol class={ "funnel" @if most == 0 { " flat" } } {
            @for (Stage { metric, count, whole }, next) in stages.iter().copied().zip(following) {
                li class={ "stage" @if metric == Metric::Recovered { " goal" } } {
                    div.stage-head {
                        span.stage-name { (metric.name()) }
                        (how_counted(metric))
                    }
                    span.stage-count { (grouped(count)) }
                    span.stage-share { (share_text(count, whole)) }
                    (standing(height(count, most), next.map(|next| height(next, most))))
                    (lying(height(count, most)))
                }
            }
        }
    }
}

/// How large a part of the earlier stage came this far.
fn share_text(count: u64, whole: Option<(u64, &str)>) -> String {
    match whole {
        None => "all carts".into(),
        Some((0, _)) => "–".into(),
        Some((whole, name)) => format!("{} of {name}", Share { part: count, whole }.percent()),
    }
}

/// Height in hundredths of the tallest stage; a count above zero is always visible.
fn height(count: u64, most: u64) -> u64 {
    parts(count, most, 100).max(if count > 0 { 3 } else { 0 })
}

fn standing(height: u64, next: Option<u64>) -> Markup {
    let top = 100_u64.saturating_sub(height);
    let flow = next.map(|next| format!("60,{top} 100,{} 100,100 60,100", 100_u64.saturating_sub(next)));
    html! {
        svg.standing viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @if let Some(flow) = flow { polygon.flow points=(flow) {} }
            rect.column x="0" y=(top) width="60" height=(height) {}
            rect.floor x="0" y="99.2" width="100" height="0.8" {}
        }
    }
}

fn lying(length: u64) -> Markup {
    html! {
        svg.lying viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.groove width="100" height="10" {}
            rect.column width=(length) height="10" {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(count: u64, most: u64, expected: u64) {
        assert_eq!(height(count, most), expected, "{count} of {most}");
    }

    #[test]
    fn heights_are_in_proportion_and_never_hide_a_cart() {
        check(0, 0, 0);
        check(0, 10, 0);
        check(5, 10, 50);
        check(10, 10, 100);
        check(1, 1_000_000, 3);
        check(u64::MAX, u64::MAX, 100);
    }

    #[test]
    fn carts_abandoned_without_an_address_are_a_part_of_all_carts() {
        let picture = funnel(Funnel { tracked: 10, identified: 4, abandoned: 9, ..Funnel::default() }).0;
        assert!(picture.contains("90.0 % of tracked"));
        assert_eq!(picture.matches("<li class=\"stage").count(), 7);
    }

    #[test]
    fn an_empty_day_draws_no_column() {
        let picture = funnel(Funnel::default()).0;
        assert_eq!(picture.matches(r#"width="60" height="0""#).count(), 7);
    }
}
