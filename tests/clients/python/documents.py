"""Labels inside documents, with other programs as writers and readers: python-docx, openpyxl, python-pptx, XlsxWriter,
pikepdf, exiftool.

What they write, Signet reads. What Signet writes, they read; and everything else in the document is as it was, part by
part and byte by byte. SIGNET_TEST_PROGRAM names the program.
"""

import datetime
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import docx
import openpyxl
import pikepdf
import pptx
import xlsxwriter
from docx.opc.packuri import PackURI as DocxName
from docx.opc.part import Part as DocxPart
from lxml import etree
from openpyxl.packaging.custom import StringProperty
from PIL import Image
from pptx.opc.package import Part as PptxPart
from pptx.opc.packuri import PackURI as PptxName

SIGNET = os.environ["SIGNET_TEST_PROGRAM"]
TENANT = "13bd51e1-1a32-557a-b8dd-622f0d55b30c"
FOREIGN = "a841e8f6-264a-5e81-b5af-1381e9c5d7bf"
LABEL = "d76d8d7c-8674-53f0-8c69-79d068219a02"
OTHER = "0a508141-8fa2-5079-b148-5a24df214ed0"
NEW = "9430c2b6-ad1e-593f-a43a-92aa8962bd24"
NAME = "Streng geheim & <wichtig>"

LABELS = "http://schemas.microsoft.com/office/2020/mipLabelMetadata"
RELATIONSHIP = "http://schemas.microsoft.com/office/2020/02/relationships/classificationlabels"
CONTENT_TYPE = "application/vnd.ms-office.classificationlabels+xml"
PDFX = "http://ns.adobe.com/pdfx/1.3/"

folder = Path(tempfile.mkdtemp())
checks = 0


def check(condition, what):
    global checks
    checks += 1
    if not condition:
        sys.exit(f"failed: {what}")


def signet(*arguments, ok=True):
    done = subprocess.run([SIGNET, *map(str, arguments)], capture_output=True, text=True)
    check((done.returncode == 0) == ok, f"{arguments}: {done.returncode} {done.stdout} {done.stderr}")
    return done.stdout


def labels(path):
    """Tenant, label and method of every label Signet finds."""
    (found,) = json.loads(signet("inspect", "--json", path))
    return {(label["tenantId"], label["sensitivityLabelId"], label["assignmentMethod"]) for label in found["labels"]}


def set_label(path, *arguments):
    (done,) = json.loads(signet("label", "set", path, "--tenant", TENANT, "--json", *arguments))
    return done


def label_list(label=LABEL, tenant=TENANT, method="Privileged"):
    return (
        f'<?xml version="1.0" encoding="utf-8" standalone="yes"?><clbl:labelList xmlns:clbl="{LABELS}"><clbl:label '
        f'id="{{{label}}}" enabled="1" method="{method}" siteId="{{{tenant}}}" removed="0" /></clbl:labelList>'
    ).encode()


def pairs(label=LABEL, tenant=TENANT, method="Standard"):
    values = {
        "Enabled": "true",
        "SetDate": "2024-03-05T09:10:11Z",
        "Method": method,
        "Name": "Général",
        "SiteId": tenant,
        "ActionId": "dfd6e48f-5040-5d8a-829b-1d636e9ac9ff",
        "ContentBits": "0",
    }
    return {f"MSIP_Label_{label}_{name}": value for name, value in values.items()}


# What they write, Signet reads.


def word(labelled):
    path = folder / f"word-{labelled}.docx"
    document = docx.Document()
    document.add_heading("Vertrag", 0)
    document.add_paragraph("Text mit Umlauten: äöü")
    if labelled:
        package = document.part.package
        part = DocxPart(DocxName("/docMetadata/LabelInfo.xml"), CONTENT_TYPE, label_list(), package)
        package.relate_to(part, RELATIONSHIP)
    document.save(path)
    return path


def slides(labelled):
    path = folder / f"slides-{labelled}.pptx"
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[0])
    slide.shapes.title.text = "Übersicht"
    if labelled:
        package = presentation.part.package
        part = PptxPart(PptxName("/docMetadata/LabelInfo.xml"), CONTENT_TYPE, package, label_list(OTHER, FOREIGN))
        package.relate_to(part, RELATIONSHIP)
    presentation.save(path)
    return path


def sheet(labelled):
    path = folder / f"sheet-{labelled}.xlsx"
    book = openpyxl.Workbook()
    book.active["A1"] = "größer"
    book.custom_doc_props.append(StringProperty(name="Projekt", value="Alpha & Beta"))
    if labelled:
        for name, value in pairs(OTHER, method="Privileged").items():
            book.custom_doc_props.append(StringProperty(name=name, value=value))
    book.save(path)
    return path


def streamed_sheet():
    path = folder / "streamed.xlsx"
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True})
    book.add_worksheet().write("A1", 1)
    for name, value in {**pairs(), **pairs(OTHER, FOREIGN)}.items():
        book.set_custom_property(name, value)
    book.set_custom_property("Date", datetime.datetime(2024, 1, 1))
    book.close()
    return path


def pdf(name, information=(), packet=(), **options):
    path = folder / f"{name}.pdf"
    document = pikepdf.new()
    document.add_blank_page()
    for key, value in dict(information).items():
        document.docinfo[pikepdf.Name("/" + key)] = pikepdf.String(value)
    if packet:
        with document.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            for key, value in dict(packet).items():
                metadata[f"{{{PDFX}}}{key}"] = value
    document.save(path, **options)
    return path


def image(name, packet):
    path = folder / name
    Image.new("RGB", (40, 30)).save(path)
    file = folder / "packet.xmp"
    file.write_text(packet, encoding="utf-8")
    subprocess.run(["exiftool", "-q", "-overwrite_original", f"-xmp<={file}", str(path)], check=True)
    return path


def others_write():
    check(labels(word(True)) == {(TENANT, LABEL, "privileged")}, "python-docx")
    check(labels(word(False)) == set(), "python-docx without a label")
    check(labels(slides(True)) == {(FOREIGN, OTHER, "privileged")}, "python-pptx")
    check(labels(sheet(True)) == {(TENANT, OTHER, "privileged")}, "openpyxl")
    check(labels(sheet(False)) == set(), "openpyxl without a label")
    expected = {(TENANT, LABEL, "standard"), (FOREIGN, OTHER, "standard")}
    check(labels(streamed_sheet()) == expected, "XlsxWriter")
    expected = {(TENANT, LABEL, "standard")}
    generate = pikepdf.ObjectStreamMode.generate
    for name, options in {
        "plain": {},
        "streams": {"object_stream_mode": generate},
        "linear": {"linearize": True},
        "linear-streams": {"linearize": True, "object_stream_mode": generate},
        "uncompressed": {"compress_streams": False, "object_stream_mode": pikepdf.ObjectStreamMode.disable},
        "open": {"encryption": pikepdf.Encryption(owner="owner", user="", R=6)},
    }.items():
        check(labels(pdf(name, information=pairs(), **options)) == expected, f"pikepdf, information, {name}")
        check(labels(pdf(f"{name}-xmp", packet=pairs(), **options)) == expected, f"pikepdf, XMP, {name}")
    both = pdf("both", information=pairs(), packet={**pairs(OTHER), **pairs(NEW, FOREIGN)})
    check(labels(both) == expected | {(FOREIGN, NEW, "standard")}, "pikepdf, both homes")
    values = "".join(f"<p:{name}>{value}</p:{name}>" for name, value in pairs().items())
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
        f'xmlns:p="{PDFX}">{values}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
    for name in ["picture.jpg", "picture.png", "picture.tif"]:
        check(labels(image(name, packet)) == expected, f"exiftool, {name}")


# What Signet writes, they read.


def raw_entries(path):
    """Name, header and compressed bytes of every entry, in directory order."""
    entries = {}
    with zipfile.ZipFile(path) as archive, open(path, "rb") as file:
        check(archive.testzip() is None, f"{path} is sound")
        for info in archive.infolist():
            check(info.filename not in entries, f"{info.filename} is there twice")
            file.seek(info.header_offset)
            header = file.read(30)
            name_length, extra_length = struct.unpack("<HH", header[26:30])
            rest = file.read(name_length + extra_length + info.compress_size)
            attributes = (info.date_time, info.external_attr, info.create_system, info.comment, info.CRC)
            entries[info.filename] = (header + rest, attributes)
    return entries


def only_changed(before, after, changed):
    check(list(after)[: len(before)] == list(before), "the order of entries")
    differing = {name for name in after if after[name] != before.get(name)}
    check(differing == changed, f"{differing} changed, not {changed}")


def label_part(path):
    """The attributes of the label elements, found through the relationship."""
    with zipfile.ZipFile(path) as archive:
        rels = etree.fromstring(archive.read("_rels/.rels"))
        (target,) = [rel.get("Target") for rel in rels if rel.get("Type") == RELATIONSHIP]
        types = etree.fromstring(archive.read("[Content_Types].xml"))
        (declared,) = [kind.get("ContentType") for kind in types if kind.get("PartName") == "/" + target.lstrip("/")]
        check(declared == CONTENT_TYPE, "the content type of the label part")
        check(len({rel.get("Id") for rel in rels}) == len(rels), "relationship ids")
        return [dict(label.attrib) for label in etree.fromstring(archive.read(target.lstrip("/")))]


WRITTEN = {
    "id": f"{{{NEW}}}",
    "enabled": "1",
    "method": "Privileged",
    "siteId": f"{{{TENANT}}}",
    "contentBits": "0",
    "removed": "0",
}
NEW_PART = {"_rels/.rels", "[Content_Types].xml", "docMetadata/LabelInfo.xml"}
CHOSEN = ["--label", NEW, "--name", NAME, "--method", "privileged"]


def packages():
    for make, opened in [
        (word, lambda path: docx.Document(path).paragraphs[1].text == "Text mit Umlauten: äöü"),
        (slides, lambda path: pptx.Presentation(path).slides[0].shapes.title.text == "Übersicht"),
        (sheet, lambda path: openpyxl.load_workbook(path).active["A1"].value == "größer"),
    ]:
        path = make(False)
        before = raw_entries(path)
        check(set_label(path, *CHOSEN)["result"] == "labelled", path)
        only_changed(before, raw_entries(path), NEW_PART)
        check(label_part(path) == [WRITTEN], f"{path}: {label_part(path)}")
        check(opened(path), f"{path} opens")
        check(labels(path) == {(TENANT, NEW, "privileged")}, path)
        labelled = raw_entries(path)
        check(set_label(path, *CHOSEN)["result"] == "unchanged", path)
        check(raw_entries(path) == labelled, path)
        check(set_label(path, "--remove")["result"] == "removed", path)
        only_changed(labelled, raw_entries(path), {"docMetadata/LabelInfo.xml"})
        (removed,) = label_part(path)
        check((removed["removed"], removed["enabled"], removed["id"]) == ("1", "0", f"{{{TENANT}}}"), removed)
        check(labels(path) == set() and opened(path), path)


def libraries_keep_the_label():
    """A document that goes through a library keeps what Signet wrote; the part is found by the library itself."""
    path = word(False)
    set_label(path, *CHOSEN)
    document = docx.Document(path)
    (part,) = [rel.target_part for rel in document.part.package.rels.values() if rel.reltype == RELATIONSHIP]
    check(dict(etree.fromstring(part.blob)[0].attrib) == WRITTEN, "python-docx finds the part")
    document.save(path)
    check(labels(path) == {(TENANT, NEW, "privileged")}, "python-docx keeps the part")
    path = slides(True)
    set_label(path, *CHOSEN)
    presentation = pptx.Presentation(path)
    (part,) = [rel.target_part for rel in presentation.part.package._rels.values() if rel.reltype == RELATIONSHIP]
    found = [dict(label.attrib) for label in etree.fromstring(part.blob)]
    check(found[-1] == WRITTEN and found[0]["siteId"] == f"{{{FOREIGN}}}", "python-pptx finds both labels")
    presentation.save(path)
    expected = {(TENANT, NEW, "privileged"), (FOREIGN, OTHER, "privileged")}
    check(labels(path) == expected, "python-pptx keeps the part")


def properties():
    """A tenant that does not write the label part."""
    path = sheet(True)
    before = raw_entries(path)
    done = set_label(path, *CHOSEN, "--labelinfo", "off")
    check(done["result"] == "labelled", done)
    only_changed(before, raw_entries(path), {"docProps/custom.xml"})
    found = {prop.name: prop.value for prop in openpyxl.load_workbook(path).custom_doc_props}
    prefix = f"MSIP_Label_{NEW}_"
    check(found["Projekt"] == "Alpha & Beta", "other properties stay")
    check(found[prefix + "Name"] == NAME and found[prefix + "SiteId"] == TENANT, found)
    check(found[prefix + "Method"] == "Privileged" and found[prefix + "Enabled"] == "true", found)
    check(not any(OTHER in name for name in found), "the tenant's old label is gone")
    shown = exif(path)
    check(any(NEW.replace("-", "") in key.replace("-", "").replace("_", "") for key in shown), f"exiftool: {shown}")
    path = word(False)
    set_label(path, *CHOSEN, "--labelinfo", "off")
    with zipfile.ZipFile(path) as archive:
        check("docProps/custom.xml" in archive.namelist(), "a new part of properties")
    check(docx.Document(path).paragraphs[1].text == "Text mit Umlauten: äöü", "python-docx opens it")


def exif(path):
    shown = subprocess.run(["exiftool", "-j", "-a", str(path)], check=True, capture_output=True, text=True).stdout
    return json.loads(shown)[0]


def pdf_documents():
    generate = pikepdf.ObjectStreamMode.generate
    for name, options in {
        "to-label": {},
        "to-label-streams": {"object_stream_mode": generate},
        "to-label-linear": {"linearize": True, "object_stream_mode": generate},
    }.items():
        path = pdf(name, information={**pairs(), "Title": "Bericht"}, packet=pairs(OTHER, FOREIGN), **options)
        before = path.read_bytes()
        check(set_label(path, *CHOSEN)["result"] == "labelled", path)
        after = path.read_bytes()
        check(after.startswith(before), f"{path}: the old bytes come first")
        check(labels(path) == {(TENANT, NEW, "privileged"), (FOREIGN, OTHER, "standard")}, path)
        with pikepdf.open(path) as document:
            check(not document.check_pdf_syntax(), f"{path}: {document.check_pdf_syntax()}")
            information = {key: str(value) for key, value in document.docinfo.items()}
            prefix = f"/MSIP_Label_{NEW}_"
            check(information["/Title"] == "Bericht", information)
            check(information[prefix + "Name"] == NAME and information[prefix + "SiteId"] == TENANT, information)
            check(not any(LABEL in key for key in information), "the old label is gone")
            with document.open_metadata() as metadata:
                check(metadata[f"{{{PDFX}}}MSIP_Label_{NEW}_Method"] == "Privileged", "XMP")
                check(metadata[f"{{{PDFX}}}MSIP_Label_{OTHER}_SiteId"] == FOREIGN, "XMP of another tenant")
                check(f"{{{PDFX}}}MSIP_Label_{LABEL}_SiteId" not in metadata, "XMP of the old label")
            check(len(document.pages) == 1, "pages")
        shown = json.dumps(exif(path)).replace("-", "").replace("_", "")
        check(NEW.replace("-", "") in shown and "Bericht" in shown, f"exiftool: {shown}")
        check(set_label(path, "--remove")["result"] == "removed", path)
        check(path.read_bytes().startswith(after), path)
        check(labels(path) == {(FOREIGN, OTHER, "standard")}, path)
        with pikepdf.open(path) as document:
            check(not any(NEW in key for key in document.docinfo.keys()), "removed")
    sealed = pdf("sealed", encryption=pikepdf.Encryption(owner="owner", user="user"))
    before = sealed.read_bytes()
    signet("label", "set", sealed, "--tenant", TENANT, *CHOSEN, ok=False)
    check(sealed.read_bytes() == before, "a protected document stays as it is")


def scan():
    lines = [json.loads(line) for line in signet("scan", "--format", "json", folder).splitlines()]
    names = sorted(path.name for path in folder.iterdir() if path.suffix != ".xmp")
    check(sorted(Path(line["file"]).name for line in lines) == names, "every document once")


others_write()
packages()
libraries_keep_the_label()
properties()
pdf_documents()
scan()
check(checks > 100, checks)
print(f"all checks passed: {checks}")
