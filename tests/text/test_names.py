"""Names of files as people type them."""

import unicodedata

import pytest

from qa.text.names import composed, name_matches

DECOMPOSED = unicodedata.normalize("NFD", "news/Müller Bericht.txt")


def test_a_name_from_a_mac_is_the_name_that_is_typed():
    assert DECOMPOSED != "news/Müller Bericht.txt"
    assert composed(DECOMPOSED) == "news/Müller Bericht.txt"
    for typed in ("news/Müller Bericht.txt", "Müller Bericht.txt", "Müll*", "news/Mü*", "Müller"):
        assert name_matches(DECOMPOSED, typed), typed


@pytest.mark.parametrize(
    "typed", ["news/Holt [2013].txt", "Holt [2013].txt", "Holt [2013]*", "Holt [[]2013]*", "Holt*"]
)
def test_brackets_may_be_a_part_of_a_name(typed):
    assert name_matches("news/Holt [2013].txt", typed)
    assert not name_matches("news/Brand [2014].txt", typed)


def test_patterns_folders_and_beginnings():
    assert name_matches("news/a1.txt", "a[0-9].txt")
    assert name_matches("news/sub/a.txt", "news/sub/")
    assert name_matches("news/000_x.txt", "000")
    assert not name_matches("news/000_x.txt", "00?")
