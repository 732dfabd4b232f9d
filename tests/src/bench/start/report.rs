//! The starts as a table for the terminal and for the documentation, and the verdict on the Worker's gate.
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};

use super::{Contender, ROUNDS, Start, WARM};
use crate::bench::section;

/// The most that our Worker may weigh, in bytes of gzip: module and script (`cargo xtask budgets` counts the module).
const GATE: u64 = 900_000;

const HEAD: &str = "| Worker | gzip 9, B | min, ms | median, ms | max, ms | median above the empty Worker, ms | \
                    until it listens, ms | first request, ms | later request, ms |\n\
                    |---|---:|---:|---:|---:|---:|---:|---:|---:|\n";

/// Prints the table, writes its section of `docs/benchmarks.md`, and is an error where the bound is broken.
pub(super) fn write(root: &Path, contenders: &[Contender]) -> Result<()> {
    let mut text = format!(
        "## Cold start of the Worker\n\n\
         Written by `cargo xtask bench start`: {ROUNDS} fresh isolates of each Worker on one machine, in turn. \
         Compare within the table only: another machine gives other milliseconds.\n\n{HEAD}"
    );
    let empty = contenders.first().map(|one| median(one, Start::cold)).unwrap_or_default();
    for contender in contenders {
        let mut colds: Vec<Duration> = contender.starts.iter().map(Start::cold).collect();
        colds.sort();
        let (least, most) = (colds.first().copied().unwrap_or_default(), colds.last().copied().unwrap_or_default());
        let cold = median(contender, Start::cold);
        writeln!(
            text,
            "| {} | {} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} |",
            contender.name,
            contender.weight.gzip,
            ms(least),
            ms(cold),
            ms(most),
            ms(cold.saturating_sub(empty)),
            ms(median(contender, |start| start.listening)),
            ms(median(contender, |start| start.first)),
            ms(median(contender, |start| start.warm)),
        )?;
    }
    let verdict = verdict(contenders);
    let (Ok(sentence) | Err(sentence)) = &verdict;
    write!(
        text,
        "\n**Verdict:** {sentence}\n\n\
         A start is a workerd process of its own with this one Worker in it, so that no isolate profits from what another \
         has compiled. It is timed from the start of the process, over loading, compiling and running the Worker's code \
         (workerd does that before it listens), until the first answer: an event with cart, address and consent, sent to \
         `/v1/collect` and stored. The median of {WARM} later events of the same kind is taken off. Database and settings \
         store are a process outside, the same for all; the empty Worker answers any request with two letters and shows \
         what the process costs by itself. The TypeScript Worker does the same for an event: it checks the session's and \
         the body's form, hashes the address, reckons the shop's calendar day by `Intl` (20 ms of either start) and \
         upserts cart and contact.\n\n"
    )?;
    for contender in contenders {
        writeln!(text, "- {}: {}; {} B before gzip", contender.name, contender.source, contender.weight.raw)?;
    }
    println!("\n{text}");
    section::put(root, "start", &text)?;
    match verdict {
        Ok(_) => Ok(()),
        Err(sentence) => bail!("{sentence}"),
    }
}

/// Whether our Worker keeps the gate and starts no later than the TypeScript one, as a sentence.
fn verdict(contenders: &[Contender]) -> Result<String, String> {
    let find = |name: &str| contenders.iter().find(|one| one.name == name);
    let (Some(ours), Some(theirs)) = (find("Cartwake"), find("TypeScript Worker")) else {
        return Err("a Worker is missing".to_owned());
    };
    judge(ours.weight.gzip, median(ours, Start::cold), median(theirs, Start::cold))
}

fn judge(bytes: u64, ours: Duration, theirs: Duration) -> Result<String, String> {
    let is_kept = bytes <= GATE && ours <= theirs;
    let sentence = format!(
        "{}: the Worker weighs {bytes} bytes (gate {GATE}) and starts in {:.1} ms (bound: {:.1} ms, the TypeScript Worker)",
        if is_kept { "kept" } else { "BROKEN" },
        ms(ours),
        ms(theirs)
    );
    if is_kept { Ok(sentence) } else { Err(sentence) }
}

/// The median of one figure over the starts.
fn median(contender: &Contender, figure: impl Fn(&Start) -> Duration) -> Duration {
    middle(contender.starts.iter().map(figure).collect())
}

/// The middle value; of an even number the mean of both.
fn middle(mut values: Vec<Duration>) -> Duration {
    values.sort();
    let half = values.len() / 2;
    let upper = values.get(half).copied().unwrap_or_default();
    if values.len() % 2 == 1 {
        return upper;
    }
    let lower = half.checked_sub(1).and_then(|place| values.get(place)).copied().unwrap_or_default();
    (lower + upper) / 2
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_bytes_and_the_other_workers_start() {
        let ms = Duration::from_millis;
        for (bytes, ours, theirs, is_kept) in
            [(GATE, 50, 50, true), (GATE + 1, 50, 50, false), (GATE, 51, 50, false), (1, 1, 2, true)]
        {
            assert_eq!(judge(bytes, ms(ours), ms(theirs)).is_ok(), is_kept, "{bytes} {ours} {theirs}");
        }
    }

    #[test]
    fn the_middle_of_an_even_number_is_between_two() {
        let ms = Duration::from_millis;
        assert_eq!(middle(vec![ms(9), ms(1), ms(3), ms(5)]), ms(4));
        assert_eq!(middle(vec![ms(9), ms(1), ms(3)]), ms(3));
        assert_eq!(middle(Vec::new()), Duration::ZERO);
    }
}
