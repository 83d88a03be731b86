//! A new document as pieces of the old one and new bytes.

use crate::range::RangeRead;
use crate::write::Warning;

/// A new document, described by what it takes from the old one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rewrite {
    /// The pieces, in order. Neighbouring copies lie apart in the old document.
    pub segments: Vec<Segment>,
    /// Length of the new document in bytes.
    pub length: u64,
    /// Whether the new document differs from the old one at all.
    pub changed: bool,
    /// What the caller may want to tell the user.
    pub warnings: Vec<Warning>,
    /// Positions of the archive entries that were written anew.
    pub(crate) rewritten: Vec<usize>,
}

/// One piece of a new document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Bytes of the old document.
    Copy {
        /// Where they start in the old document.
        offset: u64,
        /// How many.
        length: u64,
    },
    /// New bytes.
    Bytes(Vec<u8>),
}

impl Segment {
    const fn len(&self) -> u64 {
        match self {
            Self::Copy { length, .. } => *length,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

impl Rewrite {
    /// A document of `length` bytes as it is.
    pub(crate) fn unchanged(length: u64) -> Self {
        Self {
            segments: vec![Segment::Copy { offset: 0, length }],
            length,
            changed: false,
            warnings: Vec::new(),
            rewritten: Vec::new(),
        }
    }

    /// The new document as something to read, `original` being the old one.
    pub fn over<'a>(&'a self, original: &'a mut dyn RangeRead) -> RewriteRange<'a> {
        RewriteRange {
            rewrite: self,
            original,
        }
    }
}

/// A new document read through the old one.
pub struct RewriteRange<'a> {
    rewrite: &'a Rewrite,
    original: &'a mut dyn RangeRead,
}

impl RangeRead for RewriteRange<'_> {
    fn len(&self) -> u64 {
        self.rewrite.length
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let end = offset.saturating_add(length as u64).min(self.rewrite.length);
        let mut read = Vec::new();
        let mut start = 0;
        for segment in &self.rewrite.segments {
            let stop = start + segment.len();
            let (from, to) = (offset.max(start), end.min(stop));
            if from < to {
                let within = from - start;
                match segment {
                    Segment::Copy { offset, .. } => {
                        let count = usize::try_from(to - from).unwrap_or(length);
                        read.extend(self.original.read_at(offset + within, count)?);
                    }
                    Segment::Bytes(bytes) => {
                        let index = |position: u64| usize::try_from(position - start).unwrap_or(usize::MAX);
                        read.extend_from_slice(bytes.get(index(from)..index(to)).unwrap_or_default());
                    }
                }
            }
            start = stop;
        }
        Ok(read)
    }
}

/// Grows a list of segments; neighbours are joined.
#[derive(Debug, Default)]
pub(crate) struct SegmentList {
    segments: Vec<Segment>,
    length: u64,
}

impl SegmentList {
    /// Length of the document so far.
    pub(crate) const fn len(&self) -> u64 {
        self.length
    }

    pub(crate) fn copy(&mut self, offset: u64, length: u64) {
        if length == 0 {
            return;
        }
        self.length += length;
        match self.segments.last_mut() {
            Some(Segment::Copy {
                offset: before,
                length: known,
            }) if *before + *known == offset => *known += length,
            _ => self.segments.push(Segment::Copy { offset, length }),
        }
    }

    pub(crate) fn bytes(&mut self, bytes: Vec<u8>) {
        self.length += bytes.len() as u64;
        match self.segments.last_mut() {
            Some(Segment::Bytes(before)) => before.extend_from_slice(&bytes),
            _ => self.segments.push(Segment::Bytes(bytes)),
        }
    }

    pub(crate) fn finish(self) -> Rewrite {
        Rewrite {
            segments: self.segments,
            length: self.length,
            changed: true,
            warnings: Vec::new(),
            rewritten: Vec::new(),
        }
    }
}
