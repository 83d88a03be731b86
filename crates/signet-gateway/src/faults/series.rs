//! Faults for a number of calls, then the real answer.

use std::sync::{Mutex, PoisonError};

/// Most series at once; the oldest is forgotten first.
const MAX_SERIES: usize = 1_000;

/// Calls of each series that met their fault so far, oldest series first.
#[derive(Debug, Default)]
pub(super) struct Series(Mutex<Vec<(u64, u32)>>);

impl Series {
    /// The next call of a series meets the fault. Once `times` calls did, one does not, and the series begins anew.
    pub(super) fn takes(&self, series: u64, times: u32) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = open.iter().position(|(known, _)| *known == series);
        match found.and_then(|at| open.get_mut(at).map(|entry| (at, entry))) {
            Some((_, (_, met))) if *met < times => {
                *met += 1;
                true
            }
            Some((at, _)) => {
                open.remove(at);
                false
            }
            None => {
                if open.len() >= MAX_SERIES {
                    open.remove(0);
                }
                open.push((series, 1));
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_ends_with_the_real_answer_and_begins_anew() {
        let series = Series::default();
        let taken: Vec<bool> = (0..6).map(|_| series.takes(1, 2)).collect();
        assert_eq!(taken, [true, true, false, true, true, false]);
    }

    #[test]
    fn series_do_not_touch_each_other_and_are_bounded() {
        let series = Series::default();
        assert!(series.takes(1, 1));
        assert!(series.takes(2, 1));
        assert!(!series.takes(1, 1));
        for other in 10..5_000 {
            assert!(series.takes(other, 1));
        }
        assert_eq!(series.0.lock().unwrap().len(), MAX_SERIES);
    }
}
