//! What the suites of signet-store do not say: files, schemas, handles and failures.

mod conformance;
