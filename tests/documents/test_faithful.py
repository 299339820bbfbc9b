"""What real files break: nothing is glued, falsified or lost in silence, in any format."""

from __future__ import annotations

import pytest

from make_files import WORD, make_docx, make_epub, make_page, make_zip, paragraph
from qa.documents.formula import formula_text
from qa.documents.raised import raised
from qa.documents.tables import table_lines

LIMIT = 5_000_000
SENTENCE = "The ministers met in the capital on Monday and agreed to meet again in the spring of next year. "
PARAGRAPHS = [SENTENCE.replace("capital", place).strip() for place in ("capital", "palace", "harbour")]

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


@pytest.fixture
def read(tmp_path):
    from qa.documents.files import FoundFile, load_file

    def write_and_load(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_file(FoundFile(name, path), max_bytes=LIMIT)

    return write_and_load


# --- raised digits ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "content", "behind", "written"),
    [
        ("The lake holds 10", "7", " cubic metres", "^7"),
        ("a mass of 5.97 × 10", "24", " kg", "^24"),
        ("10", "-3", " m", "^-3"),
        ("with 2", "16", " rows", "^16"),
        ("an area of 40 km", "2", "", "²"),
        ("E = mc", "2", "", "²"),
        ("Ca", "2+", " ions", "²⁺"),
        ("of ", "14", "C", "¹⁴"),
        ("x", "n", "", "^n"),
        ("the 19", "th", " century", "th"),
        ("a price of 9", "99", " €", ".99"),
        ("1", "1", "/2 cups", " 1"),
        ("at 20", "o", "C", "°"),
        ("founded in 1871", "4", " by", ""),
        ("with 1,204", "2", " pupils", ""),
        ("with 57", "3", " pupils", ""),
        ("as he said", "12", ".", ""),
        ("as he said.", "a", "", ""),
        ("as he said", "[5]", "", ""),
    ],
)
def test_powers_are_written_as_such_and_marks_of_notes_are_left_out(before, content, behind, written):
    assert raised(before, content, behind) == written


def test_a_link_is_the_mark_of_a_note_unless_it_is_a_power_of_ten():
    assert raised("in 10", "3", "", linked=True) == ""
    assert raised("about 3 × 10", "3", "", linked=True) == "^3"


RAISED = "The well holds 10{}6{} litres and was dug in 1788{}3{} near the mill of the town. "


def test_raised_digits_in_every_format(read):
    wanted = "The well holds 10^6 litres and was dug in 1788 near the mill of the town."
    html = RAISED.format("<sup>", "</sup>", '<sup><a href="#n3">', "</a></sup>")
    styled = RAISED.format(*['<span style="vertical-align: super">', "</span>"] * 2)
    assert wanted in read("a.html", make_page(f"<article><p>{html}</p><p>{SENTENCE}</p></article>")).text
    assert wanted in read("b.html", make_page(f"<article><p>{styled}</p><p>{SENTENCE}</p></article>")).text
    assert wanted in read("a.epub", make_epub({"a": f"<html><body><p>{html}</p></body></html>"})).text
    assert wanted in read("a.rtf", r"{\rtf1\ansi " + RAISED.format(*[r"{\super ", "}"] * 2) + "}").text
    assert wanted in read("b.rtf", r"{\rtf1\ansi " + RAISED.format(*[r"\super ", r"\nosupersub "] * 2) + "}").text
    up = '</w:t></w:r><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>'
    down = '</w:t></w:r><w:r><w:t xml:space="preserve">'
    run = f'<w:r><w:t xml:space="preserve">{RAISED.format(up, down, up, down)}</w:t></w:r>'
    assert wanted in read("a.docx", make_docx(paragraph(run))).text


# --- tables ----------------------------------------------------------------------------------------------------------

ROWS = [["Vehicle", "Single", "Season"], ["Tram", "3 crowns", "41 crowns"], ["Ferry", "7 crowns", "88 crowns"]]
LINES = ["Vehicle: Tram; Single: 3 crowns; Season: 41 crowns.", "Vehicle: Ferry; Single: 7 crowns; Season: 88 crowns."]


def test_the_names_of_columns():
    assert table_lines(ROWS) == LINES
    assert table_lines([["Season 2024", "", ""], *ROWS]) == ["Season 2024.", *LINES]
    assert table_lines([["Telephone", "41 07"], ["Open", "9 to 5"]]) == ["Telephone: 41 07.", "Open: 9 to 5."]
    assert table_lines([["Ann", "Oslo", "cook"], ["Bo", "Rome", "baker"]]) == ["Ann; Oslo; cook.", "Bo; Rome; baker."]
    assert table_lines([["", "2019", "2020"], ["Oslo", "12", "13"]]) == ["Oslo; 2019: 12; 2020: 13."]
    assert table_lines([["Tram", "3"], ["Ferry", "7"]], 0) == ["Tram: 3.", "Ferry: 7."]


def cells(rows, open_row, close_row, open_cell, close_cell):
    return "".join(open_row + "".join(open_cell + c + close_cell for c in row) + close_row for row in rows)


def test_rows_of_tables_in_every_format(read):
    table = f"<table>{cells(ROWS, '<tr>', '</tr>', '<td>', '</td>')}</table>"
    page = read("a.html", make_page(f"<article><h1>Fares</h1><p>{SENTENCE}</p>{table}<p>{SENTENCE}</p></article>"))
    assert page.text.split("\n\n")[2:4] == LINES
    assert read("a.epub", make_epub({"a": f"<html><body>{table}</body></html>"})).text.split("\n\n") == LINES
    word = f"<w:tbl>{cells(ROWS, '<w:tr>', '</w:tr>', '<w:tc><w:p><w:r><w:t>', '</w:t></w:r></w:p></w:tc>')}</w:tbl>"
    assert read("a.docx", make_docx(word)).text.split("\n\n") == LINES
    rich = cells(ROWS, r"\trowd\intbl ", r"\row", "", r"\cell ")
    assert read("a.rtf", r"{\rtf1 " + rich + r"\pard After.\par}").text.split("\n\n") == [*LINES, "After."]
    for separator in ",;\t":
        assert (
            read("a.csv", cells(ROWS, "", "\n", "", separator).replace(f"{separator}\n", "\n")).text.split("\n\n")
            == LINES
        )
    sheet = cells(ROWS, "<row>", "</row>", '<c t="inlineStr"><is><t>', "</t></is></c>")
    assert read("a.xlsx", workbook(sheet)).text.split("\n\n") == LINES
    open_table = cells(ROWS, "<t:table-row>", "</t:table-row>", "<t:table-cell><x:p>", "</x:p></t:table-cell>")
    assert read("a.odt", open_document(f"<o:text><t:table>{open_table}</t:table></o:text>")).text.split("\n\n") == LINES
    slide = cells(ROWS, "<a:tr>", "</a:tr>", "<a:tc><a:txBody><a:p><a:r><a:t>", "</a:t></a:r></a:p></a:txBody></a:tc>")
    deck = presentation(f"<p:graphicFrame><a:tbl>{slide}</a:tbl></p:graphicFrame>")
    assert read("a.pptx", deck).text.split("\n\n") == LINES


def test_a_first_row_in_bold_names_the_columns(read):
    rows = [["Plant", "Place", "Bloom"], ["rose", "wall", "red"], ["iris", "pond", "blue"]]
    lines = ["Plant: rose; Place: wall; Bloom: red.", "Plant: iris; Place: pond; Bloom: blue."]
    first, rest = (
        cells(rows[:1], "<tr>", "</tr>", "<td><b>", "</b></td>"),
        cells(rows[1:], "<tr>", "</tr>", "<td>", "</td>"),
    )
    page = f"<article><p>{SENTENCE}</p><table>{first}{rest}</table><p>{SENTENCE}</p></article>"
    assert read("a.html", make_page(page)).text.split("\n\n")[1:3] == lines
    close = "</w:t></w:r></w:p></w:tc>"
    bold = cells(rows[:1], "<w:tr>", "</w:tr>", "<w:tc><w:p><w:r><w:rPr><w:b/></w:rPr><w:t>", close)
    usual = cells(rows[1:], "<w:tr>", "</w:tr>", "<w:tc><w:p><w:r><w:t>", close)
    assert read("a.docx", make_docx(f"<w:tbl>{bold}{usual}</w:tbl>")).text.split("\n\n") == lines


def test_merged_cells_stand_in_every_row_and_column(read):
    table = (
        "<table><tr><th rowspan=2>Line</th><th colspan=2>Fare</th></tr><tr><th>Adult</th><th>Child</th></tr>"
        "<tr><td rowspan=2>North</td><td>4</td><td>2</td></tr><tr><td>5</td><td>3</td></tr></table>"
    )
    text = read("a.html", make_page(f"<article><p>{SENTENCE}</p>{table}<p>{SENTENCE}</p></article>")).text
    assert "Line: North; Fare Adult: 4; Fare Child: 2.\n\nLine: North; Fare Adult: 5; Fare Child: 3." in text


def workbook(sheet, styles="", shared=""):
    return make_zip(
        {
            "_rels/.rels": f'<x><R Type="{OFFICE}" Target="xl/workbook.xml"/></x>',
            "xl/workbook.xml": f'<w xmlns:r="{RELATIONS}"><sheets><sheet name="One" r:id="r1"/></sheets></w>',
            "xl/_rels/workbook.xml.rels": '<x><R Id="r1" Target="worksheets/s.xml"/>'
            '<R Id="r2" Target="styles.xml"/></x>',
            "xl/worksheets/s.xml": f"<worksheet><sheetData>{sheet}</sheetData></worksheet>",
            "xl/styles.xml": f"<s>{styles}</s>",
        }
    )


def test_numbers_of_a_sheet_are_what_a_reader_sees(read):
    styles = (
        '<numFmts><numFmt numFmtId="170" formatCode="#,##0\\ [$€-407]"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="170"/></cellXfs>'
    )
    sheet = (
        '<row r="1"><c r="B1" t="inlineStr"><is><t>Day</t></is></c><c r="C1" t="inlineStr"><is><t>Share</t></is></c>'
        '<c r="D1" t="inlineStr"><is><t>Cost</t></is></c></row>'
        '<row r="2"><c r="B2" s="1"><v>45000</v></c><c r="C2" s="2"><v>0.07</v></c>'
        '<c r="D2" s="3"><v>1430.5</v></c></row>'
        '<row r="3"><c r="B3"><f>A1</f></c></row>'
    )
    document = read("a.xlsx", workbook(sheet, styles))
    assert document.text == "Day: 2023-03-15; Share: 7 %; Cost: 1430.5 €."
    assert document.left_out == ("1 cells with formulas whose values are not in the file",)
    assert document.sections[0].locator == "sheet One"


def open_document(body):
    spaces = 'xmlns:o="o" xmlns:t="t" xmlns:x="x" xmlns:d="d" xmlns:s="s"'
    return make_zip({"content.xml": f"<o:c {spaces}><o:body>{body}</o:body></o:c>"})


def presentation(shapes):
    return make_zip(
        {
            "_rels/.rels": f'<x><R Type="{OFFICE}" Target="ppt/presentation.xml"/></x>',
            "ppt/presentation.xml": f'<p xmlns:r="{RELATIONS}"><sldIdLst><sldId id="256" r:id="r1"/></sldIdLst></p>',
            "ppt/_rels/presentation.xml.rels": '<x><R Id="r1" Target="slides/slide1.xml"/></x>',
            "ppt/slides/slide1.xml": f'<p:s xmlns:p="p" xmlns:a="a">{shapes}</p:s>',
        }
    )


def test_slides_are_sections_and_slides_without_text_are_named(read):
    shape = "<p:sp><p:txBody><a:p><a:r><a:t>The mill of Orrel has 12 stones.</a:t></a:r></a:p></p:txBody></p:sp>"
    document = read("a.pptx", presentation(shape))
    assert (document.text, document.sections[0].locator) == ("The mill of Orrel has 12 stones.", "slide 1")


def test_an_open_document_with_notes_and_raised_digits(read):
    note = "<x:note><x:note-citation>1</x:note-citation><x:note-body><x:p>Said in 1402.</x:p></x:note-body></x:note>"
    body = f"<o:text><x:h>Mills</x:h><x:p>The mill has<x:s/>12 stones{note} of granite.</x:p></o:text>"
    document = read("a.odt", open_document(body))
    assert document.text == "Mills\n\nThe mill has 12 stones of granite.\n\nNote 1: Said in 1402."
    assert document.sections[0].locator == "Mills"


# --- what stands in a page beside its paragraphs ---------------------------------------------------------------------


def test_captions_and_boxes_of_a_page_are_read_in_their_places(read):
    page = (
        f"<article><h1>Talks end</h1><p>{PARAGRAPHS[0]}</p>"
        '<aside class="infobox"><h3>At a glance</h3><p>The hall has 340 seats.</p></aside>'
        '<figure><img src="x.jpg"><figcaption>Dr Ines Falk in the hall.</figcaption></figure>'
        f"<p>{PARAGRAPHS[1]}</p>"
        '<div class="related-stories"><ul><li><a href="/x">Another story altogether</a></li></ul></div>'
        f"<dl><dt>Opened</dt><dd>On 4 May 1931</dd></dl><p>{PARAGRAPHS[2]}</p></article>"
    )
    assert read("a.html", make_page(page)).text.split("\n\n") == [
        *(
            "Talks end",
            PARAGRAPHS[0],
            "At a glance",
            "The hall has 340 seats.",
            "Dr Ines Falk in the hall.",
            PARAGRAPHS[1],
        ),
        *("Opened: On 4 May 1931.", PARAGRAPHS[2]),
    ]


# --- gaps ------------------------------------------------------------------------------------------------------------

MATHS = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def test_formulas_stand_in_their_sentences(read):
    power = "<m:sSup><m:e><m:r><m:t>10</m:t></m:r></m:e><m:sup><m:r><m:t>4</m:t></m:r></m:sup></m:sSup>"
    body = (
        "<w:p><w:r><w:t>It weighs</w:t></w:r>"
        f'<m:oMath xmlns:m="{MATHS}"><m:r><m:t>3</m:t></m:r><m:r><m:t>·</m:t></m:r>{power}</m:oMath>'
        "<w:r><w:t>tonnes.</w:t></w:r></w:p>"
    )
    assert read("a.docx", make_docx(body)).text == "It weighs 3 · 10^4 tonnes."
    maths = "<p>It weighs <math><msup><mn>10</mn><mn>4</mn></msup></math> tonnes.</p>"
    assert "It weighs 10^4 tonnes." in read("a.html", make_page(f"<article>{maths}<p>{SENTENCE}</p></article>")).text


def test_fractions_and_roots():
    from lxml import etree

    formula = etree.fromstring(
        "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac><mo>=</mo><msqrt><mi>c</mi></msqrt></math>"
    )
    assert formula_text(formula) == "(a + b)/2 = √c"


def test_what_cannot_be_read_leaves_a_mark_and_is_told(read):
    body = "<w:p><w:r><w:t>The bridge is </w:t></w:r><w:r><w:object/></w:r><w:r><w:t> long.</w:t></w:r></w:p>"
    document = read("a.docx", make_docx(body))
    assert document.text == "The bridge is [formula or object not read] long."
    assert "1 places inside paragraphs" in document.left_out[0]
    fields = (
        '<w:p><w:r><w:t>Signed by </w:t></w:r><w:fldSimple w:instr="AUTHOR"/><w:r><w:t> in </w:t></w:r>'
        '<w:fldSimple w:instr="DATE"><w:r><w:t>May</w:t></w:r></w:fldSimple><w:r><w:t>.</w:t></w:r></w:p>'
    )
    assert read("a.docx", make_docx(fields)).text == "Signed by [field not read] in May."
    picture = r"{\rtf1 Before.\par {\pict\jpegblip\bin6 }}{\'}} After the picture.\par The end.}"
    assert read("a.rtf", picture).text == "Before.\n\nAfter the picture.\n\nThe end."


def test_notes_of_word_stand_behind_their_paragraphs(read):
    said = paragraph("Only nine, says Rolf.")
    note = f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:id="2">{said}</w:footnote></w:footnotes>'
    body = '<w:p><w:r><w:t>Ten ships came.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>' + paragraph(
        "End."
    )
    document = read("a.docx", make_docx(body, more={"word/footnotes.xml": note}))
    assert document.text == "Ten ships came.\n\nNote 1: Only nine, says Rolf.\n\nEnd."


def test_a_book_without_one_page_is_read_and_the_page_is_named(read):
    package = make_epub({"a": "<html><body><p>One.</p></body></html>", "b": "<html><body><p>Two.</p></body></html>"})
    import zipfile
    from io import BytesIO

    with zipfile.ZipFile(BytesIO(package)) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if not name.endswith("b.xhtml")}
    document = read("a.epub", make_zip(members))
    assert (document.text, document.left_out) == ("One.", ("pages that are missing from the file or damaged: b.xhtml",))


# --- e-mail ----------------------------------------------------------------------------------------------------------

HEAD = "From: Ann <a@b.example>\nSubject: Stones\n"
BOTH = HEAD + (
    "Content-Type: multipart/alternative; boundary=B\n\n--B\nContent-Type: text/plain\n\n{}\n--B\n"
    "Content-Type: text/html\n\n<p>The mill of Orrel has bought twelve new stones.</p>\n--B--\n"
)
MIXED = (
    HEAD + "Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/plain\n\nSee below.\n--B\n{}\n--B--\n"
)


@pytest.mark.parametrize("plain", ["", "   ", "See HTML."])
def test_a_blank_or_stub_plain_part_gives_way_to_the_page(read, plain):
    assert read("a.eml", BOTH.format(plain)).text == "The mill of Orrel has bought twelve new stones."


def test_attachments_are_read_or_named(read):
    attached = 'Content-Type: text/plain\nContent-Disposition: attachment; filename="r.txt"\n\nTwelve stones.'
    document = read("a.eml", MIXED.format(attached))
    assert document.text.split() == ["See", "below.", "Twelve", "stones."]
    assert [section.locator for section in document.sections] == ["attachment r.txt"]
    picture = 'Content-Type: image/png\nContent-Disposition: attachment; filename="p.png"\n\nxx'
    assert read("a.eml", MIXED.format(picture)).left_out == ("the attachment p.png",)
    forwarded = "Content-Type: message/rfc822\n\nFrom: Bo <b@b.example>\nSubject: Price\n\nIt costs 14 crowns.\n"
    document = read("a.eml", MIXED.format(forwarded))
    assert "It costs 14 crowns." in document.text
    assert document.sections[0].locator == "forwarded message: Bo <b@b.example>: Price"


def test_utf8_under_a_wrong_name_and_behind_a_mark(read):
    wrong = f"{HEAD}Content-Type: text/plain; charset=windows-1251\nContent-Transfer-Encoding: 8bit\n\nThe café.\n"
    assert read("a.eml", wrong).text == "The café.\n"
    assert read("a.eml", b"\xef\xbb\xbf" + wrong.encode()).declared.title == "Stones"
