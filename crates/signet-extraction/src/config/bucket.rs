//! Buckets that may be served as drives.

use std::fmt;

/// A bucket, or what lies below a prefix of it, and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketConfig {
    /// Name of the bucket.
    pub bucket: String,
    /// Without slashes at its ends; empty: the whole bucket.
    pub prefix: String,
    /// `https://host:port` of an S3-compatible server; absent: Amazon's of the region.
    pub endpoint: Option<String>,
    /// Region requests are signed for.
    pub region: String,
    /// The endpoint may be `http`.
    pub allow_http: bool,
    /// The bucket is part of the host name rather than of the path.
    pub virtual_hosted: bool,
    /// Keys; absent: those of the machine's role.
    pub keys: Option<BucketKeys>,
}

/// What requests are signed with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketKeys {
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: Secret,
    /// Token of a temporary session.
    pub session_token: Option<Secret>,
}

impl BucketConfig {
    /// A drive may be in this bucket below this prefix.
    pub(crate) fn allows(&self, bucket: &str, prefix: &str) -> bool {
        let below = prefix.strip_prefix(self.prefix.as_str());
        let is_inside = below.is_some_and(|rest| self.prefix.is_empty() || rest.is_empty() || rest.starts_with('/'));
        self.bucket == bucket && is_inside
    }
}

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that uses it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_opens_what_is_below_it() {
        let settings = |prefix: &str| BucketConfig {
            bucket: "b".to_owned(),
            prefix: prefix.to_owned(),
            endpoint: None,
            region: "us-east-1".to_owned(),
            allow_http: false,
            virtual_hosted: false,
            keys: None,
        };
        for (allowed, bucket, prefix, expected) in [
            ("", "b", "", true),
            ("", "b", "x/y", true),
            ("", "c", "", false),
            ("x", "b", "x", true),
            ("x", "b", "x/y", true),
            ("x", "b", "xy", false),
            ("x", "b", "", false),
        ] {
            assert_eq!(settings(allowed).allows(bucket, prefix), expected, "{allowed} {prefix}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", Secret::new("abc")).contains("abc"));
    }
}
