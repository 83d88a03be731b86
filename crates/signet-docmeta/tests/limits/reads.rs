//! Documents of a gigabyte and more: what is read of them, in how many requests.

use signet_docmeta::{Kind, Limits, Options, ReadError, Report, read_labels};

use crate::alone;
use crate::compound::{Compound, Content};
use crate::large::{irm, pdf_with_streams, pdf_with_table, presentation};
use crate::sparse::{LABEL, Sparse, TENANT, packet};

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

#[test]
fn rights_managed_packages() {
    let _turn = alone();
    // Office makes directory and small streams before it writes the package; the licence must be read whole.
    assert_eq!(
        check("directory first", "a.docx", irm(GIB, false, 9, 2000), 6, 64),
        Kind::EncryptedOpenXml
    );
    check(
        "directory first, long sectors",
        "a.docx",
        irm(GIB, false, 12, 2000),
        7,
        64,
    );
    // The table of a large file with short sectors has a long list of its own, which leads to its end.
    check("directory last", "a.docx", irm(GIB, true, 9, 2000), 16, 160);
    check(
        "directory last, long sectors",
        "a.docx",
        irm(GIB, true, 12, 2000),
        8,
        64,
    );
    check("long licence", "a.docx", irm(GIB, true, 12, 30_000), 10, 100);
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
