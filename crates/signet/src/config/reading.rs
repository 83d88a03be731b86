//! What reading one file may cost: budgets, and bounds on the structures of a file. Source: file formats 10.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use signet_extraction::{BudgetConfig, ExtractionConfig, ParserLimits};

use super::units::{ByteSize, Count, HumanDuration};

/// What finishing one file in the background may cost; beyond it the file is refused with `contentLimitExceeded`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct BackgroundSection {
    /// Bytes read.
    pub(crate) bytes: ByteSize,
    /// Requests to the drive's source.
    pub(crate) requests: Count,
    /// Time in all.
    pub(crate) time: HumanDuration,
    /// Time spent outside of requests to the source.
    pub(crate) processor_time: HumanDuration,
}

impl Default for BackgroundSection {
    fn default() -> Self {
        let budget = ExtractionConfig::default().background;
        Self {
            bytes: ByteSize(budget.bytes),
            requests: count(u64::from(budget.requests)),
            time: HumanDuration(budget.wall_time),
            processor_time: HumanDuration(budget.processor_time),
        }
    }
}

impl BackgroundSection {
    /// What the service is told.
    pub(super) fn settings(&self) -> BudgetConfig {
        BudgetConfig {
            bytes: self.bytes.0,
            requests: self.requests.0.get(),
            processor_time: self.processor_time.0,
            wall_time: self.time.0,
        }
    }
}

/// A number that fits, at least one.
pub(super) fn count(number: u64) -> Count {
    let number = u32::try_from(number).unwrap_or(u32::MAX);
    Count(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
}

/// A section with the same members as [`ParserLimits`], in units for people.
macro_rules! limits {
    ($($(#[doc = $doc:literal])+ $name:ident: $kind:ident,)+) => {
        /// Bounds on the structures of a file; one that is larger is refused with `contentLimitExceeded`.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub(crate) struct LimitsSection {
            $($(#[doc = $doc])+ pub(crate) $name: $kind,)+
        }

        impl Default for LimitsSection {
            fn default() -> Self {
                let limits = ParserLimits::default();
                Self {
                    $($name: <$kind as Bound>::of(number(limits.$name)),)+
                }
            }
        }

        impl LimitsSection {
            /// What the service is told.
            pub(super) fn settings(&self) -> ParserLimits {
                ParserLimits {
                    $($name: fitting(self.$name.number()),)+
                }
            }
        }
    };
}

limits! {
    /// Inflated LabelInfo part or stream.
    label_info_bytes: ByteSize,
    /// Inflated custom properties or relationships part.
    part_bytes: ByteSize,
    /// Decoded PDF stream or XMP packet.
    stream_bytes: ByteSize,
    /// Nested XML elements.
    xml_depth: Count,
    /// Tags, texts and references of an XML document.
    xml_events: Count,
    /// Attributes of one XML tag.
    xml_attribute_bytes: ByteSize,
    /// Labels of a label list.
    labels: Count,
    /// Properties of a document.
    properties: Count,
    /// Relationships of a package.
    relationships: Count,
    /// Central directory of a ZIP archive.
    zip_directory_bytes: ByteSize,
    /// Entries of a ZIP archive.
    zip_entries: Count,
    /// Directory entries of a compound file.
    compound_entries: Count,
    /// Property set of a compound file.
    property_set_bytes: ByteSize,
    /// Publishing licence.
    licence_bytes: ByteSize,
    /// Cross-reference sections of a PDF.
    pdf_sections: Count,
    /// Objects of a PDF.
    pdf_size: Count,
    /// Columns of a PDF predictor.
    pdf_predictor_columns: Count,
    /// References followed to one PDF object.
    pdf_indirection: Count,
    /// Nested arrays and dictionaries of a PDF.
    pdf_nesting: Count,
    /// Filters of one PDF stream.
    pdf_filters: Count,
    /// One PDF string.
    pdf_string_bytes: ByteSize,
    /// Header block of a message.
    mail_header_bytes: ByteSize,
    /// Header fields of a message.
    mail_headers: Count,
    /// Segments, chunks or resources of an image.
    image_segments: Count,
}

/// A number with a unit or without.
trait Bound {
    fn of(number: u64) -> Self;
    fn number(&self) -> u64;
}

impl Bound for ByteSize {
    fn of(number: u64) -> Self {
        Self(number)
    }

    fn number(&self) -> u64 {
        self.0
    }
}

impl Bound for Count {
    fn of(number: u64) -> Self {
        count(number)
    }

    fn number(&self) -> u64 {
        u64::from(self.0.get())
    }
}

fn number<T: TryInto<u64>>(value: T) -> u64 {
    value.try_into().unwrap_or(u64::MAX)
}

fn fitting<T: TryFrom<u64> + Largest>(number: u64) -> T {
    T::try_from(number).unwrap_or(T::LARGEST)
}

trait Largest {
    const LARGEST: Self;
}

impl Largest for usize {
    const LARGEST: Self = Self::MAX;
}

impl Largest for u64 {
    const LARGEST: Self = Self::MAX;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_those_of_the_service() {
        let settings = ExtractionConfig::default();
        assert_eq!(LimitsSection::default().settings(), settings.limits);
        assert_eq!(BackgroundSection::default().settings(), settings.background);
    }
}
