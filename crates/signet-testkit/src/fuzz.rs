//! Fuzzing with stable Rust: seeds are damaged in the ways parsers get wrong, in the same order in every run.
//!
//! What a target returns steers the search: an input whose answer was not seen before is damaged further. A target that
//! returns nothing is simply given damaged seeds. `SIGNET_FUZZ_SECONDS` makes every target run for that long instead of
//! for its number of rounds; `SIGNET_FUZZ_INPUT` names one file to be given to the target instead of everything else.
//!
//! ```
//! signet_testkit::fuzz::Fuzz::new("numbers", [b"12".to_vec()]).rounds(50).run(|input| {
//!     std::str::from_utf8(input).ok().and_then(|text| text.parse::<u8>().ok())
//! });
//! ```

mod damage;
mod watch;

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use damage::Damage;
use watch::Watch;

/// Inputs kept because their answer was new.
const MOST_KEPT: usize = 4096;
/// Rounds between two looks at the clock.
const ROUNDS_PER_LOOK: u64 = 64;

/// A search for inputs that a target cannot stand.
pub struct Fuzz {
    name: String,
    seeds: Vec<Vec<u8>>,
    words: Vec<Vec<u8>>,
    rounds: u64,
    longest: usize,
}

impl Fuzz {
    /// A search that starts from `seeds`; without any, from an empty input. `name` also chooses the order of damage.
    pub fn new(name: &str, seeds: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut seeds: Vec<Vec<u8>> = seeds.into_iter().collect();
        if seeds.is_empty() {
            seeds.push(Vec::new());
        }
        Self {
            name: name.to_owned(),
            seeds,
            words: Vec::new(),
            rounds: 1000,
            longest: 256 * 1024,
        }
    }

    /// Words of the language, which damage puts in.
    #[must_use]
    pub fn words<'w>(mut self, words: impl IntoIterator<Item = &'w str>) -> Self {
        self.words = words.into_iter().map(|word| word.as_bytes().to_vec()).collect();
        self
    }

    /// Damaged inputs tried when no time is given. Default 1,000.
    #[must_use]
    pub fn rounds(mut self, rounds: u64) -> Self {
        self.rounds = rounds;
        self
    }

    /// Longest input, in bytes. Default 256 KiB.
    #[must_use]
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// Gives the target every seed and then damaged ones.
    ///
    /// # Panics
    /// With the target's own panic. The input is written to a file, whose name is printed. An input that keeps the
    /// target busy for a minute ends the process in the same way.
    pub fn run<S: Hash>(self, target: impl Fn(&[u8]) -> S) {
        let watch = Watch::start(&self.name);
        let attempt = |input: &[u8]| {
            watch.begins(input);
            match catch_unwind(AssertUnwindSafe(|| target(input))) {
                Ok(answer) => hash(&answer),
                Err(panic) => {
                    report(&self.name, input, "fails on");
                    resume_unwind(panic)
                }
            }
        };
        if let Some(file) = setting("SIGNET_FUZZ_INPUT") {
            attempt(&std::fs::read(&file).expect("SIGNET_FUZZ_INPUT names a file that can be read"));
            return;
        }
        let mut answers: HashSet<u64> = self.seeds.iter().map(|seed| attempt(seed)).collect();
        let mut kept = self.seeds.clone();
        let budget = Budget::of(self.rounds);
        let mut round = 0;
        while budget.lasts(round) {
            let mut damage = Damage::new(hash(&self.name) ^ round, &kept, &self.words, self.longest);
            let input = damage.input();
            // Bounded, since an answer may be as varied as the input.
            if answers.insert(attempt(&input)) && kept.len() < MOST_KEPT {
                kept.push(input);
            }
            round += 1;
        }
        eprintln!(
            "{}: {round} inputs, {} kept beside {} seeds",
            self.name,
            kept.len() - self.seeds.len(),
            self.seeds.len()
        );
    }
}

/// All files below a folder, in the order of their names: a committed corpus.
///
/// # Panics
/// When the folder cannot be read, or holds nothing.
#[must_use]
pub fn corpus(folder: &Path) -> Vec<Vec<u8>> {
    let mut paths = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the corpus can be read") {
            let path = entry.expect("the corpus can be read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                paths.push(path);
            }
        }
    }
    paths.sort();
    assert!(!paths.is_empty(), "{} holds no seeds", folder.display());
    paths
        .iter()
        .map(|path| std::fs::read(path).expect("a seed can be read"))
        .collect()
}

/// How long to go on.
enum Budget {
    Rounds(u64),
    Until(Instant),
}

impl Budget {
    fn of(rounds: u64) -> Self {
        match setting("SIGNET_FUZZ_SECONDS") {
            Some(seconds) => {
                let seconds = seconds.parse().expect("SIGNET_FUZZ_SECONDS is a number of seconds");
                Self::Until(Instant::now() + Duration::from_secs(seconds))
            }
            None => Self::Rounds(rounds),
        }
    }

    fn lasts(&self, round: u64) -> bool {
        match self {
            Self::Rounds(rounds) => round < *rounds,
            Self::Until(end) => !round.is_multiple_of(ROUNDS_PER_LOOK) || Instant::now() < *end,
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no configuration but the environment"
)]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Writes an input to a file and says so.
fn report(name: &str, input: &[u8], what: &str) {
    let folder = std::env::temp_dir().join("signet-fuzz");
    let file = folder.join(format!("{name}-{:016x}", hash(input)));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, input));
    let place: PathBuf = match written {
        Ok(()) => file,
        Err(error) => PathBuf::from(format!("(not written: {error})")),
    };
    eprintln!(
        "target `{name}` {what} {} ({} bytes); run the test again with",
        place.display(),
        input.len()
    );
    eprintln!("  SIGNET_FUZZ_INPUT={}", place.display());
    if input.len() <= 512 {
        eprintln!("  \"{}\"", input.escape_ascii());
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn inputs(rounds: u64) -> Vec<Vec<u8>> {
        let seen = RefCell::new(Vec::new());
        let seeds = [b"one 12 two".to_vec(), Vec::new()];
        Fuzz::new("inputs", seeds)
            .words(["three"])
            .rounds(rounds)
            .longest(64)
            .run(|input| {
                seen.borrow_mut().push(input.to_vec());
                input.len()
            });
        seen.into_inner()
    }

    #[test]
    fn every_run_is_the_same() {
        assert_eq!(inputs(500), inputs(500));
        assert_eq!(inputs(100), inputs(500)[..102]);
    }

    #[test]
    fn seeds_come_first_and_damage_is_bounded() {
        let inputs = inputs(2000);
        assert_eq!(inputs[..2], [b"one 12 two".to_vec(), Vec::new()]);
        assert!(inputs.iter().all(|input| input.len() <= 64));
        let distinct: HashSet<&Vec<u8>> = inputs.iter().collect();
        assert!(distinct.len() > 1200, "only {} inputs differ", distinct.len());
        assert!(inputs.iter().any(|input| input.windows(5).any(|part| part == b"three")));
    }

    /// Four bytes in a row are not met by chance, but one after the other.
    #[test]
    fn answers_steer_the_search() {
        let right = |input: &[u8]| {
            input
                .iter()
                .zip(b"open")
                .take_while(|(byte, wanted)| byte == wanted)
                .count()
        };
        let found = catch_unwind(|| {
            Fuzz::new("steer", [b"____".to_vec()]).rounds(400_000).run(|input| {
                assert!(right(input) < 4, "found");
                right(input)
            });
        });
        assert!(found.is_err());
    }
}
