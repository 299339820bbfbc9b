"""Text of a model while it comes: thoughts and endless repetitions are never shown, all else always is."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.llm.output import RepetitionFilter, ThinkingFilter, after_thinking
from qa.llm.prompts import Message, estimate_tokens, least_tokens, most_tokens


def cut(text: str, sizes: list[int]) -> list[str]:
    """The text in pieces of these sizes, over and over."""
    pieces, start = [], 0
    for size in itertools.cycle(sizes):
        if start >= len(text):
            return pieces
        pieces.append(text[start : start + size])
        start += size
    return pieces


def without_thoughts(text: str, sizes: list[int], *, begins_inside: bool = False) -> str:
    thinking = ThinkingFilter(begins_inside=begins_inside)
    return "".join(thinking.feed(piece) for piece in cut(text, sizes)) + thinking.finish()


SIZES = st.lists(st.integers(1, 9), min_size=1, max_size=5)
WORDS = st.text(alphabet="ab <>/|\n", max_size=30)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<think>Hm.</think>Blue.", "Blue."),
        ("<THINK>Hm.</Think>Blue.", "Blue."),
        ("<thinking>Hm < 3 </thinking>Blue.", "Blue."),
        ("Well. <think>Hm.</think>Blue.", "Well. Blue."),
        ("<think>a</think>x<think>b</think>y", "xy"),
        ("<think>never closed", ""),
        ("</think>Blue.", "Blue."),
        ("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Blue.", "Blue."),
        ("<|channel|>final<|message|>Blue.", "Blue."),
        ("It is <think", "It is <think"),
        ("a < b and <b>c</b>", "a < b and <b>c</b>"),
    ],
)
@given(sizes=SIZES)
def test_thoughts_are_left_out_however_the_text_is_cut(text, shown, sizes):
    assert without_thoughts(text, sizes) == shown


@given(WORDS, SIZES)
def test_text_without_thoughts_stays_as_it_is(text, sizes):
    assert without_thoughts(text, sizes) == text
    assert without_thoughts(text, sizes, begins_inside=True) == text
    assert after_thinking(text) == text


@given(WORDS, WORDS, SIZES)
def test_a_thought_that_the_prompt_began_is_left_out(thought, answer, sizes):
    assert without_thoughts(f"{thought}</think>{answer}", sizes, begins_inside=True) == answer


def test_a_thought_whose_beginning_nobody_marked_can_be_cut_off_afterwards():
    assert after_thinking(without_thoughts("So I think.</think>\n\nBlue.", [3])) == "Blue."


def test_whether_there_were_thoughts_is_known():
    thinking = ThinkingFilter()
    thinking.feed("Blue")
    assert not thinking.thought
    thinking.feed(" <think>")
    assert thinking.thought


def without_repeats(pieces) -> tuple[str, bool]:
    repetition = RepetitionFilter()
    shown = ""
    for piece in itertools.islice(pieces, 3000):
        shown += repetition.feed(piece)
        if repetition.stuck:
            return shown, True
    return shown + repetition.finish(), False


@given(st.text(max_size=300), SIZES)
def test_all_that_is_not_an_endless_repetition_is_shown_unchanged(text, sizes):
    shown, stuck = without_repeats(cut(text, sizes))
    assert text.startswith(shown)
    assert shown == text or stuck or len(text) - len(shown) >= 100


@given(
    st.text(alphabet="abcdefgh ", min_size=1, max_size=40),
    st.text(alphabet="ijklmnop ", min_size=20, max_size=200),
    SIZES,
)
def test_an_endless_repetition_is_stopped_and_shown_once(before, unit, sizes):
    unit = f"{unit}."
    shown, stuck = without_repeats(cut(before + unit * 50, sizes))
    assert stuck
    assert (before + unit * 50).startswith(shown)
    assert len(shown) <= len(before + unit) + 2
    assert shown.rstrip(".") + "." == (before + unit)[: len(shown.rstrip(".")) + 1]


@pytest.mark.parametrize(
    ("line", "shown"),
    [("{n}. The sky is blue.\n", "1. The sky is blue.\n"), ("The sky is blue [{n}]. ", "The sky is blue [1]. ")],
)
def test_counting_while_going_round_in_circles_is_a_repetition(line, shown):
    text, stuck = without_repeats(line.format(n=number) for number in itertools.count(1))
    assert stuck
    assert text.strip() == shown.strip()


def test_numbers_that_differ_are_no_repetition():
    lines = [
        f"In {year} the harvest came to {year * 7 % 1000} tonnes, said the ministry.\n" for year in range(1990, 2020)
    ]
    assert without_repeats(lines) == ("".join(lines), False)


def test_what_is_said_twice_is_shown_twice_if_it_is_short():
    text = "Yes. Yes. It is blue. It is blue, as I said."
    assert without_repeats(cut(text, [4])) == (text, False)


def test_a_long_passage_that_is_said_again_until_the_end_is_shown_once():
    passage = "".join(
        f"Sentence {chr(97 + number)} says something of its own about {number**3}. " for number in range(20)
    )
    shown, stuck = without_repeats(cut(passage * 2, [7]))
    assert (shown, stuck) == (passage, False)


def test_text_is_shown_while_it_comes():
    repetition = RepetitionFilter()
    text = "Leaders of the five countries met the president in New York, and the leaders agreed to meet again. "
    behind = []
    shown = ""
    for piece in cut(text, [5]):
        shown += repetition.feed(piece)
        behind.append(text.index(piece) + len(piece) - len(shown))
    assert max(behind) <= 25


# Counts of a real tokenizer with 49,000 pieces, made for English.
@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("PRESIDENT BIDEN WILL MEET FIVE CENTRAL ASIAN LEADERS IN NEW YORK NEXT WEEK. " * 6, 187),
        ("Prezydent Stanów Zjednoczonych spotka się w przyszłym tygodniu w Nowym Jorku. " * 5, 191),
        ("资料中没有提到东京都厅舍。美国总统将于下周在纽约会见中亚五国领导人，讨论安全与贸易问题。" * 5, 410),
        ("https://example.org/2023/09/17/a-b_c?id=4711&x=%20y#frag AbC9xQz7 " * 8, 353),
    ],
)
def test_the_estimate_of_tokens_is_an_upper_one(text, tokens):
    assert least_tokens([Message("user", text)]) <= tokens <= estimate_tokens(text) <= 2 * tokens + 20


@given(st.lists(st.text(max_size=50), max_size=4))
def test_the_bounds_of_a_prompt_are_in_order_and_grow_with_it(texts):
    messages = [Message("user", text) for text in texts]
    assert 0 <= least_tokens(messages) <= most_tokens(messages)
    assert most_tokens(messages) <= most_tokens([*messages, Message("user", "more")])
