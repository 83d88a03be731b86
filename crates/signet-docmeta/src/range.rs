//! Random access to the bytes of a document.

use std::io::{Read, Seek, SeekFrom};

/// Random access to a document. Each call of [`RangeRead::read_at`] may be one request to a store.
pub trait RangeRead {
    /// Length of the document in bytes. Constant while the document is being read.
    fn len(&self) -> u64;

    /// Whether the document has no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns `length` bytes from `offset` on, fewer only where the document ends.
    ///
    /// # Errors
    /// The store's own; they come back unchanged in [`crate::ReadError::Io`].
    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>>;
}

/// A document in memory.
#[derive(Debug, Clone, Copy)]
pub struct MemoryRange<'a> {
    data: &'a [u8],
}

impl<'a> MemoryRange<'a> {
    /// A document consisting of `data`.
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self { data }
    }
}

impl RangeRead for MemoryRange<'_> {
    fn len(&self) -> u64 {
        self.data.len() as u64
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.data.len());
        let end = start.saturating_add(length).min(self.data.len());
        Ok(self.data.get(start..end).unwrap_or_default().to_vec())
    }
}

/// A document behind `Read` and `Seek`, such as an open file.
#[derive(Debug)]
pub struct FileRange<F> {
    file: F,
    length: u64,
}

impl<F: Read + Seek> FileRange<F> {
    /// Takes the length of `file` once; later growth is not seen.
    ///
    /// # Errors
    /// When the end of `file` cannot be found.
    pub fn new(mut file: F) -> std::io::Result<Self> {
        let length = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, length })
    }
}

impl<F: Read + Seek> RangeRead for FileRange<F> {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let available = self.length.saturating_sub(offset).min(length as u64);
        let mut bytes = Vec::new();
        if available == 0 {
            return Ok(bytes);
        }
        self.file.seek(SeekFrom::Start(offset))?;
        (&mut self.file).take(available).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reader: &mut dyn RangeRead) {
        assert_eq!(reader.len(), 5);
        assert!(!reader.is_empty());
        assert_eq!(reader.read_at(0, 5).unwrap(), b"hello");
        assert_eq!(reader.read_at(1, 2).unwrap(), b"el");
        assert_eq!(reader.read_at(3, 100).unwrap(), b"lo");
        assert_eq!(reader.read_at(5, 1).unwrap(), b"");
        assert_eq!(reader.read_at(u64::MAX, usize::MAX).unwrap(), b"");
    }

    #[test]
    fn memory_and_file_behave_alike() {
        check(&mut MemoryRange::new(b"hello"));
        check(&mut FileRange::new(std::io::Cursor::new(b"hello".to_vec())).unwrap());
    }
}
