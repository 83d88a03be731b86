//! Counts what queries do, so that tests can bound it. Not part of the product.

use std::cell::Cell;
use std::thread::LocalKey;

thread_local! {
    /// Labels looked at.
    pub(crate) static ROWS: Cell<usize> = const { Cell::new(0) };
    /// Views built.
    pub(crate) static VIEWS: Cell<usize> = const { Cell::new(0) };
}

/// One more.
pub(crate) fn count(counter: &'static LocalKey<Cell<usize>>) {
    counter.set(counter.get() + 1);
}

/// Rows and views of some work.
pub(crate) fn of<T>(work: impl FnOnce() -> T) -> (T, usize, usize) {
    ROWS.set(0);
    VIEWS.set(0);
    (work(), ROWS.get(), VIEWS.get())
}
