//! Content stamps: a build step runs again when the content of its inputs has changed, whatever their times say.
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The hash of a step's inputs, and the file that remembers the last one.
pub(crate) struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// Hashes the inputs (files, or folders with everything below them) and `also`, which decides the result too.
    pub(crate) fn of(file: PathBuf, inputs: &[PathBuf], also: &str) -> Result<Self> {
        let mut hash = Sha256::new();
        hash.update(also);
        for input in inputs {
            for path in files_below(input)? {
                let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                hash.update(path.to_string_lossy().as_bytes());
                hash.update(bytes.len().to_le_bytes());
                hash.update(&bytes);
            }
        }
        Ok(Self { file, hash: hex(&hash.finalize()) })
    }

    /// Whether the step ran with exactly these inputs.
    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.hash)
    }

    /// Remembers the inputs; called only once the step's results are all on disk.
    pub(crate) fn keep(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.hash).with_context(|| format!("cannot write {}", self.file.display()))
    }
}

/// Every file below a folder in a stable order; a file stands for itself, a missing path for nothing.
pub(crate) fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    if !path.is_dir() {
        return Ok(Vec::new());
    }
    let mut entries = fs::read_dir(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| format!("cannot list {}", path.display()))?;
    entries.sort_by_key(fs::DirEntry::file_name);
    let mut files = Vec::new();
    for entry in entries {
        files.extend(files_below(&entry.path())?);
    }
    Ok(files)
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_input_breaks_the_stamp() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("cartwake-stamp-{}", std::process::id()));
        let (input, file) = (folder.join("in/deep.txt"), folder.join("stamp"));
        fs::create_dir_all(folder.join("in"))?;
        let stamp = |also: &str| Stamp::of(file.clone(), &[folder.join("in")], also);
        fs::write(&input, "one")?;
        stamp("x")?.keep()?;
        let held = stamp("x")?.holds();
        let other_words = stamp("y")?.holds();
        fs::write(&input, "two")?;
        let changed = stamp("x")?.holds();
        fs::remove_dir_all(&folder)?;
        assert_eq!((held, other_words, changed), (true, false, false));
        Ok(())
    }
}
