//! Where objects are: tables, streams, and the chain of sections through them. Source: ISO 32000-2, 7.5.4 to 7.5.8.

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::pdf::lexer::Lexer;
use crate::pdf::object::{Dictionary, Object};
use crate::source::Source;

const BAD: ReadError = malformed("a cross-reference section of the PDF is damaged");
/// Subsections of one table.
const SUBSECTIONS: usize = 65_536;
/// The word that the position of the newest section follows, and the bytes after it among which its number begins.
const START: &[u8] = b"startxref";
const NUMBER: usize = 256;
/// Bytes at the end of the file among which that word is: usually, and with other things behind it.
const TAILS: [usize; 2] = [4096, 64 * 1024];

/// Where an object is, as far as one section knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    /// At a position of the file.
    At {
        offset: u64,
    },
    /// In an object stream, at an index of it.
    Inside {
        stream: u32,
        index: u64,
    },
}

/// One section, with the dictionary that ends or describes it.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) trailer: Dictionary,
    /// The table; absent when the section is a stream alone.
    pub(super) table: Option<Table>,
    /// The stream, alone or beside the table of a hybrid file.
    pub(super) stream: Option<StreamTable>,
}

impl Section {
    /// A number above that of every object the section speaks of.
    pub(super) fn end(&self) -> u64 {
        let parts = self
            .table
            .iter()
            .flat_map(|table| &table.subsections)
            .map(|part| part.first + part.count);
        let ranges = self
            .stream
            .iter()
            .flat_map(|stream| &stream.ranges)
            .map(|(first, count)| first + count);
        parts.chain(ranges).max().unwrap_or(0)
    }

    /// How many ranges of numbers are looked through to find one.
    pub(super) fn parts(&self) -> usize {
        let table = self.table.as_ref().map_or(0, |table| table.subsections.len());
        table + self.stream.as_ref().map_or(0, |stream| stream.ranges.len())
    }

    /// Bytes the section takes in memory.
    pub(super) fn held(&self) -> usize {
        let table = self
            .table
            .as_ref()
            .map_or(0, |table| table.subsections.len() * size_of::<Subsection>());
        let stream = self
            .stream
            .as_ref()
            .map_or(0, |stream| stream.data.len() + stream.ranges.len() * 16);
        table + stream + self.trailer.held()
    }

    /// Where the section says an object is; `None` when it does not speak of it.
    pub(super) fn find(&self, source: &mut Source<'_>, number: u32) -> Result<Option<Place>, ReadError> {
        let in_table = match &self.table {
            Some(table) => table.find(source, number)?,
            None => None,
        };
        // In a hybrid file objects of the stream are free in the table, to hide them from old readers.
        if matches!(in_table, Some(Place::At { .. })) {
            return Ok(in_table);
        }
        let in_stream = self.stream.as_ref().and_then(|stream| stream.find(number));
        Ok(in_stream.or(in_table))
    }
}

/// A table of fixed-width lines, read only where needed.
#[derive(Debug)]
pub(super) struct Table {
    subsections: Vec<Subsection>,
}

#[derive(Debug)]
struct Subsection {
    first: u64,
    count: u64,
    /// Position of the first line in the file.
    offset: u64,
    /// Bytes in a line; 20, but writers slip.
    width: u64,
}

impl Table {
    /// Reads the table whose first subsection starts at `position`; also says where its trailer's dictionary starts.
    pub(super) fn read(source: &mut Source<'_>, position: u64, limits: &Limits) -> Result<(Self, u64), ReadError> {
        let mut position = position;
        let mut subsections = Vec::new();
        loop {
            if subsections.len() > SUBSECTIONS {
                return Err(limit("a cross-reference table of the PDF has too many subsections"));
            }
            limits.budget.check_time()?;
            let window = source.read_up_to(position, 256)?;
            let mut lexer = Lexer::new(window, true, &limits.pdf);
            if lexer.try_keyword("trailer")? {
                return Ok((Self { subsections }, position + lexer.position() as u64));
            }
            let (first, count) = (lexer.unsigned()?, lexer.unsigned()?);
            if first > limits.pdf.size || count > limits.pdf.size {
                return Err(limit("the PDF has too many objects"));
            }
            lexer.skip_blanks();
            let offset = position + lexer.position() as u64;
            let width = if count == 0 {
                0
            } else {
                line_width(source.read_up_to(offset, 24)?)?
            };
            subsections.push(Subsection {
                first,
                count,
                offset,
                width,
            });
            position = offset + width * count;
        }
    }

    fn find(&self, source: &mut Source<'_>, number: u32) -> Result<Option<Place>, ReadError> {
        let number = u64::from(number);
        let holds = |part: &&Subsection| part.first <= number && number - part.first < part.count;
        let Some(part) = self.subsections.iter().find(holds) else {
            return Ok(None);
        };
        let line = source.read(part.offset + (number - part.first) * part.width, 18)?;
        parse_line(line).map(Some)
    }
}

/// Width of the lines of a subsection, by the first of them.
fn line_width(window: &[u8]) -> Result<u64, ReadError> {
    parse_line(window.get(..18).ok_or(BAD)?)?;
    let rest = window.get(18..).unwrap_or_default();
    let end = rest
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\r' | b'\n'))
        .count();
    // Two bytes are right. One or three happen; more belong to what follows a single line.
    if end == 0 { Err(BAD) } else { Ok(18 + end.min(3) as u64) }
}

/// `nnnnnnnnnn ggggg n`.
fn parse_line(line: &[u8]) -> Result<Place, ReadError> {
    let text = std::str::from_utf8(line).map_err(|_| BAD)?;
    let (offset, rest) = text.split_once(' ').ok_or(BAD)?;
    let (generation, kind) = rest.split_once(' ').ok_or(BAD)?;
    let offset = offset.parse::<u64>().map_err(|_| BAD)?;
    generation.parse::<u32>().map_err(|_| BAD)?;
    match kind {
        // An object cannot be where the header is; some writers mark free objects so.
        "n" if offset != 0 => Ok(Place::At { offset }),
        "n" | "f" => Ok(Place::Free),
        _ => Err(BAD),
    }
}

/// The decoded content of a cross-reference stream.
#[derive(Debug)]
pub(super) struct StreamTable {
    widths: [usize; 3],
    ranges: Vec<(u64, u64)>,
    data: Vec<u8>,
}

impl StreamTable {
    /// Checks the numbers of `dictionary` against the decoded `data`.
    pub(super) fn new(dictionary: &Dictionary, data: Vec<u8>, limits: &Limits) -> Result<Self, ReadError> {
        let size = dictionary.get("Size").ok_or(BAD)?.as_unsigned()?;
        if size > limits.pdf.size {
            return Err(limit("the PDF has too many objects"));
        }
        let widths: Result<Vec<u64>, ReadError> = dictionary
            .get("W")
            .ok_or(BAD)?
            .elements()
            .iter()
            .map(Object::as_unsigned)
            .collect();
        let widths: Option<Vec<usize>> = widths?
            .into_iter()
            .map(|width| if width <= 8 { usize::try_from(width).ok() } else { None })
            .collect();
        let Some(&[kind, second, third, ..]) = widths.as_deref() else {
            return Err(BAD);
        };
        let widths = [kind, second, third];
        let ranges = match dictionary.get("Index") {
            Some(index) => pairs(index)?,
            None => vec![(0, size)],
        };
        let table = Self { widths, ranges, data };
        let mut lines = 0_u64;
        for (first, count) in &table.ranges {
            if first.checked_add(*count).is_none_or(|end| end > limits.pdf.size) {
                return Err(limit("the PDF has too many objects"));
            }
            lines += count;
        }
        let width = table.width() as u64;
        if width == 0
            || lines
                .checked_mul(width)
                .is_none_or(|length| length > table.data.len() as u64)
        {
            return Err(BAD);
        }
        Ok(table)
    }

    fn width(&self) -> usize {
        self.widths.iter().sum()
    }

    fn find(&self, number: u32) -> Option<Place> {
        let number = u64::from(number);
        let mut before = 0_u64;
        for (first, count) in &self.ranges {
            if *first <= number && number - first < *count {
                return self.line(before + number - first);
            }
            before += count;
        }
        None
    }

    fn line(&self, index: u64) -> Option<Place> {
        let start = usize::try_from(index).ok()?.checked_mul(self.width())?;
        let mut line = self.data.get(start..start.checked_add(self.width())?)?;
        let [kind, second, third] = self.widths.map(|width| {
            let (field, rest) = line.split_at_checked(width).unwrap_or((line, &[]));
            line = rest;
            field.iter().fold(0_u64, |value, byte| (value << 8) | u64::from(*byte))
        });
        let [kind_width, ..] = self.widths;
        Some(match if kind_width == 0 { 1 } else { kind } {
            1 => Place::At { offset: second },
            2 => Place::Inside {
                stream: u32::try_from(second).ok()?,
                index: third,
            },
            // Kinds to come are to be taken as null.
            _ => Place::Free,
        })
    }
}

fn pairs(index: &Object) -> Result<Vec<(u64, u64)>, ReadError> {
    let numbers: Result<Vec<u64>, ReadError> = index.elements().iter().map(Object::as_unsigned).collect();
    let numbers = numbers?;
    let (pairs, odd) = numbers.as_chunks::<2>();
    if !odd.is_empty() {
        return Err(BAD);
    }
    Ok(pairs.iter().map(|[first, count]| (*first, *count)).collect())
}

/// What `startxref`, the last one in the file that a number follows, says.
pub(super) fn start(source: &mut Source<'_>, limits: &Limits) -> Result<u64, ReadError> {
    let mut seen = false;
    for length in TAILS {
        let tail = source.read_tail(length)?;
        for (place, word) in tail.windows(START.len()).enumerate().rev() {
            if word != START {
                continue;
            }
            seen = true;
            let rest = tail.get(place + START.len()..).unwrap_or_default();
            let number = rest.get(..NUMBER).unwrap_or(rest);
            if let Ok(start) = Lexer::new(number, true, &limits.pdf).unsigned() {
                return Ok(start);
            }
        }
    }
    Err(if seen {
        BAD
    } else {
        malformed("the PDF does not say where its objects are")
    })
}
