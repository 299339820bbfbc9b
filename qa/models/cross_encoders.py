"""A natural language inference model, asked whether the meaning of a sentence follows from a source.

Off unless configured. Any Sentence Transformers cross-encoder with a label for entailment will do. Does not know what
is made of its opinion.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from qa.errors import ConfigError

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_ENTAILMENT = "entail"
_CURE = "choose another model with answer.nli_model, or leave it empty"


class EntailmentModel:
    """Tells how likely a premise entails a hypothesis. The model is opened when it is first asked."""

    def __init__(self, name: str) -> None:
        """Use the model ``name``: a folder, or a name on the hub."""
        self._name = name
        self._model: CrossEncoder | None = None
        self._label = 0
        self._lock = threading.Lock()

    def probability(self, premise: str, hypothesis: str) -> float:
        """The probability, from 0 to 1, that ``hypothesis`` follows from ``premise``.

        Raises:
            ConfigError: the model cannot be opened, or does not tell entailment.
        """
        with self._lock:
            (probabilities,) = self._opened().predict([(premise, hypothesis)], apply_softmax=True)
        return float(probabilities[self._label])

    def _opened(self) -> Any:  # noqa: ANN401 - the library's class
        if self._model is None:
            try:
                from sentence_transformers import CrossEncoder

                model = CrossEncoder(self._name)
            except ImportError as error:
                raise ConfigError(
                    f"the entailment model {self._name} needs a package that is not installed ({error.name})",
                    "pip install 'article-qa[models]'",
                ) from error
            except Exception as error:
                reason = (str(error).strip() or type(error).__name__).splitlines()[0]
                raise ConfigError(f"the entailment model {self._name} cannot be opened: {reason}", _CURE) from error
            self._label = _entailment_label(self._name, model.model.config.id2label)
            self._model = model
        return self._model


def _entailment_label(name: str, labels: Mapping[int, str]) -> int:
    """Which output stands for entailment."""
    for number, label in labels.items():
        if label.casefold().startswith(_ENTAILMENT):
            return int(number)
    raise ConfigError(f"{name} does not tell entailment; its labels are {', '.join(labels.values())}", _CURE)
