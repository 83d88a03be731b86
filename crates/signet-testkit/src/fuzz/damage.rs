//! Ways to damage an input.

use std::ops::Range;

/// Numbers that parsers get wrong.
const NUMBERS: [u64; 14] = [
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFF_FFFF,
    0x8000_0000,
    0xFFFF_FFFE,
    0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF,
    0xFFFF_FFFF_FFFF_FFFF,
];

/// Makes one damaged input out of those kept so far.
pub(super) struct Damage<'k> {
    state: u64,
    kept: &'k [Vec<u8>],
    words: &'k [Vec<u8>],
    longest: usize,
}

impl<'k> Damage<'k> {
    pub(super) fn new(seed: u64, kept: &'k [Vec<u8>], words: &'k [Vec<u8>], longest: usize) -> Self {
        Self {
            state: seed,
            kept,
            words,
            longest,
        }
    }

    /// The input.
    pub(super) fn input(&mut self) -> Vec<u8> {
        let mut data = self.one_of(self.kept);
        for _ in 0..=self.below(5) {
            self.change(&mut data);
            data.truncate(self.longest);
        }
        data
    }

    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.state;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn one_of(&mut self, list: &[Vec<u8>]) -> Vec<u8> {
        let index = self.below(list.len());
        list.get(index).cloned().unwrap_or_default()
    }

    /// A part of something `length` long; short parts are likelier than long ones.
    fn part(&mut self, length: usize) -> Range<usize> {
        let start = self.below(length);
        let most = match self.below(4) {
            0 => 4,
            1 => 16,
            2 => 128,
            _ => length,
        };
        let count = self.below(most.min(length - start).max(1)) + 1;
        start..(start + count).min(length)
    }

    fn change(&mut self, data: &mut Vec<u8>) {
        let kind = if data.is_empty() { 9 } else { self.below(15) };
        match kind {
            0 => self.with_byte(data, |byte, random| byte ^ (1 << (random % 8))),
            1 => self.with_byte(data, |_, random| random),
            2 => data.truncate(self.below(data.len())),
            3 => drop(data.drain(self.part(data.len()))),
            4 | 5 => self.copy_within(data, kind == 4),
            6 => self.number(data),
            7 => self.written_number(data),
            8 => self.nudge(data),
            9 => self.insert(data),
            10 => self.word(data, true),
            11 => self.word(data, false),
            12 => self.splice(data),
            13 => self.repeat(data),
            _ => self.exchange(data),
        }
    }

    fn with_byte(&mut self, data: &mut [u8], change: impl Fn(u8, u8) -> u8) {
        let (position, random) = (self.below(data.len()), self.byte());
        if let Some(byte) = data.get_mut(position) {
            *byte = change(*byte, random);
        }
    }

    fn copy_within(&mut self, data: &mut Vec<u8>, inserted: bool) {
        let copy = part_of(data, self.part(data.len()));
        let start = self.below(data.len());
        let end = if inserted {
            start
        } else {
            (start + copy.len()).min(data.len())
        };
        data.splice(start..end, copy);
    }

    /// A number of some width and byte order over what stands there.
    fn number(&mut self, data: &mut Vec<u8>) {
        let value = NUMBERS.get(self.below(NUMBERS.len())).copied().unwrap_or_default();
        let width = 1 << self.below(4);
        let mut bytes = value.to_le_bytes().get(..width).unwrap_or_default().to_vec();
        if self.below(2) == 0 {
            bytes.reverse();
        }
        self.overwrite(data, bytes);
    }

    /// Digits become another number.
    fn written_number(&mut self, data: &mut Vec<u8>) {
        let from = self.below(data.len());
        let digits = |byte: &u8| byte.is_ascii_digit();
        let Some(start) = data.iter().skip(from).position(digits).map(|found| found + from) else {
            return self.with_byte(data, |_, random| b'0' + random % 10);
        };
        let count = data.iter().skip(start).take_while(|byte| digits(byte)).count();
        let value = match self.below(3) {
            0 => NUMBERS.get(self.below(NUMBERS.len())).copied().unwrap_or_default(),
            1 => self.next() % 1000,
            _ => u64::try_from(self.below(data.len() + 2)).unwrap_or_default(),
        };
        data.splice(start..start + count, value.to_string().into_bytes());
    }

    /// A little more or less than what stands there.
    fn nudge(&mut self, data: &mut [u8]) {
        let width = 1 << self.below(3);
        let start = self.below(data.len());
        let Some(field) = data.get_mut(start..start + width) else {
            return;
        };
        let big = self.below(2) == 0;
        let by = i64::try_from(self.below(33)).unwrap_or(0) - 16;
        let mut bytes = field.to_vec();
        if big {
            bytes.reverse();
        }
        let value = bytes
            .iter()
            .rev()
            .fold(0_u64, |value, byte| (value << 8) | u64::from(*byte));
        let value = value.wrapping_add_signed(by).to_le_bytes();
        bytes = value.iter().take(width).copied().collect();
        if big {
            bytes.reverse();
        }
        field.copy_from_slice(&bytes);
    }

    fn insert(&mut self, data: &mut Vec<u8>) {
        let bytes: Vec<u8> = (0..=self.below(16)).map(|_| self.byte()).collect();
        let position = self.below(data.len() + 1);
        data.splice(position..position, bytes);
    }

    fn word(&mut self, data: &mut Vec<u8>, inserted: bool) {
        let word = self.one_of(self.words);
        if inserted {
            let position = self.below(data.len() + 1);
            data.splice(position..position, word);
        } else {
            self.overwrite(data, word);
        }
    }

    fn overwrite(&mut self, data: &mut Vec<u8>, bytes: Vec<u8>) {
        let start = self.below(data.len());
        let end = (start + bytes.len()).min(data.len());
        data.splice(start..end, bytes);
    }

    /// Goes on with a part of another input.
    fn splice(&mut self, data: &mut Vec<u8>) {
        let other = self.one_of(self.kept);
        if other.is_empty() {
            return;
        }
        let part = part_of(&other, self.part(other.len()));
        let place = self.part(data.len());
        data.splice(place, part);
    }

    /// The same again and again: nesting, long lists, long names.
    fn repeat(&mut self, data: &mut Vec<u8>) {
        let range = self.part(data.len());
        let part = part_of(data, range.clone());
        let times = 1 << self.below(9);
        let times = times.min(self.longest / part.len().max(1));
        data.splice(range.end..range.end, part.repeat(times));
    }

    fn exchange(&mut self, data: &mut [u8]) {
        let (one, other) = (self.below(data.len()), self.below(data.len()));
        let (first, second) = (one.min(other), one.max(other));
        let count = self.below((second - first).min(data.len() - second).min(64) + 1);
        let (front, back) = data.split_at_mut(second);
        if let (Some(front), Some(back)) = (front.get_mut(first..first + count), back.get_mut(..count)) {
            front.swap_with_slice(back);
        }
    }
}

fn part_of(data: &[u8], range: Range<usize>) -> Vec<u8> {
    data.get(range).unwrap_or_default().to_vec()
}
