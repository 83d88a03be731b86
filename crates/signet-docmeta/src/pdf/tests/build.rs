//! PDFs written byte by byte.

use crate::testing::TENANT;

/// A file that grows section by section.
#[derive(Default)]
pub(super) struct Pdf {
    pub(super) data: Vec<u8>,
    /// Number and position of the objects written since the last section.
    objects: Vec<(u32, usize)>,
    /// Position of the last section.
    pub(super) last: Option<usize>,
}

impl Pdf {
    pub(super) fn new() -> Self {
        Self {
            data: b"%PDF-1.7\n".to_vec(),
            ..Self::default()
        }
    }

    pub(super) fn object(&mut self, number: u32, content: &str) -> &mut Self {
        self.objects.push((number, self.data.len()));
        self.data
            .extend_from_slice(format!("{number} 0 obj\n{content}\nendobj\n").as_bytes());
        self
    }

    /// A stream; `dictionary` is what stands in it beside the length.
    pub(super) fn stream(&mut self, number: u32, dictionary: &str, content: &[u8]) -> &mut Self {
        self.objects.push((number, self.data.len()));
        let head = format!("{number} 0 obj\n<< /Length {} {dictionary} >>\nstream\n", content.len());
        self.data.extend_from_slice(head.as_bytes());
        self.data.extend_from_slice(content);
        self.data.extend_from_slice(b"\nendstream\nendobj\n");
        self
    }

    /// A table of the objects written since the last section, and its trailer.
    pub(super) fn table(&mut self, trailer: &str) -> &mut Self {
        let start = self.data.len();
        self.data.extend_from_slice(b"xref\n0 1\n0000000000 65535 f \n");
        for (number, offset) in std::mem::take(&mut self.objects) {
            self.data
                .extend_from_slice(format!("{number} 1\n{offset:010} 00000 n \n").as_bytes());
        }
        let previous = self.last.map(|last| format!("/Prev {last}")).unwrap_or_default();
        self.data
            .extend_from_slice(format!("trailer\n<< /Size 100 {previous} {trailer} >>\n").as_bytes());
        self.start(start)
    }

    /// A cross-reference stream with number `number`; `inside` are objects of object streams: number, stream, index.
    pub(super) fn stream_table(&mut self, number: u32, trailer: &str, inside: &[(u32, u32, u8)]) -> &mut Self {
        let start = self.data.len();
        let mut lines: Vec<(u32, Vec<u8>)> = std::mem::take(&mut self.objects)
            .into_iter()
            .map(|(number, offset)| (number, [&[1], (offset as u32).to_be_bytes().as_slice(), &[0]].concat()))
            .collect();
        lines.push((number, [&[1], (start as u32).to_be_bytes().as_slice(), &[0]].concat()));
        lines.extend(
            inside
                .iter()
                .map(|(number, stream, index)| (*number, [&[2], stream.to_be_bytes().as_slice(), &[*index]].concat())),
        );
        let index: String = lines.iter().map(|(number, _)| format!("{number} 1 ")).collect();
        let content: Vec<u8> = lines.into_iter().flat_map(|(_, line)| line).collect();
        let previous = self.last.map(|last| format!("/Prev {last}")).unwrap_or_default();
        let dictionary = format!("/Type /XRef /Size 100 /W [1 4 1] /Index [{index}] {previous} {trailer}");
        self.stream(number, &dictionary, &content);
        self.objects.clear();
        self.start(start)
    }

    pub(super) fn start(&mut self, start: usize) -> &mut Self {
        self.data
            .extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        self.last = Some(start);
        self
    }
}

/// An information dictionary with one label.
pub(super) fn information(label: &str) -> String {
    format!("<< /Title (x) /MSIP_Label_{label}_Enabled (true) /MSIP_Label_{label}_SiteId ({TENANT}) >>")
}

/// An XMP packet with one label.
pub(super) fn packet(label: &str) -> String {
    format!(
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
         <rdf:Description xmlns:p='http://ns.adobe.com/pdfx/1.3/' p:MSIP_Label_{label}_Enabled='true' \
         p:MSIP_Label_{label}_SiteId='{TENANT}'/></rdf:RDF></x:xmpmeta>"
    )
}

/// A file with one table: catalogue 1, information dictionary 2.
pub(super) fn simple(information: &str) -> Pdf {
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Type /Catalog >>")
        .object(2, information)
        .table("/Root 1 0 R /Info 2 0 R");
    pdf
}
