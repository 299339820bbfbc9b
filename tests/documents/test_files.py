"""Loading: what paths mean, what each format gives, and that a file that cannot be read is named with its reason."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import socket
import struct
import tracemalloc
import unicodedata
import warnings
from importlib.metadata import EntryPoint

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from make_files import make_docx, make_epub, make_page, make_pdf, make_zip, paragraph
from qa import documents
from qa.documents import archive, files
from qa.documents.encodings import load_plain
from qa.documents.files import FoundFile, LoadError, file_digest, find_files, load_file

LIMIT = 5_000_000
SENTENCE = "The ministers met in the capital on Monday and agreed to meet again in the spring of next year. "


@pytest.fixture
def read(tmp_path):
    """Write the bytes under a name, and load the file."""

    def write_and_load(name, content, max_bytes=LIMIT):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_file(FoundFile(name, path), max_bytes=max_bytes)

    return write_and_load


@pytest.fixture
def refused(read):
    """As ``read``, but the file must be refused; gives the reason."""

    def reason(name, content, **options):
        with pytest.raises(LoadError) as caught:
            read(name, content, **options)
        return caught.value.reason

    return reason


def put(folder, *names, content="text"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def sources(found):
    return [file.source for file in found.files]


# --- what paths mean ---------------------------------------------------------------------------------------------


def test_folders_files_and_globs_give_sources_as_the_user_wrote_them(tmp_path):
    put(tmp_path, "seeds/b.txt", "seeds/sub/a.md", "other/c.txt", "d.TXT")
    found = find_files(["./seeds/", "other/*.txt", "d.TXT", str(tmp_path / "other")], root=tmp_path)
    assert sources(found) == ["d.TXT", "other/c.txt", "seeds/b.txt", "seeds/sub/a.md"]
    assert all(file.path.is_absolute() and file.path.is_file() for file in found.files)
    assert (found.failures, found.missing, found.skipped) == ((), (), ())
    absolute = find_files([str(tmp_path / "other")], root=tmp_path / "seeds")
    assert sources(absolute) == [f"{tmp_path}/other/c.txt"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["a.txt"]),
        ("**/*.txt", ["a.txt", "x/b.txt", "x/y/c.txt"]),
        ("x/**", ["x/b.txt", "x/y/c.txt", "x/y/d.md"]),
        ("**/y/*", ["x/y/c.txt", "x/y/d.md"]),
        ("x/*", ["x/b.txt", "x/y/c.txt", "x/y/d.md"]),  # a folder that matches stands for what is in it
        ("**/**/[cd].*", ["x/y/c.txt", "x/y/d.md"]),
        (".h*/*", [".hidden/e.txt"]),
    ],
)
def test_patterns(tmp_path, pattern, expected):
    put(tmp_path, "a.txt", "x/b.txt", "x/y/c.txt", "x/y/d.md", ".hidden/e.txt")
    assert sources(find_files([pattern], root=tmp_path)) == expected


def test_a_file_whose_name_looks_like_a_pattern_is_itself(tmp_path):
    put(tmp_path, "a[1].txt", "a1.txt")
    assert sources(find_files(["a[1].txt"], root=tmp_path)) == ["a[1].txt"]


def test_hidden_files_are_found_only_when_named(tmp_path):
    put(tmp_path, "x/.a.txt", "x/.git/b.txt", "x/c.txt")
    assert sources(find_files(["x", "**/*.txt"], root=tmp_path)) == ["x/c.txt"]
    assert sources(find_files(["x/.a.txt", "x/.git"], root=tmp_path)) == ["x/.a.txt", "x/.git/b.txt"]


def test_unsupported_files_are_skipped_in_folders_and_refused_when_named(tmp_path):
    put(tmp_path, "x/a.txt", "x/b.png", "x/Makefile")
    assert find_files(["x", "x/*.png"], root=tmp_path).skipped == ("x/Makefile", "x/b.png")
    (failure,) = find_files(["x/b.png"], root=tmp_path).failures
    assert failure.source == "x/b.png"
    assert ".png" in failure.reason
    assert ".docx" in failure.reason


def test_what_matches_nothing_is_missing(tmp_path):
    (tmp_path / "empty").mkdir()
    found = find_files(["nowhere.txt", "no/*.txt", "", "nul\0byte", "empty"], root=tmp_path)
    assert found.missing == ("nowhere.txt", "no/*.txt", "", "nul\0byte")


def test_links_in_circles_end_and_a_file_is_listed_once_under_its_own_name(tmp_path):
    put(tmp_path, "x/real/a.txt")
    for number in range(8):  # folders that all link to each other: 8! ways around
        folder = tmp_path / "x" / f"loop{number}"
        folder.mkdir()
        for other in range(8):
            (folder / f"to{other}").symlink_to(tmp_path / "x" / f"loop{other}")
    (tmp_path / "x" / "self").symlink_to(tmp_path / "x")
    (tmp_path / "x" / "also.txt").symlink_to("real/a.txt")
    (tmp_path / "link").symlink_to("x")
    for paths in (["x"], ["link", "x"], ["x/also.txt", "x"], ["**/*.txt"], ["x/real/a.txt", "x/**/a.txt"]):
        assert sources(find_files(paths, root=tmp_path)) == ["x/real/a.txt"], paths
    assert sources(find_files(["link"], root=tmp_path)) == ["link/real/a.txt"]


def test_what_is_not_a_regular_file_is_a_failure_and_nothing_hangs(tmp_path):
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "gone.txt").symlink_to("nowhere")
    (tmp_path / "turn.txt").symlink_to("turn.txt")
    put(tmp_path, "folder.txt/a.txt")
    found = find_files(["."], root=tmp_path)
    assert sources(found) == ["folder.txt/a.txt"]
    assert [failure.source for failure in found.failures] == ["gone.txt", "pipe.txt", "turn.txt"]
    for path in (tmp_path / "pipe.txt", tmp_path / "folder.txt", tmp_path / "gone.txt"):
        with pytest.raises(LoadError):
            load_file(FoundFile("x", path), max_bytes=LIMIT)
        with pytest.raises(LoadError):
            file_digest(path)


def test_a_folder_that_cannot_be_opened_is_a_failure(tmp_path, monkeypatch):
    put(tmp_path, "x/closed/a.txt", "x/b.txt")
    really = os.listdir

    def listdir(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return really(path)

    monkeypatch.setattr(os, "listdir", listdir)
    found = find_files(["x"], root=tmp_path)
    assert sources(found) == ["x/b.txt"]
    assert [(f.source, f.reason) for f in found.failures] == [("x/closed", "cannot be opened: permission denied")]


def test_odd_names_work_and_names_that_json_cannot_hold_are_failures(tmp_path):
    names = ["with space.txt", "new\nline.txt", "статья.txt", "記事 🗞.txt"]
    put(tmp_path, *names)
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text("text")
    found = find_files(["."], root=tmp_path)
    assert sources(found) == sorted(names)
    assert [load_file(file, max_bytes=LIMIT).text for file in found.files] == ["text"] * 4
    (failure,) = found.failures
    assert failure.source == "caf\\xe9.txt"
    assert "rename" in failure.reason
    json.dumps([failure.source, *sources(found)], ensure_ascii=False).encode()


def test_a_name_from_a_mac_is_found_as_it_is_typed(tmp_path):
    name = unicodedata.normalize("NFD", "Müller.txt")
    put(tmp_path, f"x/{name}")
    assert sources(find_files(["x/Müller.txt"], root=tmp_path)) == [f"x/{name}"]
    assert sources(find_files(["x/Mü*"], root=tmp_path)) == [f"x/{name}"]


# --- reading ---------------------------------------------------------------------------------------------------------


def test_the_digest_is_of_the_bytes_that_were_parsed(read, tmp_path):
    document = read("a.txt", b"one\r\ntwo")
    assert document.sha256 == hashlib.sha256(b"one\r\ntwo").hexdigest() == file_digest(tmp_path / "a.txt")


def test_a_file_is_read_once(read, monkeypatch):
    opened = []
    really = os.open
    monkeypatch.setattr(os, "open", lambda path, *rest: opened.append(str(path)) or really(path, *rest))
    read("a.pdf", make_pdf([[SENTENCE]]))
    assert len([path for path in opened if path.endswith("a.pdf")]) == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(13, "Permission denied"), "permission denied"),
        (FileNotFoundError(2, "No such file"), "disappeared"),
        (OSError(5, "Input/output error"), "input/output error"),
    ],
)
def test_a_file_that_cannot_be_opened(tmp_path, monkeypatch, error, words):
    def fail(*_args):
        raise error

    (tmp_path / "b.txt").write_text("text")
    monkeypatch.setattr(files.os, "open", fail)
    with pytest.raises(LoadError, match=words):
        load_file(FoundFile("b.txt", tmp_path / "b.txt"), max_bytes=LIMIT)


def test_a_file_that_breaks_off_while_it_is_read(tmp_path, monkeypatch):
    class Breaking:
        def __init__(self, path, *_mode):
            self._path = path

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            os.close(self._path)

        def fileno(self):
            return self._path

        def read(self, _size):
            raise OSError(116, "Stale file handle")

    (tmp_path / "a.txt").write_text("text")
    monkeypatch.setattr(files, "open", Breaking, raising=False)
    with pytest.raises(LoadError, match="stale file handle"):
        load_file(FoundFile("a.txt", tmp_path / "a.txt"), max_bytes=LIMIT)


def test_a_file_over_the_limit_is_refused_and_one_at_the_limit_is_read(read, refused):
    assert len(read("a.txt", "x" * 1000, max_bytes=1000).text) == 1000
    assert "too large" in refused("a.txt", "x" * 1001, max_bytes=1000)


def test_one_very_long_line(read):
    line = "Größe " * 400_000
    document = read("a.txt", line)
    assert document.text == line
    assert document.verbatim


# --- plain text ------------------------------------------------------------------------------------------------------


@given(st.text(min_size=1))
def test_utf8_text_is_the_file_itself(text):
    data = text.encode()
    if "\0" in text or sum(ord(c) < 32 or ord(c) == 127 for c in text):
        return
    assert load_plain(data).text == data.decode("utf-8")
    assert load_plain(data).verbatim


def test_marks_and_line_ends_stay(read):
    document = read("a.txt", b"\xef\xbb\xbfone\r\ntwo\rthree\x0c\xe2\x80\xa8four\n")
    assert document.text == "\ufeffone\r\ntwo\rthree\x0c\u2028four\n"
    assert (document.verbatim, document.format, document.sections) == (True, "txt", ())
    assert read("a.markdown", "# A *title*").format == "md"


@pytest.mark.parametrize("content", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"\xff\xfe \x00"])
def test_empty(refused, content):
    assert refused("a.txt", content) == "is empty"


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0",
        bytes(range(1, 256)) * 9,
        b"a\0b",
        "hidden".encode("utf-16-le"),
        b"\x01\x02ab" * 9,
    ],
)
def test_binary(refused, content):
    assert "looks binary" in refused("a.txt", content)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (
            "Der Präsident erklärte, die Gespräche über Öl führten zu nichts. Größere Änderungen gebe es nicht. ",
            "cp1252",
        ),
        ("The talks went “well” — the café stayed open, and officials at the ministry said so on Tuesday. ", "cp1252"),
        ("A single accent in a long text: the café was open, and the minister had said that it would be. ", "cp1252"),
        ("Президент заявил во вторник, что переговоры прошли хорошо. Министр отказался комментировать. ", "cp1251"),
        ("Президент заявил во вторник, что переговоры прошли хорошо. Министр отказался комментировать. ", "koi8-r"),
        ("大統領は火曜日に会談が成功したと述べた。外務大臣はコメントを控えた。記者会見は午後に行われる。", "shift_jis"),
        ("总统星期二表示，会谈进行得很顺利。外交部长拒绝发表评论。记者招待会将于下午举行。", "gb18030"),
        ("Any text at all: Größe, статья, 記事.", "utf-16"),
        ("Any text at all: Größe, статья, 記事.", "utf-32"),
    ],
)
def test_other_encodings_are_recognised_and_are_not_verbatim(read, text, encoding):
    document = read("a.txt", (text * 3).encode(encoding))
    assert document.text == text * 3
    assert not document.verbatim


POLISH = "Prezydent powiedział we wtorek, że rozmowy były udane, twierdząc że środki są łącznie wystarczające. "
CZECH = "Prezident v úterý řekl, že jednání proběhla dobře. Ministr zahraničí se odmítl vyjádřit k této záležitosti. "
ENGLISH = "A single accent in a long text: the café was open, and the minister had said that it would be. "


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        *((POLISH, encoding) for encoding in ("cp1250", "iso8859-2")),
        *((CZECH, encoding) for encoding in ("cp1250", "iso8859-2", "cp852")),
        *((ENGLISH, encoding) for encoding in ("mac_roman", "cp850")),
    ],
)
def test_an_encoding_is_never_guessed_wrongly(read, text, encoding):
    """A wrong letter in a quotation is worse than a file that asks to be saved as UTF-8."""
    try:
        assert read("a.txt", (text * 3).encode(encoding)).text == text * 3
    except LoadError as error:
        assert "save it as UTF-8" in error.reason  # noqa: PT017 - refusing is as good


def test_a_mixture_names_the_first_bad_byte(refused):
    content = "Größe über alles. ".encode() + "später".encode("cp1252")
    assert f"byte {content.index(0xE4)} (0xe4)" in refused("a.txt", content)


def test_damaged_utf16(refused):
    assert "UTF-16" in refused("a.txt", b"\xff\xfea\x00b")


# --- web pages -------------------------------------------------------------------------------------------------------

PARAGRAPHS = [SENTENCE.replace("capital", place).strip() for place in ("capital", "palace", "harbour", "old town")]
ARTICLE = (
    "<article><h1>Talks end</h1>"
    + "".join(f"<p>{text}</p>" for text in PARAGRAPHS[:3])
    + f"<h2>What next</h2><p>{PARAGRAPHS[3]}</p></article>"
)
MENU = '<nav><ul><li><a href="/">Home</a></li><li><a href="/a">About us</a></li></ul></nav>'


def test_a_page_gives_its_article_and_nothing_around_it(read):
    head = '<title>Talks end - The Post</title><meta property="og:site_name" content="The Post">'
    comments = f'<div id="comments" class="comments"><p>I disagree. {SENTENCE}</p></div>'
    document = read("a.html", make_page(MENU + ARTICLE + comments + "<footer>Copyright 2021</footer>", head))
    assert document.text.split("\n\n") == ["Talks end", *PARAGRAPHS[:3], "What next", PARAGRAPHS[3]]
    assert [(s.locator, document.text[s.start :][: len(s.locator)]) for s in document.sections] == [
        ("Talks end", "Talks end"),
        ("What next", "What next"),
    ]
    assert (document.declared.title, document.declared.outlet, document.declared.language) == (
        "Talks end",
        "The Post",
        "en",
    )
    assert document.declared.published is None
    assert not document.verbatim


GRAPH = (
    '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "datePublished": "2001-01-01"},'
    ' {"@type": ["NewsArticle"], "datePublished": "2023-09-17"}]}</script>'
)


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ('<meta property="article:published_time" content="2023-09-17T23:30:00-05:00">', "2023-09-17"),
        ('<meta name="DC.date.issued" content="2023/09/17">', "2023-09-17"),
        ('<meta name="pubdate" content="Sun, 17 Sep 2023 10:00:00 GMT">', "2023-09-17"),
        (GRAPH, "2023-09-17"),
        ('<meta name="date" content="2023-13-45"><script type="application/ld+json">{"broken</script>', None),
        ('<meta property="article:modified_time" content="2023-09-17">', None),
    ],
)
def test_only_a_declared_date_of_publication_counts(read, head, published):
    """Crawl dates, copyright years and dates in the text are everywhere on saved pages."""
    noise = (
        '<p>Retrieved 2021-05-12 10:00:00</p><time datetime="2020-02-02">2 February 2020</time><footer>© 2019</footer>'
    )
    page = make_page(noise + ARTICLE, head + '<link rel="canonical" href="https://post.example/2018/03/04/talks">')
    assert read("a.htm", page).declared.published == published


@pytest.mark.parametrize("content", [make_page(MENU), "<!-- nothing -->", make_page("", "<title>A title.</title>")])
def test_a_page_without_an_article(refused, content):
    assert "text" in refused("a.html", content)


def test_a_page_laid_out_as_a_table(read):
    page = make_page(f"<table><tr><td><p>{SENTENCE}</p><p>{SENTENCE}</p></td></tr></table>")
    assert read("a.html", page).text == f"{SENTENCE.strip()}\n\n{SENTENCE.strip()}"


@pytest.mark.parametrize(
    "content",
    [
        make_page(ARTICLE.replace("capital", "Köln"), '<meta charset="utf-8">').encode(),
        make_page(ARTICLE.replace("capital", "Köln"), '<meta charset="iso-8859-1">').encode(),  # declared wrongly
        make_page(ARTICLE.replace("capital", "Köln"), '<meta charset="ISO-8859-1">').encode("cp1252"),
        make_page(ARTICLE.replace("capital", "Köln")).encode("utf-16"),
        ('<?xml version="1.0" encoding="windows-1252"?>' + make_page(ARTICLE.replace("capital", "Köln"))).encode(
            "cp1252"
        ),
    ],
)
def test_the_encoding_of_a_page(read, content):
    assert "met in the Köln on" in read("a.xhtml", content).text


def test_nothing_is_fetched(read, refused, monkeypatch):
    def no_network(*_args, **_options):
        raise AssertionError("a parser opened a connection")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    refused("address.html", "http://example.org/an-address-that-htmldate-would-open")
    entity = '<!DOCTYPE w [<!ENTITY e SYSTEM "http://example.org/x">]>'
    read("a.docx", make_docx(paragraph("seen") + "<w:p><w:r><w:t>&e;</w:t></w:r></w:p>", prolog=entity))
    read("a.html", '<!DOCTYPE html SYSTEM "http://example.org/x.dtd">' + make_page(ARTICLE))


# --- PDF, RTF, e-mail ------------------------------------------------------------------------------------------------


def test_pdf_pages_are_sections(read):
    document = read(
        "a.pdf", make_pdf([["A line that ends with a hyphen-", "ated word."], [], ["Third."]], "A Title", "de-DE")
    )
    assert "hyphen-\nated" in document.text
    assert [section.locator for section in document.sections] == ["page 1", "page 2", "page 3"]
    assert document.text[document.sections[2].start :].strip() == "Third."
    assert (document.declared.title, document.declared.language, document.declared.published) == ("A Title", "de", None)


def test_pdf_that_cannot_be_read(read, refused):
    from reportlab.lib.pdfencrypt import StandardEncryption

    assert (
        refused("a.pdf", make_pdf([["x"]], encrypt=StandardEncryption("secret"))) == "is encrypted; remove the password"
    )
    assert (
        read("a.pdf", make_pdf([["open to all"]], encrypt=StandardEncryption("", "owner"))).text.strip()
        == "open to all"
    )
    assert "OCR" in refused("a.pdf", make_pdf([[], []]))
    assert "PdfStreamError" in refused("a.pdf", make_pdf([[SENTENCE]])[:400])
    assert "cannot be read as pdf" in refused("a.pdf", "this is not a PDF")


@pytest.mark.parametrize("title", ["untitled", "Microsoft Word - draft 3", "report_final.docx", "  "])
def test_titles_that_programs_make_up_are_not_titles(read, title):
    assert read("a.pdf", make_pdf([[SENTENCE]], title)).declared.title is None


def test_rtf(read, refused):
    rtf = r"{\rtf1\ansi\ansicpg1252{\info{\title X}}Gr\'fc\'dfe \u-10179?\u-8704? \u-10179?end\par Second.}"
    assert read("a.rtf", rtf).text == "Grüße 😀 \ufffdend\n\nSecond."
    assert "not RTF" in refused("a.rtf", "plain text")


def test_rtf_with_many_links_is_read_before_the_sun_burns_out(read):
    link = r'{\field{\*\fldinst{ HYPERLINK "https://a.example/" }}{\fldrslt{ here}}} '
    assert read("a.rtf", "{\\rtf1 " + link * 3000 + "}").text.split() == ["here"] * 3000


def test_email(read, refused):
    head = (
        "From: The Brief <a@b.example>\nDate: Tue, 19 Sep 2023 23:30:00 -0500\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n"
    )
    document = read("a.eml", f"{head}List-Id: <x>\n\nHello\nthere.\n")
    assert document.text == "Hello\nthere.\n"
    assert (document.declared.title, document.declared.published) == ("Grüße", "2023-09-19")
    assert document.declared.outlet == "The Brief"
    assert read("a.eml", f"{head}\nHello\n").declared.outlet is None, "without a list, the sender is a person"
    both = (
        f"{head}Content-Type: multipart/alternative; boundary=B\n\n--B\nContent-Type: text/html\n\n<p>HTML.</p>\n"
        "--B\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\nR3LDvMOfZQ==\n--B--\n"
    )
    assert read("a.eml", both).text == "Grüße"
    assert read("a.eml", f"{head}Content-Type: text/html\n\n<p>{SENTENCE}</p>").text == SENTENCE.strip()
    assert "not an e-mail" in refused("a.eml", "just some text\n")
    assert "without text" in refused("a.eml", f"{head}Content-Type: image/png\n\nxx")
    assert "no text" in refused("a.eml", f"{head}\n \n")


# --- DOCX and EPUB ---------------------------------------------------------------------------------------------------


def test_docx_paragraphs_and_headings(read):
    marks = "<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t></w:r>"
    changes = (
        "<w:del><w:r><w:t>gone</w:t></w:r></w:del><w:moveFrom><w:r><w:t>left</w:t></w:r></w:moveFrom>"
        "<w:ins><w:r><w:t>new</w:t></w:r></w:ins>"
    )
    boxed = f"<w:txbxContent>{paragraph('boxed')}</w:txbxContent>"
    box = (
        f'<w:r><m:AlternateContent xmlns:m="x"><m:Choice>{boxed}</m:Choice><m:Fallback>{boxed}</m:Fallback>'
        "</m:AlternateContent><w:t>around</w:t></w:r>"
    )
    cell = f"<w:tbl><w:tr><w:tc>{paragraph('cell')}</w:tc></w:tr></w:tbl>"
    body = paragraph("First.", "Standard") + paragraph("Teil eins", "berschrift1") + paragraph("Two  spaces & more.")
    document = read("a.docx", make_docx(body + paragraph(marks) + paragraph(changes) + paragraph(box) + cell, "T"))
    assert document.text.split("\n\n") == [
        *("First.", "Teil eins", "Two  spaces & more.", "a\tb\nc", "new", "around", "boxed", "cell")
    ]
    (section,) = document.sections
    assert (section.locator, section.start) == ("Teil eins", document.text.index("Teil eins"))
    assert document.declared.title == "T"


def test_epub_chapters_come_in_reading_order(read):
    chapters = {
        "z": "<?xml version='1.0'?><html><head><title/></head><body><h1>One <i>of</i><br/>two</h1>"
        "<p>Text&nbsp;here,\n wrapped.<script src='x'/></p><p>More.</p></body></html>",
        "b": "<html><body><div/></body></html>",
        "a": "<html><body>Bare <b>text</b>.<p>No heading.</p></body></html>",
    }
    document = read("a.epub", make_epub(chapters))
    assert document.text == "One of two\n\nText here, wrapped.\n\nMore.\n\nBare text.\n\nNo heading."
    assert [section.locator for section in document.sections] == ["One of two", "chapter 2"]
    assert document.text[document.sections[1].start :].startswith("Bare text.")
    assert (document.declared.title, document.declared.language) == ("The Book", "en")


@pytest.mark.parametrize("name", ["a.docx", "a.epub"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(refused, name):
    bomb = make_zip({"word/document.xml": b"\0" * 30_000_000})
    assert len(bomb) < 100_000
    assert "zip bomb" in refused(name, bomb)


def test_a_zip_bomb_with_a_false_directory_does_not_unpack(refused):
    bomb = bytearray(make_docx("<!--" + " " * 30_000_000 + "-->"))
    name = bomb.rindex(b"word/document.xml")  # in the directory, 22 bytes after the size that the member claims to have
    struct.pack_into("<I", bomb, name - 22, 100)
    tracemalloc.start()
    assert "cannot be read as docx" in refused("a.docx", bytes(bomb))
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()


def test_the_members_of_an_archive_share_one_limit(read, refused, monkeypatch):
    chapter = f"<html><body><p>{SENTENCE * 10}</p></body></html>"
    monkeypatch.setattr(archive, "_MAX_READ_BYTES", 3000)
    assert read("a.epub", make_epub({"a": chapter})).text
    assert "zip bomb" in refused("a.epub", make_epub({"a": chapter, "b": chapter, "c": chapter}))


def test_damaged_archives(refused):
    whole = make_docx(paragraph(SENTENCE * 20))
    assert "not a complete .docx" in refused("a.docx", whole[:-40])
    assert "not a complete .epub" in refused("a.epub", "plain text")
    assert "has no _rels/.rels" in refused("a.docx", make_zip({"x": "y"}))
    assert "has no META-INF" in refused("a.epub", make_zip({"x": "y"}))
    assert "cannot be read as docx" in refused("a.docx", make_docx("<w:p>"))
    assert "no text" in refused("a.docx", make_docx(""))
    assert "encrypted, or an old format" in refused("a.docx", bytes.fromhex("d0cf11e0a1b11ae1") + bytes(100))


def test_locked_archives(refused):
    chapter = {"a": f"<html><body><p>{SENTENCE}</p></body></html>"}
    rights = '<encryption><CipherReference URI="OEBPS/a.xhtml"/></encryption>'
    assert "encrypted" in refused("a.epub", make_epub(chapter, {"META-INF/encryption.xml": rights}))
    flagged = bytearray(make_docx(paragraph("x")))
    for at in (flagged.index(b"PK\x03\x04") + 6, flagged.index(b"PK\x01\x02") + 8):
        flagged[at] |= 1
    assert refused("a.docx", bytes(flagged)) == "is encrypted; remove the password"


def test_entities_are_neither_read_nor_multiplied(read, refused):
    secret = '<!DOCTYPE w [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    assert "no text" in refused("a.docx", make_docx("<w:p><w:r><w:t>&e;</w:t></w:r></w:p>", prolog=secret))
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    laughs = f'<!DOCTYPE w [<!ENTITY l0 "ha">{levels}]>'
    body = paragraph("seen") + "<w:p><w:r><w:t>&l11;</w:t></w:r></w:p>"
    try:
        text = read("a.docx", make_docx(body, prolog=laughs)).text
    except LoadError:  # newer versions of libxml2 refuse such a file
        text = ""
    assert "haha" not in text


# --- parsers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [ValueError("bad\nthing"), RecursionError(), MemoryError(), KeyError("x")])
def test_whatever_a_parser_raises_is_a_reason(refused, monkeypatch, error):
    def parser(_data):
        raise error

    monkeypatch.setitem(files.LOADERS, ".pdf", parser)
    reason = refused("a.pdf", "x")
    assert reason.startswith(f"cannot be read as pdf ({type(error).__name__}")
    assert "\n" not in reason


def test_parsers_are_silent(read, monkeypatch, capfd):
    def noisy(data):
        logging.getLogger("pypdf._reader").error("noise")
        logging.getLogger("trafilatura.core").error("noise")
        warnings.warn("noise", stacklevel=1)
        return really(data)

    really = files.LOADERS[".rtf"]
    monkeypatch.setitem(files.LOADERS, ".rtf", noisy)
    stderr = logging.StreamHandler()
    logging.getLogger().addHandler(stderr)
    try:
        read("a.rtf", r"{\rtf1 text}")
    finally:
        logging.getLogger().removeHandler(stderr)
    assert capfd.readouterr().err == ""
    assert logging.getLogger("pypdf").level == logging.NOTSET, "silence ends with the file"


def test_an_installed_package_adds_a_loader_but_replaces_none():
    points = [
        EntryPoint("wpd", "tarfile:open", "article_qa.loaders"),
        EntryPoint(".PDF", "tarfile:open", "article_qa.loaders"),
    ]
    assert set(documents._installed(points)) == {".wpd"}


def test_a_loader_that_cannot_be_imported_is_a_reason(refused, monkeypatch):
    monkeypatch.setitem(files.LOADERS, ".odt", documents._lazy("no_such_package:load"))
    assert "no_such_package" in refused("a.odt", "x")


@settings(deadline=None)  # the first of a format imports its parser
@given(
    st.binary(max_size=300),
    st.sampled_from([".html", ".docx", ".epub", ".eml", ".rtf", ".txt", ".csv", ".xlsx", ".pptx", ".odt", ".pdf"]),
)
def test_any_bytes_give_a_document_that_can_be_stored_or_a_reason(tmp_path_factory, data, ending):
    path = tmp_path_factory.getbasetemp() / f"any{ending}"
    path.write_bytes({".rtf": b"{\\rtf1 ", ".eml": b"Subject: x\n\n"}.get(ending, b"") + data)
    try:
        document = load_file(FoundFile("any", path), max_bytes=LIMIT)
    except LoadError:
        return
    document.text.encode()
    json.dumps([document.declared.title, document.declared.outlet], ensure_ascii=False).encode()
    assert "\0" not in document.text
    assert all(0 <= section.start <= len(document.text) for section in document.sections)
