"""E-mails to text: the letter, what is forwarded in it and attached to it, its subject, its day.

Knows the standard library's ``email``, and asks the other loaders about attachments. Does not know: signatures, or
which lines of a reply are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.errors import MessageError
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from qa import documents
from qa.documents import Extracted, LoadError, clean_title, iso_date, join_parts
from qa.documents.encodings import load_plain
from qa.documents.markup import blocks, parse_html, write_out
from qa.records import Metadata

if TYPE_CHECKING:
    from email.message import EmailMessage, MIMEPart

    Message = MIMEPart[Any, Any]

Part = tuple[str | None, str]

_MARK = b"\xef\xbb\xbf"
_ENOUGH_OF_THE_PAGE = 0.5
"""Share of the words of the HTML part that the plain part must have to be more than a stub."""
_DEEPEST = 5
_WORD = re.compile(r"\w+")
_PARAGRAPH = re.compile(r"\n[^\S\n]*\n")


def load_email(data: bytes) -> Extracted:
    """The text of an e-mail (its plain part, or its HTML part where that says more), forwarded messages, attachments.

    Raises:
        LoadError: it is not an e-mail, or has no text.
    """
    message: EmailMessage = message_from_bytes(data.removeprefix(_MARK), policy=policy.default)
    if not any(name in message for name in ("From", "Date", "Subject")):
        raise LoadError("is not an e-mail message", "give it the ending of what it is, such as .txt")
    declared = Metadata(
        title=clean_title(message["Subject"]), published=iso_date(str(message["Date"])), outlet=_newsletter(message)
    )
    reading = _Reading()
    parts = list(reading.parts(message, depth=0))
    if not parts and not reading.had_text:
        raise LoadError("is an e-mail without text", "; ".join(reading.left_out))
    return join_parts(parts, declared, reading.left_out)


def _newsletter(message: EmailMessage) -> str | None:
    """Who sent it, if it came through a mailing list: otherwise the sender is a person, not an outlet."""
    if "List-Id" not in message and "List-Unsubscribe" not in message:
        return None
    addresses = message["From"].addresses if "From" in message else ()
    name = addresses[0].display_name.strip() if addresses else ""
    return name if name and "@" not in name else None


class _Reading:
    """One e-mail with all that is in it; ``left_out`` names what was not read."""

    def __init__(self) -> None:
        self.left_out: list[str] = []
        self.had_text = False

    def parts(self, message: Message, *, depth: int) -> Iterator[Part]:
        """The letter, then what is attached to it, in order."""
        plain, page = message.get_body(("plain",)), message.get_body(("html",))
        self.had_text |= plain is not None or page is not None
        yield from _letter(_text(plain), _page(page))
        bodies = [body for body in (plain, page) if body is not None]
        for part in _further(message, bodies):
            yield from self._attached(part, depth)

    def _attached(self, part: Message, depth: int) -> Iterator[Part]:
        name = part.get_filename() or ""
        if part.get_content_type() == "message/rfc822":
            inner = next(iter(part.iter_parts()), None)
            if inner is not None and depth < _DEEPEST:
                said = [" ".join(str(inner[name]).split()) for name in ("From", "Subject") if inner[name]]
                yield from _under(": ".join(["forwarded message", *said]), self.parts(inner, depth=depth + 1))
                return
            name = name or "a forwarded message"
        ending = PurePath(name).suffix.lower()
        if not ending:
            ending = {"text/plain": ".txt", "text/html": ".html"}.get(part.get_content_type(), "")
        loader = documents.LOADERS.get(ending)
        what = name or f"a part of the type {part.get_content_type()}"
        if loader is None or (ending == ".eml" and depth >= _DEEPEST):
            self.left_out.append(f"the attachment {what}")
            return
        try:
            read = loader(_bytes(part))
        except LoadError as error:
            self.left_out.append(f"the attachment {what}, which {error.reason}")
            return
        except Exception as error:  # noqa: BLE001 - bytes from anywhere fail in every way there is
            self.left_out.append(f"the attachment {what}, which cannot be read ({type(error).__name__})")
            return
        self.left_out += [f"in the attachment {what}: {each}" for each in read.left_out]
        if read.text.strip():
            self.had_text = True
            yield from _under(f"attachment {name}" if name else None, _paragraphs(read.text))


def _under(locator: str | None, parts: Iterator[Part]) -> Iterator[Part]:
    """The parts, the first of them in a section of its own."""
    for index, (own, text) in enumerate(parts):
        yield (own or locator) if index == 0 else own, text


def _letter(plain: str, page: str) -> Iterator[Part]:
    """The plain text of a letter, unless that is blank or a stub beside its HTML."""
    words, on_page = len(_WORD.findall(plain)), len(_WORD.findall(page))
    chosen = plain if words and words >= _ENOUGH_OF_THE_PAGE * on_page else page
    if chosen.strip():
        yield None, chosen


def _paragraphs(text: str) -> Iterator[Part]:
    return ((None, paragraph) for paragraph in _PARAGRAPH.split(text) if paragraph.strip())


def _further(message: Message, bodies: list[Message]) -> Iterator[Message]:
    """The parts beside the letter, without the pictures that belong into it."""
    if not message.is_multipart():
        if not bodies and message.get_content_maintype() != "multipart":
            yield message
        return
    for part in message.iter_parts():
        if any(part is body for body in bodies):
            continue
        kind = part.get_content_type()
        if part.is_multipart() and kind != "message/rfc822":
            yield from _further(part, bodies)
        elif part.get("Content-ID") and part.get_content_maintype() == "image" and not part.is_attachment():
            continue
        elif (
            kind not in ("text/plain", "text/html")
            or part.get_filename()
            or message.get_content_subtype() != "alternative"
        ):
            yield part


def _bytes(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _text(part: Message | None) -> str:
    """The text of a part: as UTF-8 where its bytes are that, whatever is said of them, because nothing else ever is."""
    if part is None:
        return ""
    data = _bytes(part).removeprefix(_MARK)
    try:
        return _unfolded(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    try:
        return _unfolded(data.decode(part.get_content_charset("ascii")))
    except (LookupError, UnicodeDecodeError, MessageError):
        pass
    try:
        return _unfolded(load_plain(data).text)
    except LoadError:
        return _unfolded(data.decode("utf-8", "replace"))


def _unfolded(text: str) -> str:
    return text.replace("\r\n", "\n")


def _page(part: Message | None) -> str:
    """The text of an HTML part, whole: around a letter there is no page."""
    tree = parse_html(_text(part)) if part is not None else None
    if tree is None:
        return ""
    write_out(tree)
    return "\n\n".join(text for _, _, text in blocks(tree.body))
