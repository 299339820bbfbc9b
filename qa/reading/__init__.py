"""What passages say: which sentence answers and how surely, whether sources disagree, whether one supports a claim.

Judges only, by what it is handed. Does not know how an answer is put together, or who writes one.
"""
