//! Bounds on the structures of a file. Source: file formats 10.

use serde::{Deserialize, Serialize};
use signet_docmeta::{Budget, Limits, PdfLimits, XmlLimits};

/// Bounds on the structures of a file; sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ParserLimits {
    /// Inflated LabelInfo part or stream.
    pub label_info_bytes: usize,
    /// Inflated custom properties or relationships part.
    pub part_bytes: usize,
    /// Decoded PDF stream or XMP packet.
    pub stream_bytes: usize,
    /// Nested XML elements.
    pub xml_depth: usize,
    /// Tags, texts and references of an XML document.
    pub xml_events: usize,
    /// Attributes of one XML tag.
    pub xml_attribute_bytes: usize,
    /// Labels of a label list.
    pub labels: usize,
    /// Properties of a document.
    pub properties: usize,
    /// Relationships of a package.
    pub relationships: usize,
    /// Central directory of a ZIP archive.
    pub zip_directory_bytes: usize,
    /// Entries of a ZIP archive.
    pub zip_entries: u64,
    /// Directory entries of a compound file.
    pub compound_entries: usize,
    /// Property set of a compound file.
    pub property_set_bytes: usize,
    /// Publishing licence.
    pub licence_bytes: usize,
    /// Cross-reference sections of a PDF.
    pub pdf_sections: usize,
    /// Objects of a PDF.
    pub pdf_size: u64,
    /// Columns of a PDF predictor.
    pub pdf_predictor_columns: usize,
    /// References followed to one PDF object.
    pub pdf_indirection: usize,
    /// Nested arrays and dictionaries of a PDF.
    pub pdf_nesting: usize,
    /// Filters of one PDF stream.
    pub pdf_filters: usize,
    /// One PDF string.
    pub pdf_string_bytes: usize,
    /// Header block of a message.
    pub mail_header_bytes: usize,
    /// Header fields of a message.
    pub mail_headers: usize,
    /// Segments, chunks or resources of an image.
    pub image_segments: usize,
}

impl Default for ParserLimits {
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            label_info_bytes: limits.label_info_bytes,
            part_bytes: limits.part_bytes,
            stream_bytes: limits.stream_bytes,
            xml_depth: limits.xml.depth,
            xml_events: limits.xml.events,
            xml_attribute_bytes: limits.xml.attribute_bytes,
            labels: limits.labels,
            properties: limits.properties,
            relationships: limits.relationships,
            zip_directory_bytes: limits.zip_directory_bytes,
            zip_entries: limits.zip_entries,
            compound_entries: limits.compound_entries,
            property_set_bytes: limits.property_set_bytes,
            licence_bytes: limits.licence_bytes,
            pdf_sections: limits.pdf.sections,
            pdf_size: limits.pdf.size,
            pdf_predictor_columns: limits.pdf.predictor_columns,
            pdf_indirection: limits.pdf.indirection,
            pdf_nesting: limits.pdf.nesting,
            pdf_filters: limits.pdf.filters,
            pdf_string_bytes: limits.pdf.string_bytes,
            mail_header_bytes: limits.mail_header_bytes,
            mail_headers: limits.mail_headers,
            image_segments: limits.image_segments,
        }
    }
}

impl ParserLimits {
    /// The parser's limits with a budget.
    pub(crate) fn with_budget(&self, budget: Budget) -> Limits {
        Limits {
            budget,
            label_info_bytes: self.label_info_bytes,
            part_bytes: self.part_bytes,
            stream_bytes: self.stream_bytes,
            xml: XmlLimits {
                depth: self.xml_depth,
                events: self.xml_events,
                attribute_bytes: self.xml_attribute_bytes,
            },
            labels: self.labels,
            properties: self.properties,
            relationships: self.relationships,
            zip_directory_bytes: self.zip_directory_bytes,
            zip_entries: self.zip_entries,
            compound_entries: self.compound_entries,
            property_set_bytes: self.property_set_bytes,
            licence_bytes: self.licence_bytes,
            pdf: PdfLimits {
                sections: self.pdf_sections,
                size: self.pdf_size,
                predictor_columns: self.pdf_predictor_columns,
                indirection: self.pdf_indirection,
                nesting: self.pdf_nesting,
                filters: self.pdf_filters,
                string_bytes: self.pdf_string_bytes,
            },
            mail_header_bytes: self.mail_header_bytes,
            mail_headers: self.mail_headers,
            image_segments: self.image_segments,
        }
    }
}
