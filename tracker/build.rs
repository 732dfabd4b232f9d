//! Writes the compact tables of the page from the facts in `shared/data/`: currencies and endings of mail domains.

use std::{collections::BTreeSet, env, error::Error, fs, path::Path};

#[path = "../shared/data/read.rs"]
mod read;

use read::facts;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("currencies.rs"), currencies(&facts("../shared/data/currencies.txt")?))?;
    fs::write(out.join("endings.rs"), endings(&facts("../shared/data/mail-domains.txt")?))?;
    Ok(())
}

/// The currencies whose minor digits are not two, five bits for each letter: those without any, then those with three,
/// then those with four.
fn currencies(facts: &[(String, String)]) -> String {
    let with =
        |digits: &str| facts.iter().filter(|(_, of)| of == digits).map(|(code, _)| packed(code)).collect::<Vec<_>>();
    let (none, three, four) = (with("0"), with("3"), with("4"));
    let (of_three, of_four) = (none.len(), none.len() + three.len());
    let all = [none, three, four].concat();
    format!(
        "/// The currencies whose minor digits are not two, five bits for each letter.\n\
         const OTHERS: [u16; {}] = {all:?};\n\
         /// The first of them that has three.\nconst OF_THREE: usize = {of_three};\n\
         /// The first of them that has four.\nconst OF_FOUR: usize = {of_four};\n",
        all.len(),
    )
}

/// Five bits for each letter of a code.
fn packed(code: &str) -> u16 {
    code.bytes().fold(0, |word, letter| word << 5 | u16::from(letter & 31))
}

/// Whether an ending may still grow into a common one: the beginnings of these, from two letters on, as four bytes
/// each.
fn endings(facts: &[(String, String)]) -> String {
    let common = facts.iter().filter(|(kind, _)| kind == "ending").map(|(_, ending)| ending.as_str());
    let beginnings: BTreeSet<&str> = common.flat_map(|ending| (2..ending.len()).map(|end| &ending[..end])).collect();
    let words: Vec<String> = beginnings
        .iter()
        .map(|beginning| grouped(beginning.bytes().fold(0_u32, |word, letter| word << 8 | u32::from(letter))))
        .collect();
    format!(
        "/// Whether an ending is the beginning of a longer one that is common: {}.\n\
         const fn may_grow(ending: u32) -> bool {{ matches!(ending, {}) }}\n",
        beginnings.into_iter().collect::<Vec<_>>().join(", "),
        words.join(" | "),
    )
}

/// A number as Rust writes long ones, `0x0069_6e66`.
fn grouped(number: u32) -> String {
    format!("{:#06x}_{:04x}", number >> 16, number & 0xffff)
}
