//! Every statement finds its rows by index: none walks a table, or all of a site's part of a table.
#![expect(clippy::unwrap_used, reason = "tests")]

use cartwake_edge::{base::store::sql, native::sqlite::Sqlite};

/// Searches that stop before the end of a key on purpose, with the reason.
const PREFIXES: &[(&str, &str, &str)] = &[
    ("dashboard/read_send_blocks", "breaker", "the breakers of one site"),
    ("collect/ask_gate_again", "outbox", "the reminders of one cart"),
    ("challenge/find_question", "outbox", "the reminders of one browser"),
    ("challenge/find_subject", "outbox", "the reminders of one browser"),
    ("challenge/pass_challenge", "outbox", "the reminders of one browser"),
    ("dashboard/read_reminders", "outbox", "the reminders of one cart"),
    ("housekeeping/delete_excluded_identities", "identity", "the names of one cart"),
    ("dashboard/find_any_cart", "cart", "stops at the first"),
    ("dashboard/list_catalogue_addresses", "product", "stops after twenty"),
    ("dashboard/read_metrics", "metric", "the metrics of one day"),
    ("site/read_installation", "cart", "stops at the first"),
    ("site/read_installation", "contact", "stops at the first, or after a hundred"),
    ("site/read_installation", "orders", "stops at the first"),
    ("collect/fold_event", "outbox", "the reminders of one cart"),
    ("collect/wake_cart", "outbox", "the reminders of one cart"),
    ("plan/plan_reminders", "outbox", "the reminders of one cycle of a cart"),
    ("order/find_candidates", "identity", "the carts of one name"),
    ("network/note_paid_order", "outbox", "the reminders of one cart"),
    ("erase/erase_details", "outbox", "the reminders of one cart"),
    ("gate/judge_reminders", "outbox", "the reminders of one browser"),
    ("send/count_metrics", "outbox", "the reminders of one cart"),
    ("provider_event/count_metrics", "outbox", "the reminders of one cart"),
    ("dashboard/list_active_carts", "outbox", "the reminders of one cart"),
    ("dashboard/list_carts_in_state", "outbox", "the reminders of one cart"),
];

/// Columns of each primary key, as a plan shows it when all of them are used.
const WHOLE_KEYS: &[&str] = &[
    "server_orders USING PRIMARY KEY (site=?)",
    "(site=? AND id=?)",
    "(site=? AND id>? AND id<?)",
    "(site=? AND mailbox_hash=?)",
    "(site=? AND key=?)",
    "(site=? AND key=? AND number=?)",
    "(site=? AND key=? AND cart=?)",
    "(site=? AND number=?)",
    "(site=? AND cart=? AND cycle=? AND step=?)",
    "(site=? AND id=? AND variant=?)",
    "(scope=? AND mailbox_hash=?)",
    "(job=?)",
    "(job>? AND job<?)",
    "((site,id)>(?,?))",
    "((site,mailbox_hash)>(?,?))",
    "((site,key,cart)>(?,?,?))",
    "((site,key,number)>(?,?,?))",
    "((site,number)>(?,?))",
    "((site,cart,cycle,step)>(?,?,?,?))",
    "((site,id,variant)>(?,?,?))",
    "((site,day,name,currency)>(?,?,?,?))",
    "(id=?)",
    "(rowid=?)",
    "(site=? AND day=?)",
    "(site=? AND day>?)",
    "(site=? AND day<?)",
    "(site=? AND day=? AND name=? AND currency=?)",
    "(until>?)",
    "(site=? AND audience=?)",
    "(site=? AND audience=? AND day=?)",
    "(site=? AND audience=? AND day>?)",
    "(site=? AND audience=? AND day<?)",
    "(prefix_hash=?)",
    "h USING PRIMARY KEY (site=?)",
    "site_share USING PRIMARY KEY (site=?)",
    "salt USING PRIMARY KEY (day>?)",
    "salt USING PRIMARY KEY (day<?)",
    "t USING PRIMARY KEY (site=?)",
    "(prefix_hash<?)",
    "(expires=? AND hash=?)",
    "(expires<?)",
    "(secret=? AND place=?)",
    "(secret<?)",
    "(secret>?)",
];

/// Statements that ask the first site, or all sites in the order of their ids: there are few.
const WALK_SITES: &[&str] = &[
    "share/find_waiting_sites",
    "share/find_outdated_shares",
    "site/read_first_site",
    "site/list_sites",
    "housekeeping/sweep_outbox",
    "housekeeping/expire_carts",
    "housekeeping/delete_excluded_carts",
    "housekeeping/delete_excluded_identities",
    "housekeeping/delete_old_days",
    "erase/find_carts",
    "erase/erase_contacts",
    "erase/erase_mailbox_purchases",
];

#[test]
fn every_statement_finds_its_rows_by_index() {
    let store = Sqlite::new();
    let tables = store.tables();
    let mut complaints = Vec::new();
    for declared in sql::ALL {
        let statement = declared.sql;
        // The names by which the statement calls a table.
        let names: Vec<(String, &String)> = tables
            .iter()
            .flat_map(|table| {
                let words: Vec<&str> = statement
                    .text
                    .split(|character: char| !character.is_alphanumeric() && character != '_')
                    .filter(|word| !word.is_empty())
                    .collect();
                let aliases = words.windows(3).filter_map(|three| match three {
                    ["FROM" | "JOIN" | "UPDATE" | "INTO", of, alias] if of == table => {
                        Some(((*alias).to_owned(), table))
                    }
                    _ => None,
                });
                aliases.chain([(table.clone(), table)]).collect::<Vec<_>>()
            })
            .collect();
        for line in store.plan(statement).unwrap() {
            let Some((verb, rest)) = line.split_once(' ') else { continue };
            let name = rest.split(' ').next().unwrap_or("");
            let Some((_, table)) = names.iter().find(|(alias, _)| alias == name) else { continue };
            let is_prefix_on_purpose = PREFIXES.iter().any(|(name, of, _)| *name == statement.name && of == table);
            let by_index = rest.contains("USING INDEX cart_")
                || rest.contains("USING COVERING INDEX cart_")
                || rest.contains("INDEX outbox_");
            let fine = match verb {
                "SEARCH" => by_index || is_prefix_on_purpose || WHOLE_KEYS.iter().any(|key| rest.contains(key)),
                "SCAN" => WALK_SITES.contains(&statement.name) && *table == "site" || by_index,
                _ => true,
            };
            if !fine {
                complaints.push(format!("{}: {line}", statement.name));
            }
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
