//! Documents made to order, honest and hostile. Tests only.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// One entry of an archive; the fields beside name and content lie when told to.
#[derive(Clone)]
pub(crate) struct RawEntry {
    pub(crate) name: Vec<u8>,
    pub(crate) local_name: Option<Vec<u8>>,
    pub(crate) content: Vec<u8>,
    pub(crate) compression: u16,
    pub(crate) flags: u16,
    pub(crate) crc: Option<u32>,
    pub(crate) stated_size: Option<u32>,
    pub(crate) stated_compressed_size: Option<u32>,
    pub(crate) stated_header: Option<u32>,
    pub(crate) local_extra: Vec<u8>,
    pub(crate) wide: bool,
}

impl RawEntry {
    pub(crate) fn new(name: &str, content: impl AsRef<[u8]>) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            local_name: None,
            content: content.as_ref().to_vec(),
            compression: 8,
            flags: 0,
            crc: None,
            stated_size: None,
            stated_compressed_size: None,
            stated_header: None,
            local_extra: Vec::new(),
            wide: false,
        }
    }
}

/// An archive made of `entries`, written byte by byte so that any part of it can lie.
#[derive(Clone, Default)]
pub(crate) struct RawArchive {
    pub(crate) entries: Vec<RawEntry>,
    pub(crate) prefix: Vec<u8>,
    pub(crate) comment: Vec<u8>,
    pub(crate) stated_entries: Option<u16>,
    pub(crate) stated_directory_size: Option<u32>,
    pub(crate) stated_directory_offset: Option<u32>,
    pub(crate) wide: bool,
    /// Whether the short record of a wide archive has the numbers too.
    pub(crate) wide_beside_true_numbers: bool,
}

impl RawArchive {
    pub(crate) fn of(entries: impl IntoIterator<Item = RawEntry>) -> Self {
        Self {
            entries: entries.into_iter().collect(),
            ..Self::default()
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut data = Vec::new();
        let mut directory = Vec::new();
        for entry in &self.entries {
            let header = data.len() as u32;
            write_entry(entry, header, &mut data, &mut directory);
        }
        let offset = data.len();
        data.extend_from_slice(&directory);
        let (entries, size) = (self.entries.len(), directory.len());
        if self.wide {
            let record = data.len() as u64;
            data.extend_from_slice(b"PK\x06\x06");
            data.extend_from_slice(&44_u64.to_le_bytes());
            data.extend_from_slice(&[45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            for number in [entries, entries, size, offset] {
                data.extend_from_slice(&(number as u64).to_le_bytes());
            }
            data.extend_from_slice(b"PK\x06\x07\0\0\0\0");
            data.extend_from_slice(&record.to_le_bytes());
            data.extend_from_slice(&1_u32.to_le_bytes());
        }
        let elsewhere = self.wide && !self.wide_beside_true_numbers;
        let entries = if elsewhere {
            u16::MAX
        } else {
            self.stated_entries.unwrap_or(entries as u16)
        };
        let size = if elsewhere {
            u32::MAX
        } else {
            self.stated_directory_size.unwrap_or(size as u32)
        };
        let offset = if elsewhere {
            u32::MAX
        } else {
            self.stated_directory_offset.unwrap_or(offset as u32)
        };
        data.extend_from_slice(b"PK\x05\x06\0\0\0\0");
        data.extend_from_slice(&entries.to_le_bytes());
        data.extend_from_slice(&entries.to_le_bytes());
        data.extend_from_slice(&size.to_le_bytes());
        data.extend_from_slice(&offset.to_le_bytes());
        data.extend_from_slice(&(self.comment.len() as u16).to_le_bytes());
        data.extend_from_slice(&self.comment);
        [self.prefix.clone(), data].concat()
    }
}

fn write_entry(entry: &RawEntry, header: u32, data: &mut Vec<u8>, directory: &mut Vec<u8>) {
    let compressed = if entry.compression == 8 {
        deflate(&entry.content)
    } else {
        entry.content.clone()
    };
    let crc = entry.crc.unwrap_or_else(|| crc32fast::hash(&entry.content));
    let compressed_size = entry.stated_compressed_size.unwrap_or(compressed.len() as u32);
    let size = entry.stated_size.unwrap_or(entry.content.len() as u32);
    let local_name = entry.local_name.as_ref().unwrap_or(&entry.name);
    let sizes = |size: u32| if entry.wide { u32::MAX } else { size };

    data.extend_from_slice(b"PK\x03\x04\x14\0");
    for number in [entry.flags, entry.compression, 0, 0] {
        data.extend_from_slice(&number.to_le_bytes());
    }
    for number in [crc, sizes(compressed_size), sizes(size)] {
        data.extend_from_slice(&number.to_le_bytes());
    }
    for number in [local_name.len(), entry.local_extra.len()] {
        data.extend_from_slice(&(number as u16).to_le_bytes());
    }
    data.extend_from_slice(local_name);
    data.extend_from_slice(&entry.local_extra);
    data.extend_from_slice(&compressed);

    let mut extra = Vec::new();
    if entry.wide {
        extra.extend_from_slice(&[1, 0, 24, 0]);
        for number in [size, compressed_size, entry.stated_header.unwrap_or(header)] {
            extra.extend_from_slice(&u64::from(number).to_le_bytes());
        }
    }
    directory.extend_from_slice(b"PK\x01\x02\x14\0\x14\0");
    for number in [entry.flags, entry.compression, 0, 0] {
        directory.extend_from_slice(&number.to_le_bytes());
    }
    for number in [crc, sizes(compressed_size), sizes(size)] {
        directory.extend_from_slice(&number.to_le_bytes());
    }
    for number in [entry.name.len(), extra.len(), 0, 0, 0, 0, 0] {
        directory.extend_from_slice(&(number as u16).to_le_bytes());
    }
    directory.extend_from_slice(&sizes(entry.stated_header.unwrap_or(header)).to_le_bytes());
    directory.extend_from_slice(&entry.name);
    directory.extend_from_slice(&extra);
}

pub(crate) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

pub(crate) const LABEL: &str = "d76d8d7c-8674-53f0-8c69-79d068219a02";
pub(crate) const OTHER_LABEL: &str = "0a508141-8fa2-5079-b148-5a24df214ed0";
pub(crate) const TENANT: &str = "13bd51e1-1a32-557a-b8dd-622f0d55b30c";

/// A label list with one label of `TENANT`.
pub(crate) fn label_list(label: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?><clbl:labelList \
         xmlns:clbl=\"http://schemas.microsoft.com/office/2020/mipLabelMetadata\"><clbl:label id=\"{{{label}}}\" \
         enabled=\"1\" method=\"Privileged\" siteId=\"{{{TENANT}}}\" contentBits=\"0\" removed=\"0\" /></clbl:labelList>"
    )
}

/// A custom properties part with one label of `TENANT`.
pub(crate) fn custom_properties(label: &str) -> String {
    let pairs = [
        ("Enabled", "true"),
        ("SiteId", TENANT),
        ("Method", "Standard"),
        ("SetDate", "2024-03-05T09:10:11Z"),
    ];
    let property = |(number, (name, value)): (usize, &(&str, &str))| {
        format!(
            "<property fmtid=\"{{D5CDD505-2E9C-101B-9397-08002B2CF9AE}}\" pid=\"{}\" \
             name=\"MSIP_Label_{label}_{name}\"><vt:lpwstr>{value}</vt:lpwstr></property>",
            number + 2
        )
    };
    let properties: String = pairs.iter().enumerate().map(property).collect();
    format!(
        "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\" \
         xmlns:vt=\"http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes\">{properties}</Properties>"
    )
}

pub(crate) const LABEL_RELATIONSHIP: &str =
    "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels";
pub(crate) const PROPERTIES_RELATIONSHIP: &str =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties";

/// A relationships part with one relationship for each type and target.
pub(crate) fn relationships(list: &[(&str, &str)]) -> String {
    let line = |(number, (kind, target)): (usize, &(&str, &str))| {
        format!("<Relationship Id=\"rId{number}\" Type=\"{kind}\" Target=\"{target}\"/>")
    };
    let lines: String = list.iter().enumerate().map(line).collect();
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{lines}</Relationships>"
    )
}

/// A package with a label list and nothing else of interest.
pub(crate) fn labelled_package() -> RawArchive {
    RawArchive::of([
        RawEntry::new("[Content_Types].xml", "<Types/>"),
        RawEntry::new(
            "_rels/.rels",
            relationships(&[(LABEL_RELATIONSHIP, "docMetadata/LabelInfo.xml")]),
        ),
        RawEntry::new("word/document.xml", "<document/>"),
        RawEntry::new("docMetadata/LabelInfo.xml", label_list(LABEL)),
    ])
}

/// A compound file written by an independent writer, with 512-byte sectors (`V3`) or 4,096-byte ones (`V4`).
pub(crate) fn compound_file(version: cfb::Version, streams: &[(&str, &[u8])]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create_with_version(version, std::io::Cursor::new(Vec::new())).unwrap();
    for (path, content) in streams {
        let parent = std::path::Path::new(path).parent().unwrap();
        file.create_storage_all(parent).unwrap();
        file.create_stream(path).unwrap().write_all(content).unwrap();
    }
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// A stream `\x05DocumentSummaryInformation` with user-defined text properties, in the code page given.
pub(crate) fn summary_stream(properties: &[(&str, &str)], code_page: u16) -> Vec<u8> {
    let wide = code_page == 1200;
    let text = |text: &str| -> Vec<u8> {
        if wide {
            text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
        } else {
            text.bytes().chain([0]).collect()
        }
    };
    let mut dictionary = (properties.len() as u32).to_le_bytes().to_vec();
    let mut values: Vec<(u32, Vec<u8>)> = vec![(1, [2_u32.to_le_bytes(), u32::from(code_page).to_le_bytes()].concat())];
    for (number, (name, value)) in (2_u32..).zip(properties) {
        let (name, value) = (text(name), text(value));
        let characters = if wide { name.len() / 2 } else { name.len() };
        dictionary.extend_from_slice(&number.to_le_bytes());
        dictionary.extend_from_slice(&(characters as u32).to_le_bytes());
        dictionary.extend_from_slice(&name);
        if wide {
            dictionary.resize(dictionary.len().next_multiple_of(4), 0);
        }
        let mut typed = 0x1E_u32.to_le_bytes().to_vec();
        typed.extend_from_slice(&(value.len() as u32).to_le_bytes());
        typed.extend_from_slice(&value);
        values.push((number, typed));
    }
    values.push((0, dictionary));
    let mut table = Vec::new();
    let mut content = Vec::new();
    for (id, value) in &values {
        table.extend_from_slice(&id.to_le_bytes());
        table.extend_from_slice(&((8 + values.len() * 8 + content.len()) as u32).to_le_bytes());
        content.extend_from_slice(value);
        content.resize(content.len().next_multiple_of(4), 0);
    }
    let size = (8 + table.len() + content.len()) as u32;
    let mut stream = vec![0xFE, 0xFF, 0, 0, 0, 0, 0, 0];
    stream.extend_from_slice(&[0; 16]);
    stream.extend_from_slice(&1_u32.to_le_bytes());
    stream.extend_from_slice(&[
        5, 0xD5, 0xCD, 0xD5, 0x9C, 0x2E, 0x1B, 0x10, 0x93, 0x97, 8, 0, 0x2B, 0x2C, 0xF9, 0xAE,
    ]);
    stream.extend_from_slice(&48_u32.to_le_bytes());
    stream.extend_from_slice(&size.to_le_bytes());
    stream.extend_from_slice(&(values.len() as u32).to_le_bytes());
    stream.extend_from_slice(&table);
    stream.extend_from_slice(&content);
    stream
}

/// The pairs of one label of `TENANT`.
pub(crate) fn label_pairs(label: &str) -> Vec<(String, String)> {
    [
        ("Enabled", "true"),
        ("SiteId", TENANT),
        ("Method", "Privileged"),
        ("Name", "Vertraulich"),
    ]
    .iter()
    .map(|(name, value)| (format!("MSIP_Label_{label}_{name}"), (*value).to_owned()))
    .collect()
}

/// `summary_stream` with the pairs of one label.
pub(crate) fn labelled_summary(label: &str, code_page: u16) -> Vec<u8> {
    let pairs = label_pairs(label);
    let pairs: Vec<(&str, &str)> = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    summary_stream(&pairs, code_page)
}
