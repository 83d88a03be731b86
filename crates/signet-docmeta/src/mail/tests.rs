use cfb::Version;

use crate::testing::{LABEL, OTHER_LABEL, TENANT, compound_file};
use crate::{Kind, Limits, MemoryRange, Options, Protection, ReadError, Report, read_labels};

const OTHER_TENANT: &str = "a841e8f6-264a-5e81-b5af-1381e9c5d7bf";

fn read_named(name: &str, data: &[u8]) -> Result<Report, ReadError> {
    read_labels(
        &mut MemoryRange::new(data),
        name,
        &Options::default(),
        &Limits::default(),
    )
}

fn ids(answer: Result<Report, ReadError>) -> Vec<String> {
    answer
        .unwrap()
        .labels
        .iter()
        .map(|label| label.label_id.to_string())
        .collect()
}

fn mail(headers: &str) -> Result<Report, ReadError> {
    read_named(
        "a.eml",
        format!("From: a@example.org\r\n{headers}\r\nSubject: x\r\n\r\nbody").as_bytes(),
    )
}

fn pairs(label: &str, tenant: &str) -> String {
    format!("MSIP_Label_{label}_Enabled=true; MSIP_Label_{label}_SiteId={tenant}; MSIP_Label_{label}_Method=Standard")
}

#[test]
fn label_headers() {
    let value = pairs(LABEL, TENANT);
    let folded = value.replace("; ", ";\r\n\t");
    let site_first =
        format!("MSIP_Label_{LABEL}_SiteId={TENANT};MSIP_Label_{LABEL}_Name=a=b;MSIP_Label_{LABEL}_Enabled=True;");
    let encoded: String = value
        .split("; ")
        .map(|pair| format!("=?utf-8?Q?{}=3B?=\r\n ", pair.replace('=', "=3D").replace('_', "=5F")))
        .collect();
    for header in [
        format!("msip_labels: {value}"),
        format!("MSIP_Labels:{value};"),
        format!("msip_labels: {folded}"),
        format!("msip_labels: {site_first}"),
        format!("msip_labels: {}", encoded.trim_end()),
        format!("msip_labels :\r\n {value}"),
    ] {
        assert_eq!(ids(mail(&header)), [LABEL], "{header}");
        assert_eq!(ids(mail(&header.replace("\r\n", "\n"))), [LABEL], "{header}");
    }
    let two = format!(
        "msip_labels: {}; {}",
        pairs(LABEL, TENANT),
        pairs(OTHER_LABEL, OTHER_TENANT)
    );
    assert_eq!(ids(mail(&two)), [LABEL, OTHER_LABEL]);
}

#[test]
fn single_headers_speak_only_for_other_tenants() {
    let single =
        |label: &str, tenant: &str| format!("msip_label_{label}_enabled: true\r\nmsip_label_{label}_siteid: {tenant}");
    assert_eq!(ids(mail(&single(LABEL, TENANT))), [LABEL]);
    let both = format!(
        "{}\r\nmsip_labels: {}",
        single(OTHER_LABEL, TENANT),
        pairs(LABEL, TENANT)
    );
    assert_eq!(ids(mail(&both)), [LABEL]);
    let other = format!(
        "{}\r\nmsip_labels: {}",
        single(OTHER_LABEL, OTHER_TENANT),
        pairs(LABEL, TENANT)
    );
    assert_eq!(ids(mail(&other)), [LABEL, OTHER_LABEL]);
}

#[test]
fn the_body_is_never_read() {
    let header = format!("msip_labels: {}", pairs(LABEL, TENANT));
    let nothing: [&str; 0] = [];
    assert_eq!(
        ids(read_named("a.eml", format!("Subject: x\n\n{header}\n").as_bytes())),
        nothing
    );
    assert_eq!(
        ids(read_named(
            "a.eml",
            format!("Subject: x\r\n\r\n{header}\r\n").as_bytes()
        )),
        nothing
    );
    assert_eq!(ids(read_named("a.eml", format!("\n{header}\n").as_bytes())), nothing);
    assert_eq!(
        ids(read_named("a.eml", format!("Subject: x\n{header}").as_bytes())),
        [LABEL]
    );
    assert_eq!(
        ids(read_named("a.eml", format!("Subject: %PDF-1.4\n{header}").as_bytes())),
        [LABEL]
    );
    assert_eq!(
        ids(read_named("a.eml", format!("From a@b Mon\n{header}").as_bytes())),
        [LABEL]
    );
}

#[test]
fn rights_managed_mail() {
    let header = format!("Content-Class: rpmsg.message\nmsip_labels: {}", pairs(LABEL, TENANT));
    let report = mail(&header).unwrap();
    assert_eq!(
        (report.labels.len(), report.kind, report.protection),
        (1, Kind::Mail, Protection::RightsManaged)
    );
    for header in [
        "content-class: RPMSG.message",
        "Content-Type: application/x-microsoft-rpmsg-message; name=x",
    ] {
        assert!(
            matches!(mail(header), Err(ReadError::DecryptionNotSupported)),
            "{header}"
        );
    }
}

#[test]
fn rights_managed_parts() {
    let part = "--b=1\r\nContent-Type: text/plain\r\n\r\napplication/x-microsoft-rpmsg-message\r\n";
    let sealed = "--b=1\r\nContent-Disposition: attachment\r\nContent-Type: application/x-microsoft-rpmsg-message;\r\n name=message.rpmsg\r\n\r\nAAAA\r\n--b=1--\r\n";
    let head = "From: a\r\nContent-Type: multipart/mixed; charset=x;\r\n Boundary=\"b=1\"\r\n";
    let answer = read_named("a.eml", format!("{head}\r\n{part}{sealed}").as_bytes());
    assert!(matches!(answer, Err(ReadError::DecryptionNotSupported)), "{answer:?}");
    let label = format!("msip_labels: {}\r\n", pairs(LABEL, TENANT));
    let report = read_named("a.eml", format!("{head}{label}\r\n{part}{sealed}").as_bytes()).unwrap();
    assert_eq!((report.labels.len(), report.protection), (1, Protection::RightsManaged));
    // Text that speaks of it is not it.
    let report = read_named("a.eml", format!("{head}\r\n{part}--b=1--\r\n").as_bytes()).unwrap();
    assert_eq!((report.labels.len(), report.protection), (0, Protection::None));
}

#[test]
fn rights_managed_parts_however_written() {
    let sealed = "Content-Type: application/x-microsoft-rpmsg-message; name=\"message.rpmsg\"\r\n\r\nAAAA\r\n";
    let plain = "Content-Type: application/octet-stream;\r\n name=\"message.rpmsg\"\r\n\r\nAAAA\r\n";
    let disposed = "Content-Type: application/octet-stream\r\nContent-Disposition: attachment;\r\n\tFILENAME=Message.rpmsg\r\n\r\nAAAA\r\n";
    let cut = "Content-Class: rpmsg.message";
    let read = |boundary: &str, body: &str| {
        let head = format!("From: a\r\nContent-Type: multipart/mixed; boundary={boundary}\r\n\r\n");
        read_named("a.eml", format!("{head}{body}").as_bytes())
    };
    for (boundary, start) in [
        ("bb", "--bb\r\n"),
        ("bb", "--bb \t\r\n"),
        ("bb (comment)", "--bb\r\n"),
        ("\"a;b\"", "--a;b\r\n"),
        ("bb", "--bb\r\nX-Cut: short\r\n--bb\n"),
    ] {
        for part in [sealed, plain, disposed, cut] {
            let answer = read(boundary, &format!("text\r\n{start}{part}"));
            assert!(
                matches!(answer, Err(ReadError::DecryptionNotSupported)),
                "{boundary} {part}: {answer:?}"
            );
        }
    }
    for body in [
        format!("--bbb\r\n{sealed}"),
        format!("--bb--\r\n--bb\r\n{sealed}"),
        format!("--bb\r\nContent-Type: text/plain; name=old-message.rpmsg.txt\r\n\r\n{sealed}"),
        format!("{sealed}--bb"),
    ] {
        assert_eq!(read("bb", &body).unwrap().protection, Protection::None, "{body}");
    }
}

#[test]
fn rights_managed_parts_behind_a_long_text() {
    let sealed = "--b\r\nContent-Type: application/x-microsoft-rpmsg-message\r\n\r\n";
    for (text, found) in [(20_000, true), (70_000, true), (200_000, true), (300_000, false)] {
        let message = format!(
            "From: a\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n{}\r\n{sealed}{}",
            "<p>x</p>\r\n".repeat(text / 10),
            "A".repeat(400_000)
        );
        let answer = read_named("a.eml", message.as_bytes());
        assert_eq!(
            matches!(answer, Err(ReadError::DecryptionNotSupported)),
            found,
            "{text}: {answer:?}"
        );
    }
}

#[test]
fn the_clock_is_looked_at_between_fields_and_parts() {
    let late = crate::Budget {
        deadline: Some(crate::Deadline::new(|| true)),
        ..crate::Budget::inline()
    };
    let answer = super::parts::look_through(b"--b\nX: y\n\n", "b", &late);
    assert!(matches!(answer, Err(ReadError::BudgetExceeded)));
    let limits = Limits {
        budget: late,
        ..Limits::default()
    };
    let answer = super::header::parse(b"X: y\n", &limits);
    assert!(matches!(answer, Err(ReadError::BudgetExceeded)));
}

#[test]
fn malformed_mail_and_bounds() {
    for data in [b"\0\x01\x02".as_slice(), b"no header here", b": value\n"] {
        assert!(
            matches!(read_named("a.eml", data), Err(ReadError::Malformed { .. })),
            "{data:?}"
        );
    }
    let long = format!("Subject: {}\n\n", "x".repeat(256 * 1024));
    assert!(matches!(
        read_named("a.eml", long.as_bytes()),
        Err(ReadError::LimitExceeded { .. })
    ));
    let medium = format!(
        "Subject: {}\nmsip_labels: {}\n\n",
        "x".repeat(100_000),
        pairs(LABEL, TENANT)
    );
    assert_eq!(ids(read_named("a.eml", medium.as_bytes())), [LABEL]);
    let many = "a: b\n".repeat(2049);
    assert!(matches!(
        read_named("a.eml", many.as_bytes()),
        Err(ReadError::LimitExceeded { .. })
    ));
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// Streams of a message with one named property at index 5.
fn named(name: &str, set: [u8; 16]) -> Vec<(&'static str, Vec<u8>)> {
    let name = wide(name);
    let mut strings = vec![0; 4];
    strings.extend_from_slice(&(name.len() as u32).to_le_bytes());
    strings.extend_from_slice(&name);
    let entries = [[0, 0, 0, 0, 6, 0, 4, 0], [4, 0, 0, 0, 7, 0, 5, 0]].concat();
    vec![
        ("/__properties_version1.0", vec![0; 32]),
        ("/__nameid_version1.0/__substg1.0_00020102", set.to_vec()),
        ("/__nameid_version1.0/__substg1.0_00030102", entries),
        ("/__nameid_version1.0/__substg1.0_00040102", strings),
    ]
}

const INTERNET_HEADERS: [u8; 16] = [0x86, 0x03, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46];

fn outlook(streams: &[(&'static str, Vec<u8>)]) -> Result<Report, ReadError> {
    let streams: Vec<(&str, &[u8])> = streams.iter().map(|(name, data)| (*name, data.as_slice())).collect();
    read_named("a.msg", &compound_file(Version::V3, &streams))
}

#[test]
fn outlook_named_property() {
    let value = pairs(LABEL, TENANT);
    for (stream, data) in [
        ("/__substg1.0_8005001F", wide(&value)),
        ("/__substg1.0_8005001E", value.clone().into_bytes()),
        ("/__SUBSTG1.0_8005001f", wide(&value)),
    ] {
        let mut streams = named("MSIP_Labels", INTERNET_HEADERS);
        streams.push((stream, data));
        let report = outlook(&streams).unwrap();
        assert_eq!(
            (report.labels.len(), report.kind),
            (1, Kind::OutlookMessage),
            "{stream}"
        );
    }
    for (name, set) in [("other", INTERNET_HEADERS), ("msip_labels", [1; 16])] {
        let mut streams = named(name, set);
        streams.push(("/__substg1.0_8005001F", wide(&value)));
        assert_eq!(outlook(&streams).unwrap().labels, [], "{name}");
    }
}

#[test]
fn outlook_transport_headers() {
    let headers = format!("Received: x\r\nmsip_labels: {}\r\n\r\n", pairs(LABEL, TENANT));
    let mut streams = vec![
        ("/__properties_version1.0", vec![0; 32]),
        ("/__substg1.0_007D001F", wide(&headers)),
    ];
    assert_eq!(ids(outlook(&streams)), [LABEL]);
    streams.extend(named("msip_labels", INTERNET_HEADERS).split_off(1));
    streams.push(("/__substg1.0_8005001F", wide(&pairs(OTHER_LABEL, TENANT))));
    assert_eq!(ids(outlook(&streams)), [OTHER_LABEL]);
}

#[test]
fn outlook_transport_headers_of_exchange() {
    let headers = format!(
        "Microsoft Mail Internet Headers Version 2.0\r\nReceived: x\r\nmsip_labels: {}\r\n\r\n",
        pairs(LABEL, TENANT)
    );
    let streams = vec![
        ("/__properties_version1.0", vec![0; 32]),
        ("/__substg1.0_007D001F", wide(&headers)),
    ];
    assert_eq!(ids(outlook(&streams)), [LABEL]);
}

#[test]
fn outlook_transport_headers_are_bounded() {
    for (stream, data, fits) in [
        ("/__substg1.0_007D001E", b"X: y\n".repeat(1000), true),
        (
            "/__substg1.0_007D001E",
            [b"X: ".to_vec(), vec![b'y'; 256 * 1024]].concat(),
            false,
        ),
        (
            "/__substg1.0_007D001F",
            wide(&format!("X: {}", "y".repeat(200_000))),
            true,
        ),
        (
            "/__substg1.0_007D001F",
            wide(&format!("X: {}", "y".repeat(256 * 1024))),
            false,
        ),
    ] {
        let answer = outlook(&[("/__properties_version1.0", vec![0; 32]), (stream, data)]);
        assert_eq!(answer.is_ok(), fits, "{answer:?}");
        assert!(
            fits || matches!(answer, Err(ReadError::LimitExceeded { .. })),
            "{answer:?}"
        );
    }
}

#[test]
fn outlook_names_that_many_properties_share() {
    let started = std::time::Instant::now();
    let mut streams = named("msip_labels", INTERNET_HEADERS);
    // All entries have one long name, and then one that no property has.
    streams[2].1 = [4, 0, 0, 0, 7, 0, 5, 0].repeat(100_000);
    assert_eq!(outlook(&streams).unwrap().labels, []);
    let long = wide(&"x".repeat(500_000));
    streams[3].1 = [vec![0; 4], (long.len() as u32).to_le_bytes().to_vec(), long].concat();
    assert_eq!(outlook(&streams).unwrap().labels, []);
    // Fifty thousand million characters take far longer.
    assert!(started.elapsed() < std::time::Duration::from_secs(10));
}

#[test]
fn outlook_content_class() {
    for (class, sealed) in [("RPMSG.message", true), ("urn:content-classes:message", false)] {
        let mut streams = named("Content-Class", INTERNET_HEADERS);
        streams.push(("/__substg1.0_8005001F", wide(class)));
        let answer = outlook(&streams);
        assert_eq!(
            matches!(answer, Err(ReadError::DecryptionNotSupported)),
            sealed,
            "{class}: {answer:?}"
        );
        streams.push((
            "/__substg1.0_007D001F",
            wide(&format!("msip_labels: {}\n", pairs(LABEL, TENANT))),
        ));
        assert_eq!(ids(outlook(&streams)), [LABEL], "{class}");
    }
}

#[test]
fn outlook_rights_managed() {
    let base = vec![
        ("/__properties_version1.0", vec![0; 32]),
        (
            "/__attach_version1.0_#00000000/__substg1.0_3707001F",
            wide("message.rpmsg"),
        ),
    ];
    assert!(matches!(outlook(&base), Err(ReadError::DecryptionNotSupported)));
    let mut labelled = base.clone();
    labelled.push((
        "/__substg1.0_007D001F",
        wide(&format!("msip_labels: {}\n", pairs(LABEL, TENANT))),
    ));
    assert_eq!(outlook(&labelled).unwrap().protection, Protection::RightsManaged);
    let mut two = base;
    two.push(("/__attach_version1.0_#00000001/__substg1.0_3707001F", wide("a.txt")));
    assert!(matches!(outlook(&two), Err(ReadError::DecryptionNotSupported)));
    for (stream, name, sealed) in [
        ("3707001F", wide("Message.rpmsg"), true),
        ("3704001E", b"message.rpmsg\0".to_vec(), true),
        ("370E001F", wide("application/x-microsoft-rpmsg-message"), true),
        ("3707001F", wide("message.txtxx"), false),
        ("3701001F", wide("message.rpmsg"), false),
    ] {
        let name_of_other = ("/__attach_version1.0_#00000000/__substg1.0_3707001F", wide("logo.png"));
        let path: &'static str = format!("/__attach_version1.0_#00000001/__substg1.0_{stream}").leak();
        let answer = outlook(&[two[0].clone(), name_of_other, (path, name)]);
        assert_eq!(
            matches!(answer, Err(ReadError::DecryptionNotSupported)),
            sealed,
            "{stream}: {answer:?}"
        );
    }
}

#[test]
fn outlook_malformed() {
    assert!(matches!(
        outlook(&[("/WordDocument", vec![0; 20])]),
        Err(ReadError::Malformed { .. })
    ));
    let mut streams = named("msip_labels", INTERNET_HEADERS);
    streams[3].1.truncate(10);
    assert!(matches!(outlook(&streams), Err(ReadError::Malformed { .. })));
}
