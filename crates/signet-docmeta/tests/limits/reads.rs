//! Documents of a gigabyte and more: what is read of them, in how many requests.

use signet_docmeta::{Kind, Limits, Options, ReadError, Report, read_labels};

use crate::alone;
use crate::compound::{Compound, Content};
use crate::sparse::{Archive, LABEL, Sparse, TENANT, label_list, packet, relationships};

const GIB: u64 = 1 << 30;

fn read(name: &str, file: &mut Sparse) -> Result<Report, ReadError> {
    read_labels(file, name, &Options::default(), &Limits::default())
}

/// The one label is found within so many requests and KiB.
fn check(what: &str, name: &str, mut file: Sparse, requests: u32, kib: u64) -> Kind {
    let length = file.length;
    let report = read(name, &mut file).unwrap_or_else(|error| panic!("{what}: {error}; {:?}", file.requests));
    eprintln!(
        "{what}: {} of {} MiB: {} bytes in {} requests",
        name,
        length >> 20,
        report.stats.bytes,
        report.stats.requests
    );
    assert_eq!(report.labels.len(), 1, "{what}");
    assert_eq!(report.labels[0].label_id.to_string(), LABEL, "{what}");
    assert!(
        report.stats.requests <= requests && report.stats.bytes <= kib * 1024,
        "{what}: {:?}, wanted {requests} and {kib} KiB; {:?}",
        report.stats,
        file.requests
    );
    report.kind
}

/// As Word and PowerPoint write: lists first with hints to grow, many parts, the label close to the end or not.
fn presentation(media: u64, parts: usize, label_first: bool) -> Sparse {
    let mut archive = Archive::default();
    let hint = [[0x20, 0xA2, 4, 2, 0x28, 0xA0, 0, 2].as_slice(), &[0; 512]].concat();
    archive.entry("[Content_Types].xml", &vec![b' '; 9000], &hint);
    archive.entry(
        "_rels/.rels",
        relationships("docMetadata/LabelInfo.xml").as_bytes(),
        &hint,
    );
    let label = |archive: &mut Archive| archive.entry("docMetadata/LabelInfo.xml", label_list().as_bytes(), b"");
    if label_first {
        label(&mut archive);
    }
    for number in 0..parts {
        archive.entry(&format!("ppt/slides/slide{number}.xml"), &vec![b'<'; 3000], b"");
    }
    archive.hole("ppt/media/video1.mp4", media);
    if !label_first {
        label(&mut archive);
    }
    for name in ["docProps/core.xml", "docProps/app.xml", "docProps/thumbnail.jpeg"] {
        archive.entry(name, &[b'x'; 3000], b"");
    }
    archive.finish()
}

#[test]
fn presentations() {
    let _turn = alone();
    for (media, name) in [
        (1 << 20, "1 MiB"),
        (100 << 20, "100 MiB"),
        (GIB, "1 GiB"),
        (5 * GIB, "5 GiB"),
    ] {
        check(name, "a.pptx", presentation(media, 80, false), 6, 64);
        check(name, "a.pptx", presentation(media, 80, true), 6, 64);
    }
    // The directory alone takes more than the tail.
    check("400 parts", "a.pptx", presentation(GIB, 400, false), 6, 64);
}

fn irm(late: bool, shift: u32, licence: usize) -> Sparse {
    let list = label_list().into_bytes();
    let licence = [b"<XrML>".as_slice(), &vec![b'x'; licence], b"</XrML>"].concat();
    let transform = "\u{6}DataSpaces/TransformInfo/DRMEncryptedTransform/\u{6}Primary";
    Compound {
        streams: vec![
            ("EncryptedPackage", Content::Zeros(GIB)),
            ("\u{6}DataSpaces/Version", Content::Bytes(vec![1; 76])),
            ("\u{6}DataSpaces/DataSpaceMap", Content::Bytes(vec![1; 112])),
            (
                "\u{6}DataSpaces/DataSpaceInfo/DRMEncryptedDataSpace",
                Content::Bytes(vec![1; 64]),
            ),
            (transform, Content::Bytes(licence)),
            ("\u{6}DataSpaces/TransformInfo/LabelInfo", Content::Bytes(list)),
            ("\u{5}SummaryInformation", Content::Bytes(vec![1; 400])),
        ],
        shift,
        late,
    }
    .build()
}

#[test]
fn rights_managed_packages() {
    let _turn = alone();
    // Office makes directory and small streams before it writes the package; the licence must be read whole.
    assert_eq!(
        check("directory first", "a.docx", irm(false, 9, 2000), 6, 64),
        Kind::EncryptedOpenXml
    );
    check("directory first, long sectors", "a.docx", irm(false, 12, 2000), 7, 64);
    // The table of a large file with short sectors has a long list of its own, which leads to its end.
    check("directory last", "a.docx", irm(true, 9, 2000), 16, 160);
    check("directory last, long sectors", "a.docx", irm(true, 12, 2000), 8, 64);
    check("long licence", "a.docx", irm(true, 12, 30_000), 10, 100);
}

#[test]
fn messages() {
    let _turn = alone();
    let value = format!("MSIP_Label_{LABEL}_Enabled=true; MSIP_Label_{LABEL}_SiteId={TENANT}");
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let name = wide("msip_labels");
    let strings = [vec![0; 4], (name.len() as u32).to_le_bytes().to_vec(), name].concat();
    let sets = [0x86, 3, 2, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46].to_vec();
    for (what, late, requests, kib) in [("directory first", false, 6, 64), ("directory last", true, 16, 160)] {
        let message = Compound {
            streams: vec![
                ("__properties_version1.0", Content::Bytes(vec![0; 32])),
                ("__nameid_version1.0/__substg1.0_00020102", Content::Bytes(sets.clone())),
                (
                    "__nameid_version1.0/__substg1.0_00030102",
                    Content::Bytes(vec![4, 0, 0, 0, 7, 0, 5, 0]),
                ),
                (
                    "__nameid_version1.0/__substg1.0_00040102",
                    Content::Bytes(strings.clone()),
                ),
                (
                    "__attach_version1.0_#00000000/__substg1.0_37010102",
                    Content::Zeros(GIB),
                ),
                ("__substg1.0_8005001F", Content::Bytes(wide(&value))),
            ],
            shift: 9,
            late,
        };
        check(what, "a.msg", message.build(), requests, kib);
    }
    let mut mail = Sparse::default();
    mail.push(format!("From: a@b\r\nmsip_labels: {value}\r\n\r\n"));
    mail.skip(GIB);
    check("mail", "a.eml", mail, 6, 64);
}

/// A file with a classic table of so many objects; catalogue, information and packet at the places given.
fn pdf_with_table(objects: u32, body: u64, scattered: bool) -> Sparse {
    let mut file = Sparse::default();
    let mut places: Vec<(u32, u64)> = Vec::new();
    file.push("%PDF-1.7\n");
    let packet = packet();
    let mut put = |file: &mut Sparse, number: u32, content: String| {
        let place = file.push(format!("{number} 0 obj\n{content}\nendobj\n"));
        places.push((number, place));
        if scattered {
            file.skip(body / 4);
        }
    };
    if !scattered {
        file.skip(body);
    }
    put(
        &mut file,
        1,
        "<< /Type /Catalog /Pages 9 0 R /Metadata 3 0 R >>".to_owned(),
    );
    put(
        &mut file,
        3,
        format!(
            "<< /Type /Metadata /Length {} >>\nstream\n{packet}\nendstream",
            packet.len()
        ),
    );
    put(&mut file, 2, "<< /Title (x) /Producer (y) >>".to_owned());
    let start = file.length;
    let mut table = format!("xref\n0 {objects}\n").into_bytes();
    for number in 0..objects {
        let place = places.iter().find(|(known, _)| *known == number);
        let line = place.map_or_else(
            || "0000000000 65535 f \n".to_owned(),
            |(_, place)| format!("{place:010} 00000 n \n"),
        );
        table.extend_from_slice(line.as_bytes());
    }
    file.push(table);
    file.push(format!(
        "trailer\n<< /Size {objects} /Root 1 0 R /Info 2 0 R >>\nstartxref\n{start}\n%%EOF\n"
    ));
    file
}

/// As writers since PDF 1.5 do: information and catalogue in one object stream, all at the end.
fn pdf_with_streams(body: u64) -> Sparse {
    let mut file = Sparse::default();
    file.push("%PDF-1.7\n");
    file.skip(body);
    let catalogue = "<< /Type /Catalog >>";
    let information = format!("<< /MSIP_Label_{LABEL}_Enabled (true) /MSIP_Label_{LABEL}_SiteId ({TENANT}) >>");
    let head = format!("1 0 2 {} ", catalogue.len());
    let content = format!("{head}{catalogue}{information}");
    let stream = file.push(format!(
        "5 0 obj\n<< /Type /ObjStm /N 2 /First {} /Length {} >>\nstream\n{content}\nendstream\nendobj\n",
        head.len(),
        content.len()
    ));
    let start = file.length;
    let mut lines = vec![0_u8; 30_000 * 7];
    for (number, line) in [(1, [2, 0, 0, 0, 5, 0, 0]), (2, [2, 0, 0, 0, 5, 0, 1])] {
        lines[number * 7..number * 7 + 7].copy_from_slice(&line);
    }
    lines[35..42].copy_from_slice(&[&[1], (stream as u32).to_be_bytes().as_slice(), &[0, 0]].concat());
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut encoder, &lines).unwrap();
    let lines = encoder.finish().unwrap();
    let head = format!(
        "6 0 obj\n<< /Type /XRef /Size 30000 /W [1 4 2] /Root 1 0 R /Info 2 0 R /Filter /FlateDecode /Length {} >>\nstream\n",
        lines.len()
    );
    file.push([head.as_bytes(), &lines, b"\nendstream\nendobj\n"].concat());
    file.push(format!("startxref\n{start}\n%%EOF\n"));
    file
}

#[test]
fn pdf_files() {
    let _turn = alone();
    for body in [1 << 20, 100 << 20, GIB] {
        check("streams", "a.pdf", pdf_with_streams(body), 6, 64);
        check("table", "a.pdf", pdf_with_table(500, body, false), 6, 64);
    }
    check("long table", "a.pdf", pdf_with_table(50_000, GIB, false), 8, 96);
    check(
        "everything far apart",
        "a.pdf",
        pdf_with_table(50_000, GIB, true),
        10,
        112,
    );
}

#[test]
fn images() {
    let _turn = alone();
    let packet = packet().into_bytes();
    let segment = |kind: u8, content: &[u8]| {
        [
            &[0xFF, kind],
            ((content.len() + 2) as u16).to_be_bytes().as_slice(),
            content,
        ]
        .concat()
    };
    let mut jpeg = Sparse::default();
    jpeg.push([vec![0xFF, 0xD8], segment(0xE0, b"JFIF\0"), segment(0xE1, &[0; 40_000])].concat());
    jpeg.push(segment(
        0xE1,
        &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), &packet].concat(),
    ));
    jpeg.push(vec![0xFF, 0xDA, 0, 2]);
    jpeg.skip(GIB);
    check("picture", "a.jpg", jpeg, 6, 64);

    let chunk = |kind: &[u8], content: &[u8]| {
        let body = [kind, content].concat();
        let length = (content.len() as u32).to_be_bytes();
        [length.as_slice(), &body, &crc32fast::hash(&body).to_be_bytes()].concat()
    };
    let text = chunk(b"iTXt", &[b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), &packet].concat());
    let data = chunk(b"IDAT", &[7; 8192]);
    for early in [true, false] {
        let mut png = Sparse::default();
        png.push([b"\x89PNG\r\n\x1A\n".to_vec(), chunk(b"IHDR", &[0; 13])].concat());
        if early {
            png.push(text.clone());
        }
        png.push(data.clone());
        png.skip(GIB);
        png.push(data.repeat(8));
        if !early {
            png.push(text.clone());
        }
        png.push(chunk(b"IEND", b""));
        check(if early { "text first" } else { "text last" }, "a.png", png, 6, 64);
    }

    let mut tiff = Sparse::default();
    let place = 8 + GIB;
    tiff.push([b"II*\0".as_slice(), &(place as u32).to_le_bytes()].concat());
    tiff.skip(GIB);
    let entry = [
        [0xBC, 2, 1, 0].as_slice(),
        &(packet.len() as u32).to_le_bytes(),
        &(place as u32 + 18).to_le_bytes(),
    ]
    .concat();
    tiff.push([&[1, 0], entry.as_slice(), &[0; 4], &packet].concat());
    check("directory last", "a.tif", tiff, 6, 64);

    let mut psd = Sparse::default();
    let resource = |id: u16, content: &[u8]| {
        [
            b"8BIM".as_slice(),
            &id.to_be_bytes(),
            &[0, 0],
            &(content.len() as u32).to_be_bytes(),
            content,
        ]
        .concat()
    };
    let resources = [resource(1036, &[0; 60_000]), resource(0x0424, &packet)].concat();
    psd.push(
        [
            b"8BPS\0\x01".as_slice(),
            &[0; 24],
            &(resources.len() as u32).to_be_bytes(),
            &resources,
        ]
        .concat(),
    );
    psd.skip(GIB);
    check("drawing", "a.psd", psd, 6, 64);
}

#[test]
fn sealed_files() {
    let _turn = alone();
    let mut file = Sparse::default();
    file.push([b".pfile".as_slice(), &[0; 286], &20_000_u32.to_le_bytes()].concat());
    file.skip(GIB);
    assert!(matches!(
        read("a.ptxt", &mut file),
        Err(ReadError::DecryptionNotSupported)
    ));
    assert!(
        file.requests.len() <= 6 && file.bytes <= 64 * 1024,
        "{:?}",
        file.requests
    );
}
