"""Relative dates in quotes: which days they mean, and the many words that must be left alone."""

import datetime as dt
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folders import NEWS
from qa.answering.relative_dates import RelativeDate, note, relative_dates
from qa.phrases import prompt_file

SUNDAY = dt.date(2023, 9, 17)
DAYS = st.dates(dt.date(1950, 1, 1), dt.date(2100, 12, 31))

YESTERDAY, NEXT_WEEK, LAST_MONTH = ("09-16", "09-16"), ("09-18", "09-24"), ("08-01", "08-31")
TUESDAY_BEFORE, TUESDAY_AFTER, THREE_DAYS_AGO = ("09-12", "09-12"), ("09-19", "09-19"), ("09-14", "09-14")
IN_TWO_WEEKS = ("09-25", "10-01")

CASES = [
    ("en", "The council voted yesterday.", "yesterday", YESTERDAY),
    ("en", "They will meet in New York next week.", "next week", NEXT_WEEK),
    ("en", "Prices fell last month.", "last month", LAST_MONTH),
    ("en", "The council voted on Tuesday.", "on Tuesday", TUESDAY_BEFORE),
    ("en", "The council said Tuesday it had no plan.", "Tuesday", TUESDAY_BEFORE),
    ("en", "The council will vote on Tuesday.", "on Tuesday", TUESDAY_AFTER),
    ("en", "The mayor died three days ago.", "three days ago", THREE_DAYS_AGO),
    ("en", "The bridge will open in two weeks.", "in two weeks", IN_TWO_WEEKS),
    ("de", "Der Rat hat gestern abgestimmt.", "gestern", YESTERDAY),
    ("de", "Sie treffen sich nächste Woche.", "nächste Woche", NEXT_WEEK),
    ("de", "Im vergangenen Monat sanken die Preise.", "Im vergangenen Monat", LAST_MONTH),
    ("de", "Der Rat hat am Dienstag abgestimmt.", "am Dienstag", TUESDAY_BEFORE),
    ("de", "Der Rat wird am Dienstag abstimmen.", "am Dienstag", TUESDAY_AFTER),
    ("de", "Der Bürgermeister starb vor drei Tagen.", "vor drei Tagen", THREE_DAYS_AGO),
    ("de", "Die Brücke soll in zwei Wochen öffnen.", "in zwei Wochen", IN_TWO_WEEKS),
    ("fr", "Le conseil a voté hier.", "hier", YESTERDAY),
    ("fr", "Ils se réuniront la semaine prochaine.", "la semaine prochaine", NEXT_WEEK),
    ("fr", "Les prix ont baissé le mois dernier.", "le mois dernier", LAST_MONTH),
    ("fr", "Le conseil a voté mardi.", "mardi", TUESDAY_BEFORE),
    ("fr", "Le conseil votera mardi.", "mardi", TUESDAY_AFTER),
    ("fr", "Le maire a démissionné il y a trois jours.", "il y a trois jours", THREE_DAYS_AGO),
    ("fr", "Le pont ouvrira dans deux semaines.", "dans deux semaines", IN_TWO_WEEKS),
    ("es", "El consejo votó ayer.", "ayer", YESTERDAY),
    ("es", "Se reunirán la próxima semana.", "la próxima semana", NEXT_WEEK),
    ("es", "Los precios bajaron el mes pasado.", "el mes pasado", LAST_MONTH),
    ("es", "El consejo votó el martes.", "el martes", TUESDAY_BEFORE),
    ("es", "El consejo votará el martes.", "el martes", TUESDAY_AFTER),
    ("es", "El alcalde murió hace tres días.", "hace tres días", THREE_DAYS_AGO),
    ("es", "El puente abrirá dentro de dos semanas.", "dentro de dos semanas", IN_TWO_WEEKS),
]


def only(text: str, language: str, published: dt.date) -> RelativeDate:
    found = relative_dates(text, language, published)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(("language", "text", "words", "days"), CASES)
def test_each_language_counts_from_the_articles_day(language, text, words, days) -> None:
    found = only(text, language, SUNDAY)
    assert found.text == words == text[found.start : found.end]
    assert (found.first.isoformat(), found.last.isoformat()) == (f"2023-{days[0]}", f"2023-{days[1]}")


@pytest.mark.parametrize(
    ("text", "published", "first", "last"),
    [
        ("It rained yesterday.", "2024-03-01", "2024-02-29", "2024-02-29"),
        ("It rained yesterday.", "2023-03-01", "2023-02-28", "2023-02-28"),
        ("Prices fell last month.", "2024-03-31", "2024-02-01", "2024-02-29"),
        ("Prices fell last month.", "2024-01-15", "2023-12-01", "2023-12-31"),
        ("They meet next week.", "2023-12-31", "2024-01-01", "2024-01-07"),
        ("Sales grew next to nothing last quarter.", "2024-02-29", "2023-10-01", "2023-12-31"),
        ("The law changes next year.", "2024-02-29", "2025-01-01", "2025-12-31"),
        ("Four years ago the bridge was closed.", "2024-02-29", "2020-01-01", "2020-12-31"),
        ("Prices fell earlier this month.", "2023-09-17", "2023-09-01", "2023-09-16"),
        ("They meet later this year.", "2023-09-17", "2023-09-18", "2023-12-31"),
        ("The council voted last Sunday.", "2023-09-17", "2023-09-10", "2023-09-10"),
        ("The council voted on Sunday.", "2023-09-17", "2023-09-17", "2023-09-17"),
        ("The council meets next Friday.", "2023-09-17", "2023-09-22", "2023-09-22"),
        ("It rained last weekend.", "2023-09-17", "2023-09-09", "2023-09-10"),
        ("They left the day before yesterday.", "2023-09-17", "2023-09-15", "2023-09-15"),
        ("On Tuesday, the ministers met.", "2023-09-17", "2023-09-12", "2023-09-12"),
        ("The adviser said on Friday that the group will meet.", "2023-09-17", "2023-09-15", "2023-09-15"),
        ("The vote, which will take place on Friday, was moved.", "2023-09-17", "2023-09-22", "2023-09-22"),
        ("A year ago the mill closed.", "2023-09-17", "2022-01-01", "2022-12-31"),
        ("Paris voted on Monday.", "2023-09-17", "2023-09-11", "2023-09-11"),
        ("The court ruled today.", "2023-09-17", "2023-09-17", "2023-09-17"),
    ],
)
def test_boundaries_and_tense(text, published, first, last) -> None:
    found = only(text, "en", dt.date.fromisoformat(published))
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The next day they left, and that week prices fell."),
        ("en", "The following year the mill closed."),
        ("en", "In the last year of the war the bridge was destroyed."),
        ("en", "It was the last week of the campaign."),
        ("en", "Three days later the strike ended."),
        ("en", "They built it in three days."),
        ("en", "The shop is open on Tuesdays, and every Friday until noon."),
        ("en", "They were killed on Bloody Sunday; Good Friday was quiet."),
        ("en", "The council met on Tuesday, 19 September 2023."),
        ("en", "The council met on Tuesday, September 19."),
        ("en", "The council met on 2023-09-12 and on 3 May 2021."),
        ("en", "The office is closed on Tuesday."),
        ("en", "Today, most people live in towns."),
        ("en", '"We will announce it tomorrow," the minister said.'),
        ("en", "“We decided yesterday,” he said."),
        ("en", "“We waited.\n\n“We decided yesterday,” he said."),
        ("en", "We decided yesterday,” he said."),
        ("de", "Wir haben gestern entschieden“, sagte er."),
        ("en", "She was expected to testify on Friday."),
        ("en", "Half a year ago the mill closed."),
        ("en", "One hundred three days ago it rained."),
        ("es", "Desde hace tres años vive allí."),
        ("en", "These are the leaders of tomorrow."),
        ("en", "The fighting lasted from Friday until Monday, officials said."),
        ("en", "The mayor had left about ten days ago."),
        ("de", "In der letzten Woche des Wahlkampfs regnete es."),
        ("de", "Am nächsten Tag reisten sie ab, drei Tage später kamen sie zurück."),
        ("de", "Der Rat tagt jeden Dienstag."),
        ("de", "Am Dienstag, den 19. September, hat der Rat abgestimmt."),
        ("de", "Die Stadt ist heute ein Zentrum der Mode."),
        ("de", "Am Morgen hat es geregnet."),
        ("fr", "La semaine suivante, le conseil a voté."),
        ("fr", "Le conseil a voté mardi 19 septembre."),
        ("fr", "C'était la dernière semaine de la campagne."),
        ("es", "Al día siguiente llegaron por la mañana."),
        ("es", "El consejo votó el martes 19 de septiembre."),
        (None, "They will meet next week."),
        ("fi", "They will meet next week."),
    ],
)
def test_words_that_count_from_another_day_are_left_alone(language, text) -> None:
    assert relative_dates(text, language, SUNDAY) == ()


def test_next_friday_is_left_alone_while_this_weeks_is_ahead() -> None:
    assert relative_dates("They meet next Friday.", "en", dt.date(2023, 9, 13)) == ()
    assert relative_dates("It opens next weekend.", "en", dt.date(2023, 9, 13)) == ()


SENTENCES = st.sampled_from([(language, text) for language, text, _, _ in CASES])


@given(SENTENCES, DAYS)
def test_ranges_lie_on_the_side_of_the_article_that_the_words_say(sentence, published) -> None:
    language, text = sentence
    expected = next(days for _, case, _, days in CASES if case == text)
    for found in relative_dates(text, language, published):
        assert found.first <= found.last
        assert text[found.start : found.end] == found.text
        if expected[0] < "09-17":
            assert found.last <= published
        else:
            assert found.first >= published
    assert len(relative_dates(text, language, published)) == 1


@given(DAYS, st.sampled_from(["week", "month", "quarter", "year"]))
def test_last_this_and_next_follow_each_other_without_a_gap(published, unit) -> None:
    last, this, following = (
        only(f"Prices fell {which} {unit}.", "en", published) for which in ("last", "this", "next")
    )
    assert this.first <= published <= this.last
    assert last.last + dt.timedelta(days=1) == this.first
    assert this.last + dt.timedelta(days=1) == following.first


@given(st.dates(), st.integers(0, 999), st.sampled_from(["days", "weeks", "months", "years"]))
def test_no_date_and_no_number_is_too_far(published, number, unit) -> None:
    for found in relative_dates(f"It began {number} {unit} ago. It will end in {number} {unit}.", "en", published):
        assert found.first <= found.last


@given(DAYS, DAYS)
def test_full_dates_are_never_relative(day, published) -> None:
    assert relative_dates(f"The council met on {day:%A, %d %B %Y} and on {day.isoformat()}.", "en", published) == ()


def test_the_made_up_news_have_only_their_weekdays() -> None:
    found = {
        path.name: [item.text for item in relative_dates(path.read_text("utf-8"), language, SUNDAY)]
        for path, language in ((path, "de" if path.stem == "hafen" else "en") for path in NEWS.iterdir())
    }
    assert found == {
        "bees.txt": ["on Wednesday"],
        "bridge.md": [],
        "hafen.txt": ["am Montag"],
        "harbour.txt": ["on Monday"],
    }


def test_the_note_is_in_the_askers_language_with_the_quotes_own_words() -> None:
    found = only("They will meet next\nweek.", "en", SUNDAY)
    assert note(found, SUNDAY, [1], "en") == (
        "“next week” in [1] means 18–24 September 2023 (the article is of 17 September 2023)."
    )
    assert note(found, SUNDAY, [2], "de") == (
        "„next week“ in [2] bedeutet 18.–24. September 2023 (Datum des Artikels: 17. September 2023)."
    )
    assert note(found, SUNDAY, [1], "xx") == note(found, SUNDAY, [1], "en")


@pytest.mark.parametrize("language", sorted(tomllib.loads(prompt_file("refusals.toml"))))
def test_every_language_of_the_program_has_the_note(language) -> None:
    for text, published in (("It rained yesterday.", SUNDAY), ("It rained last week.", dt.date(2024, 1, 3))):
        written = note(only(text, "en", published), published, [7], language)
        assert "[7]" in written
        assert language == "en" or "the article is of" not in written
