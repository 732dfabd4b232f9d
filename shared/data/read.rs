//! Reads a table of facts in this folder; a part of the build scripts of `shared` and `tracker`.

use std::{error::Error, fs};

/// The facts of a file: the two words of each line that is neither empty nor a comment.
pub(crate) fn facts(path: &str) -> Result<Vec<(String, String)>, Box<dyn Error>> {
    println!("cargo::rerun-if-changed={path}");
    let text = fs::read_to_string(path)?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(' ') {
            Some((first, second)) => Ok((first.to_owned(), second.to_owned())),
            None => Err(format!("{path}: a line needs two words: {line}").into()),
        })
        .collect()
}
