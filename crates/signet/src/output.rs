//! Files the program writes, and what it prints.

use std::fmt;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context;

/// Prints a line, as `println!` does. Where nobody reads any more or the disk is full that is an error, not a panic.
macro_rules! outln {
    ($($text:tt)*) => {
        $crate::output::line(format_args!($($text)*))
    };
}
pub(crate) use outln;

/// What [`outln`] does.
pub(crate) fn line(text: fmt::Arguments<'_>) -> io::Result<()> {
    writeln!(standard_output(), "{text}")
}

/// Prints a text, as `print!` does, with the errors of [`outln`].
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut output = standard_output();
    output.write_all(text.as_bytes())?;
    output.flush()
}

/// Standard output. That its reader has gone, as `head` does, can be told from other errors by [`reader_is_gone`].
pub(crate) fn standard_output() -> impl Write {
    Output(io::stdout().lock())
}

/// The error is that nobody reads standard output any more.
pub(crate) fn reader_is_gone(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.is_some_and(|inner| inner.is::<ReaderGone>())
    })
}

#[derive(Debug)]
struct ReaderGone;

impl fmt::Display for ReaderGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output")
    }
}

impl std::error::Error for ReaderGone {}

struct Output<W>(W);

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(told)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(told)
    }
}

fn told(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, ReaderGone),
        kind => io::Error::new(kind, format!("cannot write to standard output: {error}")),
    }
}

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
