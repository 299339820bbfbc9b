"""How long reading takes."""

from __future__ import annotations

import time

import numpy as np

from qa.models.reader import Reader
from training.figures.development import dev_questions
from training.figures.scores import Figures
from training.places import tokenizer


def speed(reader: Reader, _: int) -> Figures:
    """Seconds for one question and eight passages of 220 tokens, the median of seven."""
    texts = [context for _, context, _ in dev_questions()[::200]]
    words = " ".join(texts)
    encoding = tokenizer().encode(words)
    passages = [words[encoding.offsets[220 * i][0] : encoding.offsets[220 * i + 219][1]] for i in range(8)]
    taken = []
    for _ in range(7):
        began = time.perf_counter()
        reader.read("Which city has the largest Irish and Italian populations?", passages)
        taken.append(time.perf_counter() - began)
    return {"seconds": float(np.median(taken))}
