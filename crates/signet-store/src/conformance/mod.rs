//! The definition of correct for stores: every backend passes these suites in its own tests.
