//! Objects kept together in one stream. Source: ISO 32000-2, 7.5.7.

use crate::error::{ReadError, limit, malformed};
use crate::limits::Limits;
use crate::pdf::document::Loaded;
use crate::pdf::lexer::Lexer;
use crate::pdf::object::Object;

/// Objects in one object stream.
const STREAM_OBJECTS: u64 = 262_144;

/// A decoded object stream.
#[derive(Debug)]
pub(super) struct ObjectStream {
    data: Vec<u8>,
    /// Position of the first object.
    first: usize,
    /// Numbers of the objects, and their positions behind the first.
    objects: Vec<(u32, u32)>,
}

impl ObjectStream {
    /// Bytes it takes in memory, about.
    pub(super) fn held(&self) -> usize {
        self.data.len() + self.objects.len() * 8
    }

    /// Reads the list of objects at the start of the decoded `data`.
    pub(super) fn read(loaded: &Loaded, data: Vec<u8>, limits: &Limits) -> Result<Self, ReadError> {
        const BAD: ReadError = malformed("an object stream of the PDF is damaged");
        let Object::Dictionary(dictionary) = &loaded.object else {
            return Err(BAD);
        };
        let number = |key: &str| dictionary.get(key).ok_or(BAD)?.as_unsigned();
        let count = number("N")?;
        let first = usize::try_from(number("First")?).map_err(|_| BAD)?;
        if !dictionary.names("Type", "ObjStm") || count > data.len() as u64 / 2 {
            return Err(BAD);
        }
        if count > STREAM_OBJECTS {
            return Err(limit("an object stream of the PDF holds too many objects"));
        }
        let mut lexer = Lexer::new(data.get(..first).ok_or(BAD)?, true, &limits.pdf);
        let mut short = || u32::try_from(lexer.unsigned()?).map_err(|_| BAD);
        let mut objects = Vec::new();
        for _ in 0..count {
            objects.push((short()?, short()?));
        }
        Ok(Self { data, first, objects })
    }

    /// An object, and the bytes it takes.
    pub(super) fn object(
        &self,
        number: u32,
        index: u64,
        string_bytes: usize,
        limits: &Limits,
    ) -> Result<(Object, usize), ReadError> {
        const ABSENT: ReadError = malformed("an object stream of the PDF lacks an object");
        let at_index = usize::try_from(index).ok().and_then(|index| self.objects.get(index));
        let found = at_index.filter(|(found, _)| *found == number);
        let (_, offset) = found
            .or_else(|| self.objects.iter().find(|(found, _)| *found == number))
            .ok_or(ABSENT)?;
        let position = self.first.checked_add(*offset as usize).ok_or(ABSENT)?;
        let data = self.data.get(position..).ok_or(ABSENT)?;
        let mut lexer = Lexer::new(data, true, &limits.pdf).with_strings_of(string_bytes);
        let object = lexer.object()?;
        Ok((object, lexer.position()))
    }
}
