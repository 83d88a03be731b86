//! Objects by number, wherever they are.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::bytes::find;
use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::pdf::crypt::Cipher;
use crate::pdf::filters;
use crate::pdf::lexer::{Lexer, Stop, is_white};
use crate::pdf::object::{Dictionary, Object, ObjectId};
use crate::pdf::object_stream::ObjectStream;
use crate::pdf::payload::Part;
use crate::pdf::xref::{self, Place, Section, StreamTable, Table};
use crate::source::Source;

const BLOCK: u64 = 8 * 1024;
/// Pieces of the file in which an object is looked for, one after the other, strings of unusual length aside.
const OBJECT_WINDOWS: [usize; 3] = [2 * 1024, 64 * 1024, 1024 * 1024];
/// Cross-reference sections held in memory, in bytes.
const SECTION_BYTES: usize = 8 * 1024 * 1024;
/// Decoded object streams held in memory, in bytes.
const OBJECT_STREAM_BYTES: usize = 8 * 1024 * 1024;
/// Bytes looked at and decoded, all in all. A small file can ask for the same large thing again and again.
const WORK_BYTES: usize = 64 * 1024 * 1024;
/// Enough of what follows a stream to see its end.
const AFTER_STREAM: usize = 24;
const BAD_STREAM: ReadError = malformed("a stream of the PDF does not end where it says");
const LOOP: ReadError = malformed("objects of the PDF refer to each other in a circle");

/// An open PDF.
pub(super) struct Document<'s, 'r> {
    source: &'s mut Source<'r>,
    limits: &'s Limits,
    /// Position of the header; some writers count offsets from there.
    pub(super) base: u64,
    /// What the last `startxref` says.
    pub(super) start: u64,
    /// Newest first.
    pub(super) sections: Vec<Section>,
    pub(super) cipher: Option<Cipher>,
    /// Whether the metadata stream is enciphered too.
    pub(super) metadata_in_clear: bool,
    object_streams: HashMap<u32, Rc<ObjectStream>>,
    depth: usize,
    /// Bytes looked at and decoded so far.
    work: usize,
}

/// An indirect object.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) id: ObjectId,
    pub(super) object: Object,
    /// Position of the stream's data, when the object is a stream.
    data: Option<u64>,
}

impl<'s, 'r> Document<'s, 'r> {
    /// Reads all cross-reference sections; no object yet.
    pub(super) fn open(source: &'s mut Source<'r>, limits: &'s Limits) -> Result<Self, ReadError> {
        source.fetch_blocks_of(BLOCK);
        let head = source.read_up_to(0, crate::kind::MAGIC_BYTES)?;
        let base = find(head, b"%PDF-").ok_or(malformed("the PDF has no header"))? as u64;
        let start = xref::start(source, limits)?;
        let mut document = Self {
            source,
            limits,
            base: 0,
            start,
            sections: Vec::new(),
            cipher: None,
            metadata_in_clear: false,
            object_streams: HashMap::new(),
            depth: 0,
            work: 0,
        };
        document.read_sections(base)?;
        Ok(document)
    }

    /// A number above that of every object.
    pub(super) fn next_number(&self) -> Result<u32, ReadError> {
        let size = |section: &Section| section.trailer.get("Size").and_then(Object::as_integer);
        let stated = self
            .sections
            .iter()
            .filter_map(size)
            .max()
            .and_then(|size| u64::try_from(size).ok());
        let seen = self.sections.iter().map(Section::end).max();
        let next = stated.into_iter().chain(seen).max().unwrap_or(0).max(1);
        // A few new objects must fit, too.
        let next = u32::try_from(next)
            .ok()
            .filter(|next| u64::from(*next) + 8 < self.limits.pdf.size);
        next.ok_or(limit("the PDF has too many objects"))
    }

    /// A value of the newest section that has the key.
    pub(super) fn trailer(&self, key: &str) -> Option<&Object> {
        self.sections.iter().find_map(|section| section.trailer.get(key))
    }

    fn read_sections(&mut self, header: u64) -> Result<(), ReadError> {
        let mut seen = HashSet::new();
        let mut held = 0_usize;
        let mut next = Some(self.start);
        while let Some(offset) = next {
            if self.sections.len() >= self.limits.pdf.sections {
                return Err(limit("the PDF has too many cross-reference sections"));
            }
            if !seen.insert(offset) {
                return Err(malformed("the cross-reference sections of the PDF form a circle"));
            }
            let section = match self.read_section(offset) {
                Err(ReadError::Malformed { .. }) if self.sections.is_empty() && self.base != header => {
                    self.base = header;
                    self.read_section(offset)?
                }
                answer => answer?,
            };
            held += section.held();
            if held > SECTION_BYTES {
                return Err(limit("the cross-reference sections of the PDF are too long"));
            }
            next = match section.trailer.get("Prev") {
                // No section can be where the header is.
                None | Some(Object::Integer(0)) => None,
                Some(previous) => Some(previous.as_unsigned()?),
            };
            self.sections.push(section);
        }
        Ok(())
    }

    fn read_section(&mut self, offset: u64) -> Result<Section, ReadError> {
        let position = self.position(offset)?;
        let window = self.source.read_up_to(position, 64)?;
        let mut lexer = Lexer::new(window, true, &self.limits.pdf);
        if !lexer.try_keyword("xref")? {
            let (trailer, stream) = self.read_stream_section(position)?;
            return Ok(Section {
                trailer,
                table: None,
                stream: Some(stream),
            });
        }
        let first = position + lexer.position() as u64;
        let (table, after) = Table::read(self.source, first, self.limits)?;
        let Object::Dictionary(trailer) = self.parse_at(after, self.limits.pdf.string_bytes, |lexer| lexer.object())?
        else {
            return Err(malformed("a trailer of the PDF is not a dictionary"));
        };
        let stream = match trailer.get("XRefStm") {
            Some(offset) => Some(self.read_stream_section(self.position(offset.as_unsigned()?)?)?.1),
            None => None,
        };
        Ok(Section {
            trailer,
            table: Some(table),
            stream,
        })
    }

    fn read_stream_section(&mut self, position: u64) -> Result<(Dictionary, StreamTable), ReadError> {
        const BAD: ReadError = malformed("the PDF has no cross-reference section where one should be");
        let loaded = self.parse_indirect(position)?;
        let Object::Dictionary(dictionary) = &loaded.object else {
            return Err(BAD);
        };
        if !dictionary.names("Type", "XRef") {
            return Err(BAD);
        }
        // All its values are direct, since nothing can be looked up yet, and it is never enciphered.
        let data = filters::decode(self.raw_stream(&loaded, dictionary)?, dictionary, self.limits)?;
        let table = StreamTable::new(dictionary, data, self.limits)?;
        Ok((dictionary.clone(), table))
    }

    fn position(&self, offset: u64) -> Result<u64, ReadError> {
        let position = offset
            .checked_add(self.base)
            .filter(|position| *position < self.source.len());
        position.ok_or(malformed("an offset of the PDF is outside the file"))
    }

    /// Runs `parse` on ever larger pieces of the file.
    fn parse_at<T>(
        &mut self,
        position: u64,
        string_bytes: usize,
        parse: impl Fn(&mut Lexer<'_>) -> Result<T, Stop>,
    ) -> Result<T, ReadError> {
        for window in OBJECT_WINDOWS {
            let length = if window == 1024 * 1024 {
                window.saturating_add(string_bytes.saturating_mul(2))
            } else {
                window
            };
            let complete = position.saturating_add(length as u64) >= self.source.len();
            self.works(length)?;
            let data = self.source.read_up_to(position, length)?;
            let mut lexer = Lexer::new(data, complete, &self.limits.pdf).with_strings_of(string_bytes);
            match parse(&mut lexer) {
                Err(Stop::NeedMore) => {}
                answer => return Ok(answer?),
            }
        }
        Err(limit("an object of the PDF is too long"))
    }

    fn parse_indirect(&mut self, position: u64) -> Result<Loaded, ReadError> {
        self.parse_indirect_with(position, self.limits.pdf.string_bytes)
    }

    fn parse_indirect_with(&mut self, position: u64, string_bytes: usize) -> Result<Loaded, ReadError> {
        self.parse_at(position, string_bytes, |lexer| {
            let id = lexer.object_header()?;
            let object = lexer.object()?;
            let mut data = None;
            if matches!(object, Object::Dictionary(_)) && lexer.try_keyword("stream")? {
                lexer.stream_start()?;
                data = Some(position + lexer.position() as u64);
            }
            Ok(Loaded { id, object, data })
        })
    }

    /// The object a reference leads to; null when there is none.
    pub(super) fn load(&mut self, id: ObjectId) -> Result<Loaded, ReadError> {
        self.load_with(id, self.limits.pdf.string_bytes)
    }

    /// As `load`, for objects with long strings.
    pub(super) fn load_with(&mut self, id: ObjectId, string_bytes: usize) -> Result<Loaded, ReadError> {
        self.depth += 1;
        let loaded = if self.depth > self.limits.pdf.indirection {
            Err(LOOP)
        } else {
            self.load_unguarded(id, string_bytes)
        };
        self.depth -= 1;
        loaded
    }

    fn load_unguarded(&mut self, id: ObjectId, string_bytes: usize) -> Result<Loaded, ReadError> {
        match self.place(id.number)? {
            Place::Free => Ok(Loaded {
                id,
                object: Object::Null,
                data: None,
            }),
            Place::At { offset } => {
                let mut loaded = self.parse_indirect_with(self.position(offset)?, string_bytes)?;
                if loaded.id.number != id.number {
                    return Err(malformed("an object of the PDF is not where it should be"));
                }
                if let Some(cipher) = &self.cipher {
                    decipher_strings(&mut loaded.object, loaded.id, cipher);
                }
                Ok(loaded)
            }
            Place::Inside { stream, index } => {
                let stream = self.object_stream(stream)?;
                let (object, length) = stream.object(id.number, index, string_bytes, self.limits)?;
                self.works(length)?;
                Ok(Loaded { id, object, data: None })
            }
        }
    }

    fn place(&mut self, number: u32) -> Result<Place, ReadError> {
        self.works(self.sections.iter().map(Section::parts).sum())?;
        for section in &self.sections {
            if let Some(place) = section.find(self.source, number)? {
                return Ok(place);
            }
        }
        Ok(Place::Free)
    }

    fn object_stream(&mut self, number: u32) -> Result<Rc<ObjectStream>, ReadError> {
        if let Some(stream) = self.object_streams.get(&number) {
            return Ok(Rc::clone(stream));
        }
        let loaded = self.load(ObjectId { number, generation: 0 })?;
        let data = self.stream_data(&loaded)?;
        let stream = Rc::new(ObjectStream::read(&loaded, data, self.limits)?);
        let held: usize = self.object_streams.values().map(|stream| stream.held()).sum();
        if held + stream.held() > OBJECT_STREAM_BYTES {
            self.object_streams.clear();
        }
        self.object_streams.insert(number, Rc::clone(&stream));
        Ok(stream)
    }

    /// Follows references until something else comes.
    pub(super) fn resolve(&mut self, object: &Object) -> Result<Object, ReadError> {
        let mut object = object.clone();
        for _ in 0..self.limits.pdf.indirection {
            match object {
                Object::Reference(id) => object = self.load(id)?.object,
                other => return Ok(other),
            }
        }
        Err(LOOP)
    }

    /// The value of a key, references followed; null when absent.
    pub(super) fn value(&mut self, dictionary: &Dictionary, key: &str) -> Result<Object, ReadError> {
        dictionary
            .get(key)
            .map_or(Ok(Object::Null), |value| self.resolve(value))
    }

    /// The content of a stream: deciphered, filters undone.
    pub(super) fn stream_data(&mut self, loaded: &Loaded) -> Result<Vec<u8>, ReadError> {
        let Object::Dictionary(dictionary) = &loaded.object else {
            return Err(malformed("an object of the PDF is not a stream"));
        };
        let dictionary = self.direct(dictionary)?;
        let raw = self.raw_stream(loaded, &dictionary)?;
        let clear = (self.metadata_in_clear && dictionary.names("Type", "Metadata"))
            || dictionary
                .get("Filter")
                .is_some_and(|filter| filter.elements().contains(&Object::Name(b"Crypt".into())));
        let raw = match &self.cipher {
            Some(cipher) if !clear => cipher.stream(loaded.id, &raw),
            _ => raw,
        };
        let decoded = filters::decode(raw, &dictionary, self.limits)?;
        self.works(decoded.len())?;
        Ok(decoded)
    }

    /// Where the content of a stream is, when it is neither enciphered nor filtered.
    pub(super) fn plain_stream(&mut self, loaded: &Loaded) -> Result<Option<(u64, u64)>, ReadError> {
        let Object::Dictionary(dictionary) = &loaded.object else {
            return Ok(None);
        };
        let dictionary = self.direct(dictionary)?;
        let filtered = dictionary
            .get("Filter")
            .is_some_and(|filter| !filter.elements().is_empty());
        if filtered || self.cipher.is_some() {
            return Ok(None);
        }
        let (start, end) = self.extent(loaded, &dictionary)?;
        Ok(Some((start, end - start)))
    }

    /// A part of the file as a file of its own.
    pub(super) fn part(&mut self, start: u64, length: u64) -> Part<'_, 'r> {
        Part::new(self.source, start, length)
    }

    /// Gives back memory that would only save work.
    pub(super) fn forget(&mut self) {
        self.object_streams.clear();
        self.source.forget();
    }

    /// Counts work, and looks at the clock.
    fn works(&mut self, bytes: usize) -> Result<(), ReadError> {
        self.work = self.work.saturating_add(bytes);
        if self.work > WORK_BYTES {
            return Err(limit("the PDF takes too much work"));
        }
        self.limits.budget.check_time()
    }

    /// The entries that describe a stream, references in them replaced.
    fn direct(&mut self, dictionary: &Dictionary) -> Result<Dictionary, ReadError> {
        let mut entries = Vec::new();
        for key in ["Type", "Length", "Filter", "DecodeParms"] {
            let value = match self.value(dictionary, key)? {
                Object::Array(elements) => {
                    let elements: Result<Vec<Object>, ReadError> =
                        elements.iter().take(16).map(|element| self.resolve(element)).collect();
                    Object::Array(elements?)
                }
                value => value,
            };
            entries.push((key.as_bytes().to_vec(), value));
        }
        Ok(Dictionary { entries })
    }

    fn raw_stream(&mut self, loaded: &Loaded, dictionary: &Dictionary) -> Result<Vec<u8>, ReadError> {
        let (start, end) = self.extent(loaded, dictionary)?;
        let length = usize::try_from(end - start).unwrap_or(usize::MAX);
        if length > self.limits.stream_bytes.saturating_add(64 * 1024) {
            return Err(limit("a stream of the PDF is too long"));
        }
        // One request for the data and what follows it.
        self.source.read_up_to(start, length + AFTER_STREAM)?;
        self.check_end(end)?;
        Ok(self.source.read(start, length)?.to_vec())
    }

    /// Where the data of a stream starts and ends, as far as it says so itself.
    fn extent(&self, loaded: &Loaded, dictionary: &Dictionary) -> Result<(u64, u64), ReadError> {
        let start = loaded.data.ok_or(malformed("an object of the PDF is not a stream"))?;
        let length = dictionary.get("Length").ok_or(BAD_STREAM)?.as_unsigned()?;
        let end = start.checked_add(length).filter(|end| *end <= self.source.len());
        Ok((start, end.ok_or(BAD_STREAM)?))
    }

    fn check_end(&mut self, end: u64) -> Result<(), ReadError> {
        let after = self.source.read_up_to(end, AFTER_STREAM)?;
        let blanks = after.iter().take_while(|byte| is_white(**byte)).count();
        if after.get(blanks..).unwrap_or_default().starts_with(b"endstream") {
            Ok(())
        } else {
            Err(BAD_STREAM)
        }
    }
}

/// Replaces every string in `object`. Nesting is bounded by the lexer.
fn decipher_strings(object: &mut Object, id: ObjectId, cipher: &Cipher) {
    match object {
        Object::String(text) => *text = cipher.string(id, text),
        Object::Array(elements) => elements
            .iter_mut()
            .for_each(|element| decipher_strings(element, id, cipher)),
        Object::Dictionary(dictionary) => {
            for (_, value) in &mut dictionary.entries {
                decipher_strings(value, id, cipher);
            }
        }
        _ => {}
    }
}
