"""The charts of an evaluation as SVG: intervals, groups, confidence, reliability.

Knows geometry: every chart is 360 units wide, so that it is legible at the width of a phone. Colour is never the only
carrier of a meaning, and every chart has a title and a description in words. Does not know the page around them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from qa.evaluation.reports.figures import BASELINES, counted, value_of
from qa.evaluation.reports.markup import Element, element

_WIDTH = 360
_MARGIN = 8
"""Room at the ends of a scale for what stands at 0 or 1."""
_ROW = 26
"""Height of a row of the chart of groups."""
_LABEL = 118
"""Where the bars of the chart of groups begin; 17 characters of a label fit before."""
_LABEL_CHARACTERS = 17
_BINS = 20
"""Of the histogram of confidence."""
_LEFT, _RIGHT = 34, 350
"""Where the plots begin and end."""


def _chart(name: str, title: str, description: str, height: float, *content: Element) -> Element:
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", description, id=f"{name}-desc"),
        *content,
        viewBox=f"0 0 {_WIDTH} {height:g}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _text(x: float, y: float, words: str, anchor: str = "start", class_: str | None = None) -> Element:
    return element("text", words, x=float(x), y=float(y), text_anchor=anchor, class_=class_)


def _line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Element:
    return element("line", x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2), class_=class_)


def _bar(x: float, y: float, width: float, height: float, *, class_: str, told: str = "") -> Element:
    title = element("title", told) if told else None
    return element("rect", title, x=float(x), y=float(y), width=float(width), height=float(height), class_=class_)


def interval_bar(
    name: str, label: str, score: Mapping[str, Any], baselines: Mapping[str, Mapping[str, Any]]
) -> Element:
    """A score between 0 and 1 on its scale: the interval as a band, the value as a dot, baselines as ticks."""
    scale = _WIDTH - 2 * _MARGIN
    parts = [_bar(_MARGIN, 12, scale, 6, class_="track")]
    if score["low"] is not None:
        wide = (score["high"] - score["low"]) * scale
        parts.append(_bar(_MARGIN + score["low"] * scale, 9, wide, 12, class_="range"))
    for baseline in BASELINES:
        value = baselines.get(baseline, {}).get(name, {}).get("value")
        if value is not None:
            x = _MARGIN + value * scale
            parts.append(_line(x, 5, x, 25, "base"))
    if score["value"] is not None:
        parts.append(element("circle", cx=_MARGIN + score["value"] * scale, cy=15, r=7, class_="good"))
    described = "; ".join(
        f"{words} {value_of(baselines.get(baseline, {}), name)}" for baseline, words in BASELINES.items()
    )
    return _chart(
        f"bar-{name}", f"{label} on a scale from 0 to 1", f"The ticks are the baselines: {described}.", 30, *parts
    )


def group_chart(name: str, title: str, groups: Mapping[str, Mapping[str, Any]]) -> Element:
    """Accuracy of each group as a bar with its 95 % interval as a line, and the number of its cases."""
    scale = _RIGHT - 50 - _LABEL
    bottom = 22 + _ROW * len(groups)
    parts = []
    for share in (0, 0.5, 1):
        x = _LABEL + share * scale
        parts += [_line(x, 18, x, bottom, "axis"), _text(x, 12, f"{share:g}", "middle", "quiet")]
    parts.append(_text(_RIGHT, 12, "cases", "end", "quiet"))
    for row, (group, scores) in enumerate(groups.items()):
        score = scores["accuracy"]
        y = 22 + row * _ROW
        label = group if len(group) <= _LABEL_CHARACTERS else group[: _LABEL_CHARACTERS - 1] + "…"
        told = f"{group}: {value_of(scores, 'accuracy')} of {counted(score['count'], 'case')}"
        parts += [_text(_LABEL - 8, y + 15, label, "end"), _text(_RIGHT, y + 15, str(score["count"]), "end", "quiet")]
        if score["value"] is not None:
            parts.append(_bar(_LABEL, y + 4, max(1, score["value"] * scale), 14, class_="range", told=told))
        if score["low"] is not None:
            middle, low, high = y + 11, _LABEL + score["low"] * scale, _LABEL + score["high"] * scale
            parts.append(_line(low, middle, high, middle, "base"))
            parts += [_line(x, middle - 4, x, middle + 4, "base") for x in (low, high)]
    described = "; ".join(
        f"{group} {value_of(scores, 'accuracy')} of {scores['accuracy']['count']}" for group, scores in groups.items()
    )
    return _chart(name, title, f"Share of cases passed: {described}.", bottom + 4, *parts)


def confidence_chart(results: Sequence[Mapping[str, Any]]) -> Element:
    """How confidence is spread over answerable and unanswerable questions, failed cases hatched.

    A case that crashed has no confidence and is not counted.
    """
    answered = [result for result in results if result["answer"]]
    panels, described = [], []
    numbers = count()
    for words, answerable in (("answerable: should be right", True), ("unanswerable: should be left", False)):
        chosen = [result for result in answered if bool(result["fact"]["answerable"]) == answerable]
        panels += _histogram(words, chosen, 130 * next(numbers))
        for passed in (True, False):
            shares = [result["answer"]["confidence"] for result in chosen if result["passed"] == passed]
            mean = f", mean confidence {sum(shares) / len(shares):.2f}" if shares else ""
            outcome = "passed" if passed else "failed"
            noun = f"{'' if answerable else 'un'}answerable case"
            described.append(f"{counted(len(shares), noun)} {outcome}{mean}")
    title = "Confidence of answerable and unanswerable questions"
    return _chart("confidence", title, "; ".join(described) + ".", 272, _hatch(), *panels)


def _hatch() -> Element:
    pattern = element(
        "pattern",
        _bar(0, 0, 6, 6, class_="bad"),
        _line(0, 0, 0, 6, "hatch"),
        id="hatched",
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    return element("defs", pattern)


def _bin(confidence: float, bins: int) -> int:
    return min(bins - 1, max(0, int(confidence * bins)))


def _histogram(words: str, results: Sequence[Mapping[str, Any]], top: float) -> list[Element]:
    counts = [[0, 0] for _ in range(_BINS)]
    for result in results:
        counts[_bin(result["answer"]["confidence"], _BINS)][0 if result["passed"] else 1] += 1
    highest = max(sum(pair) for pair in counts) or 1
    floor, tall, wide = top + 112, 80, (_RIGHT - _LEFT) / _BINS
    parts = [
        _text(_LEFT, top + 14, words),
        _text(_LEFT - 6, floor - tall + 8, str(highest), "end", "quiet"),
        _text(_LEFT - 6, floor, "0", "end", "quiet"),
        _line(_LEFT, floor, _RIGHT, floor, "axis"),
    ]
    for place, (passed, failed) in enumerate(counts):
        x, y = _LEFT + place * wide + 1, float(floor)
        told = f"confidence {place / _BINS:.2f} to {(place + 1) / _BINS:.2f}: {passed} passed, {failed} failed"
        for number, outcome in ((passed, "good"), (failed, "hatched")):
            if number:
                height = number / highest * tall
                y -= height
                parts.append(_bar(x, y, wide - 2, height, class_=outcome, told=told))
    parts += [
        _text(_LEFT + share * (_RIGHT - _LEFT), floor + 13, f"{share:g}", "middle", "quiet")
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    return parts


def reliability_chart(bins: Sequence[Mapping[str, Any]]) -> Element:
    """Mean confidence of each bin against the share that was answerable, and below how many cases each bin holds."""
    side, top = _RIGHT - _LEFT, 10
    tall, foot = 190, 268

    def across(share: float) -> float:
        return _LEFT + share * side

    def up(share: float) -> float:
        return top + (1 - share) * tall

    parts = [_line(across(0), up(0), across(1), up(1), "even")]
    for share in (0, 0.5, 1):
        parts += [
            _line(_LEFT, up(share), _RIGHT, up(share), "axis"),
            _text(_LEFT - 6, up(share) + 4, f"{share:g}", "end", "quiet"),
            _text(across(share), foot + 13, f"{share:g}", "middle", "quiet"),
        ]
    points = [(across(line["confidence"]), up(line["correct"])) for line in bins]
    parts.append(element("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_="line"))
    largest = max((line["count"] for line in bins), default=1)
    for line, (x, y) in zip(bins, points, strict=True):
        shares = f"mean confidence {line['confidence']:.2f}, {line['correct']:.2f} answerable"
        told = f"{counted(line['count'], 'case')}, {shares}"
        parts.append(element("circle", element("title", told), cx=x, cy=y, r=5, class_="good"))
        left, right = across(line["from"]) + 1, across(line["to"]) - 1
        height = max(1.0, line["count"] / largest * 34)
        parts.append(_bar(left, foot - height, right - left, height, class_="range", told=told))
        parts.append(_text((left + right) / 2, foot - height - 3, str(line["count"]), "middle", "quiet"))
    described = "; ".join(
        f"{line['from']:.1f} to {line['to']:.1f}: {line['correct']:.2f} answerable of {line['count']}" for line in bins
    )
    title = "Reliability: confidence against the share that was answerable"
    return _chart("reliability", title, f"By bin of confidence: {described or 'no case'}.", foot + 16, *parts)
