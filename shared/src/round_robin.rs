//! Whose turn it is: sites share what a tick can send, one reminder each and then again from the first.

use std::collections::VecDeque;

use crate::identifier::SiteId;

/// How many sites are asked for each reminder that is wanted. Others may have taken what one of them had.
const OFFERED_FOR_EACH: usize = 2;

/// The sites that have something due, in the order of their turns.
///
/// Those that are held as a whole (paused, not live) come last: looking at their reminders sends nothing. One group of
/// them a tick is looked at, so that they tell why they wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundRobin {
    live: VecDeque<SiteId>,
    parked: VecDeque<SiteId>,
    last: Option<SiteId>,
}

impl RoundRobin {
    /// The turns that follow after the site `last`, by the order of ids; each site with whether it is held as a whole.
    pub fn after(last: &str, mut sites: Vec<(SiteId, bool)>) -> Self {
        sites.sort_by(|(one, _), (other, _)| {
            (one.as_str() <= last, one.as_str()).cmp(&(other.as_str() <= last, other.as_str()))
        });
        let (parked, live): (Vec<_>, Vec<_>) = sites.into_iter().partition(|(_, is_parked)| *is_parked);
        let ids = |sites: Vec<(SiteId, bool)>| sites.into_iter().map(|(site, _)| site).collect();
        Self { live: ids(live), parked: ids(parked), last: None }
    }

    /// The sites to be asked for the next `count` reminders, the one whose turn it is first; none when all had theirs.
    pub fn next(&self, count: usize) -> Vec<SiteId> {
        let sites = if self.live.is_empty() { &self.parked } else { &self.live };
        sites.iter().take(count.saturating_mul(OFFERED_FOR_EACH)).cloned().collect()
    }

    /// Notes what came of asking for `count`: the site of each reminder that was taken.
    ///
    /// Sites that had less than their share have nothing left; the others go on behind the one that was last.
    pub fn took(&mut self, count: usize, taken: &[SiteId]) {
        let offered = self.next(count);
        let shares: Vec<usize> = offered.iter().map(|site| taken.iter().filter(|of| *of == site).count()).collect();
        let most = shares.iter().copied().max().unwrap_or(0);
        // Taken turn by turn, so the last of those with the most was the last of all.
        let end = shares.iter().rposition(|share| *share == most).unwrap_or(0);
        if let Some(site) = offered.get(end).filter(|_| most > 0) {
            self.last = Some(site.clone());
        }
        if self.live.is_empty() {
            self.parked.clear();
            return;
        }
        let had_its_share = |(place, share): (usize, &usize)| {
            taken.len() >= count && *share >= if place <= end { most } else { most.saturating_sub(1) }
        };
        let keeps: Vec<bool> = shares.iter().enumerate().map(had_its_share).collect();
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

    /// The site that was last, if any had a turn.
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
            turns.took(5, &took);
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
