//! Worlds in which everything goes wrong keep every promise, and bugs planted on purpose are found.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_simulation::{
    deployment::Ground,
    plant::{Plant, plants},
    reproductions,
    run::run,
    shrink::{pasteable, shrink},
    story::tell,
    survey::survey,
};

/// `cargo xtask sim` runs more, optimised; these are what an unoptimised build does in a minute.
const SEEDS: u64 = 150;

#[test]
fn promises_hold_whatever_the_weather() {
    let survey = survey((1, 1), SEEDS, None, 1).unwrap();
    if let Some((seed, breach)) = survey.broken.first_key_value() {
        let short = shrink(&tell(*seed), breach.promise, None).unwrap();
        panic!("seed {seed}: {breach:?}\n{}", pasteable(&breach.what, &short));
    }
    assert_eq!(survey.seeds, SEEDS);
    assert!(survey.mails > 3 * SEEDS, "{} mails: hardly anything was sent, so hardly anything was shown", survey.mails);
    assert!(survey.killed > SEEDS, "{} requests and runs were killed", survey.killed);
}

#[test]
fn what_was_found_once_stays_mended() {
    let mut ground = Ground::new().unwrap();
    for (what, story) in reproductions::all() {
        let (report, back) = run(ground, &story, None).unwrap();
        ground = back;
        assert_eq!(report.breach, None, "{what}");
    }
}

#[test]
fn a_seed_gives_the_same_world_every_time() {
    for seed in [7, 8, 9] {
        let (first, ground) = run(Ground::new().unwrap(), &tell(seed), None).unwrap();
        let (second, _) = run(ground, &tell(seed), None).unwrap();
        assert_eq!(
            (first.mails, first.jobs, first.killed, first.statements),
            (second.mails, second.jobs, second.killed, second.statements),
            "{seed}"
        );
    }
}

#[test]
fn planted_bugs_apply_to_the_statements_as_they_are() {
    assert_eq!(plants().find_map(Plant::misses), None);
    assert!(plants().count() >= 70, "{}", plants().count());
}

#[test]
fn planted_bugs_that_show_soon_are_found() {
    for plant in plants()
        .filter(|plant| ["a new key per attempt", "cap per cart only", "versions not compared"].contains(&plant.name))
    {
        let survey = survey(plant.seeds, SEEDS, Some(plant), 1).unwrap();
        assert!(!survey.broken.is_empty(), "{}", plant.name);
    }
}
