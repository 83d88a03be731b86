use std::io::Write;

use crate::error::ReadError;
use crate::limits::{Limits, PdfLimits};
use crate::pdf::filters::decode;
use crate::pdf::lexer::Lexer;

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

fn decoded(dictionary: &str, data: &[u8]) -> Result<Vec<u8>, ReadError> {
    let parsed = Lexer::new(dictionary.as_bytes(), true, &PdfLimits::default())
        .object()
        .unwrap();
    decode(data.to_vec(), parsed.as_dictionary().unwrap(), &Limits::default())
}

#[test]
fn filters() {
    let flate = zlib(b"text");
    let hex_of_flate: Vec<u8> = flate
        .iter()
        .flat_map(|byte| format!("{byte:02x}").into_bytes())
        .chain([b'>'])
        .collect();
    for (dictionary, data, expected) in [
        ("<<>>", b"text".as_slice(), b"text".as_slice()),
        ("<</Filter null>>", b"text", b"text"),
        ("<</Filter []>>", b"text", b"text"),
        ("<</Filter /FlateDecode>>", &flate, b"text"),
        ("<</Filter [/FlateDecode] /DecodeParms [null]>>", &flate, b"text"),
        ("<</Filter [/ASCIIHexDecode /FlateDecode]>>", &hex_of_flate, b"text"),
        ("<</Filter /ASCIIHexDecode>>", b"74 65\n78747>", b"textp"),
        ("<</Filter /ASCII85Decode>>", b"<~FCf]=z!!~>", b"text\0\0\0\0\0"),
        ("<</Filter /LZWDecode>>", b"\x80\x1d\x0c\xa7\x88\x08", b"tex"),
        ("<</Filter /RunLengthDecode>>", b"\x01te\xffx\x00t\x80rest", b"texxt"),
        ("<</Filter /Crypt>>", b"text", b"text"),
        (
            "<</Filter [/Crypt] /DecodeParms [<</Name /Identity>>]>>",
            b"text",
            b"text",
        ),
    ] {
        assert_eq!(decoded(dictionary, data).unwrap(), expected, "{dictionary}");
    }
    for (dictionary, data) in [
        ("<</Filter /LZWDecode>>", b"\xff\xff".as_slice()),
        ("<</Filter /JPXDecode>>", b"text"),
        ("<</Filter 5>>", b"text"),
        ("<</Filter /FlateDecode>>", b"text"),
        ("<</Filter /ASCIIHexDecode>>", b"xx>"),
        ("<</Filter /ASCII85Decode>>", b"!~>"),
        ("<</Filter /ASCII85Decode>>", b"uuuuu~>"),
        ("<</Filter /ASCII85Decode>>", b"\x7f~>"),
        ("<</Filter /RunLengthDecode>>", b"\x05te"),
        ("<</Filter /Crypt /DecodeParms <</Name /StdCF>>>>", b"text"),
    ] {
        assert!(
            matches!(decoded(dictionary, data), Err(ReadError::Malformed { .. })),
            "{dictionary}"
        );
    }
}

#[test]
fn predictors() {
    let of = |predictor: u8, rest: &str, data: &[u8]| {
        decoded(
            &format!("<</Filter/FlateDecode/DecodeParms<</Predictor {predictor} {rest}>>>>"),
            &zlib(data),
        )
    };
    assert_eq!(of(1, "", b"text").unwrap(), b"text");
    assert_eq!(
        of(2, "/Columns 4", &[1, 1, 1, 1, 5, 0, 0, 1]).unwrap(),
        [1, 2, 3, 4, 5, 5, 5, 6]
    );
    let lines = [0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 2, 2, 2, 4, 1, 1, 1];
    let expected = [1, 2, 3, 1, 2, 3, 2, 3, 4, 3, 5, 6, 4, 6, 7];
    assert_eq!(of(12, "/Columns 3", &lines).unwrap(), expected);
    assert_eq!(of(15, "/Columns 1 /Colors 3", &[1, 1, 2, 3]).unwrap(), [1, 2, 3]);
    for (predictor, rest) in [
        (9, ""),
        (12, "/Columns 0"),
        (12, "/Colors 33"),
        (12, "/BitsPerComponent 3"),
        (2, "/BitsPerComponent 16"),
    ] {
        assert!(
            matches!(of(predictor, rest, &[0; 8]), Err(ReadError::Malformed { .. })),
            "{predictor} {rest}"
        );
    }
    assert!(matches!(
        of(12, "/Columns 3", &[9, 1, 2, 3]),
        Err(ReadError::Malformed { .. })
    ));
    assert!(matches!(
        of(12, "/Columns 65537", &[0; 8]),
        Err(ReadError::LimitExceeded { .. })
    ));
}

#[test]
fn bounds() {
    let five = "<</Filter [/Crypt /Crypt /Crypt /Crypt /Crypt]>>";
    assert!(matches!(decoded(five, b"x"), Err(ReadError::LimitExceeded { .. })));
    let bomb = zlib(&vec![0; 9 * 1024 * 1024]);
    assert!(matches!(
        decoded("<</Filter /FlateDecode>>", &bomb),
        Err(ReadError::LimitExceeded { .. })
    ));
    let twice = zlib(&bomb);
    assert!(matches!(
        decoded("<</Filter [/Fl /Fl]>>", &twice),
        Err(ReadError::LimitExceeded { .. })
    ));
    let runs = [0x81, 0].repeat(100_000);
    assert!(matches!(
        decoded("<</Filter /RunLengthDecode>>", &runs),
        Err(ReadError::LimitExceeded { .. })
    ));
    let zeros = vec![b'z'; 2_200_000];
    assert!(matches!(
        decoded("<</Filter /ASCII85Decode>>", &zeros),
        Err(ReadError::LimitExceeded { .. })
    ));
}
