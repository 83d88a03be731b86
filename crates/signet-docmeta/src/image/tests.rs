use std::io::Write;

use crate::testing::{LABEL, TENANT};
use crate::{Kind, Limits, MemoryRange, Options, Origin, ReadError, Report, read_labels};

fn packet() -> Vec<u8> {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description xmlns:m='urn:m'><m:MSIP_Label_{LABEL}_Enabled>true</m:MSIP_Label_{LABEL}_Enabled>\
         <m:MSIP_Label_{LABEL}_SiteId>{TENANT}</m:MSIP_Label_{LABEL}_SiteId></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    .into_bytes()
}

fn read(name: &str, data: &[u8]) -> Result<Report, ReadError> {
    read_labels(
        &mut MemoryRange::new(data),
        name,
        &Options::default(),
        &Limits::default(),
    )
}

fn labelled(name: &str, data: &[u8], kind: Kind) {
    let report = read(name, data).unwrap();
    assert_eq!(report.kind, kind);
    let labels: Vec<(String, Origin)> = report
        .labels
        .iter()
        .map(|label| (label.label_id.to_string(), label.origin))
        .collect();
    assert_eq!(labels, [(LABEL.to_owned(), Origin::Xmp)], "{name}");
}

/// Every prefix is refused, or says the same, or stops before the packet of which nothing has been seen.
fn cut(name: &str, data: &[u8]) {
    for length in 1..data.len() {
        if let Ok(report) = read(name, &data[..length]) {
            assert_eq!(report.labels.len(), 1, "{name} cut at {length}");
        }
    }
}

fn segment(kind: u8, content: &[u8]) -> Vec<u8> {
    [
        &[0xFF, kind],
        ((content.len() + 2) as u16).to_be_bytes().as_slice(),
        content,
    ]
    .concat()
}

fn jpeg(segments: &[Vec<u8>]) -> Vec<u8> {
    [
        &[0xFF, 0xD8],
        segments.concat().as_slice(),
        &[0xFF, 0xDA, 0, 2, 1, 2, 3, 0xFF, 0xD9],
    ]
    .concat()
}

fn xmp_segment() -> Vec<u8> {
    segment(
        0xE1,
        &[b"http://ns.adobe.com/xap/1.0/\0".as_slice(), &packet()].concat(),
    )
}

#[test]
fn jpeg_segments() {
    let exif = segment(0xE1, b"Exif\0\0rest");
    let data = jpeg(&[segment(0xE0, b"JFIF\0"), exif.clone(), vec![0xFF, 0xFF], xmp_segment()]);
    labelled("a.jpg", &data, Kind::Jpeg);
    labelled("a.png", &data, Kind::Jpeg);
    cut("a.jpeg", &data);
    assert_eq!(read("a.jpg", &jpeg(&[exif])).unwrap().labels, []);
    let behind_scan = [jpeg(&[]), xmp_segment()].concat();
    assert_eq!(read("a.jpg", &behind_scan).unwrap().labels, []);
    for bad in [
        jpeg(&[vec![0xFF, 0xE1, 0, 1]]),
        jpeg(&[vec![1, 2, 3, 4]]),
        jpeg(&[vec![0xFF, 0xE1, 0xFF, 0xFF]]),
    ] {
        assert!(
            matches!(read("a.jpg", &bad), Err(ReadError::Malformed { .. })),
            "{bad:?}"
        );
    }
    let many: Vec<Vec<u8>> = (0..4097).map(|_| segment(0xE2, b"")).collect();
    assert!(matches!(
        read("a.jpg", &jpeg(&many)),
        Err(ReadError::LimitExceeded { .. })
    ));
}

fn chunk(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let body = [kind.as_slice(), content].concat();
    [
        (content.len() as u32).to_be_bytes().as_slice(),
        &body,
        &crc32fast::hash(&body).to_be_bytes(),
    ]
    .concat()
}

fn png(chunks: &[Vec<u8>]) -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1A\n".as_slice(),
        &chunk(b"IHDR", &[0; 13]),
        &chunks.concat(),
        &chunk(b"IEND", b""),
    ]
    .concat()
}

fn international(flag: u8, text: &[u8]) -> Vec<u8> {
    [b"XML:com.adobe.xmp\0".as_slice(), &[flag, 0], b"en\0title\0", text].concat()
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn png_chunks() {
    let plain = chunk(b"iTXt", &international(0, &packet()));
    let data = vec![chunk(b"IDAT", &[7; 5000]); 5000].concat();
    labelled("a.png", &png(&[plain.clone(), chunk(b"IDAT", b"x")]), Kind::Png);
    labelled(
        "a.png",
        &png(&[chunk(b"iTXt", &international(1, &zlib(&packet())))]),
        Kind::Png,
    );
    let behind = png(&[chunk(b"IDAT", b"x").repeat(5000), plain.clone()]);
    labelled("a.png", &behind, Kind::Png);
    cut("a.png", &png(std::slice::from_ref(&plain)));
    // What follows the data of a very large image is found from its end.
    let large = png(&[data.clone(), plain.clone(), chunk(b"tEXt", &[b'x'; 20_000])]);
    labelled("a.png", &large, Kind::Png);
    assert_eq!(read("a.png", &png(std::slice::from_ref(&data))).unwrap().labels, []);
    let stats = read("a.png", &large).unwrap().stats;
    assert!(stats.requests <= 5 && stats.bytes < 200_000, "{stats:?}");
    // When it cannot be, the image needs more than a caller waits for, and is not said to have no label.
    let mut torn = png(&[data, plain.clone()]);
    torn.pop();
    assert!(matches!(read("a.png", &torn), Err(ReadError::BudgetExceeded)));
    let mut damaged = plain;
    damaged[100] ^= 1;
    assert!(matches!(
        read("a.png", &png(&[damaged])),
        Err(ReadError::Malformed { .. })
    ));
    for bad in [
        international(2, b"x"),
        b"XML:com.adobe.xmp\0".to_vec(),
        b"XML:com.adobe.xmp\0\0\0en".to_vec(),
    ] {
        assert!(matches!(
            read("a.png", &png(&[chunk(b"iTXt", &bad)])),
            Err(ReadError::Malformed { .. })
        ));
    }
    let bomb = international(1, &zlib(&vec![b' '; 9 * 1024 * 1024]));
    assert!(matches!(
        read("a.png", &png(&[chunk(b"iTXt", &bomb)])),
        Err(ReadError::LimitExceeded { .. })
    ));
}

fn tiff(little: bool, kind: u16) -> Vec<u8> {
    let short = |value: u16| {
        if little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    };
    let long = |value: u32| {
        if little {
            value.to_le_bytes()
        } else {
            value.to_be_bytes()
        }
    };
    let packet = packet();
    let mut data = if little { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    data.extend_from_slice(&long(8));
    data.extend_from_slice(&short(2));
    for (tag, kind, count, value) in [(256, 3, 1, 0), (700, kind, packet.len() as u32, 8 + 2 + 24 + 4)] {
        data.extend_from_slice(&short(tag));
        data.extend_from_slice(&short(kind));
        data.extend_from_slice(&long(count));
        data.extend_from_slice(&long(value));
    }
    data.extend_from_slice(&long(0));
    data.extend_from_slice(&packet);
    data
}

#[test]
fn tiff_directories_of_64_bits() {
    let packet = packet();
    for little in [true, false] {
        let bytes = |value: u64, width: usize| {
            let mut bytes = value.to_le_bytes()[..width].to_vec();
            if !little {
                bytes.reverse();
            }
            bytes
        };
        let mut data = if little { b"II".to_vec() } else { b"MM".to_vec() };
        for (value, width) in [(43, 2), (8, 2), (0, 2), (16, 8), (2, 8)] {
            data.extend(bytes(value, width));
        }
        for (tag, kind, count, value) in [(256, 3, 1, 0), (700, 1, packet.len() as u64, 16 + 8 + 40 + 8)] {
            data.extend(bytes(tag, 2));
            data.extend(bytes(kind, 2));
            data.extend(bytes(count, 8));
            data.extend(bytes(value, 8));
        }
        data.extend(bytes(0, 8));
        data.extend_from_slice(&packet);
        labelled("a.tif", &data, Kind::Tiff);
        cut("a.tif", &data);
        let four = if little { 4 } else { 5 };
        data[four] = 4;
        assert!(matches!(read("a.tif", &data), Err(ReadError::Malformed { .. })));
    }
}

#[test]
fn tiff_directories() {
    for little in [true, false] {
        labelled("a.tif", &tiff(little, 1), Kind::Tiff);
        labelled("a.dng", &tiff(little, 7), Kind::Tiff);
        cut("a.tiff", &tiff(little, 1));
        assert!(matches!(
            read("a.tif", &tiff(little, 4)),
            Err(ReadError::Malformed { .. })
        ));
    }
    let many = [b"II*\0\x08\0\0\0\xFF\xFF".as_slice(), &[0; 100]].concat();
    assert!(matches!(read("a.tif", &many), Err(ReadError::LimitExceeded { .. })));
}

fn resource(id: u16, name: &str, content: &[u8]) -> Vec<u8> {
    let mut data = b"8BIM".to_vec();
    data.extend_from_slice(&id.to_be_bytes());
    data.push(name.len() as u8);
    data.extend_from_slice(name.as_bytes());
    if name.len().is_multiple_of(2) {
        data.push(0);
    }
    data.extend_from_slice(&(content.len() as u32).to_be_bytes());
    data.extend_from_slice(content);
    if content.len() % 2 == 1 {
        data.push(0);
    }
    data
}

fn photoshop(resources: &[Vec<u8>]) -> Vec<u8> {
    let resources = resources.concat();
    let mut data = b"8BPS\0\x01".to_vec();
    data.resize(26, 0);
    data.extend_from_slice(&[0, 0, 0, 2, 1, 2]);
    data.extend_from_slice(&(resources.len() as u32).to_be_bytes());
    data.extend_from_slice(&resources);
    data
}

#[test]
fn photoshop_resources() {
    let data = photoshop(&[
        resource(1000, "odd", b"123"),
        resource(1001, "even", b"12"),
        resource(0x0424, "", &packet()),
    ]);
    labelled("a.psd", &data, Kind::Photoshop);
    cut("a.psd", &data);
    assert_eq!(read("a.psd", &photoshop(&[])).unwrap().labels, []);
    let mut bad = data;
    bad[36] = b'X';
    assert!(matches!(read("a.psd", &bad), Err(ReadError::Malformed { .. })));
}

#[test]
fn other_content_under_an_image_name() {
    for data in [b"%PDF-1.4".as_slice(), b"PK\x03\x04", b"GIF89a"] {
        assert!(matches!(read("a.jpg", data), Err(ReadError::Malformed { .. })));
    }
}
