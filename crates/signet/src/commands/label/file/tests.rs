use std::fs;

use signet_docmeta::LabelInfoMode;
use tempfile::TempDir;

use super::*;
use crate::environment::{RandomIds, SystemClock};

const TENANT: &str = "13bd51e1-1a32-557a-b8dd-622f0d55b30c";
const LABEL: &str = "9430c2b6-ad1e-593f-a43a-92aa8962bd24";
const OTHER: &str = "0a508141-8fa2-5079-b148-5a24df214ed0";

fn choice(label: Option<&str>, method: Method) -> Choice {
    Choice {
        tenant: Guid::parse(TENANT).unwrap(),
        label: label.map(|label| Guid::parse(label).unwrap()),
        name: "N".to_owned(),
        method,
        label_info: LabelInfoMode::Infer,
    }
}

fn sample(folder: &TempDir, name: &str) -> PathBuf {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/extraction/corpus");
    let path = folder.path().join(name);
    fs::copy(corpus.join(name), &path).unwrap();
    path
}

fn set(path: &Path, label: Option<&str>, method: Method) -> Result<(&'static str, Vec<String>), &'static str> {
    let outcome = set_label(path, &choice(label, method), false, &SystemClock, &RandomIds);
    let ids = |labels: Vec<FoundLabel>| labels.iter().map(|label| label.label_id.to_string()).collect();
    outcome
        .map(|outcome| (outcome.result, ids(outcome.labels)))
        .map_err(|fault| fault.code)
}

fn leftovers(folder: &TempDir) -> usize {
    let names = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().contains("signet-")).count()
}

#[test]
fn labels_are_set_replaced_and_removed() {
    let folder = TempDir::new().unwrap();
    for name in ["blank.docx", "minutes.pdf"] {
        let path = sample(&folder, name);
        set(&path, None, Method::Standard).unwrap();
        let is = |result, label: &str| Ok((result, vec![label.to_owned()]));
        assert_eq!(
            set(&path, Some(LABEL), Method::Standard),
            is("labelled", LABEL),
            "{name}"
        );
        assert_eq!(set(&path, Some(LABEL), Method::Standard), is("unchanged", LABEL));
        assert_eq!(set(&path, Some(LABEL), Method::Privileged), is("labelled", LABEL));
        assert_eq!(set(&path, Some(LABEL), Method::Standard), is("unchanged", LABEL));
        assert_eq!(set(&path, Some(OTHER), Method::Standard), Err("privilegedRequired"));
        assert_eq!(set(&path, Some(OTHER), Method::Auto), is("labelled", OTHER));
        assert_eq!(set(&path, None, Method::Standard), Ok(("removed", Vec::new())));
        assert_eq!(set(&path, None, Method::Standard).unwrap().1, Vec::<String>::new());
    }
    assert_eq!(leftovers(&folder), 0);
}

#[test]
fn what_cannot_be_labelled_is_refused_and_stays_as_it_is() {
    let folder = TempDir::new().unwrap();
    for (name, code) in [
        ("protected.docx", "fileDecryptionNotSupported"),
        ("double-key.docx", "fileDoubleKeyEncrypted"),
        ("password.docx", "fileDecryptionNotSupported"),
        ("protected.pdf", "fileDecryptionNotSupported"),
        ("report.doc", "notSupported"),
        ("note.eml", "notSupported"),
        ("plain.txt", "notSupported"),
        ("laughs.xlsx", "malformedContent"),
    ] {
        let path = sample(&folder, name);
        let before = fs::read(&path).unwrap();
        assert_eq!(set(&path, Some(LABEL), Method::Auto), Err(code), "{name}");
        assert_eq!(fs::read(&path).unwrap(), before, "{name}");
    }
    assert_eq!(
        set(&folder.path().join("none.docx"), None, Method::Auto),
        Err("unreadable")
    );
    fs::create_dir(folder.path().join("folder.docx")).unwrap();
    assert_eq!(
        set(&folder.path().join("folder.docx"), None, Method::Auto),
        Err("unreadable")
    );
    assert_eq!(leftovers(&folder), 0);
}

#[test]
fn files_in_use_are_refused() {
    let folder = TempDir::new().unwrap();
    let path = sample(&folder, "contract.docx");
    for owner in ["~$ntract.docx", "~$contract.docx", ".~lock.contract.docx#"] {
        let owner = folder.path().join(owner);
        fs::write(&owner, b"").unwrap();
        assert_eq!(
            set(&path, Some(LABEL), Method::Auto),
            Err("fileCheckedOut"),
            "{}",
            owner.display()
        );
        fs::remove_file(owner).unwrap();
    }
    let locked = File::open(&path).unwrap();
    locked.lock().unwrap();
    assert_eq!(set(&path, Some(LABEL), Method::Auto), Err("fileCheckedOut"));
    drop(locked);
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&path, permissions).unwrap();
    assert_eq!(set(&path, Some(LABEL), Method::Auto), Err("accessDenied"));
}

#[test]
fn a_dry_run_says_what_would_be() {
    let folder = TempDir::new().unwrap();
    let path = sample(&folder, "contract.docx");
    let before = fs::read(&path).unwrap();
    let outcome = set_label(
        &path,
        &choice(Some(LABEL), Method::Auto),
        true,
        &SystemClock,
        &RandomIds,
    );
    let outcome = outcome.map_err(|fault| fault.message).unwrap();
    assert_eq!(
        (outcome.result, outcome.labels[0].label_id.to_string().as_str()),
        ("labelled", LABEL)
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn permissions_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let folder = TempDir::new().unwrap();
    let path = sample(&folder, "contract.docx");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let link = folder.path().join("link.pptx");
    symlink(&path, &link).unwrap();
    // The name that counts is the file's own.
    set(&link, Some(LABEL), Method::Auto).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(set(&path, Some(LABEL), Method::Auto).unwrap().0, "unchanged");
}

#[test]
fn a_file_changed_meanwhile_is_not_replaced() {
    let folder = TempDir::new().unwrap();
    let path = sample(&folder, "contract.docx");
    let mut file = File::open(&path).unwrap();
    let rewrite = {
        let options = write_options(&choice(None, Method::Auto));
        let report = read_labels(
            &mut FileRange::new(&file).unwrap(),
            "a.docx",
            &options.read,
            &Limits::default(),
        )
        .unwrap();
        let change = change(&choice(Some(LABEL), Method::Auto), &report, &SystemClock, &RandomIds)
            .ok()
            .unwrap()
            .unwrap();
        rewrite(
            &mut FileRange::new(&file).unwrap(),
            "a.docx",
            &change,
            &options,
            &Limits::default(),
        )
        .unwrap()
    };
    let replacement = Replacement::write(&path, &mut file, &rewrite, &RandomIds).unwrap();
    fs::write(&path, b"another").unwrap();
    assert!(replacement.put_in_place(&file).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"another");
    assert_eq!(leftovers(&folder), 0);
}
