"""Which passages have to do with a question: by meaning and by words, fused, copies collapsed.

Does not know which sentence answers, or whether any does.
"""
