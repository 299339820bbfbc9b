"""What it means when a request to an Ollama server fails, and what to do about it.

Knows what the ``ollama`` client and the HTTP library below it raise. Never repeats a header, which may be a secret.
Does not know what was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

from qa.errors import LLMError

SUGGESTED_MODEL = "qwen3:4b"
"""What to pull where there is no model: multilingual, and small enough for a laptop without a graphics card."""
_LONGEST_REASON = 200
_CERTIFICATE = re.compile(r"certificate|ssl|tls", re.IGNORECASE)
_SEE_LOG = "the log of `ollama serve` says more; ask again, or choose another model with --model"
_ELSEWHERE = "set OLLAMA_HOST to where an Ollama server runs, for example 127.0.0.1:11434"
_REDIRECTIONS = range(300, 400)
"""They are not followed: they might lead the headers astray."""
_REASONS = (
    (
        re.compile(r"memory|signal: killed", re.IGNORECASE),
        "there is not enough memory for {model}: {reason}",
        "choose a smaller model with --model, or lower llm.max_context",
    ),
    (
        re.compile(r"no such host|dial tcp|lookup |network is unreachable|i/o timeout", re.IGNORECASE),
        "the Ollama server at {url} cannot reach its library: {reason}",
        "see whether that machine is online",
    ),
    (re.compile(r"does not support chat"), "the model {model} does not write text", f"ollama pull {SUGGESTED_MODEL}"),
)
"""What a server says in words: a pattern, what happened, and what to do."""


def model_missing(url: str, model: str, there: tuple[str, ...] = ()) -> LLMError:
    """The server has no such model; ``there`` are those that it has."""
    has = f"; it has {', '.join(there)}" if there else ""
    return LLMError(f"the Ollama server at {url} has no model {model}{has}", f"ollama pull {model or SUGGESTED_MODEL}")


def explain(error: Exception, url: str, headers: Mapping[str, str], model: str = "") -> LLMError:
    """What an exception means.

    Args:
        error: as the client raised it.
        url: of the server, without a password.
        headers: that were sent; none of their values is repeated.
        model: that was asked for, if one was.
    """
    if isinstance(error, ImportError):
        return LLMError(
            f"asking an Ollama server needs a package that is not installed ({error.name or error})",
            "pip install 'article-qa[ollama]'",
        )
    import httpx
    from ollama import ResponseError

    reason = _reason(error, headers)
    if isinstance(error, ResponseError):
        return _refused(error.status_code, reason, url, model)
    if isinstance(error, httpx.ConnectError | ConnectionError):
        return _unreachable(error, url)
    if isinstance(error, httpx.TransportError) and not isinstance(error, httpx.LocalProtocolError):
        late = isinstance(error, httpx.TimeoutException)
        broke = "does not answer in time" if late else f"broke off the connection ({reason})"
        return LLMError(f"the Ollama server at {url} {broke}", _SEE_LOG)
    if isinstance(error, httpx.LocalProtocolError | UnicodeEncodeError):
        return LLMError("llm.headers has characters that HTTP does not allow", "write each on one line, in ASCII")
    return LLMError(f"what answers at {url} is not an Ollama server", _ELSEWHERE)  # no JSON, or not Ollama's


def _refused(status: int, reason: str, url: str, model: str) -> LLMError:
    """What an answer other than success means; the status is -1 where an error came in the middle of a stream."""
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return LLMError(f"{url} refuses access ({status})", 'give the key in qa.toml: llm.headers.Authorization = "…"')
    if status in _REDIRECTIONS:
        return LLMError(f"{url} sends its visitors elsewhere ({status})", "set OLLAMA_HOST to that address")
    if status == HTTPStatus.NOT_FOUND or "file does not exist" in reason:
        return (
            model_missing(url, model)
            if "model" in reason
            else LLMError(f"what answers at {url} is not an Ollama server", _ELSEWHERE)
        )
    for pattern, happened, hint in _REASONS:
        if pattern.search(reason):
            return LLMError(happened.format(url=url, model=model or "the model", reason=reason), hint)
    return LLMError(f"the Ollama server at {url} failed: {reason}", _SEE_LOG)


def _unreachable(error: Exception, url: str) -> LLMError:
    causes = f"{error} {error.__context__}"  # the client hides the cause behind words of its own
    if _CERTIFICATE.search(causes):
        return LLMError(f"no secure connection to {url} can be made", "check the address and its certificate")
    local = re.match(r"https?://(localhost|127\.|\[::1\])", url)
    return LLMError(
        f"no Ollama server answers at {url}",
        "start one with: ollama serve" if local else "check OLLAMA_HOST, and whether that server runs",
    )


def _reason(error: Exception, headers: Mapping[str, str]) -> str:
    """What an exception says, in one short line and without any header."""
    text = str(error.args[0]) if error.args else ""
    for value in sorted(headers.values(), key=len, reverse=True):
        for secret in (value, *value.split()):
            text = text.replace(secret, "…") if secret else text
    line = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return line[:_LONGEST_REASON] or type(error).__name__
