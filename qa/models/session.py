"""How ONNX Runtime is set up for the networks of this program. Does not know what they compute."""

from __future__ import annotations

import onnxruntime

SOURCE = "embedded"
"""What goes into a graph: the embedded tokens of one text, shape (1, tokens, hidden)."""
SPANS, CLAIM = "spans", "claim"
"""What comes out of the reader: logits of shape (tokens, 2), and of shape (3,)."""
FINGERPRINT = "fingerprint"
"""Under which the reader's file says what it is."""


def open_session(graph: bytes | str) -> onnxruntime.InferenceSession:
    """A session that runs one text on one core; threads may share it.

    Args:
        graph: a serialised model, or the path of one.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # one text a core is faster than one text on all cores
    # The fused kernels of the higher levels are slower here: measured, not guessed.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
