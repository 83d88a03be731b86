//! Media types by extension.

use crate::path::extension;

/// The media type a name promises; `application/octet-stream` when it promises none.
pub(crate) fn mime_type(name: &str) -> &'static str {
    match extension(name).as_str() {
        "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "dotx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.template",
        "docm" => "application/vnd.ms-word.document.macroEnabled.12",
        "dotm" => "application/vnd.ms-word.template.macroEnabled.12",
        "doc" | "dot" => "application/msword",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "xltx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.template",
        "xlsm" => "application/vnd.ms-excel.sheet.macroEnabled.12",
        "xltm" => "application/vnd.ms-excel.template.macroEnabled.12",
        "xlsb" => "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
        "xls" | "xlt" => "application/vnd.ms-excel",
        "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "ppsx" => "application/vnd.openxmlformats-officedocument.presentationml.slideshow",
        "potx" => "application/vnd.openxmlformats-officedocument.presentationml.template",
        "pptm" => "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
        "ppsm" => "application/vnd.ms-powerpoint.slideshow.macroEnabled.12",
        "potm" => "application/vnd.ms-powerpoint.template.macroEnabled.12",
        "ppt" | "pps" | "pot" => "application/vnd.ms-powerpoint",
        "vsdx" | "vsdm" | "vssx" | "vssm" | "vstx" | "vstm" | "vsd" | "vss" | "vst" | "vdw" => "application/vnd.visio",
        "xps" => "application/vnd.ms-xpsdocument",
        "oxps" => "application/oxps",
        "mpp" | "mpt" => "application/vnd.ms-project",
        "pub" => "application/x-mspublisher",
        "msg" => "application/vnd.ms-outlook",
        "eml" => "message/rfc822",
        "pdf" => "application/pdf",
        "rtf" => "application/rtf",
        "zip" => "application/zip",
        "json" => "application/json",
        "xml" => "application/xml",
        "txt" | "log" | "md" => "text/plain",
        "csv" => "text/csv",
        "htm" | "html" => "text/html",
        "jpg" | "jpe" | "jpeg" | "jif" | "jfif" | "jfi" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "svg" => "image/svg+xml",
        "tif" | "tiff" => "image/tiff",
        "psd" => "image/vnd.adobe.photoshop",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_extension_without_case() {
        for (name, expected) in [
            (
                "a.DOCX",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            ),
            ("a.pdf", "application/pdf"),
            ("FileB.txt", "text/plain"),
            ("none", "application/octet-stream"),
            ("a.unknown", "application/octet-stream"),
        ] {
            assert_eq!(mime_type(name), expected, "{name}");
        }
    }
}
