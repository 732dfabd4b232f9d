//! Writes the tables of facts in `data/` as Rust: currencies by their digits, mail domains by their kind.

use std::{env, error::Error, fs, path::Path};

#[path = "data/read.rs"]
mod read;

use read::facts;

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    let out = Path::new(&out);
    fs::write(out.join("currencies.rs"), currencies(&facts("data/currencies.txt")?))?;
    fs::write(out.join("mail_domains.rs"), mail_domains(&facts("data/mail-domains.txt")?))?;
    Ok(())
}

/// Every code in one text, and the digits of a code; two digits are the rule and are not listed.
fn currencies(facts: &[(String, String)]) -> String {
    let codes: Vec<&str> = facts.iter().map(|(code, _)| code.as_str()).collect();
    let arm = |digits: &str| {
        let of_these = facts.iter().filter(|(_, of)| of == digits);
        format!("{} => {digits},", of_these.map(|(code, _)| format!("b{code:?}")).collect::<Vec<_>>().join(" | "))
    };
    format!(
        "/// Every code, with spaces between them.\nconst CODES: &str = {:?};\n\n\
         /// The digits behind the decimal point of a code.\n\
         const fn digits(code: [u8; 3]) -> u32 {{ match &code {{ {} {} {} _ => 2 }} }}\n",
        codes.join(" "),
        arm("0"),
        arm("3"),
        arm("4"),
    )
}

/// The domains of each kind that the domain crate asks about.
fn mail_domains(facts: &[(String, String)]) -> String {
    let table = |constant: &str, kind: &str| {
        let domains: Vec<&str> = facts.iter().filter(|(of, _)| of == kind).map(|(_, domain)| domain.as_str()).collect();
        format!("/// Domains of the kind `{kind}`.\npub(crate) const {constant}: &[&str] = &{domains:?};\n")
    };
    [("DOTLESS", "dotless"), ("CRAWLERS", "crawler"), ("RESERVED", "reserved")]
        .map(|(name, kind)| table(name, kind))
        .concat()
}
