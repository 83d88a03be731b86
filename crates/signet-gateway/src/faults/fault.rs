//! One fault and how it is written: `429;retry-after=3;times=2`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use http::StatusCode;

use crate::graph::error::GraphError;

/// Longest delay, in milliseconds.
const MAX_DELAY_MS: u64 = 60_000;
/// Most calls of one series.
const MAX_TIMES: u32 = 1_000;
/// Longest `Retry-After`, in seconds.
const MAX_RETRY_AFTER: u32 = 3_600;
/// Longest name of a series, in characters.
const MAX_SERIES: usize = 64;

/// A fault.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Fault {
    kind: Kind,
    retry_after: Option<u32>,
    /// How many calls meet it before one is answered; absent: all.
    pub(crate) times: Option<u32>,
    /// Time lost before the answer.
    pub(crate) delay: Duration,
    series: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    PaymentRequired,
    Locked,
    Throttled,
    Unavailable,
    /// Nothing but the delay.
    Delay,
}

/// A text that is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct InvalidFault(String);

impl fmt::Display for InvalidFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; write for example `429;retry-after=3;times=2`", self.0)
    }
}

impl InvalidFault {
    /// A fault that is not text.
    pub(super) fn unreadable() -> Self {
        Self("it is not printable text".to_owned())
    }

    /// A fault with this wrong about it.
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }
}

impl Fault {
    /// The answer; absent for a mere delay.
    pub(crate) fn refusal(&self) -> Option<GraphError> {
        let (status, code, inner, wait) = match self.kind {
            Kind::Delay => return None,
            Kind::PaymentRequired => (StatusCode::PAYMENT_REQUIRED, "paymentRequired", None, None),
            Kind::Locked => (
                StatusCode::LOCKED,
                "fileDecryptionDeferred",
                Some("fileDecryptionDeferred"),
                Some(30),
            ),
            Kind::Throttled => (
                StatusCode::TOO_MANY_REQUESTS,
                "activityLimitReached",
                Some("throttledRequest"),
                Some(1),
            ),
            Kind::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "serviceNotAvailable", None, Some(5)),
        };
        let error = GraphError {
            retry_after: self.retry_after.or(wait),
            ..GraphError::new(
                status,
                code,
                "the fault was asked for, by `Signet-Fault` or a fault rule",
            )
        };
        Some(match inner {
            Some(inner) => error.inner(inner),
            None => error,
        })
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), InvalidFault> {
        match name {
            "retry-after" => self.retry_after = Some(number(name, value, MAX_RETRY_AFTER)?),
            "times" => self.times = Some(number(name, value, MAX_TIMES)?),
            "delay" => self.delay = delay(value)?,
            "series" if !value.is_empty() && value.len() <= MAX_SERIES => self.series = Some(value.to_owned()),
            "series" => return Err(InvalidFault::new("`series` is empty or longer than 64 characters")),
            _ => return Err(InvalidFault::new(format!("there is no parameter `{name}`"))),
        }
        Ok(())
    }
}

impl FromStr for Fault {
    type Err = InvalidFault;

    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        let mut parts = text.split(';').map(str::trim);
        let kind = match parts.next().unwrap_or_default() {
            "402" => Kind::PaymentRequired,
            "423" => Kind::Locked,
            "429" => Kind::Throttled,
            "503" => Kind::Unavailable,
            "delay" => Kind::Delay,
            other => {
                let why = format!("`{other}` is not one of 402, 423, 429, 503, delay");
                return Err(InvalidFault(why));
            }
        };
        let mut fault = Self {
            kind,
            retry_after: None,
            times: None,
            delay: Duration::ZERO,
            series: None,
        };
        let mut seen = Vec::new();
        for part in parts {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| InvalidFault(format!("`{part}` is not a parameter with a value")))?;
            let name = name.trim().to_ascii_lowercase();
            if seen.contains(&name) {
                return Err(InvalidFault(format!("`{name}` is given twice")));
            }
            fault.set(&name, value.trim())?;
            seen.push(name);
        }
        if kind == Kind::Delay && (fault.delay.is_zero() || fault.retry_after.is_some()) {
            let why = "`delay` needs `delay=` with a time and has no `retry-after`";
            return Err(InvalidFault(format!("{why}, as in `delay;delay=2s`")));
        }
        Ok(fault)
    }
}

fn number(name: &str, value: &str, most: u32) -> Result<u32, InvalidFault> {
    value
        .parse()
        .ok()
        .filter(|number| (1..=most).contains(number))
        .ok_or_else(|| InvalidFault(format!("`{name}` is not a number from 1 to {most}")))
}

/// `250ms` or `2s`.
fn delay(value: &str) -> Result<Duration, InvalidFault> {
    let (digits, factor) = match (value.strip_suffix("ms"), value.strip_suffix('s')) {
        (Some(digits), _) => (digits, 1),
        (None, Some(digits)) => (digits, 1_000),
        (None, None) => ("", 0),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(factor))
        .filter(|milliseconds| (1..=MAX_DELAY_MS).contains(milliseconds))
        .map(Duration::from_millis)
        .ok_or_else(|| InvalidFault("`delay` is not a time such as `250ms` or `2s`, at most 60s".to_owned()))
}
