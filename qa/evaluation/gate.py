"""The gate: which scores must reach what, and whether they do.

Knows the file ``thresholds.yaml`` and the names of scores. Does not know how a score is computed, or what follows.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from qa.errors import InputError
from qa.evaluation.metrics import METRICS

_HINT = "write for each score `name: {minimum: 0.8}` or `{maximum: 0.1}`"
_GROUPS = {"language": "by_language", "tag": "by_tag"}


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a score must reach. ``name`` is a score's, or ``language.CODE.SCORE`` or ``tag.TAG.SCORE``."""

    name: str
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class GateResult:
    """A threshold and the score's value, ``None`` where there is nothing to count; that does not pass."""

    name: str
    minimum: float | None
    maximum: float | None
    value: float | None
    passed: bool

    def to_dict(self) -> dict[str, Any]:
        """As in the JSON of ``qa eval``, with the bound that there is."""
        return {key: value for key, value in asdict(self).items() if value is not None or key == "value"}


def load_thresholds(path: Path) -> tuple[Threshold, ...]:
    """Read ``thresholds.yaml``.

    Raises:
        InputError: it cannot be read, or something in it is wrong.
    """
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read {path}: {error}", _HINT) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # an impossible date is a ValueError
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}", _HINT) from None
    if not isinstance(read, dict):
        raise InputError(f"{path} has no thresholds", _HINT)
    return tuple(_threshold(str(name), bounds, path) for name, bounds in read.items())


def _threshold(name: str, bounds: object, path: Path) -> Threshold:
    _check_name(name)
    if not isinstance(bounds, dict) or len(bounds) != 1 or not bounds.keys() <= {"minimum", "maximum"}:
        raise InputError(f"{path}: {name} has neither one minimum nor one maximum", _HINT)
    ((bound, value),) = bounds.items()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise InputError(f"{path}: the {bound} of {name} is not a number", _HINT)
    return Threshold(name, **{bound: float(value)})


def thresholds_from_options(options: Iterable[str]) -> tuple[Threshold, ...]:
    """From ``NAME=VALUE`` each.

    Raises:
        InputError: one is not that, or of a score of which less is better.
    """
    thresholds = []
    for option in options:
        name, _, value = option.partition("=")
        _check_name(name)
        if METRICS[name.rpartition(".")[2]].lower_is_better:
            raise InputError(f"of {name} less is better", "set its maximum in thresholds.yaml")
        if not re.fullmatch(r"[0-9]*\.?[0-9]+", value):
            raise InputError(f"{option!r} is not NAME=VALUE", "for example --min accuracy=0.8")
        thresholds.append(Threshold(name, minimum=float(value)))
    return tuple(thresholds)


def check(thresholds: Iterable[Threshold], summary: Mapping[str, Any]) -> tuple[GateResult, ...]:
    """Compare scores with thresholds.

    Args:
        thresholds: in the order to report them.
        summary: of the JSON document of a run. A language or tag that it has not is one with nothing to count.
    """
    return tuple(_result(threshold, _score(threshold.name, summary).get("value")) for threshold in thresholds)


def at_interval_ends(text: str, thresholds: Iterable[Threshold], summary: Mapping[str, Any]) -> str:
    """The file with each bound where chance alone would leave the score: a minimum at the lower end of its interval.

    Args:
        text: of ``thresholds.yaml``, of which nothing else changes.
        thresholds: in it.
        summary: as for ``check``. A bound of which it can count nothing stays as it is.
    """
    for threshold in thresholds:
        is_minimum = threshold.maximum is None
        value = _score(threshold.name, summary).get("low" if is_minimum else "high")
        if value is not None:
            rounded = (math.floor if is_minimum else math.ceil)(round(1000 * value, 1)) / 1000
            line = rf"^({re.escape(threshold.name)}:\s*{{?\s*m(?:in|ax)imum:\s*)[-+.\w]+"
            text = re.sub(line, rf"\g<1>{rounded}", text, flags=re.MULTILINE)
    return text


def _result(threshold: Threshold, value: float | None) -> GateResult:
    high_enough = threshold.minimum is None or (value is not None and value >= threshold.minimum)
    low_enough = threshold.maximum is None or (value is not None and value <= threshold.maximum)
    return GateResult(threshold.name, threshold.minimum, threshold.maximum, value, high_enough and low_enough)


def _score(name: str, summary: Mapping[str, Any]) -> Mapping[str, float | None]:
    group, _, rest = name.partition(".")
    member, _, score = rest.rpartition(".")
    scores = summary[_GROUPS[group]].get(member, {}) if group in _GROUPS else summary["scores"]
    found: Mapping[str, float | None] = scores.get(score or name, {})
    return found


def _check_name(name: str) -> None:
    grouped = name.partition(".")[0] in _GROUPS and name.count(".") > 1
    score = name.rpartition(".")[2] if grouped else name
    if score not in METRICS:
        near = difflib.get_close_matches(score, METRICS, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else ""
        raise InputError(f"there is no score {name!r}{meant}", f"the scores are {', '.join(METRICS)}")
