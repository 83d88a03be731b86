//! Damaged copies of good inputs, for tests: deterministic, so that a failure repeats.

/// An endless supply of damaged texts.
pub(crate) struct Mutations {
    seeds: Vec<String>,
    state: u64,
}

impl Mutations {
    /// Damages the lines of a seed file; `number` picks the sequence.
    pub(crate) fn of(seed_file: &str, number: u64) -> Self {
        let seeds: Vec<String> = seed_file
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        assert!(!seeds.is_empty(), "a seed file has seeds");
        Self {
            seeds,
            state: number | 1,
        }
    }

    /// A number below a bound (xorshift64*).
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let number = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % bound.max(1)
    }

    fn seed(&mut self) -> Vec<char> {
        let index = self.below(self.seeds.len());
        self.seeds[index].chars().collect()
    }

    fn damage(&mut self, text: &mut Vec<char>) {
        const STRANGE: &[&str] = &[
            "(",
            ")",
            "'",
            "''",
            "\"",
            "[",
            "]",
            ",",
            "=",
            "@",
            "%",
            "%27",
            "%5B",
            " ",
            "\n",
            "\0",
            "ä",
            "\u{1f600}",
            "-",
            "/",
            " and ",
            " or ",
            " not ",
            " in (",
            " eq ",
            "null",
            "true",
            "labelIds=",
            "locale=",
            "contentFormats=",
            "\\",
            ";",
        ];
        let at = self.below(text.len() + 1);
        let end = (at + self.below(8)).min(text.len());
        match self.below(5) {
            0 => drop(text.drain(at..end)),
            1 => {
                let piece = STRANGE[self.below(STRANGE.len())];
                text.splice(at..at, piece.chars());
            }
            2 => {
                let copy: Vec<char> = text[at..end].to_vec();
                text.splice(at..at, copy);
            }
            3 => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                text.truncate(at);
                text.extend(&other[from..]);
            }
            _ => text.truncate(at),
        }
    }
}

impl Iterator for Mutations {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut text = self.seed();
        for _ in 0..self.below(4) {
            self.damage(&mut text);
        }
        Some(text.into_iter().collect())
    }
}
