"""How good the answers are: facts asked, answers judged, scores with intervals, the gate, and reports.

Works with anybody who answers questions. Does not know how answers come about.
"""
