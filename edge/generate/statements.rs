//! Reads the `.sql` files of `edge/sql/`: named statements with typed parameters and columns (docs: edge/sql/README.md).
//!
//! Used by the build script and, for its tests, by `edge/tests/statements.rs`.

use std::{collections::BTreeSet, error::Error, fmt, fs, ops::Range, path::Path};

use self::types::Type;

mod rust;
pub(crate) mod types;

/// Reads every file of a folder and gives back the Rust module of all of them.
pub(crate) fn module(folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut paths: Vec<_> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "sql"));
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        files.push(File::parse(&format!("edge/{}", path.display()), &fs::read_to_string(&path)?)?);
    }
    Ok(module_of(&files))
}

/// The Rust module of these files.
pub(crate) fn module_of(files: &[File]) -> String {
    rust::module(files)
}

/// One `.sql` file.
#[derive(Debug)]
pub(crate) struct File {
    /// Its name without the ending: the Rust module of its statements.
    pub(crate) name: String,
    /// What it says of itself.
    pub(crate) doc: Vec<String>,
    /// Its statements, in their order.
    pub(crate) statements: Vec<Statement>,
}

/// One named statement.
#[derive(Debug)]
pub(crate) struct Statement {
    /// Its name in `snake_case`.
    pub(crate) name: String,
    /// What it says of itself, the index it uses and the rows it costs.
    pub(crate) doc: Vec<String>,
    /// What it takes.
    pub(crate) takes: Fields,
    /// What it gives back.
    pub(crate) gives: Fields,
    /// Its text with `?1`, without comments and indentation.
    pub(crate) text: String,
}

/// The parameters or the columns of a statement.
#[derive(Debug)]
pub(crate) enum Fields {
    /// Its own; empty where the statement has none.
    Own(Vec<Field>),
    /// Those of another statement of the file.
    As(String),
}

/// A parameter or a column.
#[derive(Debug)]
pub(crate) struct Field {
    /// Its name.
    pub(crate) name: String,
    /// Its type.
    pub(crate) kind: &'static Type,
    /// Whether it may be NULL.
    pub(crate) is_optional: bool,
    /// What it means, where the name does not say it.
    pub(crate) doc: String,
}

/// Why a file cannot be used, and where.
#[derive(Debug)]
pub(crate) struct Failure {
    path: String,
    line: usize,
    message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl Error for Failure {}

/// A line of a block with its number.
type Line = (usize, String);

/// What stands between two `-- name:` or `-- fragment:` lines.
#[derive(Default)]
struct Block {
    line: usize,
    name: String,
    is_fragment: bool,
    doc: Vec<String>,
    takes: Option<Line>,
    gives: Option<Line>,
    body: Vec<Line>,
}

/// What a comment line of a header goes on with when it is indented.
#[derive(Clone, Copy, PartialEq)]
enum Clause {
    Doc,
    Takes,
    Gives,
}

impl File {
    /// Parses the text of a file.
    pub(crate) fn parse(path: &str, text: &str) -> Result<Self, Failure> {
        let fail = |line, message: &str| Failure { path: path.to_owned(), line, message: message.to_owned() };
        let name = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let (doc, blocks) = blocks(text).map_err(|(line, message)| fail(line, &message))?;
        if doc.is_empty() {
            return Err(fail(1, "the first line says what the file is: `-- …`"));
        }
        let (fragments, named): (Vec<Block>, Vec<Block>) = blocks.into_iter().partition(|block| block.is_fragment);
        let mut taken = BTreeSet::new();
        for block in fragments.iter().chain(&named) {
            if !taken.insert((block.is_fragment, block.name.clone())) {
                return Err(fail(block.line, &format!("`{}` is the name of another block", block.name)));
            }
        }
        let included = |fragment: &Block| {
            let name = |line: &Line| include_of(&line.1).is_some_and(|name| name == fragment.name);
            named.iter().chain(&fragments).any(|block| block.body.iter().any(name))
        };
        if let Some(unused) = fragments.iter().find(|fragment| !included(fragment)) {
            return Err(fail(unused.line, &format!("no statement includes the fragment `{}`", unused.name)));
        }
        let mut statements: Vec<Statement> = Vec::new();
        for block in named {
            let read = Statement::of(&block, &fragments, &statements);
            statements.push(read.map_err(|(line, message)| fail(line, &message))?);
        }
        Ok(Self { name, doc, statements })
    }
}

/// Splits a file into its own comment and its blocks.
fn blocks(text: &str) -> Result<(Vec<String>, Vec<Block>), (usize, String)> {
    let mut doc = Vec::new();
    let mut blocks: Vec<Block> = Vec::new();
    let mut clause = Clause::Doc;
    for (number, line) in (1..).zip(text.lines()) {
        let trimmed = line.trim();
        let comment = trimmed.strip_prefix("--");
        let clause_of = |name: &str| comment.and_then(|text| text.trim().strip_prefix(name)).map(str::trim);
        if let Some((name, is_fragment)) =
            clause_of("name:").map(|name| (name, false)).or(clause_of("fragment:").map(|name| (name, true)))
        {
            if !is_name(name) {
                return Err((number, format!("`{name}` is no name: small letters, digits and `_`")));
            }
            blocks.push(Block { line: number, name: name.to_owned(), is_fragment, ..Block::default() });
            clause = Clause::Doc;
            continue;
        }
        let Some(block) = blocks.last_mut() else {
            match comment {
                Some(text) => doc.push(text.trim().to_owned()),
                None if trimmed.is_empty() => {}
                None => return Err((number, "SQL before the first `-- name:`".to_owned())),
            }
            continue;
        };
        let is_include = include_of(trimmed).is_some();
        match comment {
            Some(text) if block.body.is_empty() && !is_include => {
                if let Some(taken) = clause_of("takes:") {
                    block.takes = Some((number, taken.to_owned()));
                    clause = Clause::Takes;
                } else if let Some(given) = clause_of("gives:") {
                    block.gives = Some((number, given.to_owned()));
                    clause = Clause::Gives;
                } else {
                    let goes_on = text.starts_with("   ");
                    let clause = if goes_on { clause } else { Clause::Doc };
                    match (clause, &mut block.takes, &mut block.gives) {
                        (Clause::Takes, Some((_, list)), _) | (Clause::Gives, _, Some((_, list))) => {
                            list.push(' ');
                            list.push_str(text.trim());
                        }
                        _ => block.doc.push(text.trim().to_owned()),
                    }
                }
            }
            Some(_) if !is_include => {}
            _ if trimmed.is_empty() => {}
            _ => block.body.push((number, trimmed.to_owned())),
        }
    }
    Ok((doc, blocks))
}

impl Statement {
    fn of(block: &Block, fragments: &[Block], before: &[Self]) -> Result<Self, (usize, String)> {
        let header = block.doc.join("\n");
        if !header.contains("Index: ") || !(header.contains("Rows: ") || header.contains("Reads: ")) {
            let message =
                format!("`{}` does not say its index and its rows: `Index: …` and `Rows: …` or `Reads: …`", block.name);
            return Err((block.line, message));
        }
        let takes = Fields::parse(block.takes.as_ref(), before)?;
        let gives = Fields::parse(block.gives.as_ref(), before)?;
        let lines = expanded(&block.body, fragments)?;
        if lines.is_empty() {
            return Err((block.line, format!("`{}` has no SQL", block.name)));
        }
        let parameters = takes.own(before, |statement| &statement.takes);
        // A statement with the parameters of another one may leave some out, but not the last: SQLite and D1 refuse more
        // values than a text asks for.
        let must_use = match takes {
            Fields::Own(_) => 0..parameters.len(),
            Fields::As(_) => parameters.len().saturating_sub(1)..parameters.len(),
        };
        let declared_at = block.takes.as_ref().map_or(block.line, |(line, _)| *line);
        let text = numbered(&lines, parameters, must_use, declared_at)?;
        Ok(Self { name: block.name.clone(), doc: block.doc.clone(), takes, gives, text })
    }
}

impl Fields {
    /// Parses `name type? (doc), …` or `as <statement>`.
    fn parse(list: Option<&Line>, before: &[Statement]) -> Result<Self, (usize, String)> {
        let Some((line, list)) = list else { return Ok(Self::Own(Vec::new())) };
        if let Some(other) = list.strip_prefix("as ") {
            return match before.iter().find(|statement| statement.name == other) {
                Some(_) => Ok(Self::As(other.to_owned())),
                None => Err((*line, format!("there is no statement `{other}` above"))),
            };
        }
        let mut fields: Vec<Field> = Vec::new();
        for item in items(list) {
            let field = Field::parse(item).map_err(|message| (*line, message))?;
            if fields.iter().any(|other| other.name == field.name) {
                return Err((*line, format!("`{}` is declared twice", field.name)));
            }
            fields.push(field);
        }
        Ok(Self::Own(fields))
    }

    /// The fields, also where they are declared by a statement above.
    pub(crate) fn own<'f>(&'f self, before: &'f [Statement], of: impl Fn(&'f Statement) -> &'f Self) -> &'f [Field] {
        match self {
            Self::Own(fields) => fields,
            Self::As(other) => before
                .iter()
                .find(|statement| statement.name == *other)
                .map_or(&[], |statement| of(statement).own(before, of)),
        }
    }
}

impl Field {
    fn parse(item: &str) -> Result<Self, String> {
        let (declared, doc) = match item.split_once('(') {
            Some((declared, doc)) => (declared.trim(), doc.trim_end().trim_end_matches(')')),
            None => (item, ""),
        };
        let words: Vec<&str> = declared.split_whitespace().collect();
        let [name, word] = words.as_slice() else {
            return Err(format!("`{item}` is not `name type` or `name type?`, with its meaning in parentheses"));
        };
        if !is_name(name) {
            return Err(format!("`{name}` is no name: small letters, digits and `_`"));
        }
        let bare = word.trim_end_matches('?');
        let kind = Type::of_word(bare).ok_or_else(|| format!("`{bare}` is no type (edge/generate/types.rs)"))?;
        Ok(Self { name: (*name).to_owned(), kind, is_optional: bare != *word, doc: doc.to_owned() })
    }
}

/// Lines with the fragments that they include; a fragment may include those that stand behind it in the file.
fn expanded(body: &[Line], fragments: &[Block]) -> Result<Vec<Line>, (usize, String)> {
    let mut lines = Vec::new();
    for (number, line) in body {
        let Some(name) = include_of(line) else {
            lines.push((*number, line.clone()));
            continue;
        };
        let place = fragments.iter().position(|fragment| fragment.name == name);
        let place = place.ok_or_else(|| (*number, format!("there is no fragment `{name}`")))?;
        let (fragment, behind) = fragments[place..].split_first().ok_or((*number, String::new()))?;
        lines.extend(expanded(&fragment.body, behind)?);
    }
    Ok(lines)
}

/// The fragment that a line includes.
fn include_of(line: &str) -> Option<&str> {
    line.strip_prefix("--")?.trim().strip_prefix("include:").map(str::trim)
}

/// The parts between the commas that stand in no brackets.
fn items(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let parts = list.split(|character: char| {
        match character {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// The text with `?N` for each `:name`, since D1 binds parameters by their position only.
fn numbered(
    lines: &[Line],
    parameters: &[Field],
    must_use: Range<usize>,
    declared_at: usize,
) -> Result<String, (usize, String)> {
    let mut used = BTreeSet::new();
    let mut text = String::new();
    for (number, line) in lines {
        if !text.is_empty() {
            text.push('\n');
        }
        let mut in_literal = false;
        let mut rest = line.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '\'' => {
                    in_literal = !in_literal;
                    text.push(character);
                }
                '-' if !in_literal && rest.peek() == Some(&'-') => break,
                '?' if !in_literal => return Err((*number, "parameters are named: `:name`".to_owned())),
                ':' if !in_literal => {
                    let mut name = String::new();
                    while let Some(next) = rest.next_if(|next| next.is_ascii_alphanumeric() || *next == '_') {
                        name.push(next);
                    }
                    let place = parameters.iter().position(|parameter| parameter.name == name);
                    let place = place.ok_or_else(|| (*number, format!("`:{name}` is not declared in `takes`")))?;
                    used.insert(place);
                    text.push('?');
                    text.push_str(&(place + 1).to_string());
                }
                _ => text.push(character),
            }
        }
        text.truncate(text.trim_end().len());
        if in_literal {
            return Err((*number, "a text literal does not end on its line".to_owned()));
        }
    }
    let unused = (0..).zip(parameters).find(|(place, _)| must_use.contains(place) && !used.contains(place));
    match unused {
        Some((_, unused)) => Err((declared_at, format!("`{}` is declared, but not used", unused.name))),
        None => Ok(text),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .chars()
            .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
}
