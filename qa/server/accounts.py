"""Who may use the server: names and passwords from a file, and whom an Authorization header names.

A password is written plainly or as a bcrypt hash. Does not know HTTP beyond that one header, nor what a user may do.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import re
import secrets
import shlex
import stat
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from qa.errors import InputError

_BCRYPT = re.compile(r"\$2[aby]\$(?:0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_HASH = re.compile(r"\$2[aby]\$|\$apr1\$|\$[156y]\$|\{SHA\}")
"""How a hash begins, of the kinds that web servers' password files hold. Of these only bcrypt is read."""

_BCRYPT_BYTES = 72
"""bcrypt reads no more of a password; newer versions of the library refuse a longer one."""

_MOST_CHARACTERS = 4096
"""A longer header names nobody."""

_PRIVATE = 0o077
_LINE_HINT = "write one name:password a line; the password may be a hash that `htpasswd -B` wrote"


class Accounts:
    """Names with their passwords. Safe to use from several threads.

    No plain password is kept, but what a random key of this process makes of it. So is a password that fitted a
    bcrypt hash, for the next request not to take as long as the first.
    """

    __slots__ = ("_digests", "_hashes", "_key", "_slowest")

    def __init__(self, passwords: Mapping[str, str]) -> None:
        """Accept these users; a password that is a bcrypt hash stands for the one that it was made of."""
        self._key = secrets.token_bytes(32)
        self._hashes = {name: word.encode() for name, word in passwords.items() if _BCRYPT.fullmatch(word)}
        self._digests = {
            name: self._digest(name, word.encode()) for name, word in passwords.items() if name not in self._hashes
        }
        self._slowest = max(self._hashes.values(), key=_cost, default=None)

    def __repr__(self) -> str:
        return f"Accounts(users={len(self._hashes.keys() | self._digests.keys())})"

    @classmethod
    def read(cls, path: Path) -> Accounts:
        """The accounts of a file of ``name:password`` lines; blank lines and those that begin with # say nothing.

        Raises:
            InputError: it cannot be read, others can read it, a line does not fit, or it has no account.
        """
        passwords: dict[str, str] = {}
        for number, line in enumerate(_private_text(path).split("\n"), start=1):
            bare = line.removesuffix("\r")
            if not bare.strip() or bare.startswith("#"):
                continue
            name, _, password = bare.partition(":")
            fault = "repeats a name" if name in passwords else _fault(name, password)
            if fault:
                raise InputError(f"line {number} of {path} {fault}", _LINE_HINT)
            passwords[name] = password
        if not passwords:
            raise InputError(f"{path} has no account", _LINE_HINT)
        return cls(passwords)

    def user_of(self, authorization: str | None) -> str | None:
        """The user whom the value of an Authorization header names with the right password, or ``None``.

        May take as long as a bcrypt hash does; where there is any, a wrong password takes that long for every name.

        Args:
            authorization: ``Basic`` with the Base64 of ``name:password`` in UTF-8, or ``Bearer name:password``, its
                bytes read as Latin-1, as servers give them.
        """
        credentials = _credentials(authorization)
        if credentials is None:
            return None
        name, password = credentials
        digest = self._digest(name, password)
        if self._is_remembered(name, digest):
            return name
        if self._slowest is None:
            return None
        fits = _fits_hash(password, self._hashes.get(name, self._slowest))
        if not fits or name not in self._hashes:
            return None
        self._digests[name] = digest  # one for each name, so this cannot grow
        return name

    def remembered_user_of(self, authorization: str | None) -> str | None:
        """Like ``user_of``, but always quick: ``None`` also where only a bcrypt hash could tell."""
        credentials = _credentials(authorization)
        if credentials is None:
            return None
        name, password = credentials
        return name if self._is_remembered(name, self._digest(name, password)) else None

    def _is_remembered(self, name: str, digest: bytes) -> bool:
        return hmac.compare_digest(self._digests.get(name, bytes(len(digest))), digest)

    def _digest(self, name: str, password: bytes) -> bytes:
        """Of one length for all passwords, so that comparing two does not tell how long one is."""
        return hmac.digest(self._key, name.encode() + b":" + password, "sha256")


def _private_text(path: Path) -> str:
    """The text of a file that only its owner can read."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read() if not mode & _PRIVATE else b""
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise InputError(f"cannot read {path}: {reason}", "name a file of accounts that you can read") from error
    if mode & _PRIVATE:
        message = f"others than you can use {path}, which has passwords (mode {stat.S_IMODE(mode):03o})"
        raise InputError(message, f"chmod 600 {shlex.quote(str(path))}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8", "save it as UTF-8") from None  # the cause would hold the passwords


def _fault(name: str, password: str) -> str:
    """What keeps a line from being an account, without the words of it; nothing if it is one."""
    if _has_control(name) or _has_control(password):
        return "has a control character"
    if not name or name != name.strip():
        return "has no name before the colon, or a space around it"
    if not password:
        return "has no password after a colon"
    if _HASH.match(password) and not _BCRYPT.fullmatch(password):
        return "has a hash that is incomplete or not of bcrypt"
    return ""


def _has_control(text: str) -> bool:
    return any(unicodedata.category(character) == "Cc" for character in text)


def _credentials(authorization: str | None) -> tuple[str, bytes] | None:
    """The name and the password in UTF-8 that a header holds, whether or not they are right."""
    if authorization is None or len(authorization) > _MOST_CHARACTERS:
        return None
    scheme, _, value = authorization.strip().partition(" ")
    try:
        raw = value.strip().encode("latin-1")
        if scheme.lower() == "basic":
            raw = base64.b64decode(raw, validate=True)
        elif scheme.lower() != "bearer":
            return None
        text = raw.decode("utf-8")
    except (UnicodeError, binascii.Error):
        return None
    name, colon, password = text.partition(":")
    return (name, password.encode()) if colon and not _has_control(text) else None


def _cost(hashed: bytes) -> int:
    return int(hashed[4:6])


def _fits_hash(password: bytes, hashed: bytes) -> bool:
    import bcrypt

    return bcrypt.checkpw(password[:_BCRYPT_BYTES], hashed)
