//! Putting values in order, with one instance of the standard sort for all of them.

use core::cmp::Ordering;

/// Sorts by `compare`; what is equal stays in its order.
///
/// The standard sort is compiled for each type by itself, 4 KB of the Worker every time (docs/decisions/edge-size.md).
/// Here only places are sorted by it, and the values are swapped to where they belong.
pub fn sort_by<T>(values: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places: Vec<usize> = (0..values.len()).collect();
    sort_places(&mut places, &|one, other| match (values.get(one), values.get(other)) {
        (Some(one), Some(other)) => compare(one, other),
        _ => Ordering::Equal,
    });
    for place in 0..places.len() {
        let mut from = place;
        // What stood there was swapped away, perhaps several times, if its place was filled before.
        while let Some(next) = places.get(from).copied() {
            from = next;
            if from >= place {
                break;
            }
        }
        values.swap(place, from);
    }
}

/// Sorts by a key; what has the same stays in its order.
pub fn sort_by_key<T, K: Ord>(values: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(values, |one, other| key(one).cmp(&key(other)));
}

fn sort_places(places: &mut [usize], compare: &dyn Fn(usize, usize) -> Ordering) {
    places.sort_unstable_by(|one, other| compare(*one, *other).then(one.cmp(other)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_values_end_as_by_the_standard_stable_sort(keys in proptest::collection::vec(0_u8..20, 0..60)) {
            let mut ours: Vec<(u8, usize)> = keys.into_iter().enumerate().map(|(place, key)| (key, place)).collect();
            let mut expected = ours.clone();
            expected.sort_by_key(|(key, _)| *key);
            sort_by_key(&mut ours, |(key, _)| *key);
            prop_assert_eq!(ours, expected);
        }
    }
}
