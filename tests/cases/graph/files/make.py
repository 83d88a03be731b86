"""Makes three-tenants.docx: a document that carries one label of each of three tenants.

Run it again after a change: `python3 tests/cases/graph/files/make.py`. The output is the same byte for byte.
"""

import pathlib
import zipfile

LABELS = [
    ("5feba255-812e-446a-ac59-a7044ef827b5", "fed495cb-8c27-41ea-8749-00b0a084bc3d"),
    ("fa781fdf-68c8-43ec-ae08-c4813deb2144", "277601b1-6094-456c-a358-95bfc99539d7"),
    ("3937098d-df0c-4c8d-8f66-5876b57b75ba", "f2477f30-c8a2-422d-8995-6f056b494655"),
]

DECLARATION = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
LABEL_RELATIONSHIP = "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels"
MAIN_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
LABEL_TYPE = "application/vnd.ms-office.classificationlabels+xml"
RELATIONSHIP_TYPE = "application/vnd.openxmlformats-package.relationships+xml"


def label(label_id, site_id):
    return f'<clbl:label id="{{{label_id}}}" enabled="1" method="Standard" siteId="{{{site_id}}}" removed="0" />'


PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types">'
    f'<Default Extension="rels" ContentType="{RELATIONSHIP_TYPE}"/>'
    f'<Override PartName="/word/document.xml" ContentType="{MAIN_TYPE}"/>'
    f'<Override PartName="/docMetadata/LabelInfo.xml" ContentType="{LABEL_TYPE}"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="word/document.xml"/>'
    f'<Relationship Id="rId2" Type="{LABEL_RELATIONSHIP}" Target="docMetadata/LabelInfo.xml"/></Relationships>',
    "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>Shared draft</w:t></w:r></w:p></w:body></w:document>',
    "docMetadata/LabelInfo.xml": '<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/mipLabelMetadata">'
    + "".join(label(*pair) for pair in LABELS)
    + "</clbl:labelList>",
}

with zipfile.ZipFile(pathlib.Path(__file__).with_name("three-tenants.docx"), "w", zipfile.ZIP_DEFLATED) as package:
    for name, text in PARTS.items():
        package.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), DECLARATION + text, zipfile.ZIP_DEFLATED)
