"""Reads facts: questions with what a right answer has, as a person wrote them down in YAML.

Knows the file's format, which ``eval/facts.schema.json`` describes too, and where in the file a mistake is. Does not
know how answers are compared with facts.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictBool, ValidationError, model_validator

from qa.errors import InputError

_SHOWN_PROBLEMS = 10
_HINT = "correct it; eval/README.md describes the format"

Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Variants = Annotated[list[Words], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Fact:
    """A question and what is right; the fields are those of the file, explained in ``eval/README.md``.

    ``line`` is where it begins in the file, from 1.
    """

    id: str
    question: str
    line: int
    language: str | None = None
    answerable: bool = True
    expect: tuple[tuple[str, ...], ...] = ()
    forbid: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    quote: str | None = None
    tags: tuple[str, ...] = ()
    independent_sources: int | None = None
    disagreement: tuple[tuple[str, ...], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON of ``qa eval``."""
        return asdict(self)


class _FactInFile(BaseModel):
    """One fact as it may be written."""

    model_config = ConfigDict(extra="forbid", title="Fact")

    id: Words = Field(description="a name of its own, for reports")
    question: Words
    language: str | None = Field(None, pattern="^[a-z]{2,3}$", description="ISO 639 code of the question's language")
    answerable: StrictBool = Field(
        default=True, description="whether the articles answer it; if not, it must be refused"
    )
    expect: list[Variants] = Field([], description="of each group one variant must be in the answer")
    forbid: list[Words] = Field([], description="words that must not be in the answer")
    sources: list[Words] = Field(
        [], description="every citation must be from a file whose name begins with one of these"
    )
    quote: Words | None = Field(None, description="words that some quote must have")
    tags: list[Words] = Field([], description="by which scores are grouped")
    independent_sources: int | None = Field(None, ge=1, description="how many sources say it, copies counted once")
    disagreement: list[Variants] = Field(
        [], description="of each group one variant must be among the values in dispute"
    )

    @model_validator(mode="after")
    def _consistent(self) -> _FactInFile:
        if not self.answerable and (self.expect or self.quote or self.disagreement or self.independent_sources):
            raise ValueError("what cannot be answered can have no expect, quote, disagreement or independent_sources")
        return self


def schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a file of facts."""
    fact = _FactInFile.model_json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Facts",
        "description": "Questions with what a right answer has, for `qa eval`.",
        "type": "array",
        "minItems": 1,
        "items": fact,
    }


def load_facts(path: Path) -> tuple[Fact, ...]:
    """Read and check a file of facts.

    Raises:
        InputError: it cannot be read, or something in it is wrong; the message names the lines.
    """
    root = _parsed(path)
    if not isinstance(root, yaml.SequenceNode) or not root.value:
        raise InputError(f"{path} is not a list of facts", _HINT)
    facts: list[Fact] = []
    problems: list[str] = []
    lines: dict[str, int] = {}
    for node in root.value:
        line = node.start_mark.line + 1
        if not isinstance(node, yaml.MappingNode):
            problems.append(f"line {line}: a fact has at least an id and a question")
            continue
        problems += _repeated(node)
        try:
            read = _FactInFile.model_validate(_plain(node))
        except ValidationError as error:
            problems += _problems(error, node)
            continue
        if read.id in lines:
            problems.append(f"line {line}: the id {read.id!r} is already used in line {lines[read.id]}")
        lines.setdefault(read.id, line)
        facts.append(Fact(line=line, **{name: _frozen(value) for name, value in read}))
    if problems:
        more = f"\n  and {len(problems) - _SHOWN_PROBLEMS} more" if len(problems) > _SHOWN_PROBLEMS else ""
        listed = "".join(f"\n  {problem}" for problem in problems[:_SHOWN_PROBLEMS])
        raise InputError(f"{path} has {len(problems)} mistake{'s' * (len(problems) > 1)}:{listed}{more}", _HINT)
    return tuple(facts)


def _repeated(node: yaml.MappingNode) -> Iterator[str]:
    """Fields that are there twice, of which YAML would silently take the last."""
    known: set[str] = set()
    for key, _ in node.value:
        name = str(key.value)
        if name in known:
            yield f"line {key.start_mark.line + 1}: the field {name!r} is there twice"
        known.add(name)


def _frozen(value: Any) -> Any:  # noqa: ANN401
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _parsed(path: Path) -> yaml.Node | None:
    """The file as YAML nodes, which know their lines."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise InputError(f"{path} has aliases (*name), which facts do not need", _HINT)
        return yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise InputError(f"{path} is nested too deeply for facts", _HINT) from None
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}", "give a file of facts, as eval/facts.yaml") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8 text", "save it as UTF-8") from None
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f" line {error.problem_mark.line + 1}:"
        raise InputError(f"{path},{line} this is not YAML: {error.problem}", _HINT) from None
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not YAML: {error}", _HINT) from None


def _plain(node: yaml.Node) -> Any:  # noqa: ANN401  YAML may hold anything
    """A node's value. Only whole numbers where one is due and true and false are more than text: "No" is a word."""
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _field(str(key.value), value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return node.value


def _field(name: str, node: yaml.Node) -> Any:  # noqa: ANN401
    value = _plain(node)
    if isinstance(node, yaml.ScalarNode) and not node.style:
        if name == "answerable":
            return {"true": True, "false": False}.get(value, value)
        if name == "independent_sources" and re.fullmatch(r"[0-9]{1,6}", value):
            return int(value)
        if value in {"", "null", "~"}:
            return None
    return value


def _problems(error: ValidationError, node: yaml.Node) -> Iterator[str]:
    for one in error.errors():
        place, line = _place(one["loc"], node)
        if one["type"] == "extra_forbidden":
            known = difflib.get_close_matches(str(one["loc"][-1]), _FactInFile.model_fields, n=1)
            meant = f"; did you mean {known[0]}?" if known else f"; known are {', '.join(_FactInFile.model_fields)}"
            yield f"line {line}: there is no field {one['loc'][-1]!r}{meant}"
        else:
            yield f"line {line}: {place}{one['msg'].removeprefix('Value error, ')}"


def _place(path: Sequence[int | str], node: yaml.Node) -> tuple[str, int]:
    """A mistake's place in words, and its line: that of the innermost node on the way to it."""
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pairs = {str(key.value): (key, value) for key, value in node.value}
            if step not in pairs:
                break
            key, node = pairs[str(step)]
            if isinstance(node, yaml.ScalarNode):
                return f"{'.'.join(map(str, path))}: ", key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
    name = ".".join(map(str, path))
    return f"{name}: " if name else "", node.start_mark.line + 1
