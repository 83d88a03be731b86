//! Writing labels into a PDF as one incremental update: the old bytes stay, new objects follow.

use std::collections::HashSet;

use md5::{Digest, Md5};

use crate::error::{ReadError, limit, malformed};
use crate::guid::Guid;
use crate::limits::Limits;
use crate::marks::{PairGroup, label_of_name};
use crate::pdf::document::Document;
use crate::pdf::object::{Dictionary, Object, ObjectId, decode_text};
use crate::pdf::serialize::{text_string, write_dictionary, write_object};
use crate::pdf::{information, information_dictionary, metadata, metadata_packet};
use crate::source::Source;
use crate::write::{LabelChange, Rewrite, SegmentList, Warning, WriteError};
use crate::xmp;

/// Keys that describe a cross-reference stream or section, not the document.
const SECTION_KEYS: [&[u8]; 12] = [
    b"Prev",
    b"XRefStm",
    b"Size",
    b"Length",
    b"Filter",
    b"DecodeParms",
    b"W",
    b"Index",
    b"Type",
    b"Info",
    b"Root",
    b"ID",
];

/// Sets or removes a label in a PDF that is not protected.
pub(crate) fn set_label(source: &mut Source<'_>, change: &LabelChange, limits: &Limits) -> Result<Rewrite, WriteError> {
    let length = source.len();
    let mut document = Document::open(source, limits)?;
    let root = document.trailer("Root").cloned().unwrap_or(Object::Null);
    let Object::Dictionary(catalogue) = document.resolve(&root)? else {
        return Err(malformed("the PDF has no catalogue").into());
    };
    refuse_certified(&mut document, &catalogue)?;
    let signed = is_signed(&mut document, &catalogue)?;
    let mut update = Update::new(&document, length)?;
    let stale = Stale::find(&mut document, &catalogue, change, limits)?;
    if change.label.is_none() && stale.is_empty() {
        return Ok(Rewrite::unchanged(length));
    }
    update.write_information(&mut document, change, &stale.information)?;
    update.write_metadata(&mut document, &root, &catalogue, change, &stale.metadata, limits)?;
    let bytes = update.finish(&document, &root)?;
    let mut segments = SegmentList::default();
    segments.copy(0, length);
    segments.bytes(bytes);
    let mut rewrite = segments.finish();
    rewrite.warnings.extend(signed.then_some(Warning::Signed));
    Ok(rewrite)
}

/// A certification may forbid every change. Source: ISO 32000-2, 12.8.2.2.
fn refuse_certified(document: &mut Document<'_, '_>, catalogue: &Dictionary) -> Result<(), WriteError> {
    let permissions = document.value(catalogue, "Perms")?;
    let Object::Dictionary(permissions) = permissions else {
        return Ok(());
    };
    let Object::Dictionary(signature) = document.value(&permissions, "DocMDP")? else {
        return Ok(());
    };
    for reference in document.value(&signature, "Reference")?.elements() {
        let Object::Dictionary(reference) = document.resolve(reference)? else {
            continue;
        };
        let Object::Dictionary(parameters) = document.value(&reference, "TransformParams")? else {
            continue;
        };
        if document.value(&parameters, "P")? == Object::Integer(1) {
            return Err(WriteError::DocumentCertified);
        }
    }
    Ok(())
}

/// Whether the document says that it holds signatures. Source: ISO 32000-2, 12.7.3, signature flags.
fn is_signed(document: &mut Document<'_, '_>, catalogue: &Dictionary) -> Result<bool, ReadError> {
    let Object::Dictionary(form) = document.value(catalogue, "AcroForm")? else {
        return Ok(false);
    };
    Ok(document
        .value(&form, "SigFlags")?
        .as_integer()
        .is_some_and(|flags| flags & 1 == 1))
}

/// The labels whose pairs go: those of the tenant, each where it says so, and rests of the new one.
struct Stale {
    information: HashSet<Guid>,
    metadata: HashSet<Guid>,
}

impl Stale {
    fn find(
        document: &mut Document<'_, '_>,
        catalogue: &Dictionary,
        change: &LabelChange,
        limits: &Limits,
    ) -> Result<Self, ReadError> {
        let labels = |groups: Vec<PairGroup>| {
            let own = groups.into_iter().filter(|group| group.tenant == change.tenant_id);
            let new = change.label.as_ref().map(|label| label.label_id);
            own.map(|group| group.label).chain(new).collect()
        };
        Ok(Self {
            information: labels(information(document, limits)?),
            metadata: labels(metadata(document, catalogue, limits)?),
        })
    }

    fn is_empty(&self) -> bool {
        self.information.is_empty() && self.metadata.is_empty()
    }
}

/// New objects, and where they are.
struct Update {
    /// Length of the old document.
    start: u64,
    base: u64,
    next_number: u32,
    bytes: Vec<u8>,
    /// Objects with their offsets as cross-reference sections count them.
    objects: Vec<(ObjectId, u64)>,
    information: Object,
}

impl Update {
    fn new(document: &Document<'_, '_>, start: u64) -> Result<Self, ReadError> {
        let next_number = document.next_number()?;
        let information = document.trailer("Info").cloned().unwrap_or(Object::Null);
        // The old document need not end with a line end.
        Ok(Self {
            start,
            base: document.base,
            next_number,
            bytes: b"\n".to_vec(),
            objects: Vec::new(),
            information,
        })
    }

    fn new_id(&mut self) -> ObjectId {
        let id = ObjectId {
            number: self.next_number,
            generation: 0,
        };
        self.next_number += 1;
        id
    }

    fn offset(&self) -> u64 {
        self.start + self.bytes.len() as u64 - self.base
    }

    fn begin(&mut self, id: ObjectId) {
        self.objects.push((id, self.offset()));
        self.bytes
            .extend_from_slice(format!("{} {} obj\n", id.number, id.generation).as_bytes());
    }

    fn object(&mut self, id: ObjectId, object: &Object) {
        self.begin(id);
        write_object(object, &mut self.bytes);
        self.bytes.extend_from_slice(b"\nendobj\n");
    }

    fn stream(&mut self, id: ObjectId, mut dictionary: Dictionary, data: &[u8]) {
        let length = Object::Integer(i64::try_from(data.len()).unwrap_or(i64::MAX));
        dictionary.entries.push((b"Length".to_vec(), length));
        self.begin(id);
        write_dictionary(&dictionary, &mut self.bytes);
        self.bytes.extend_from_slice(b"\nstream\n");
        self.bytes.extend_from_slice(data);
        self.bytes.extend_from_slice(b"\nendstream\nendobj\n");
    }

    /// The information dictionary with all keys but those of stale labels, and the new pairs.
    fn write_information(
        &mut self,
        document: &mut Document<'_, '_>,
        change: &LabelChange,
        stale: &HashSet<Guid>,
    ) -> Result<(), ReadError> {
        let id = match &self.information {
            Object::Reference(id) => document.load(*id)?.id,
            _ => self.new_id(),
        };
        let mut information = information_dictionary(document)?;
        information
            .entries
            .retain(|(key, _)| !label_of_name(&decode_text(key)).is_some_and(|label| stale.contains(&label)));
        if let Some(label) = &change.label {
            let pairs = label.pairs(&change.tenant_id).into_iter();
            information
                .entries
                .extend(pairs.map(|(name, value)| (name.into_bytes(), text_string(&value))));
        }
        self.information = Object::Reference(id);
        self.object(id, &Object::Dictionary(information));
        Ok(())
    }

    /// The XMP packet likewise; a new one when there is none, to which the catalogue is made to refer.
    fn write_metadata(
        &mut self,
        document: &mut Document<'_, '_>,
        root: &Object,
        catalogue: &Dictionary,
        change: &LabelChange,
        stale: &HashSet<Guid>,
        limits: &Limits,
    ) -> Result<(), ReadError> {
        let pairs = change
            .label
            .as_ref()
            .map(|label| label.pairs(&change.tenant_id))
            .unwrap_or_default();
        if let Some((loaded, packet)) = metadata_packet(document, catalogue)? {
            let packet = xmp::with_pairs(&packet, stale, &pairs, limits)?;
            let mut dictionary = loaded.object.as_dictionary().cloned().unwrap_or_default();
            dictionary
                .entries
                .retain(|(key, _)| !matches!(key.as_slice(), b"Length" | b"Filter" | b"DecodeParms"));
            self.stream(loaded.id, dictionary, &packet);
            return Ok(());
        }
        if pairs.is_empty() {
            return Ok(());
        }
        let Object::Reference(root) = root else {
            return Err(malformed("the PDF's catalogue is not an object of its own"));
        };
        let root = document.load(*root)?.id;
        let id = self.new_id();
        let name = |name: &str| Object::Name(name.as_bytes().to_vec());
        let entries = vec![(b"Type".to_vec(), name("Metadata")), (b"Subtype".to_vec(), name("XML"))];
        self.stream(id, Dictionary { entries }, xmp::new_packet(&pairs).as_bytes());
        let mut catalogue = catalogue.clone();
        catalogue.entries.retain(|(key, _)| key != b"Metadata");
        catalogue.entries.push((b"Metadata".to_vec(), Object::Reference(id)));
        self.object(root, &Object::Dictionary(catalogue));
        Ok(())
    }

    /// Adds the cross-reference section, in the style of the newest one.
    fn finish(mut self, document: &Document<'_, '_>, root: &Object) -> Result<Vec<u8>, ReadError> {
        let newest = document.sections.first().ok_or(malformed("the PDF has no catalogue"))?;
        let as_stream = newest.table.is_none();
        let mut trailer = newest.trailer.clone();
        trailer
            .entries
            .retain(|(key, _)| !SECTION_KEYS.contains(&key.as_slice()));
        let mut put = |key: &str, value: Object| trailer.entries.push((key.as_bytes().to_vec(), value));
        let integer = |value: u64| Object::Integer(i64::try_from(value).unwrap_or(i64::MAX));
        put("Root", root.clone());
        put("Info", self.information.clone());
        if let Some(id) = document.trailer("ID") {
            put("ID", new_file_id(id, &self.bytes));
        }
        put("Prev", integer(document.start));
        put("Size", integer(u64::from(self.next_number) + u64::from(as_stream)));
        let section = self.offset();
        if as_stream {
            self.stream_section(trailer)
        } else {
            self.table_section(&trailer)?
        }
        self.bytes
            .extend_from_slice(format!("startxref\n{section}\n%%EOF\n").as_bytes());
        Ok(self.bytes)
    }

    fn table_section(&mut self, trailer: &Dictionary) -> Result<(), ReadError> {
        self.objects.sort_unstable();
        // Some readers take the first object of a section for object 0 when it starts with another one.
        self.bytes.extend_from_slice(b"xref\n0 1\n0000000000 65535 f \n");
        for (id, offset) in &self.objects {
            if *offset > 9_999_999_999 {
                return Err(limit("the PDF is too long for its cross-reference table"));
            }
            let line = format!("{} 1\n{offset:010} {:05} n \n", id.number, id.generation);
            self.bytes.extend_from_slice(line.as_bytes());
        }
        self.bytes.extend_from_slice(b"trailer\n");
        write_dictionary(trailer, &mut self.bytes);
        self.bytes.push(b'\n');
        Ok(())
    }

    fn stream_section(&mut self, mut trailer: Dictionary) {
        let id = self.new_id();
        self.objects.push((id, self.offset()));
        self.objects.sort_unstable();
        let mut data = Vec::new();
        let mut index = Vec::new();
        for (id, offset) in &self.objects {
            index.extend([Object::Integer(id.number.into()), Object::Integer(1)]);
            data.push(1);
            data.extend_from_slice(&offset.to_be_bytes());
            data.extend_from_slice(&id.generation.to_be_bytes());
        }
        let widths = [1, 8, 2].map(Object::Integer).to_vec();
        trailer.entries.splice(
            0..0,
            [
                (b"Type".to_vec(), Object::Name(b"XRef".to_vec())),
                (b"W".to_vec(), Object::Array(widths)),
                (b"Index".to_vec(), Object::Array(index)),
            ],
        );
        self.stream(id, trailer, &data);
    }
}

/// The first half of a file's identifier stays, the second tells the revision.
fn new_file_id(old: &Object, update: &[u8]) -> Object {
    let mut hash = Md5::new();
    hash.update(old.elements().get(1).and_then(Object::as_string).unwrap_or_default());
    hash.update(update);
    let first = old.elements().first().cloned().unwrap_or(Object::String(Vec::new()));
    Object::Array(vec![first, Object::String(hash.finalize().to_vec())])
}
