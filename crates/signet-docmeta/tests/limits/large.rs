//! Documents of a gigabyte as writers lay them out.

use crate::compound::{Compound, Content};
use crate::sparse::{Archive, LABEL, Sparse, TENANT, label_list, packet, relationships};

/// As Word and PowerPoint write: lists first with hints to grow, many parts, the label close to the end or not.
pub(crate) fn presentation(media: u64, parts: usize, label_first: bool) -> Sparse {
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

/// A rights-managed package with its label list in clear. `late`: the directory stands behind the package.
pub(crate) fn irm(body: u64, late: bool, shift: u32, licence: usize) -> Sparse {
    let list = label_list().into_bytes();
    let licence = [b"<XrML>".as_slice(), &vec![b'x'; licence], b"</XrML>"].concat();
    let transform = "\u{6}DataSpaces/TransformInfo/DRMEncryptedTransform/\u{6}Primary";
    Compound {
        streams: vec![
            ("EncryptedPackage", Content::Zeros(body)),
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

/// A file with a classic table of so many objects; catalogue, information and packet at the places given.
pub(crate) fn pdf_with_table(objects: u32, body: u64, scattered: bool) -> Sparse {
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
pub(crate) fn pdf_with_streams(body: u64) -> Sparse {
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
