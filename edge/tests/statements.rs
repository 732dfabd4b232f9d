//! The statements of `edge/sql/` declare what SQLite finds in them; and the build refuses a file that is wrong, with its line.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use cartwake_edge::{base::store::sql, native::sqlite::Sqlite};
use statements::File;

#[expect(dead_code, reason = "the build script uses all of it")]
#[path = "../generate/statements.rs"]
mod statements;

#[test]
fn every_statement_takes_and_gives_what_it_declares() {
    let store = Sqlite::new();
    let mut complaints = String::new();
    for declared in sql::ALL {
        let (parameters, columns) = store.shape(declared.sql).unwrap();
        let name = declared.sql.name;
        if parameters != declared.parameters.len() {
            writeln!(complaints, "{name} takes {parameters} parameters, not {:?}", declared.parameters).unwrap();
        }
        if columns != declared.columns {
            writeln!(complaints, "{name} gives {columns:?}, not {:?}", declared.columns).unwrap();
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
}

/// Columns whose tables take NULL, while the condition of this statement leaves no NULL.
const NEVER_NULL: [(&str, &str); 6] = [
    ("challenge/find_subject", "mailbox_hash"),
    ("dashboard/count_held_reminders", "reason"),
    ("dashboard/list_active_carts", "key"),
    ("plan/find_due_carts", "due"),
    ("reconcile/find_look_ups", "look_up_at"),
    ("send/count_batches", "batch"),
];

/// Where SQLite can tell: a column that stands directly in a table. Behind an outer join any column may be NULL.
#[test]
fn a_column_is_optional_if_its_table_takes_null() {
    let store = Sqlite::new();
    let (mut complaints, mut checked) = (String::new(), 0);
    for declared in sql::ALL {
        let name = declared.sql.name;
        let is_outer_join = declared.sql.text.contains("LEFT JOIN");
        for (column, not_null) in store.not_null(declared.sql).unwrap() {
            checked += 1;
            let is_optional = declared.optional.contains(&column.as_str());
            if is_optional && not_null && !is_outer_join {
                writeln!(complaints, "{name} says that {column} may be NULL: it cannot").unwrap();
            }
            if !is_optional && !not_null && !NEVER_NULL.contains(&(name, column.as_str())) {
                writeln!(complaints, "{name} says that {column} is never NULL: its table takes NULL").unwrap();
            }
        }
    }
    assert!(complaints.is_empty(), "{complaints}");
    assert!(checked > 50, "SQLite told of {checked} columns only");
}

/// A file with one block after its first line, which is line 3.
fn parse(block: &str) -> Result<File, String> {
    File::parse("edge/sql/example.sql", &format!("-- An example.\n\n{block}\n")).map_err(|failure| failure.to_string())
}

const DOC: &str = "-- Reads one site.\n-- Index: primary key. Reads: 1.";

#[test]
fn a_statement_is_read() {
    let file = parse(&format!(
        "-- name: read_site\n{DOC}\n-- takes: at time,\n--   site site_id? (the shop, if it is known)\n-- gives: id site_id, \
         name text\nSELECT id, ':at' AS name -- as it is\n  FROM site\n-- include: of_site\n\n-- fragment: of_site\n-- Of one \
         site.\nWHERE id = :site AND created < :at"
    ))
    .unwrap();
    let [statement] = file.statements.as_slice() else { panic!("one statement") };
    assert_eq!(file.name, "example");
    assert_eq!(statement.text, "SELECT id, ':at' AS name\nFROM site\nWHERE id = ?2 AND created < ?1");
    let rust = statements::module_of(&[file]);
    for written in [
        "pub mod example {",
        "#[doc = \" Reads one site.\"]",
        "pub struct ReadSite<'a> {",
        "#[doc = \" `site site_id?`: the shop, if it is known\"]",
        "pub r#site: Option<&'a cartwake_shared::identifier::SiteId>,",
        "const SQL: Sql = Sql { name: \"example/read_site\",",
        "type Row = ReadSiteRow;",
        "vec![Value::from(self.r#at), Value::from(self.r#site)]",
        "pub r#name: String,",
        "Ok(Self { r#id: row.take()?, r#name: row.take()? })",
    ] {
        assert!(rust.contains(written), "{written} is not in\n{rust}");
    }
}

#[test]
fn a_statement_may_take_and_give_what_another_one_does() {
    let rust = statements::module_of(&[parse(&format!(
        "-- name: read_site\n{DOC}\n-- takes: site site_id\n-- gives: id site_id\nSELECT id FROM site WHERE id = :site\n\n\
         -- name: touch_site\n{DOC}\n-- takes: as read_site\n-- gives: as read_site\nUPDATE site SET id = :site RETURNING id"
    ))
    .unwrap()]);
    for written in
        ["pub struct TouchSite<'a>(", "pub &'a ReadSite<'a>);", "self.0.parameters()", "type Row = ReadSiteRow;"]
    {
        assert!(rust.contains(written), "{written} is not in\n{rust}");
    }
    assert!(!rust.contains("TouchSiteRow"), "{rust}");
}

#[test]
fn a_wrong_file_is_refused_with_its_line() {
    let of = |declared: &str, text: &str| format!("-- name: one\n{DOC}\n{declared}\n{text}");
    let two = |kind: &str, name: &str| format!("-- {kind}: {name}\n{DOC}\nSELECT 1 AS one\n");
    for (block, message) in [
        ("SELECT 1".to_owned(), "3: SQL before the first `-- name:`"),
        (two("name", "One"), "3: `One` is no name: small letters, digits and `_`"),
        (two("name", "one") + &two("name", "one"), "7: `one` is the name of another block"),
        (
            "-- name: one\n-- Reads one.\nSELECT 1".to_owned(),
            "3: `one` does not say its index and its rows: `Index: …` and `Rows: …` or `Reads: …`",
        ),
        (format!("-- name: one\n{DOC}\n"), "3: `one` has no SQL"),
        (of("-- takes: a number", "SELECT :a"), "6: `number` is no type (edge/generate/types.rs)"),
        (of("-- gives: a number", "SELECT 1 AS a"), "6: `number` is no type (edge/generate/types.rs)"),
        (of("-- takes: a", "SELECT :a"), "6: `a` is not `name type` or `name type?`, with its meaning in parentheses"),
        (of("-- takes: A text", "SELECT :A"), "6: `A` is no name: small letters, digits and `_`"),
        (of("-- takes: a text, a text", "SELECT :a"), "6: `a` is declared twice"),
        (of("-- gives: a text, a text", "SELECT 1"), "6: `a` is declared twice"),
        (of("-- takes: a text", "SELECT :a,\n:b"), "8: `:b` is not declared in `takes`"),
        (of("-- takes: a text, b text", "SELECT :a"), "6: `b` is declared, but not used"),
        (of("-- takes: as other", "SELECT 1"), "6: there is no statement `other` above"),
        (of("-- gives: a text", "SELECT ?1 AS a"), "7: parameters are named: `:name`"),
        (of("-- gives: a text", "SELECT 'a\n' AS a"), "7: a text literal does not end on its line"),
        (of("-- gives: a text", "SELECT\n-- include: b"), "8: there is no fragment `b`"),
        (two("fragment", "b"), "3: no statement includes the fragment `b`"),
    ] {
        assert_eq!(parse(&block).unwrap_err(), format!("edge/sql/example.sql:{message}"), "{block}");
    }
    let without_first_line = File::parse("edge/sql/example.sql", "\n-- name: one\n").unwrap_err().to_string();
    assert_eq!(without_first_line, "edge/sql/example.sql:1: the first line says what the file is: `-- …`");
}
