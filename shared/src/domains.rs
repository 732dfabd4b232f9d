//! Mail domains with special rules, written by the build from `data/mail-domains.txt`.

include!(concat!(env!("OUT_DIR"), "/mail_domains.rs"));
