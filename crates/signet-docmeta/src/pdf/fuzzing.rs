//! Help for fuzz targets. Tests only.

use crate::error::{ReadError, malformed};
use crate::limits::Limits;
use crate::pdf::filters;
use crate::pdf::lexer::Lexer;

/// The objects in `data` as a file: a table of every `number generation obj`, the trailer that `data` ends with or one
/// that leads to objects 1 and 2.
pub(crate) fn with_table(data: &[u8]) -> Vec<u8> {
    let mut file = b"%PDF-1.7\n".to_vec();
    let words: Vec<usize> = (0..data.len())
        .filter(|place| data[*place..].starts_with(b"trailer"))
        .collect();
    let (objects, trailer) = match words.last() {
        Some(place) => data.split_at(*place),
        None => (data, b"trailer << /Size 99 /Root 1 0 R /Info 2 0 R >>".as_slice()),
    };
    let mut table = b"xref\n0 1\n0000000000 65535 f \n".to_vec();
    for place in 0..objects.len() {
        if !objects[place..].starts_with(b" 0 obj") {
            continue;
        }
        let digits = objects[..place]
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_digit())
            .take(4)
            .count();
        let number = String::from_utf8_lossy(&objects[place - digits..place]).into_owned();
        if digits > 0 {
            let offset = file.len() + place - digits;
            table.extend_from_slice(format!("{number} 1\n{offset:010} 00000 n \n").as_bytes());
        }
    }
    file.extend_from_slice(objects);
    let start = file.len();
    file.extend_from_slice(&table);
    file.extend_from_slice(trailer);
    file.extend_from_slice(format!("\nstartxref\n{start}\n%%EOF\n").as_bytes());
    file
}

/// Decodes what follows the word `stream` in the way the dictionary before it says.
pub(crate) fn decoded_stream(data: &[u8]) -> Result<Vec<u8>, ReadError> {
    let limits = Limits::default();
    let mut lexer = Lexer::new(data, true, &limits.pdf);
    let dictionary = lexer.object()?;
    lexer.keyword("stream")?;
    let content = data.get(lexer.position()..).unwrap_or_default().to_vec();
    let dictionary = dictionary.as_dictionary().ok_or(malformed("no dictionary"))?;
    filters::decode(content, dictionary, &limits)
}
