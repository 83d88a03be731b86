//! What each Signet service promises, as async traits over domain values.
