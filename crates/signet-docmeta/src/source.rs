//! The document as the parsers see it: counted, cached, coalesced range reads.

use crate::error::{ReadError, limit, malformed};
use crate::limits::{Budget, WhenSpent};
use crate::range::RangeRead;
use crate::report::ReadStats;

/// A document up to this size is fetched whole with the first read.
const WHOLE_DOCUMENT: u64 = 64 * 1024;
/// Windows beyond this sum are forgotten, oldest first.
const CACHED_BYTES: usize = 8 * 1024 * 1024;
/// A window this large is not grown any further.
const LARGEST_GROWN_WINDOW: usize = 8 * 1024 * 1024;

/// The document as the parsers see it. Bytes once fetched are not fetched again while they are cached.
pub(crate) struct Source<'a> {
    reader: &'a mut dyn RangeRead,
    length: u64,
    budget: &'a Budget,
    block: u64,
    windows: Vec<Window>,
    stats: ReadStats,
}

/// Fetched bytes. INVARIANT (windows are inside the document): `start + bytes.len() <= length`.
struct Window {
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn end(&self) -> u64 {
        self.start.saturating_add(self.bytes.len() as u64)
    }

    fn contains(&self, offset: u64) -> bool {
        self.start <= offset && offset < self.end()
    }
}

impl<'a> Source<'a> {
    /// Reads nothing yet.
    pub(crate) fn new(reader: &'a mut dyn RangeRead, budget: &'a Budget) -> Self {
        let length = reader.len();
        Self {
            reader,
            length,
            budget,
            block: 1,
            windows: Vec::new(),
            stats: ReadStats::default(),
        }
    }

    /// Length of the document.
    pub(crate) const fn len(&self) -> u64 {
        self.length
    }

    /// What reading cost so far.
    pub(crate) const fn stats(&self) -> ReadStats {
        self.stats
    }

    /// From now on fetches whole blocks of `block` bytes, for formats that hop about; 1 fetches exactly what is asked for.
    pub(crate) fn fetch_blocks_of(&mut self, block: u64) {
        self.block = block.max(1);
    }

    /// Gives back the memory of what was fetched.
    pub(crate) fn forget(&mut self) {
        self.windows.clear();
    }

    /// `length` bytes from `offset` on, all of them.
    pub(crate) fn read(&mut self, offset: u64, length: usize) -> Result<&[u8], ReadError> {
        const OUTSIDE: ReadError = malformed("a structure reaches beyond the end of the file");
        let end = offset.checked_add(length as u64).ok_or(OUTSIDE)?;
        if end > self.length {
            return Err(OUTSIDE);
        }
        if length == 0 {
            return Ok(&[]);
        }
        let index = match self.window_with(offset, end) {
            Some(index) => index,
            None => self.fetch(offset, end)?,
        };
        let window = self.windows.get(index).ok_or(OUTSIDE)?;
        let start = usize::try_from(offset - window.start).map_err(|_| OUTSIDE)?;
        window.bytes.get(start..start + length).ok_or(OUTSIDE)
    }

    /// As `read`, cut short where the document ends.
    pub(crate) fn read_up_to(&mut self, offset: u64, length: usize) -> Result<&[u8], ReadError> {
        let available = self.length.saturating_sub(offset).min(length as u64);
        let length = usize::try_from(available).unwrap_or(length);
        self.read(offset.min(self.length), length)
    }

    /// The last `length` bytes, fewer when the document is shorter.
    pub(crate) fn read_tail(&mut self, length: usize) -> Result<&[u8], ReadError> {
        self.read_up_to(self.length.saturating_sub(length as u64), length)
    }

    fn window_with(&self, start: u64, end: u64) -> Option<usize> {
        self.windows
            .iter()
            .position(|window| window.start <= start && end <= window.end())
    }

    /// Fetches what is missing of `start..end` and says which window holds all of it.
    fn fetch(&mut self, start: u64, end: u64) -> Result<usize, ReadError> {
        if self.length <= WHOLE_DOCUMENT {
            let bytes = self.request(0, self.length)?;
            self.windows = vec![Window { start: 0, bytes }];
            return Ok(0);
        }
        let (mut from, mut to) = self.align(start, end);
        if let Some(index) = self.growable(|window| window.contains(start) || window.end() == from) {
            from = self.windows.get(index).map_or(from, Window::end);
            let more = self.request(from, to)?;
            if let Some(window) = self.windows.get_mut(index) {
                window.bytes.extend_from_slice(&more);
            }
            return Ok(index);
        }
        if let Some(index) = self.growable(|window| window.contains(end - 1)) {
            to = self.windows.get(index).map_or(to, |window| window.start);
            let mut bytes = self.request(from, to)?;
            if let Some(window) = self.windows.get_mut(index) {
                bytes.extend_from_slice(&window.bytes);
                *window = Window { start: from, bytes };
            }
            return Ok(index);
        }
        let bytes = self.request(from, to)?;
        self.forget_beyond(CACHED_BYTES.saturating_sub(bytes.len()));
        self.windows.push(Window { start: from, bytes });
        Ok(self.windows.len() - 1)
    }

    /// `start..end` widened to blocks, but not into bytes that are cached already.
    fn align(&self, start: u64, end: u64) -> (u64, u64) {
        let mut from = start - start % self.block;
        let mut to = end
            .checked_next_multiple_of(self.block)
            .unwrap_or(self.length)
            .min(self.length);
        for window in &self.windows {
            if from < window.end() && window.end() <= start {
                from = window.end();
            }
            if end <= window.start && window.start < to {
                to = window.start;
            }
        }
        (from, to)
    }

    fn growable(&self, wanted: impl Fn(&Window) -> bool) -> Option<usize> {
        if self.cached() >= CACHED_BYTES {
            return None;
        }
        self.windows
            .iter()
            .position(|window| window.bytes.len() < LARGEST_GROWN_WINDOW && wanted(window))
    }

    fn cached(&self) -> usize {
        self.windows.iter().map(|window| window.bytes.len()).sum()
    }

    fn forget_beyond(&mut self, allowed: usize) {
        let mut cached = self.cached();
        while cached > allowed && !self.windows.is_empty() {
            cached = cached.saturating_sub(self.windows.remove(0).bytes.len());
        }
    }

    fn request(&mut self, from: u64, to: u64) -> Result<Vec<u8>, ReadError> {
        let wanted = to.saturating_sub(from);
        let bytes = self.stats.bytes.saturating_add(wanted);
        if self.stats.requests >= self.budget.requests || bytes > self.budget.bytes {
            return Err(self.budget.spent());
        }
        self.budget.check_time()?;
        self.stats = ReadStats {
            bytes,
            requests: self.stats.requests + 1,
        };
        let length = usize::try_from(wanted).map_err(|_| limit("a range larger than memory was asked for"))?;
        let read = self.reader.read_at(from, length)?;
        if read.len() != length {
            let message = "the store answered with another number of bytes than asked for";
            return Err(std::io::Error::new(std::io::ErrorKind::UnexpectedEof, message).into());
        }
        Ok(read)
    }
}

impl Budget {
    /// Fails once time is up.
    pub(crate) fn check_time(&self) -> Result<(), ReadError> {
        match &self.deadline {
            Some(deadline) if deadline.passed() => Err(self.spent()),
            _ => Ok(()),
        }
    }

    const fn spent(&self) -> ReadError {
        match self.when_spent {
            WhenSpent::Defer => ReadError::BudgetExceeded,
            WhenSpent::Refuse => limit("reading it needs more than the read budget"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Deadline;

    /// A document of `length` bytes, each the low byte of its offset divided by 1,000, that notes what it is asked.
    struct Counted {
        length: u64,
        asked: Vec<(u64, usize)>,
    }

    impl RangeRead for Counted {
        fn len(&self) -> u64 {
            self.length
        }

        fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
            self.asked.push((offset, length));
            Ok((offset..offset + length as u64).map(byte).collect())
        }
    }

    fn byte(offset: u64) -> u8 {
        (offset / 1000 % 256) as u8
    }

    fn check(block: u64, reads: &[(u64, usize)], asked: &[(u64, usize)]) {
        let mut reader = Counted {
            length: 10_000_000,
            asked: Vec::new(),
        };
        let budget = Budget::inline();
        let mut source = Source::new(&mut reader, &budget);
        source.fetch_blocks_of(block);
        for (offset, length) in reads {
            let bytes = source.read(*offset, *length).unwrap();
            let expected: Vec<u8> = (*offset..offset + *length as u64).map(byte).collect();
            assert_eq!(bytes, expected, "{offset} {length}");
        }
        assert_eq!(reader.asked, asked);
    }

    #[test]
    fn bytes_already_read_are_not_fetched_again() {
        check(1, &[(1000, 500), (1000, 500), (1200, 300)], &[(1000, 500)]);
    }

    #[test]
    fn only_the_missing_part_is_fetched() {
        check(1, &[(1000, 500), (1400, 300)], &[(1000, 500), (1500, 200)]);
        check(1, &[(1000, 500), (800, 300)], &[(1000, 500), (800, 200)]);
        check(1, &[(1000, 500), (1500, 10)], &[(1000, 500), (1500, 10)]);
        check(1, &[(1000, 500), (900, 1000)], &[(1000, 500), (900, 1000)]);
    }

    #[test]
    fn blocks_are_widened_but_not_into_cached_bytes() {
        check(4096, &[(5000, 10)], &[(4096, 4096)]);
        check(4096, &[(5000, 10), (8190, 10)], &[(4096, 4096), (8192, 4096)]);
        check(4096, &[(9_999_990, 10)], &[(9_998_336, 1664)]);
    }

    #[test]
    fn a_small_document_is_fetched_whole() {
        let mut reader = Counted {
            length: 5000,
            asked: Vec::new(),
        };
        let budget = Budget::inline();
        let mut source = Source::new(&mut reader, &budget);
        source.read(10, 1).unwrap();
        source.read_tail(9999).unwrap();
        assert_eq!(
            source.stats(),
            ReadStats {
                bytes: 5000,
                requests: 1
            }
        );
        assert!(matches!(source.read(4999, 2), Err(ReadError::Malformed { .. })));
        assert!(matches!(source.read(u64::MAX, 2), Err(ReadError::Malformed { .. })));
        assert_eq!(source.read(5000, 0).unwrap(), b"");
    }

    #[test]
    fn a_spent_budget_is_deferred_or_refused() {
        let read = |budget: &Budget| {
            let mut reader = Counted {
                length: 10_000_000,
                asked: Vec::new(),
            };
            let mut source = Source::new(&mut reader, budget);
            source.read(0, 100)?;
            source.read(1000, 100).map(<[u8]>::len)
        };
        let bytes = Budget {
            bytes: 150,
            ..Budget::inline()
        };
        assert!(matches!(read(&bytes), Err(ReadError::BudgetExceeded)));
        let requests = Budget {
            requests: 1,
            ..Budget::background()
        };
        assert!(matches!(read(&requests), Err(ReadError::LimitExceeded { .. })));
        let late = Budget {
            deadline: Some(Deadline::new(|| true)),
            ..Budget::inline()
        };
        assert!(matches!(read(&late), Err(ReadError::BudgetExceeded)));
        assert_eq!(read(&Budget::inline()).unwrap(), 100);
    }

    #[test]
    fn a_store_that_answers_short_is_an_error() {
        struct Short;
        impl RangeRead for Short {
            fn len(&self) -> u64 {
                100
            }
            fn read_at(&mut self, _: u64, length: usize) -> std::io::Result<Vec<u8>> {
                Ok(vec![0; length - 1])
            }
        }
        let budget = Budget::inline();
        assert!(matches!(
            Source::new(&mut Short, &budget).read(0, 10),
            Err(ReadError::Io(_))
        ));
    }
}
