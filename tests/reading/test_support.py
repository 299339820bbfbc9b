"""Does a source sentence support a claim: true ones pass; a false number, date or negation does not."""

import pytest

from qa.reading.alignment import AligningVerifier
from qa.reading.support import SourceSentence, make_verifier
from qa.settings import Settings

BRIDGE = (
    "The town of Larkfield opened a new bridge over the river Tamble on 4 May 2021.",
    "It cost 12 million euros and was designed by Maria Okafor.",
    "The council had rejected an earlier plan by Jonas Brandt in 2017.",
    "Larkfield beat Norwell in the contest for the state's money.",
    "Engineers expect that the bridge may last for 80 years.",
)


@pytest.fixture(scope="module")
def verifier():
    return make_verifier(Settings())


def check(verifier, claim, language="en", texts=BRIDGE, of="en"):
    sources = [SourceSentence(text, of, continues=number > 0) for number, text in enumerate(texts)]
    return verifier.check(claim, language, sources, range(len(sources)))


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Larkfield opened a new bridge over the river Tamble on 4 May 2021.", (0,)),
        ("The town of Larkfield opened a new bridge in May 2021.", (0,)),
        ("It cost 12 million euros.", (1,)),
        ("The council had rejected an earlier plan in 2017.", (2,)),
        ("Larkfield beat Norwell in the contest.", (3,)),
        ("The bridge may last for 80 years.", (4,)),
    ],
)
def test_a_true_claim_is_supported_by_just_its_sentence(verifier, claim, evidence):
    support = check(verifier, claim)
    assert support.supported
    assert support.evidence == evidence
    assert support.missing == ()


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param("Larkfield opened a new bridge over the river Tamble on 5 May 2021.", id="date"),
        pytest.param("Larkfield opened a new bridge over the river Tamble in 2020.", id="year"),
        pytest.param("It cost 13 million euros and was designed by Maria Okafor.", id="number"),
        pytest.param("It cost 12 billion euros and was designed by Maria Okafor.", id="magnitude"),
        pytest.param("The council had not rejected an earlier plan by Jonas Brandt in 2017.", id="negation"),
        pytest.param("The river Tamble floods the town of Larkfield every spring.", id="invented"),
        pytest.param("Bananas are rich in potassium.", id="foreign"),
    ],
)
def test_a_false_claim_is_not(verifier, claim):
    assert not check(verifier, claim).supported


def test_what_is_missing_is_named(verifier):
    assert "13 million" in " ".join(check(verifier, "It cost 13 million euros.").missing)


def test_a_name_may_come_from_the_sentence_that_the_evidence_leans_on(verifier):
    texts = ("Maria Okafor grew up in Larkfield.", "She designed the bridge in 2018.")
    support = check(verifier, "Maria Okafor designed the bridge in 2018.", texts=texts)
    assert support.supported
    assert support.evidence == (0, 1)


def test_anything_but_a_name_may_not(verifier):
    texts = ("The household has 4 members.", "Their family has 7 members.")
    assert not check(verifier, "The family has 4 members.", texts=texts).supported


def test_a_translation_supports_and_a_false_translation_does_not(verifier):
    german = "Die Stadt Larkfield eröffnete am 4. Mai 2021 eine neue Brücke über den Fluss Tamble."
    assert check(verifier, german, "de").supported
    assert not check(verifier, german.replace("2021", "2022"), "de").supported
    assert not check(verifier, german.replace("eine neue", "keine neue"), "de").supported


@pytest.mark.parametrize("claim", ["", "?", "“”", "Yes.", "No."])
def test_what_says_nothing_is_not_supported(verifier, claim):
    assert not check(verifier, claim).supported


@pytest.mark.parametrize("texts", [(), ("```",), ("…", "“”")])
def test_sources_without_words_support_nothing(verifier, texts):
    assert check(verifier, "Larkfield opened a bridge.", texts=texts).supported is False


def test_only_allowed_sentences_are_evidence(verifier):
    sources = [SourceSentence(text, "en") for text in BRIDGE]
    assert not verifier.check("It cost 12 million euros.", "en", sources, [0, 2, 3]).supported


class Judge:
    """An entailment model that says what it is told."""

    def __init__(self, probability):
        self.answer = probability
        self.asked = []

    def probability(self, premise, hypothesis):
        self.asked.append((premise, hypothesis))
        return self.answer


@pytest.mark.parametrize("probability", [0.1, 0.9])
def test_an_entailment_model_judges_the_meaning_but_never_a_number(probability):
    verifier = AligningVerifier()
    verifier._entailment = judge = Judge(probability)
    assert check(verifier, "It cost 12 million euros.").supported is (probability > 0.5)
    assert (BRIDGE[1], "It cost 12 million euros.") in judge.asked
    judge.asked.clear()
    assert not check(verifier, "It cost 13 million euros.").supported
    assert judge.asked == []
