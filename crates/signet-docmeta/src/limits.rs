//! Bounds on what a document may cost.

use std::fmt;
use std::sync::Arc;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Bounds on what one document may cost. Every number is a setting; the defaults suit an answer that a caller waits for.
///
/// A document that meets a bound is reported as [`crate::ReadError::LimitExceeded`], never as "no label".
#[derive(Debug, Clone)]
pub struct Limits {
    /// What may be fetched, and what happens when it is not enough.
    pub budget: Budget,
    /// Inflated LabelInfo part or stream, in bytes. Default 1 MiB.
    pub label_info_bytes: usize,
    /// Inflated custom properties or relationships part, in bytes. Default 4 MiB.
    pub part_bytes: usize,
    /// Decoded PDF stream or XMP packet, in bytes. Default 8 MiB.
    pub stream_bytes: usize,
    /// Bounds on one XML document.
    pub xml: XmlLimits,
    /// Elements of a label list. Default 1,000.
    pub labels: usize,
    /// Properties of a document. Default 4,096.
    pub properties: usize,
    /// Relationships of a package. Default 4,096.
    pub relationships: usize,
    /// Central directory of a ZIP archive, in bytes. Default 8 MiB.
    pub zip_directory_bytes: usize,
    /// Entries of a ZIP archive. Default 65,536.
    pub zip_entries: u64,
    /// Directory entries of a compound file. Default 65,536.
    pub compound_entries: usize,
    /// Property set stream, in bytes. Default 1 MiB.
    pub property_set_bytes: usize,
    /// Publishing licence, in bytes. Default 4 MiB.
    pub licence_bytes: usize,
    /// Bounds on PDF structures.
    pub pdf: PdfLimits,
    /// Header block of a message, in bytes. Default 256 KiB.
    pub mail_header_bytes: usize,
    /// Header fields of a message. Default 2,048.
    pub mail_headers: usize,
    /// Segments, chunks or resources of an image. Default 4,096.
    pub image_segments: usize,
}

/// Bounds on one XML document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlLimits {
    /// Nested elements. Default 64.
    pub depth: usize,
    /// Tags, texts and references. Default 65,536.
    pub events: usize,
    /// All attributes of one tag as written, in bytes. Default 64 KiB.
    pub attribute_bytes: usize,
}

/// Bounds on PDF structures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PdfLimits {
    /// Cross-reference sections. Default 1,024.
    pub sections: usize,
    /// Highest object number and one. Default 8,388,607.
    pub size: u64,
    /// Columns of a predictor. Default 65,536.
    pub predictor_columns: usize,
    /// References followed to reach one object. Default 32.
    pub indirection: usize,
    /// Nested arrays and dictionaries. Default 64.
    pub nesting: usize,
    /// Filters of one stream. Default 4.
    pub filters: usize,
    /// One string, in bytes. Default 64 KiB.
    pub string_bytes: usize,
}

/// What one call may fetch.
#[derive(Debug, Clone)]
pub struct Budget {
    /// Bytes fetched. Default 16 MiB.
    pub bytes: u64,
    /// Calls of [`crate::RangeRead::read_at`]. Default 64.
    pub requests: u32,
    /// What a document that needs more is answered with.
    pub when_spent: WhenSpent,
    /// Asked now and then; once it says that time is up, the budget counts as spent. Absent: no bound on time.
    pub deadline: Option<Deadline>,
}

/// What a document that needs more than the budget is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenSpent {
    /// [`crate::ReadError::BudgetExceeded`]: somebody will try again with a larger budget.
    Defer,
    /// [`crate::ReadError::LimitExceeded`]: there is no larger budget.
    Refuse,
}

/// A clock of the caller's that tells when time is up.
#[derive(Clone)]
pub struct Deadline(Arc<dyn Fn() -> bool + Send + Sync>);

impl Deadline {
    /// `passed` answers whether time is up; it is called often and must be cheap.
    pub fn new(passed: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(passed))
    }

    /// Whether time is up.
    #[must_use]
    pub fn passed(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Deadline")
    }
}

impl Budget {
    /// For an answer that a caller waits for: 16 MiB, 64 requests, then deferred.
    #[must_use]
    pub const fn inline() -> Self {
        Self {
            bytes: 16 * MIB as u64,
            requests: 64,
            when_spent: WhenSpent::Defer,
            deadline: None,
        }
    }

    /// For a worker nobody waits for: 256 MiB, 4,096 requests, then refused.
    #[must_use]
    pub const fn background() -> Self {
        Self {
            bytes: 256 * MIB as u64,
            requests: 4096,
            when_spent: WhenSpent::Refuse,
            deadline: None,
        }
    }
}

impl Limits {
    /// The defaults with the budget of a worker nobody waits for.
    #[must_use]
    pub fn background() -> Self {
        Self {
            budget: Budget::background(),
            ..Self::default()
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            budget: Budget::inline(),
            label_info_bytes: MIB,
            part_bytes: 4 * MIB,
            stream_bytes: 8 * MIB,
            xml: XmlLimits {
                depth: 64,
                events: 65_536,
                attribute_bytes: 64 * KIB,
            },
            labels: 1000,
            properties: 4096,
            relationships: 4096,
            zip_directory_bytes: 8 * MIB,
            zip_entries: 65_536,
            compound_entries: 65_536,
            property_set_bytes: MIB,
            licence_bytes: 4 * MIB,
            pdf: PdfLimits::default(),
            mail_header_bytes: 256 * KIB,
            mail_headers: 2048,
            image_segments: 4096,
        }
    }
}

impl Default for PdfLimits {
    fn default() -> Self {
        Self {
            sections: 1024,
            size: 8_388_607,
            predictor_columns: 65_536,
            indirection: 32,
            nesting: 64,
            filters: 4,
            string_bytes: 64 * KIB,
        }
    }
}
