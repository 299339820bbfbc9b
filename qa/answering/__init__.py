"""Answers: by quotation, or written by a language model and checked; cited exactly either way.

Offers an answerer for each engine, and what stands beside an answer. Does not know conversations, or how passages are
found and judged.
"""
