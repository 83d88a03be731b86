//! Hashing of identifiers for the maps on the decision path.

use std::hash::{BuildHasherDefault, Hasher};

/// For maps whose keys are GUIDs or positions and come from a tenant document. Callers only look things up, so they
/// cannot make such a map slow.
pub(crate) type IdHash = BuildHasherDefault<IdHasher>;

/// Folds the bytes with a multiplication per eight of them.
#[derive(Debug, Default)]
pub(crate) struct IdHasher(u64);

impl IdHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517C_C1B7_2722_0A95);
    }
}

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        words.iter().for_each(|word| self.add(u64::from_le_bytes(*word)));
        rest.iter().for_each(|byte| self.add(u64::from(*byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.add(u64::from(number));
    }

    fn write_usize(&mut self, _length: usize) {
        // The length of a GUID is always the same.
    }

    fn finish(&self) -> u64 {
        // The multiplication leaves the best bits on top; tables use the lowest.
        self.0.rotate_left(26)
    }
}
