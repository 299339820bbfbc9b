"""Zip archives of XML, as DOCX, EPUB, XLSX, PPTX and OpenDocument files are, read in a bounded way.

A zip bomb costs nothing, and XML never resolves an entity or fetches anything. Does not know: what any member means.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import IO, TYPE_CHECKING
from urllib.parse import unquote

from qa.documents import LoadError

if TYPE_CHECKING:
    from lxml.etree import _Element

_MAX_RATIO = 100
_FREE_BYTES = 10_000_000
"""An archive may unpack to this much, or to ``_MAX_RATIO`` times its size if that is more."""
_MAX_READ_BYTES = 50_000_000
"""What may be unpacked of one archive: text, not pictures."""
_STEP_BYTES = 65_536
_MAX_MEMBERS = 20_000
_COMPOUND_FILE = bytes.fromhex("d0cf11e0a1b11ae1")


class Archive:
    """A zip archive whose members are unpacked up to a limit, whatever its directory says."""

    def __init__(self, data: bytes, kind: str) -> None:
        if data.startswith(_COMPOUND_FILE):
            raise LoadError(f"is encrypted, or an old format under the name .{kind}", f"save it as .{kind} again")
        try:
            self._zip = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise LoadError(f"is not a complete .{kind} file: {error}", "get the file again") from None
        members = self._zip.infolist()
        declared = sum(member.file_size for member in members)
        if len(members) > _MAX_MEMBERS or declared > max(_FREE_BYTES, _MAX_RATIO * len(data)):
            raise self._bomb()
        self._left = _MAX_READ_BYTES

    @staticmethod
    def _bomb() -> LoadError:
        return LoadError("unpacks to far more than its size (a zip bomb?)", "take it out, or save it without pictures")

    def __contains__(self, name: str) -> bool:
        return name in self._zip.namelist()

    def read(self, name: str) -> bytes:
        """The unpacked member.

        Raises:
            LoadError: it is missing, encrypted, or larger than what is left of the limit.
        """
        try:
            with self._zip.open(name) as member:
                return self._inflated(member)
        except KeyError:
            raise LoadError(f"is damaged: it has no {name}", "get the file again") from None
        except RuntimeError:  # the way zipfile says that a password is needed
            raise LoadError("is encrypted", "remove the password") from None

    def _inflated(self, member: IO[bytes]) -> bytes:
        """Unpack in small steps: in one call, zipfile unpacks as much as is asked for, whatever the directory says."""
        pieces: list[bytes] = []
        while piece := member.read(_STEP_BYTES):
            self._left -= len(piece)
            if self._left < 0:
                raise self._bomb()
            pieces.append(piece)
        return b"".join(pieces)

    def xml(self, name: str) -> _Element:
        """The root element of a member that is XML."""
        from lxml import etree

        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        return etree.fromstring(self.read(name), parser)

    def names(self, prefix: str) -> list[str]:
        """The members whose names begin so, in the order of packing."""
        return [name for name in self._zip.namelist() if name.startswith(prefix)]

    def relations(self, name: str) -> Mapping[str, str]:
        """The parts that a part of an Office Open XML file points to, by the id of the relation."""
        folder, base = posixpath.split(name)
        listed = posixpath.join(folder, "_rels", f"{base}.rels")
        if listed not in self:
            return {}
        return {
            str(relation.get("Id")): posixpath.normpath(
                posixpath.join("/", folder, unquote(relation.get("Target", "")))
            ).lstrip("/")
            for relation in self.xml(listed)
            if relation.get("TargetMode") != "External"
        }

    def main_part(self, kind: str) -> str:
        """The part that an Office Open XML file is about.

        Raises:
            LoadError: it has none.
        """
        for relation in self.xml("_rels/.rels"):
            if relation.get("Type", "").endswith("/officeDocument"):
                return str(relation.get("Target")).lstrip("/")
        raise LoadError(f"is not a {kind}", "give it the ending of what it is")


def local(element: _Element) -> str:
    """The name of an element without its namespace; "" for a comment."""
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def attribute(element: _Element, name: str) -> str:
    """An attribute, whatever its namespace; "" if it is not there."""
    return next((str(value) for key, value in element.items() if str(key).rpartition("}")[2] == name), "")


def declared_title(archive: Archive) -> str | None:
    """The title among the properties of an Office Open XML file."""
    if "docProps/core.xml" not in archive:
        return None
    found = archive.xml("docProps/core.xml").findtext("{http://purl.org/dc/elements/1.1/}title")
    return str(found) if found else None
