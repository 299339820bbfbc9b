"""A Sentence Transformers cross-encoder in the place of the reader's own judgement of claims.

Off unless ``reader.support_model`` names one: any model that tells entailment, by three labels, by two, or by one
number. Pairs are judged in batches. Does not know what is made of its opinion.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from qa.errors import ConfigError
from qa.models.spans import Entailment

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_CURE = "choose another model with reader.support_model, or leave it empty"
_BATCH = 32
_ENTAILED = re.compile(r"entail|true|support|yes|1$|label_1$", re.IGNORECASE)
_NOT_ENTAILED = re.compile(r"not|non|un|false|no$|0$|label_0$", re.IGNORECASE)
_CONTRADICTED = re.compile(r"contra|refut", re.IGNORECASE)


class CrossEncoderJudge:
    """Judges claims with a model that is opened when it is first asked. Threads may share one.

    Args:
        name: a folder, or a name on the hub.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._model: CrossEncoder | None = None
        self._entailed = 0
        self._contradicted: int | None = None
        self._lock = threading.Lock()

    def supports(self, claims: Sequence[tuple[str, str]]) -> list[Entailment]:
        """What the evidence says about each claim; the pairs are (claim, evidence).

        A model with two labels does not tell what contradicts a claim: all that it does not call entailed is neutral.

        Raises:
            ConfigError: the model cannot be opened, or does not tell entailment.
        """
        if not claims:
            return []
        with self._lock:
            model = self._opened()
            raw = model.predict([(evidence, claim) for claim, evidence in claims], batch_size=_BATCH)
        table = _probabilities(np.asarray(raw, dtype=np.float64), len(claims))
        return [self._entailment(row) for row in table]

    def _entailment(self, row: Any) -> Entailment:  # noqa: ANN401 - a row of an array
        entailed = float(row[self._entailed])
        contradicted = 0.0 if self._contradicted is None else float(row[self._contradicted])
        return Entailment(entailed, max(0.0, 1 - entailed - contradicted), contradicted)

    def _opened(self) -> Any:  # noqa: ANN401 - the library's class
        if self._model is None:
            try:
                from sentence_transformers import CrossEncoder

                model = CrossEncoder(self._name)
            except ImportError as error:
                raise ConfigError(
                    f"the support model {self._name} needs a package that is not installed ({error.name})",
                    "pip install 'article-qa[models]'",
                ) from error
            except Exception as error:
                reason = (str(error).strip() or type(error).__name__).splitlines()[0]
                raise ConfigError(f"the support model {self._name} cannot be opened: {reason}", _CURE) from error
            self._entailed, self._contradicted = _labels(self._name, model.model.config.id2label)
            self._model = model
        return self._model


def _probabilities(logits: Any, count: int) -> Any:  # noqa: ANN401 - arrays
    """What the library gives as probabilities, shape (count, labels).

    Of several labels it gives logits, shape (count, labels); of one a probability, which is that of "entailed".
    """
    logits = logits.reshape(count, -1)
    if logits.shape[1] == 1:
        return np.hstack([1 - logits, logits])
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return odds / odds.sum(axis=1, keepdims=True)


def _labels(name: str, labels: Mapping[int, str]) -> tuple[int, int | None]:
    """Which outputs stand for entailment and for contradiction, the second where the model tells it."""
    if len(labels) == 1:
        return 1, None
    entailed = [
        int(number) for number, label in labels.items() if _ENTAILED.search(label) and not _NOT_ENTAILED.match(label)
    ]
    contradicted = [int(number) for number, label in labels.items() if _CONTRADICTED.match(label)]
    if len(entailed) != 1:
        raise ConfigError(f"{name} does not tell entailment; its labels are {', '.join(labels.values())}", _CURE)
    return entailed[0], contradicted[0] if contradicted else None
