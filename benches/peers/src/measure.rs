//! Wall time of one call, as the median of many samples.

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Warm-up before the first sample.
const WARM_UP: Duration = Duration::from_millis(100);
/// Least duration of a sample, so that reading the clock does not count.
const SAMPLE: Duration = Duration::from_millis(2);
/// Samples of one measurement, unless they take too long.
const SAMPLES: usize = 101;
/// No new sample is started after this.
const BUDGET: Duration = Duration::from_secs(2);

/// How long one call takes, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    /// Median of the samples.
    pub median: f64,
    /// Best sample: what the noise of the machine disturbed least.
    pub best: f64,
}

/// Measures a call, which is told how often it was made before, to ask another question each time.
pub fn time<T>(mut call: impl FnMut(usize) -> T) -> Timing {
    let mut turn = 0;
    let mut call = || {
        turn += 1;
        call(turn)
    };
    let start = Instant::now();
    let mut calls = 0_u32;
    while calls == 0 || start.elapsed() < WARM_UP {
        black_box(call());
        calls += 1;
    }
    let per_call = start.elapsed() / calls;
    let batch = (SAMPLE.as_nanos() / per_call.as_nanos().max(1)).max(1) as u32;
    let start = Instant::now();
    let mut samples = Vec::with_capacity(SAMPLES);
    while samples.len() < SAMPLES && (samples.len() < 3 || start.elapsed() < BUDGET) {
        let sample = Instant::now();
        for _ in 0..batch {
            black_box(call());
        }
        samples.push(sample.elapsed().as_nanos() as f64 / f64::from(batch));
    }
    samples.sort_by(f64::total_cmp);
    Timing {
        median: samples[samples.len() / 2],
        best: samples[0],
    }
}

/// A duration for people: three digits and a unit.
pub fn shown(nanoseconds: f64) -> String {
    let (value, unit) = match nanoseconds.abs() {
        small if small < 1e3 => (nanoseconds, "ns"),
        middle if middle < 1e6 => (nanoseconds / 1e3, "µs"),
        _ => (nanoseconds / 1e6, "ms"),
    };
    let digits = if value.abs() < 10.0 {
        2
    } else {
        usize::from(value.abs() < 100.0)
    };
    format!("{value:.digits$} {unit}")
}
