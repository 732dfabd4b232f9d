//! Writes the Rust of the statements: a module a file, a struct of parameters and one of columns a statement.

use std::fmt::{self, Write as _};

use super::{
    Field, Fields, File, Statement,
    types::{Column, TYPES},
};

/// The modules of all files, the list of all statements, and how types of `cartwake_shared` are bound and read.
pub(crate) fn module(files: &[File]) -> String {
    let mut out = String::new();
    // Writing to a `String` does not fail.
    let _ = write_module(&mut out, files);
    out
}

fn write_module(out: &mut String, files: &[File]) -> fmt::Result {
    for file in files {
        docs(out, &file.doc)?;
        writeln!(out, "pub mod {} {{", file.name)?;
        let gives_rows = |statement: &Statement| matches!(&statement.gives, Fields::Own(fields) if !fields.is_empty());
        let of_rows = if file.statements.iter().any(gives_rows) { "FromRow, ColumnMismatch, Row, " } else { "" };
        writeln!(out, "use crate::base::store::{{{of_rows}Query, Sql, Value}};")?;
        for statement in &file.statements {
            parameters(out, file, statement)?;
            columns(out, statement)?;
        }
        writeln!(out, "}}")?;
    }
    list(out, files)?;
    shared_types(out)
}

/// The struct of a statement's parameters.
fn parameters(out: &mut String, file: &File, statement: &Statement) -> fmt::Result {
    let name = pascal(&statement.name);
    docs(out, &statement.doc)?;
    writeln!(out, "#[derive(Clone, Copy, Debug)]")?;
    let (lifetime, values) = match &statement.takes {
        Fields::As(other) => {
            let other = pascal(other);
            let inner = if borrows(statement, &file.statements) { "<'a>" } else { "" };
            writeln!(out, "pub struct {name}<'a>(\n#[doc = \"The parameters.\"] pub &'a {other}{inner});")?;
            ("<'_>", "self.0.parameters()".to_owned())
        }
        Fields::Own(fields) if fields.is_empty() => {
            writeln!(out, "pub struct {name};")?;
            ("", "Vec::new()".to_owned())
        }
        Fields::Own(fields) => {
            let borrows = borrows(statement, &file.statements);
            writeln!(out, "pub struct {name}{} {{", if borrows { "<'a>" } else { "" })?;
            for field in fields {
                declare(out, field, &field.kind.of_parameter())?;
            }
            writeln!(out, "}}")?;
            let values: Vec<_> = fields.iter().map(|field| format!("Value::from(self.r#{})", field.name)).collect();
            (if borrows { "<'_>" } else { "" }, format!("vec![{}]", values.join(", ")))
        }
    };
    writeln!(out, "impl Query for {name}{lifetime} {{")?;
    let path = format!("{}/{}", file.name, statement.name);
    writeln!(out, "const SQL: Sql = Sql {{ name: {path:?}, text: {:?} }};", statement.text)?;
    let row = match &statement.gives {
        Fields::Own(fields) if fields.is_empty() => "()".to_owned(),
        Fields::Own(_) => format!("{name}Row"),
        Fields::As(other) => format!("{}Row", pascal(other)),
    };
    writeln!(out, "type Row = {row};")?;
    writeln!(out, "fn parameters(&self) -> Vec<Value> {{ {values} }}\n}}")
}

/// The struct of a statement's columns, unless they are those of another one.
fn columns(out: &mut String, statement: &Statement) -> fmt::Result {
    let Fields::Own(fields) = &statement.gives else { return Ok(()) };
    if fields.is_empty() {
        return Ok(());
    }
    let name = pascal(&statement.name);
    writeln!(out, "/// A row of [`{name}`].\n#[derive(Clone, Debug)]\npub struct {name}Row {{")?;
    for field in fields {
        declare(out, field, &field.kind.of_column())?;
    }
    writeln!(out, "}}\nimpl FromRow for {name}Row {{")?;
    let reads: Vec<_> = fields.iter().map(|field| format!("r#{}: row.take()?", field.name)).collect();
    let read = format!("Ok(Self {{ {} }})", reads.join(", "));
    writeln!(out, "fn from_row(row: &mut Row) -> Result<Self, ColumnMismatch> {{ {read} }}\n}}")
}

/// Every statement with the names it declares, for tests.
fn list(out: &mut String, files: &[File]) -> fmt::Result {
    writeln!(out, "/// All statements, in the order of their files.\npub const ALL: &[Declared] = &[")?;
    for file in files {
        for statement in &file.statements {
            let names = |fields: &[Field]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
            let takes = names(statement.takes.own(&file.statements, |other| &other.takes));
            let columns = statement.gives.own(&file.statements, |other| &other.gives);
            let gives = names(columns);
            let optional: Vec<_> =
                columns.iter().filter(|column| column.is_optional).map(|column| column.name.as_str()).collect();
            let lifetime = if matches!(statement.takes, Fields::As(_)) || borrows(statement, &file.statements) {
                "<'_>"
            } else {
                ""
            };
            let query = format!("{}::{}{lifetime}", file.name, pascal(&statement.name));
            writeln!(out, "Declared {{ sql: <{query} as Query>::SQL, parameters: &{takes:?},")?;
            writeln!(out, "columns: &{gives:?}, optional: &{optional:?} }},")?;
        }
    }
    writeln!(out, "];")
}

/// How types of `cartwake_shared` are bound and read.
fn shared_types(out: &mut String) -> fmt::Result {
    for kind in TYPES {
        let Column::Shared(shared) = &kind.column else { continue };
        let path = kind.of_column();
        let borrowed = kind.of_parameter().replace("&'a ", "&");
        writeln!(out, "impl From<{borrowed}> for Value {{")?;
        writeln!(out, "fn from(value: {borrowed}) -> Self {{ Self::from({}) }}\n}}", shared.write)?;
        writeln!(out, "impl Column for {path} {{")?;
        writeln!(out, "fn from_value(value: Value) -> Result<Self, ColumnMismatch> {{")?;
        writeln!(out, "let stored = <{} as Column>::from_value(value)?;", shared.stored_as)?;
        writeln!(out, "{}.ok_or(ColumnMismatch)\n}}\n}}", shared.read)?;
    }
    Ok(())
}

/// A field of a struct, documented by its declaration.
fn declare(out: &mut String, field: &Field, of: &str) -> fmt::Result {
    let of = if field.is_optional { format!("Option<{of}>") } else { of.to_owned() };
    let optional = if field.is_optional { "?" } else { "" };
    let mut doc = format!("`{} {}{optional}`", field.name, field.kind.word);
    if !field.doc.is_empty() {
        let _ = write!(doc, ": {}", field.doc);
    }
    docs(out, &[doc])?;
    writeln!(out, "pub r#{}: {of},", field.name)
}

/// Comment lines of a `.sql` file as documentation; what Markdown would read is taken as it stands.
fn docs(out: &mut String, lines: &[String]) -> fmt::Result {
    for line in lines {
        let mut text = String::new();
        for character in line.chars() {
            if matches!(character, '[' | ']' | '<' | '>' | '*') {
                text.push('\\');
            }
            text.push(character);
        }
        writeln!(out, "#[doc = {:?}]", format!(" {text}"))?;
    }
    Ok(())
}

fn borrows(statement: &Statement, all: &[Statement]) -> bool {
    let fields = statement.takes.own(all, |other| &other.takes);
    fields.iter().any(|field| field.kind.of_parameter().contains("'a"))
}

/// `fold_event` as `FoldEvent`.
fn pascal(name: &str) -> String {
    let words = name.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    });
    words.collect()
}
