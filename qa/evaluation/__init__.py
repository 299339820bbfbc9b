"""How good the answers are: facts asked, answers judged, metrics with intervals, the gate, and reports.

Works with anybody who answers questions. Does not know how answers come about. A metric is one decorated function in
``metrics.py``, a report one function and one line in ``reports/__init__.py``.
"""
