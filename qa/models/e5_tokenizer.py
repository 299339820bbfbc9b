"""The tokenizer of XLM-RoBERTa, which multilingual-e5-small shares.

Two ways to the same tokens: one tokenizer that knows all 250,000 pieces and takes most of a second to make, for many
texts; and one made for a single short text, which knows just the pieces that occur in it.

Does not know: special tokens, prompts, or what the tokens are for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tokenizers import Encoding, Regex, Tokenizer, models, normalizers, pre_tokenizers

from qa.models.e5_weights import Vocabulary

_CONTROL = r"[\x{0}-\x{8}\x{b}\x{e}-\x{1f}\x{7f}\x{8f}\x{9f}]"
_SPACE = r"[\s\x{200b}-\x{200f}\x{2581}\x{feff}\x{fffd}]+"


def build_tokenizer(pieces: Iterable[tuple[str, float]], unknown: int) -> Tokenizer:
    """A Unigram tokenizer (Kudo 2018, arXiv 1804.10959), without special tokens.

    The normalisation is SentencePiece's ``nmt_nfkc``: NFKC, control characters dropped, white space and invisible
    characters folded to single spaces.

    Args:
        pieces: with their scores, which are logarithms of probabilities.
        unknown: which of them stands for what no piece covers.
    """
    tokenizer = Tokenizer(models.Unigram(list(pieces), unk_id=unknown, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Replace(Regex(_CONTROL), ""),
            normalizers.Replace(Regex(_SPACE), " "),
            normalizers.Strip(),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    return tokenizer


class TextTokenizer:
    """Tokenizes many texts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        scored = zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True)
        self._tokenizer = build_tokenizer(scored, vocabulary.unknown)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """The numbers of a text's pieces, and where in the text each stands."""
        encoding = self._tokenizer.encode(text)
        return encoding.ids, encoding.offsets


class QuestionTokenizer:
    """Tokenizes few short texts: ready at once, but each text costs a tokenizer of its own."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        # The score of an unknown character hangs on the lowest score there is, so that piece must always be there.
        self._always = (vocabulary.unknown, int(vocabulary.scores.argmin()))
        self._empty = build_tokenizer([("?", 0.0)], 0)

    def encode(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """As for ``TextTokenizer``, with the same result."""
        normal = self._empty.normalizer.normalize_str(text)
        words = {word for word, _ in self._empty.pre_tokenizer.pre_tokenize_str(normal)}
        parts = {part for word in words for part in self._parts(word)}
        known = sorted(number for part in parts if (number := self._vocabulary.number(part)) is not None)
        numbers = list(dict.fromkeys([*self._always, *known]))
        pieces = [(self._vocabulary.piece(number), float(self._vocabulary.scores[number])) for number in numbers]
        encoding: Encoding = build_tokenizer(pieces, 0).encode(text)
        return [numbers[number] for number in encoding.ids], encoding.offsets

    def _parts(self, word: str) -> Iterator[str]:
        for start in range(len(word)):
            for end in range(start + 1, min(start + self._vocabulary.longest, len(word)) + 1):
                yield word[start:end]
