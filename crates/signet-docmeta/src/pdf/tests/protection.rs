use base64::Engine;

use super::build::{Pdf, information, packet};
use super::{read, read_with};
use crate::testing::LABEL;
use crate::{Limits, Options, Protection, ReadError, Report};

const MARKED: &str = "<XrML><DATA name='DoubleKeyAlgorithm'/></XrML>";
const PLAIN: &str = "<XrML><NAME>double key</NAME></XrML>";

/// An encrypted PDF alone, with this licence.
fn payload(licence: &str, more: &str) -> Vec<u8> {
    let licence = base64::engine::general_purpose::STANDARD.encode(licence);
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /Metadata 3 0 R >>");
    pdf.stream(3, "/Type /Metadata /Subtype /XML", packet(LABEL).as_bytes());
    pdf.object(
        5,
        &format!("<< /Filter /MicrosoftIRMServices /V 2 /PublishingLicense ({licence}) {more} >>"),
    );
    pdf.table("/Root 1 0 R /Encrypt 5 0 R");
    pdf.data
}

/// A clear wrapper around `payload`.
fn wrapper(payload: &[u8], information: &str, scheme: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.object(1, "<< /AF [8 0 R] /Collection << /View /H >> >>")
        .object(2, information);
    pdf.object(
        8,
        &format!(
            "<< /Type /Filespec /F (x.pdf) /AFRelationship /EncryptedPayload \
             /EP << /Type /EncryptedPayload /Subtype /{scheme} /Version 2 >> /EF << /F 9 0 R >> >>"
        ),
    );
    pdf.stream(9, "/Type /EmbeddedFile", payload);
    pdf.table("/Root 1 0 R /Info 2 0 R");
    pdf.data
}

fn check(answer: Result<Report, ReadError>, labels: usize, protection: Protection) {
    let report = answer.unwrap();
    assert_eq!((report.labels.len(), report.protection), (labels, protection));
}

#[test]
fn wrappers() {
    let irm = "MicrosoftIRMServices";
    let plain = payload(PLAIN, "");
    check(
        read(&wrapper(&plain, &information(LABEL), irm)),
        1,
        Protection::RightsManaged,
    );
    check(
        read(&wrapper(b"no PDF", &information(LABEL), irm)),
        1,
        Protection::RightsManaged,
    );
    check(
        read(&wrapper(b"", &information(LABEL), irm)),
        1,
        Protection::RightsManaged,
    );
    check(
        read(&wrapper(&plain, &information(LABEL), "Other")),
        1,
        Protection::Other,
    );
    let disabled = information(LABEL).replace("(true)", "(false)");
    check(read(&wrapper(&plain, &disabled, irm)), 0, Protection::RightsManaged);
    for scheme in [irm, "Other"] {
        assert!(matches!(
            read(&wrapper(&plain, "<<>>", scheme)),
            Err(ReadError::DecryptionNotSupported)
        ));
    }
}

#[test]
fn double_key_wrappers() {
    let marked = wrapper(&payload(MARKED, ""), &information(LABEL), "MicrosoftIRMServices");
    assert!(matches!(read(&marked), Err(ReadError::DoubleKeyEncrypted)));
    let clear = Options {
        dke_return_clear_labels: true,
        ..Options::default()
    };
    check(read_with(&marked, &clear, &Limits::default()), 1, Protection::DoubleKey);
    let silent = wrapper(&payload(MARKED, ""), "<<>>", "MicrosoftIRMServices");
    assert!(matches!(
        read_with(&silent, &clear, &Limits::default()),
        Err(ReadError::DoubleKeyEncrypted)
    ));
}

#[test]
fn a_payload_too_large_to_look_into_is_not_double_key() {
    let mut large = payload(MARKED, "");
    large.splice(9..9, vec![b'%'; 9 * 1024 * 1024]);
    check(
        read(&wrapper(&large, &information(LABEL), "MicrosoftIRMServices")),
        1,
        Protection::RightsManaged,
    );
}

#[test]
fn payloads_alone() {
    assert!(matches!(
        read(&payload(PLAIN, "")),
        Err(ReadError::DecryptionNotSupported)
    ));
    assert!(matches!(read(&payload(MARKED, "")), Err(ReadError::DoubleKeyEncrypted)));
    assert!(matches!(
        read(&payload(MARKED, "/EncryptMetadata false")),
        Err(ReadError::DoubleKeyEncrypted)
    ));
    check(
        read(&payload(PLAIN, "/EncryptMetadata false")),
        1,
        Protection::RightsManaged,
    );
}

#[test]
fn a_licence_may_be_longer_than_other_strings() {
    let padding = "<x/>".repeat(50_000);
    assert!(matches!(
        read(&payload(&format!("{padding}{MARKED}"), "")),
        Err(ReadError::DoubleKeyEncrypted)
    ));
    let padding = "<x/>".repeat(1_200_000);
    assert!(matches!(
        read(&payload(&padding, "")),
        Err(ReadError::LimitExceeded { .. })
    ));
}

#[test]
fn other_handlers() {
    for handler in ["/Filter /Adobe.PubSec", "/Filter /Other /EncryptMetadata false", ""] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<< /Metadata 3 0 R >>")
            .stream(3, "/Type /Metadata", packet(LABEL).as_bytes());
        pdf.table(&format!("/Root 1 0 R /Encrypt << {handler} >>"));
        assert!(
            matches!(read(&pdf.data), Err(ReadError::DecryptionNotSupported)),
            "{handler}"
        );
    }
}

#[test]
fn encryption_of_an_older_section_holds() {
    let mut pdf = Pdf::new();
    pdf.object(1, "<<>>").table("/Root 1 0 R /Encrypt << /Filter /Other >>");
    pdf.object(2, &information(LABEL)).table("/Root 1 0 R /Info 2 0 R");
    assert!(matches!(read(&pdf.data), Err(ReadError::DecryptionNotSupported)));
}

#[test]
fn damaged_encryption_dictionaries() {
    for dictionary in [
        "5",
        "<< /Filter /Standard >>",
        "<< /Filter /Standard /V 2 /R 3 /O (x) /U (x) /P -1 >>",
        "<< /Filter /Standard /V 2 /R 3 /Length 4096 /O (x) /U (x) /P -1 >>",
        "<< /Filter /Standard /V 5 /R 6 /O (x) /U (x) /UE (x) /P -1 >>",
    ] {
        let mut pdf = Pdf::new();
        pdf.object(1, "<<>>")
            .table(&format!("/Root 1 0 R /Encrypt {dictionary}"));
        assert!(
            matches!(read(&pdf.data), Err(ReadError::Malformed { .. })),
            "{dictionary}"
        );
    }
}
