"""E-mails to text: the letter, its subject, its day.

Knows the standard library's ``email``. Does not know: attachments, which are not read.
"""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from qa.documents import Extracted, LoadError, clean_title, iso_date, join_parts
from qa.documents.html import load_html
from qa.records import Metadata

if TYPE_CHECKING:
    from email.message import EmailMessage


def load_email(data: bytes) -> Extracted:
    """The text of an e-mail (its plain part, or else its HTML part), its subject and date.

    Raises:
        LoadError: it is not an e-mail, or has no text.
    """
    message: EmailMessage = message_from_bytes(data, policy=policy.default)
    if not any(name in message for name in ("From", "Date", "Subject")):
        raise LoadError("is not an e-mail message", "give it the ending of what it is, such as .txt")
    declared = Metadata(
        title=clean_title(message["Subject"]), published=iso_date(str(message["Date"])), outlet=_newsletter(message)
    )
    body = message.get_body(("plain", "html"))
    if body is None:
        raise LoadError("is an e-mail without text")
    if body.get_content_subtype() == "html":
        page = load_html(body.get_content().encode("utf-8", "replace"))
        return Extracted(page.text, page.sections, declared)
    return join_parts([(None, body.get_content())], declared)


def _newsletter(message: EmailMessage) -> str | None:
    """Who sent it, if it came through a mailing list: otherwise the sender is a person, not an outlet."""
    if "List-Id" not in message and "List-Unsubscribe" not in message:
        return None
    addresses = message["From"].addresses if "From" in message else ()
    name = addresses[0].display_name.strip() if addresses else ""
    return name if name and "@" not in name else None
