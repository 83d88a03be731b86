//! Hostile documents: what they take in memory, and that they come to an end.

use std::io::Write;

use signet_docmeta::write::{LabelChange, NewLabel, WriteOptions, set_label};
use signet_docmeta::{Guid, Limits, MemoryRange, Method, Options, RangeRead, ReadError, read_labels};

use crate::compound::{Compound, Content};
use crate::sparse::{Archive, LABEL, Sparse, TENANT, relationships};
use crate::{ALLOCATOR, alone};

const MIB: usize = 1 << 20;
/// What one document may take, beside itself.
const MOST: usize = 64 * MIB;

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Reads with the larger budget, and writes where that is possible. Answers what reading answered.
fn check(what: &str, name: &str, file: &mut dyn RangeRead) -> Result<usize, ReadError> {
    let limits = Limits::background();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let answer = read_labels(file, name, &Options::default(), &limits);
    let reading = ALLOCATOR.peak_usage() - before;
    let change = LabelChange {
        tenant_id: Guid::parse(TENANT).unwrap(),
        label: Some(NewLabel {
            label_id: Guid::parse(LABEL).unwrap(),
            method: Method::Standard,
            name: String::new(),
            set_date: 0,
            action_id: Guid::from_bytes([0; 16]),
        }),
    };
    ALLOCATOR.reset_peak_usage();
    let _ = set_label(file, name, &change, &WriteOptions::default(), &limits);
    let writing = ALLOCATOR.peak_usage() - before;
    eprintln!("{what}: {} and {} KiB; {answer:?}", reading / 1024, writing / 1024);
    assert!(reading <= MOST, "{what}: reading takes {} MiB", reading / MIB);
    assert!(writing <= MOST, "{what}: writing takes {} MiB", writing / MIB);
    answer.map(|report| report.labels.len())
}

fn exceeds(what: &str, name: &str, file: &mut dyn RangeRead) {
    let answer = check(what, name, file);
    assert!(
        matches!(answer, Err(ReadError::LimitExceeded { .. })),
        "{what}: {answer:?}"
    );
}

/// Objects with a table that is right for them.
fn pdf(objects: &[(u32, Vec<u8>)], trailer: &str) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut table = b"xref\n0 1\n0000000000 65535 f \n".to_vec();
    for (number, content) in objects {
        table.extend_from_slice(format!("{number} 1\n{:010} 00000 n \n", file.len()).as_bytes());
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        file.extend_from_slice(content);
        file.extend_from_slice(b"\nendobj\n");
    }
    let start = file.len();
    file.extend_from_slice(&table);
    file.extend_from_slice(format!("trailer << /Size 99 {trailer} >>\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}

fn stream(dictionary: &str, content: &[u8]) -> Vec<u8> {
    let head = format!("<< {dictionary} /Length {} >>\nstream\n", content.len());
    [head.as_bytes(), content, b"\nendstream"].concat()
}

#[test]
fn pdf_files() {
    let _turn = alone();
    let catalogue = (1, b"<< /Metadata 3 0 R >>".to_vec());
    let packet = |content: &[u8]| {
        pdf(
            &[catalogue.clone(), (3, stream("/Filter /FlateDecode", &zlib(content)))],
            "/Root 1 0 R",
        )
    };
    exceeds(
        "packet of blanks",
        "a.pdf",
        &mut MemoryRange::new(&packet(&vec![b' '; 12 * MIB])),
    );
    let text = [
        b"\xFF\xFE<\0a\0>\0".as_slice(),
        &b"x\0".repeat(4 * MIB - 64),
        b"<\0/\0a\0>\0",
    ]
    .concat();
    let _ = check("one long text", "a.pdf", &mut MemoryRange::new(&packet(&text)));
    let layered = zlib(&zlib(&vec![0; 12 * MIB]));
    let layered = stream("/Filter [/Fl /Fl]", &layered);
    exceeds(
        "bomb in a bomb",
        "a.pdf",
        &mut MemoryRange::new(&pdf(&[catalogue.clone(), (3, layered)], "/Root 1 0 R")),
    );

    // Every property is in another one of three object streams, each inflated to almost the limit.
    let information: String = (0..4000)
        .map(|number| format!("/MSIP_Label_{LABEL}_a{number} {} 0 R ", 10 + number % 3))
        .collect();
    let bomb = |number: u32| {
        let content = [format!("{number} 0 (x) ").into_bytes(), vec![b' '; 8 * MIB - 20]].concat();
        stream("/Type /ObjStm /N 1 /First 5 /Filter /FlateDecode", &zlib(&content))
    };
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut lines: Vec<u8> = Vec::new();
    let objects = [
        (1, b"<<>>".to_vec()),
        (2, format!("<< {information} >>").into_bytes()),
        (3, bomb(10)),
        (4, bomb(11)),
        (5, bomb(12)),
    ];
    for (number, content) in objects {
        lines.extend([[1].as_slice(), &(file.len() as u32).to_be_bytes(), &[0]].concat());
        file.extend_from_slice(format!("{number} 0 obj\n").as_bytes());
        file.extend_from_slice(&content);
        file.extend_from_slice(b"\nendobj\n");
    }
    lines.extend((3..6_u8).flat_map(|stream| [2, 0, 0, 0, stream, 0]));
    let start = file.len();
    let section = stream(
        "/Type /XRef /Size 20 /W [1 4 1] /Index [1 5 10 3] /Root 1 0 R /Info 2 0 R",
        &lines,
    );
    file.extend_from_slice(&[b"9 0 obj\n".as_slice(), &section, b"\nendobj\n"].concat());
    file.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    exceeds("object streams again and again", "a.pdf", &mut MemoryRange::new(&file));

    // One long string that is the value of every property, each of another label.
    let information: String = (0..4000)
        .map(|number| format!("/MSIP_Label_{number:08x}-0000-0000-0000-000000000000_Method 3 0 R "))
        .collect();
    let string = |length: usize| [b"(".as_slice(), &b"\xE4".repeat(length), b")"].concat();
    for length in [60_000, 64 * 1024] {
        let file = pdf(
            &[
                (1, b"<<>>".to_vec()),
                (2, format!("<< {information} >>").into_bytes()),
                (3, string(length)),
            ],
            "/Root 1 0 R /Info 2 0 R",
        );
        exceeds("one string for all", "a.pdf", &mut MemoryRange::new(&file));
    }

    // A trailer of many values in each of many sections.
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut previous = String::new();
    for _ in 0..60 {
        let start = file.len();
        let values = "0 ".repeat(200_000);
        file.extend_from_slice(format!("xref\n0 0\ntrailer << /Root 1 0 R {previous} /X [{values}] >>\n").as_bytes());
        previous = format!("/Prev {start}");
    }
    let start = previous.trim_start_matches("/Prev ").to_owned();
    file.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    exceeds("long trailers", "a.pdf", &mut MemoryRange::new(&file));

    let many = [b"1 0 ".repeat(2 * MIB - 10), b"x".to_vec()].concat();
    let many = stream(
        "/Type /ObjStm /N 2097000 /First 8388000 /Filter /FlateDecode",
        &zlib(&many),
    );
    let lines = [[1, 0, 0, 0, 9, 0], [2, 0, 0, 0, 1, 0]].concat();
    let mut file = b"%PDF-1.7\n".to_vec();
    file.extend_from_slice(&[b"1 0 obj\n".as_slice(), &many, b"\nendobj\n"].concat());
    let start = file.len();
    let section = stream("/Type /XRef /Size 20 /W [1 4 1] /Index [1 2] /Root 2 0 R", &lines);
    file.extend_from_slice(&[b"9 0 obj\n".as_slice(), &section, b"\nendobj\n"].concat());
    file.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    exceeds("objects in one stream", "a.pdf", &mut MemoryRange::new(&file));

    // A payload with its own sections, as large as they may be.
    let table = stream(
        "/Type /XRef /Size 1040000 /W [1 4 2] /Root 1 0 R /Encrypt 4 0 R /Filter /FlateDecode",
        &zlib(&vec![0; 7 * 1_040_000]),
    );
    let mut inner = b"%PDF-1.7\n9 0 obj\n".to_vec();
    inner.extend_from_slice(&table);
    inner.extend_from_slice(b"\nendobj\nstartxref\n9\n%%EOF\n");
    inner.resize(8 * MIB - 100, b' ');
    inner.splice(9..9, vec![b'%'; 0]);
    let file = pdf(
        &[
            (1, b"<< /AF [8 0 R] /Collection << /View /H >> >>".to_vec()),
            (
                8,
                b"<< /AFRelationship /EncryptedPayload /EP << /Subtype /MicrosoftIRMServices >> /EF << /F 9 0 R >> >>"
                    .to_vec(),
            ),
            (9, stream("/Filter /FlateDecode", &zlib(&inner))),
        ],
        "/Root 1 0 R",
    );
    let _ = check("payload with a long table", "a.pdf", &mut MemoryRange::new(&file));
}

fn package(part: &str, content: Vec<u8>) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let usual = [
        (
            "[Content_Types].xml",
            b"<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_vec(),
        ),
        ("_rels/.rels", relationships("docMetadata/LabelInfo.xml").into_bytes()),
        ("docMetadata/LabelInfo.xml", crate::sparse::label_list().into_bytes()),
    ];
    for (name, usual) in usual {
        archive
            .start_file(name, zip::write::SimpleFileOptions::default())
            .unwrap();
        archive.write_all(if name == part { &content } else { &usual }).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

#[test]
fn packages() {
    let _turn = alone();
    for part in ["[Content_Types].xml", "_rels/.rels", "docMetadata/LabelInfo.xml"] {
        let mut file = package(part, vec![b' '; 12 * MIB]);
        let answer = check(part, "a.docx", &mut MemoryRange::new(&file));
        // The list of types is not needed for reading.
        assert!(
            matches!(answer, Err(ReadError::LimitExceeded { .. })) || part == "[Content_Types].xml",
            "{answer:?}"
        );
        let head = match part {
            "[Content_Types].xml" => "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"",
            "_rels/.rels" => "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"",
            _ => "<labelList xmlns=\"http://schemas.microsoft.com/office/2020/mipLabelMetadata\"",
        };
        let name = head.split([' ', '<']).nth(1).unwrap();
        // Every element carries the long name of its namespace, and so do its attributes.
        let declared = format!("{head} xmlns:a=\"{}\">", "n".repeat(250));
        for element in [
            "<a:b a:c='' a:d='' a:e='' a:f='' a:g='' a:h=''/>",
            "<a:b/>",
            "<b c=''/>",
        ] {
            let count = (MIB - 2000).min(30_000 * element.len()) / element.len();
            file = package(
                part,
                format!("{declared}{}</{name}>", element.repeat(count)).into_bytes(),
            );
            let _ = check(part, "a.docx", &mut MemoryRange::new(&file));
        }
        // Declarations in force pile up, and every name is looked up among them.
        let declarations: String = (0..200).map(|number| format!(" xmlns:p{number}='u'")).collect();
        let open = format!("<x{declarations}>").repeat(60);
        file = package(
            part,
            format!("{head}>{open}{}</{name}>", "<y/>".repeat(1000)).into_bytes(),
        );
        let answer = check(part, "a.docx", &mut MemoryRange::new(&file));
        assert!(
            matches!(answer, Err(ReadError::LimitExceeded { .. })) || part == "[Content_Types].xml",
            "{answer:?}"
        );
    }
    let mut archive = Archive::default();
    for number in 0..65_000 {
        archive.entry(&format!("{number:070}"), b"", b"");
    }
    let _ = check("many entries", "a.docx", &mut archive.finish());
}

/// A chain through all sectors of a large file, for a stream of its last bytes.
#[test]
fn compound_files() {
    let _turn = alone();
    let licence = "\u{6}DataSpaces/TransformInfo/DRMEncryptedTransform/\u{6}Primary";
    let small = |length: usize| Content::Bytes(vec![b'x'; length]);
    let mut streams = vec![("EncryptedPackage", Content::Zeros(1 << 30)), (licence, small(100))];
    for late in [false, true] {
        let mut file = Compound {
            streams,
            shift: 9,
            late,
        }
        .build();
        let _ = check("large", "a.docx", &mut file);
        // The directory goes on into the package, whose sectors are all entries without a name.
        let mut header = file.read_at(0, 512).unwrap();
        header[60..64].copy_from_slice(&u32::from(late).to_le_bytes());
        file.put(0, header);
        let _ = check("small table in the package", "a.docx", &mut file);
        streams = vec![
            ("EncryptedPackage", Content::Zeros(1 << 30)),
            (licence, small(4_000_000)),
        ];
    }
    let mut file = Compound {
        streams: vec![(licence, small(4_000_000)), ("EncryptedPackage", small(5000))],
        shift: 9,
        late: true,
    }
    .build();
    let _ = check("long licence", "a.docx", &mut file);
}

#[test]
fn mail_and_images() {
    let _turn = alone();
    let header = format!(
        "msip_labels: {}\r\n\r\n",
        format!("MSIP_Label_{LABEL}_Enabled=true;").repeat(4000)
    );
    let _ = check("long header", "a.eml", &mut MemoryRange::new(header.as_bytes()));
    let words = format!("msip_labels: {}\r\n\r\n", "=?utf-8?Q?=3B?= ".repeat(15_000));
    let _ = check("encoded words", "a.eml", &mut MemoryRange::new(words.as_bytes()));
    let chunk = |kind: &[u8], content: &[u8]| {
        let body = [kind, content].concat();
        [
            (content.len() as u32).to_be_bytes().as_slice(),
            &body,
            &crc32fast::hash(&body).to_be_bytes(),
        ]
        .concat()
    };
    let text = [
        b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(),
        &zlib(&vec![b' '; 12 * MIB]),
    ]
    .concat();
    let image = [
        b"\x89PNG\r\n\x1A\n".to_vec(),
        chunk(b"iTXt", &text),
        chunk(b"IEND", b""),
    ]
    .concat();
    exceeds("text of an image", "a.png", &mut MemoryRange::new(&image));
    // Every place in the tail looks like a chunk that ends where the image ends.
    let mut torn = Sparse::default();
    torn.push([b"\x89PNG\r\n\x1A\n".to_vec(), chunk(b"IDAT", &[0; 20])].concat());
    torn.skip(300 * 1024);
    torn.push(b"\0\0\0\x04IDATIDAT".repeat(5000));
    torn.push(chunk(b"IEND", b""));
    let _ = check("torn image", "a.png", &mut torn);
}
