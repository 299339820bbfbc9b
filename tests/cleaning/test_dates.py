"""Dates: what is one, what is not, and where it stands."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.cleaning.dates import find_dates, without_dates

SEPTEMBER_17 = [
    "17 Sep 2023, 06:13 GMT+10",
    "Sept. 17, 2023",
    "September 17th, 2023",
    "Sunday, September 17, 2023",
    "17th of September, 2023",
    "17-Sep-2023",
    "2023-09-17",
    "2023-09-17T06:13:00Z",
    "2023/09/17",
    "17.09.2023",
    "17. 9. 2023",
    "17/09/2023",
    "09/17/2023",
    "17. September 2023",
    "So, 17. Sept. 2023, 8 Uhr",
    "le 17 septembre 2023",
    "17 de septiembre de 2023",
    "17 de setembro de 2023",
    "17 settembre 2023",
    "17\u00a0September\u00a02023",
    "Published: 17 SEPTEMBER 2023",
    "2023年9月17日",
]


@pytest.mark.parametrize("text", SEPTEMBER_17)
def test_every_form_of_a_date_is_read(text: str) -> None:
    assert [date.iso for date in find_dates(text)] == ["2023-09-17"]


@pytest.mark.parametrize(
    "text",
    [
        "on Tuesday",
        "next week",
        "September 2023",
        "17 September",
        "03/04/2023",  # the third of April or the fourth of March
        "31.02.2023",
        "99 Sep 2023",
        "1.2.3.2023.4",
        "version 10.12.20231",
        "17 Marchers 2023",
    ],
)
def test_what_is_incomplete_impossible_or_ambiguous_is_no_date(text: str) -> None:
    assert find_dates(text) == []


def test_first_of_the_month_in_french() -> None:
    assert [date.iso for date in find_dates("Publié le 1er août 2022 à 9h05")] == ["2022-08-01"]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("17 Sep 2023, 06:13 GMT+10", ","),
        ("Wed, 06 Dec 2023", ""),
        ("2023-09-17T06:13:00Z", ""),
        ("November 5, 2021 at 9:02 pm", "at"),
        ("3. Mai 2022, 17:30 Uhr", ","),
        ("Ice melts on 5 May 2020", "Ice melts on"),
    ],
)
def test_what_a_dateline_says_besides_its_date(text: str, rest: str) -> None:
    assert without_dates(text).split() == rest.split()


@given(st.dates(dt.date(1900, 1, 1), dt.date(2099, 12, 31)), st.text(alphabet="ab ,\n", max_size=8))
def test_offsets_point_at_the_date(date: dt.date, before: str) -> None:
    written = f"{date.day} {date:%B} {date.year}"
    text = f"{before} {written} after"
    (found,) = find_dates(text)
    assert (text[found.start : found.end], found.iso) == (written, date.isoformat())


@given(st.text(max_size=200))
def test_any_text_is_fine(text: str) -> None:
    for found in find_dates(text):
        assert dt.date.fromisoformat(found.iso)
        assert 0 <= found.start < found.end <= len(text)
    without_dates(text)
