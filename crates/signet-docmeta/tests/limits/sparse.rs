//! Documents of any length that take next to no memory.

use std::collections::BTreeMap;

use signet_docmeta::RangeRead;

pub(crate) const LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a02";
pub(crate) const TENANT: &str = "13bd51e1-1a32-557a-b8dd-622f0d55b30c";

/// Zeros, with some bytes here and there; counts what is asked for.
#[derive(Default, Clone)]
pub(crate) struct Sparse {
    pub(crate) length: u64,
    /// What is not zero, by offset.
    pub(crate) parts: BTreeMap<u64, Vec<u8>>,
    pub(crate) bytes: u64,
    pub(crate) requests: Vec<(u64, usize)>,
}

impl Sparse {
    /// Puts bytes at a place; the document grows to hold them. Parts must not overlap.
    pub(crate) fn put(&mut self, offset: u64, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        self.length = self.length.max(offset + bytes.len() as u64);
        self.parts.insert(offset, bytes);
    }

    /// Puts bytes at the end.
    pub(crate) fn push(&mut self, bytes: impl Into<Vec<u8>>) -> u64 {
        let offset = self.length;
        self.put(offset, bytes);
        offset
    }

    /// Goes on for `length` zeros.
    pub(crate) fn skip(&mut self, length: u64) {
        self.length += length;
    }
}

impl RangeRead for Sparse {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&mut self, offset: u64, length: usize) -> std::io::Result<Vec<u8>> {
        let end = (offset + length as u64).min(self.length);
        self.bytes += end - offset;
        self.requests.push((offset, length));
        let mut read = vec![0; (end - offset) as usize];
        let before = self.parts.range(..offset).next_back();
        for (start, bytes) in before.into_iter().chain(self.parts.range(offset..end)) {
            let (from, to) = (offset.max(*start), end.min(start + bytes.len() as u64));
            if from < to {
                let part = &bytes[(from - start) as usize..(to - start) as usize];
                read[(from - offset) as usize..(to - offset) as usize].copy_from_slice(part);
            }
        }
        Ok(read)
    }
}

pub(crate) fn label_list() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><clbl:labelList \
         xmlns:clbl=\"http://schemas.microsoft.com/office/2020/mipLabelMetadata\"><clbl:label id=\"{{{LABEL}}}\" \
         enabled=\"1\" method=\"Privileged\" siteId=\"{{{TENANT}}}\" contentBits=\"0\" removed=\"0\" /></clbl:labelList>"
    )
}

pub(crate) fn relationships(label_info: &str) -> String {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"ppt/presentation.xml\"/>\
         <Relationship Id=\"rId2\" Type=\"http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels\" \
         Target=\"{label_info}\"/></Relationships>"
    )
}

/// An XMP packet with one label.
pub(crate) fn packet() -> String {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description xmlns:p='http://ns.adobe.com/pdfx/1.3/' p:MSIP_Label_{LABEL}_Enabled='true' \
         p:MSIP_Label_{LABEL}_SiteId='{TENANT}'/></rdf:RDF></x:xmpmeta>"
    )
}

/// An archive whose entries are stored; `Hole` stands for so many zeros.
#[derive(Default)]
pub(crate) struct Archive {
    pub(crate) file: Sparse,
    directory: Vec<u8>,
    entries: u64,
}

impl Archive {
    pub(crate) fn entry(&mut self, name: &str, content: &[u8], local_extra: &[u8]) {
        let header = self.begin(name, crc32fast::hash(content), content.len() as u64, local_extra);
        self.file.push([header, content.to_vec()].concat());
    }

    /// An entry of zeros, whose checksum is not right: it is not read.
    pub(crate) fn hole(&mut self, name: &str, length: u64) {
        let header = self.begin(name, 0, length, b"");
        self.file.push(header);
        self.file.skip(length);
    }

    fn begin(&mut self, name: &str, crc: u32, size: u64, local_extra: &[u8]) -> Vec<u8> {
        let offset = self.file.length;
        let wide = size >= 0xFFFF_FFFF || offset >= 0xFFFF_FFFF;
        let narrow = |number: u64| if wide { u32::MAX } else { number as u32 };
        let mut header = b"PK\x03\x04\x2D\0\0\0\0\0\0\0\x21\0".to_vec();
        let numbers = [crc, narrow(size), narrow(size)];
        header.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        header.extend((name.len() as u16).to_le_bytes());
        header.extend((local_extra.len() as u16).to_le_bytes());
        header.extend_from_slice(name.as_bytes());
        header.extend_from_slice(local_extra);
        let mut extra = Vec::new();
        if wide {
            extra.extend([1, 0, 24, 0]);
            extra.extend([size, size, offset].iter().flat_map(|number| number.to_le_bytes()));
        }
        self.directory
            .extend_from_slice(b"PK\x01\x02\x2D\0\x2D\0\0\0\0\0\0\0\x21\0");
        self.directory
            .extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        self.directory.extend((name.len() as u16).to_le_bytes());
        self.directory.extend((extra.len() as u16).to_le_bytes());
        self.directory.extend([0; 10]);
        self.directory.extend(narrow(offset).to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.directory.extend_from_slice(&extra);
        self.entries += 1;
        header
    }

    pub(crate) fn finish(mut self) -> Sparse {
        let start = self.file.length;
        let (size, entries) = (self.directory.len() as u64, self.entries);
        self.file.push(std::mem::take(&mut self.directory));
        let wide = start >= 0xFFFF_FFFF || entries >= 0xFFFF;
        if wide {
            let record = self.file.length;
            let mut end = b"PK\x06\x06".to_vec();
            end.extend(44_u64.to_le_bytes());
            end.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            end.extend(
                [entries, entries, size, start]
                    .iter()
                    .flat_map(|number| number.to_le_bytes()),
            );
            end.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            end.extend(record.to_le_bytes());
            end.extend(1_u32.to_le_bytes());
            self.file.push(end);
        }
        let mut end = b"PK\x05\x06\0\0\0\0".to_vec();
        let short = if wide { u16::MAX } else { entries as u16 };
        end.extend([short, short].iter().flat_map(|number| number.to_le_bytes()));
        let long = |number: u64| if wide { u32::MAX } else { number as u32 };
        end.extend([long(size), long(start)].iter().flat_map(|number| number.to_le_bytes()));
        end.extend([0, 0]);
        self.file.push(end);
        self.file
    }
}
