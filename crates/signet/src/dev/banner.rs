//! What `signet dev` prints: where it listens, and calls to paste that work as printed.

use std::fmt::Write;
use std::path::Path;

use signet_domain::tenant::TenantDocument;

/// What the banner speaks of.
pub(crate) struct Banner<'a> {
    pub(crate) https: &'a str,
    pub(crate) http: &'a str,
    pub(crate) grpc: &'a str,
    pub(crate) admin: &'a str,
    pub(crate) ca_file: &'a Path,
    pub(crate) data_dir: &'a Path,
    pub(crate) program: &'a Path,
    pub(crate) tenants: &'a [TenantDocument],
    pub(crate) password: &'a str,
}

/// A word a shell takes as it is.
fn quoted(text: &str) -> String {
    let plain = text
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || "/._-@:+=,".contains(character));
    if plain && !text.is_empty() {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

impl Banner<'_> {
    /// The text.
    pub(crate) fn text(&self) -> String {
        let mut text = String::new();
        let _ = self.write(&mut text);
        text
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        writeln!(out, "Signet is running for development.\n")?;
        writeln!(out, "  HTTPS    {}", self.https)?;
        writeln!(out, "  HTTP     {}", self.http)?;
        writeln!(out, "  gRPC     {}", self.grpc)?;
        writeln!(out, "  metrics  {}/metrics", self.admin)?;
        writeln!(out, "  CA file  {}", self.ca_file.display())?;
        for tenant in self.tenants {
            writeln!(out, "  tenant   {} ({})", tenant.id, tenant.display_name)?;
        }
        writeln!(
            out,
            "  sign-in  {}/{{tenant}}/oauth2/v2.0/token, password of every user: {}",
            self.https, self.password
        )?;
        let Some((tenant, user)) = self
            .tenants
            .iter()
            .find_map(|tenant| Some((tenant, tenant.users.first()?)))
        else {
            return writeln!(out, "\nNo tenant has a user yet; load one with --tenant-file.");
        };
        let name = quoted(&user.user_principal_name);
        writeln!(out, "\nPaste these into another shell:\n")?;
        writeln!(out, "  SIGNET={}", self.https)?;
        writeln!(out, "  CA={}", quoted(&self.ca_file.display().to_string()))?;
        writeln!(
            out,
            "  TOKEN=$({} token --data-dir {} --tenant {} --user {name} --scope \"InformationProtectionPolicy.Read Files.Read SensitivityLabel.Read\")",
            quoted(&self.program.display().to_string()),
            quoted(&self.data_dir.display().to_string()),
            tenant.id,
        )?;
        writeln!(out, "\n  # the labels {} may apply", user.user_principal_name)?;
        writeln!(
            out,
            "  curl --cacert \"$CA\" -H \"Authorization: Bearer $TOKEN\" \"$SIGNET/beta/me/security/informationProtection/sensitivityLabels\""
        )?;
        if let Some(found) = detected(tenant) {
            writeln!(
                out,
                "\n  # what to do with a document in which a detector found something"
            )?;
            writeln!(
                out,
                "  curl --cacert \"$CA\" -H \"Authorization: Bearer $TOKEN\" -H \"Content-Type: application/json\" \\\n    \"$SIGNET/beta/me/security/informationProtection/sensitivityLabels/evaluateClassificationResults\" \\\n    -d '{{\"contentInfo\":{{\"contentFormat\":\"File\",\"identifier\":\"report.docx\",\"state\":\"rest\",\"metadata\":[]}},\"classificationResults\":[{{\"sensitiveTypeId\":\"{found}\",\"count\":7,\"confidenceLevel\":99}}]}}'"
            )?;
        }
        if let Some(path) = self.document(tenant) {
            writeln!(out, "\n  # the labels inside a document of the drive")?;
            writeln!(
                out,
                "  curl --cacert \"$CA\" -H \"Authorization: Bearer $TOKEN\" -X POST \"$SIGNET/v1.0/me/drive/root:/{path}:/extractSensitivityLabels\""
            )?;
        }
        writeln!(out, "\nStop with Ctrl-C.")
    }

    /// A document in the first user's drive.
    fn document(&self, tenant: &TenantDocument) -> Option<String> {
        use signet_domain::drive::DriveOwner;
        let user = tenant.users.first()?.id.to_string();
        let drive = tenant
            .drives
            .iter()
            .find(|drive| matches!(&drive.owner, DriveOwner::User(owner) if *owner == user))?;
        let folder = std::fs::read_dir(drive.source.strip_prefix("file://")?).ok()?;
        let mut names: Vec<String> = folder
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        let plain = |name: &String| {
            name.chars()
                .all(|character| character.is_ascii_alphanumeric() || "._-".contains(character))
        };
        names.into_iter().find(|name| name.ends_with(".docx") && plain(name))
    }
}

/// A sensitive type that makes a label of the tenant apply itself.
fn detected(tenant: &TenantDocument) -> Option<String> {
    let conditions = |label: &signet_domain::label::Label| {
        let group = label
            .auto_labeling
            .as_ref()?
            .conditions
            .groups
            .first()?
            .sensitive_types
            .first()?
            .clone();
        let reached = group.min_count <= 7 && (group.max_count < 0 || group.max_count >= 7);
        (reached && group.min_confidence <= 99).then(|| group.id.to_string())
    };
    let mut labels: Vec<_> = tenant.labels.iter().filter(|label| label.is_enabled).collect();
    labels.sort_by_key(|label| std::cmp::Reverse(label.sensitivity));
    labels.into_iter().find_map(conditions)
}
