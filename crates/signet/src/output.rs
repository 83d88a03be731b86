//! Files the program writes, and tables it prints.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::Path;

use anyhow::Context;

/// Writes a file only its owner may read, as a whole or not at all.
///
/// # Errors
/// Names the file.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    replace(path, content, &options)
}

/// Writes a file as a whole or not at all.
///
/// # Errors
/// Names the file.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    replace(
        path,
        content,
        OpenOptions::new().write(true).create(true).truncate(true),
    )
}

fn replace(path: &Path, content: &[u8], options: &OpenOptions) -> anyhow::Result<()> {
    let mut partial = path.as_os_str().to_owned();
    partial.push(".partial");
    let partial = Path::new(&partial);
    let written = options
        .open(partial)
        .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
    written
        .and_then(|()| fs::rename(partial, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Makes a folder only its owner may enter.
///
/// # Errors
/// Names the folder.
pub(crate) fn private_folder(path: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder
        .create(path)
        .with_context(|| format!("cannot make the folder {}", path.display()))
}

/// Lines up columns; the first row is the heading.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .max()
    };
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}"))
            .collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A file name or other text from outside, safe to print: control characters are escaped, 256 characters at most.
pub(crate) fn printable(text: &str) -> String {
    let escaped = text.chars().flat_map(|character| {
        let keep = !character.is_control();
        let plain = keep.then_some(character);
        plain
            .into_iter()
            .chain(character.escape_default().filter(move |_| !keep))
    });
    escaped.take(256).collect()
}
