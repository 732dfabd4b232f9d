//! Shares the sending of a cron run among the sites: each site sends one reminder, then the first site is next again.

use std::collections::VecDeque;

use crate::identifier::SiteId;

/// How many sites are asked for each reminder. Another cron run may have claimed the reminders of some.
const OFFERED_FOR_EACH: usize = 2;

/// The sites with due reminders, in the order of their turns.
///
/// Parked sites (paused, not live) come last, because their reminders are not sent. One group of parked sites a cron
/// run is asked nevertheless, so that their reminders state why they wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundRobin {
    live: VecDeque<SiteId>,
    parked: VecDeque<SiteId>,
    last: Option<SiteId>,
}

impl RoundRobin {
    /// Orders the sites by id, beginning after the site `last`; each site comes with whether it is parked.
    pub fn after(last: &str, mut sites: Vec<(SiteId, bool)>) -> Self {
        sites.sort_by(|(one, _), (other, _)| {
            (one.as_str() <= last, one.as_str()).cmp(&(other.as_str() <= last, other.as_str()))
        });
        let (parked, live): (Vec<_>, Vec<_>) = sites.into_iter().partition(|(_, is_parked)| *is_parked);
        let ids = |sites: Vec<(SiteId, bool)>| sites.into_iter().map(|(site, _)| site).collect();
        Self { live: ids(live), parked: ids(parked), last: None }
    }

    /// The sites to ask for the next `count` reminders, in the order of their turns; empty once every site had its
    /// turn.
    pub fn next(&self, count: usize) -> Vec<SiteId> {
        let sites = if self.live.is_empty() { &self.parked } else { &self.live };
        sites.iter().take(count.saturating_mul(OFFERED_FOR_EACH)).cloned().collect()
    }

    /// Records the result of asking for `count` reminders; `claimed` has the site of each reminder that was claimed.
    ///
    /// A site that gave less than its share has no reminders left. The turns continue behind the site that was last.
    pub fn record_claimed(&mut self, count: usize, claimed: &[SiteId]) {
        let offered = self.next(count);
        let shares: Vec<usize> = offered.iter().map(|site| claimed.iter().filter(|of| *of == site).count()).collect();
        let most = shares.iter().copied().max().unwrap_or(0);
        // Reminders are claimed turn by turn, so the last site with the most reminders was the last of all.
        let end = shares.iter().rposition(|share| *share == most).unwrap_or(0);
        if let Some(site) = offered.get(end).filter(|_| most > 0) {
            self.last = Some(site.clone());
        }
        if self.live.is_empty() {
            self.parked.clear();
            return;
        }
        let gave_its_share = |(place, share): (usize, &usize)| {
            claimed.len() >= count && *share >= if place <= end { most } else { most.saturating_sub(1) }
        };
        let keeps: Vec<bool> = shares.iter().enumerate().map(gave_its_share).collect();
        let (mut waiting, mut served) = (Vec::new(), Vec::new());
        for (place, (site, keeps)) in offered.into_iter().zip(keeps).enumerate() {
            self.live.pop_front();
            match (keeps, place <= end) {
                (true, true) => served.push(site),
                (true, false) => waiting.push(site),
                (false, _) => {}
            }
        }
        for site in waiting.into_iter().rev() {
            self.live.push_front(site);
        }
        self.live.extend(served);
    }

    /// The site that had the last turn, if any site had a turn.
    pub const fn last(&self) -> Option<&SiteId> {
        self.last.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(id: &str) -> SiteId {
        SiteId::parse(id).unwrap()
    }

    /// Takes from the sites as the statement does, until nothing is left or `groups` of five were taken.
    fn taken(last: &str, stock: &[(&str, usize, bool)], groups: usize) -> (String, Option<String>) {
        let mut turns = RoundRobin::after(last, stock.iter().map(|(id, _, parked)| (site(id), *parked)).collect());
        let mut stock: Vec<(SiteId, usize)> = stock.iter().map(|(id, many, _)| (site(id), *many)).collect();
        let mut story = Vec::new();
        for _ in 0..groups {
            let offered = turns.next(5);
            if offered.is_empty() {
                break;
            }
            let mut took = Vec::new();
            for turn in 0..5 {
                for id in &offered {
                    let left = stock.iter().find(|(of, _)| of == id).map_or(0, |(_, many)| *many);
                    if turn < left && took.len() < 5 {
                        took.push(id.clone());
                    }
                }
            }
            for id in &took {
                if let Some((_, many)) = stock.iter_mut().find(|(of, _)| of == id) {
                    *many -= 1;
                }
            }
            turns.record_claimed(5, &took);
            story.push(took.iter().map(SiteId::as_str).collect::<String>());
        }
        (story.join(" "), turns.last().map(|site| site.as_str().to_owned()))
    }

    #[test]
    fn sites_take_turns() {
        for (what, last, stock, groups, expected, end) in [
            ("one site has all", "", &[("a", 12, false)][..], 9, "aaaaa aaaaa aa", Some("a")),
            ("two share", "", &[("a", 99, false), ("b", 99, false)], 3, "ababa babab ababa", Some("a")),
            (
                "the small one is not kept waiting",
                "",
                &[("a", 99, false), ("b", 2, false)],
                2,
                "ababa aaaaa",
                Some("a"),
            ),
            (
                "it goes on behind the last",
                "a",
                &[("a", 9, false), ("b", 9, false), ("c", 9, false)],
                1,
                "bcabc",
                Some("c"),
            ),
            ("a last one that is gone", "b", &[("a", 1, false), ("c", 1, false)], 1, "ca", Some("a")),
            (
                "more sites than a group",
                "",
                &[
                    ("a", 9, false),
                    ("b", 9, false),
                    ("c", 1, false),
                    ("d", 9, false),
                    ("e", 9, false),
                    ("f", 9, false),
                    ("g", 9, false),
                ],
                3,
                "abcde fgabd efgab",
                Some("b"),
            ),
            (
                "held ones come last, one group of them",
                "",
                &[("a", 99, true), ("b", 6, false)],
                9,
                "bbbbb b aaaaa",
                Some("a"),
            ),
            ("nothing is left", "", &[("a", 0, false)], 9, "", None),
            ("no site", "", &[], 9, "", None),
        ] {
            assert_eq!(taken(last, stock, groups), (expected.to_owned(), end.map(str::to_owned)), "{what}");
        }
    }
}
