//! Which label of which tenant is set, and how.

use std::path::Path;

use anyhow::{Context, bail};
use signet_docmeta::{Guid, LabelInfoMode, Method};
use signet_domain::content::ContentFormat;
use signet_domain::label::Label;
use signet_domain::tenant::TenantDocument;

use crate::cli::{LabelInfoArg, LabelSetArgs, MethodArg};
use crate::commands::tenant::read_checked;

/// What every file is to get.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) tenant: Guid,
    /// Absent: the tenant's label is removed.
    pub(super) label: Option<Guid>,
    /// Written beside the label where properties are written.
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) label_info: LabelInfoMode,
}

impl Choice {
    /// # Errors
    /// When an id is not a GUID, or the tenant's file has no such label that may be put on files.
    pub(super) fn read(args: &LabelSetArgs) -> anyhow::Result<Self> {
        let document = args.tenant_file.as_deref().map(read_tenant).transpose()?;
        let (label, name) = match (&args.label, &document) {
            (None, _) => (None, String::new()),
            (Some(label), Some(document)) => {
                let label = find(document, label)?;
                (Some(guid("the label", &label.id.to_string())?), label.name.clone())
            }
            (Some(label), None) => (Some(guid("--label", label)?), args.name.clone().unwrap_or_default()),
        };
        Ok(Self {
            tenant: tenant(args.tenant.as_deref(), document.as_ref())?,
            label,
            name,
            method: match args.method {
                MethodArg::Standard => Method::Standard,
                MethodArg::Privileged => Method::Privileged,
                MethodArg::Auto => Method::Auto,
            },
            label_info: match args.labelinfo {
                LabelInfoArg::On => LabelInfoMode::On,
                LabelInfoArg::Off => LabelInfoMode::Off,
                LabelInfoArg::Infer => LabelInfoMode::Infer,
            },
        })
    }
}

fn read_tenant(file: &Path) -> anyhow::Result<TenantDocument> {
    read_checked(file).map(|(document, _)| document)
}

fn guid(what: &str, text: &str) -> anyhow::Result<Guid> {
    Guid::parse(text).with_context(|| format!("{what} `{text}` is not an id; give 8-4-4-4-12 hexadecimal digits"))
}

fn tenant(given: Option<&str>, document: Option<&TenantDocument>) -> anyhow::Result<Guid> {
    let given = given.map(|text| guid("--tenant", text)).transpose()?;
    let stated = document
        .map(|document| guid("the tenant", &document.id.to_string()))
        .transpose()?;
    match (given, stated) {
        (Some(given), Some(stated)) if given != stated => {
            bail!("--tenant is `{given}`, but the tenant file is of `{stated}`; leave one of them out")
        }
        (Some(tenant), _) | (None, Some(tenant)) => Ok(tenant),
        (None, None) => bail!("name the tenant with --tenant or --tenant-file"),
    }
}

/// The label asked for by id or name, or its default sublabel. Source: labelling semantics C2; encryption is never
/// written, so a mark that promises it is refused.
fn find<'d>(document: &'d TenantDocument, wanted: &str) -> anyhow::Result<&'d Label> {
    let asked = document
        .labels
        .iter()
        .find(|label| label.id.to_string().eq_ignore_ascii_case(wanted.trim()) || label.name == wanted)
        .with_context(|| format!("the tenant has no label `{wanted}`; give the id or name of one of its labels"))?;
    let label = sublabel(document, asked)?;
    if !label.is_enabled || !asked.is_enabled {
        bail!("label `{}` is disabled, so set another one", label.name);
    }
    if !label.applies_to(ContentFormat::File) {
        bail!("label `{}` is not for files, so set another one", label.name);
    }
    if label.has_protection() {
        bail!(
            "label `{}` encrypts files, which this command does not, so set another one",
            label.name
        );
    }
    Ok(label)
}

fn sublabel<'d>(document: &'d TenantDocument, label: &'d Label) -> anyhow::Result<&'d Label> {
    let mut sublabels = document
        .labels
        .iter()
        .filter(|other| other.parent_id == Some(label.id))
        .peekable();
    if sublabels.peek().is_none() {
        return Ok(label);
    }
    sublabels
        .find(|sublabel| Some(sublabel.id) == label.default_sub_label_id)
        .with_context(|| {
            format!(
                "label `{}` has sublabels and no default, so set one of them",
                label.name
            )
        })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command, LabelCommand};

    const TENANT: &str = "277601b1-6094-456c-a358-95bfc99539d7";
    const LABEL: &str = "11111111-1111-4111-8111-111111111111";

    fn read(arguments: &[&str]) -> Result<Choice, String> {
        let arguments = ["signet", "label", "set", "a.docx"].iter().chain(arguments);
        let Command::Label(LabelCommand::Set(args)) = Cli::try_parse_from(arguments)
            .map_err(|error| error.to_string())?
            .command
        else {
            panic!("another command");
        };
        Choice::read(&args).map_err(|error| format!("{error:#}"))
    }

    fn tenant_file() -> tempfile::NamedTempFile {
        let label = |last: u8, name: &str, more: &str| {
            format!(
                r#"{{"id": "11111111-1111-4111-8111-11111111111{last}", "name": "{name}", "sensitivity": {last}, "applicableTo": ["file"] {more}}}"#
            )
        };
        let labels = [
            label(1, "plain", ""),
            label(2, "off", r#", "isEnabled": false"#),
            label(3, "parent", r#", "defaultSubLabelId": "11111111-1111-4111-8111-111111111114""#),
            label(4, "child", r#", "parentId": "11111111-1111-4111-8111-111111111113""#),
            label(5, "bare parent", ""),
            label(6, "other child", r#", "parentId": "11111111-1111-4111-8111-111111111115""#),
            r#"{"id": "11111111-1111-4111-8111-111111111117", "name": "mail", "sensitivity": 7, "applicableTo": ["email"]}"#.to_owned(),
        ];
        let text = format!(
            r#"{{"id": "{TENANT}", "displayName": "T", "labels": [{}]}}"#,
            labels.join(",")
        );
        let file = tempfile::Builder::new().suffix(".json").tempfile().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn without_a_tenant_file() {
        let choice = read(&[
            "--label",
            LABEL,
            "--tenant",
            TENANT,
            "--name",
            "N",
            "--method",
            "privileged",
        ])
        .unwrap();
        let expected = Choice {
            tenant: Guid::parse(TENANT).unwrap(),
            label: Some(Guid::parse(LABEL).unwrap()),
            name: "N".to_owned(),
            method: Method::Privileged,
            label_info: LabelInfoMode::Infer,
        };
        assert_eq!(choice, expected);
        assert_eq!(read(&["--remove", "--tenant", TENANT]).unwrap().label, None);
        for (arguments, expected) in [
            (
                ["--label", "x", "--tenant", TENANT].as_slice(),
                "--label `x` is not an id",
            ),
            (&["--label", LABEL, "--tenant", "x"], "--tenant `x` is not an id"),
            (&["--label", LABEL], "--tenant"),
            (&["--tenant", TENANT], "--label"),
            (
                &["--remove", "--label", LABEL, "--tenant", TENANT],
                "cannot be used with",
            ),
        ] {
            let error = read(arguments).unwrap_err();
            assert!(error.contains(expected), "{arguments:?}: {error}");
        }
    }

    #[test]
    fn with_a_tenant_file() {
        let file = tenant_file();
        let path = file.path().to_str().unwrap();
        let chosen = |label: &str| {
            read(&["--label", label, "--tenant-file", path])
                .map(|choice| (choice.name, choice.label.unwrap().to_string()))
        };
        assert_eq!(chosen("plain"), Ok(("plain".to_owned(), LABEL.to_owned())));
        assert_eq!(chosen(LABEL), Ok(("plain".to_owned(), LABEL.to_owned())));
        assert_eq!(chosen("parent").unwrap().0, "child");
        for (label, expected) in [
            ("none", "has no label"),
            ("off", "is disabled"),
            ("bare parent", "no default"),
            ("mail", "not for files"),
        ] {
            let error = chosen(label).unwrap_err();
            assert!(error.contains(expected), "{label}: {error}");
        }
        let other = read(&["--label", "plain", "--tenant-file", path, "--tenant", LABEL]).unwrap_err();
        assert!(other.contains("leave one of them out"), "{other}");
    }
}
