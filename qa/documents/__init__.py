"""Files to documents: which files the given paths mean, their text, and what they declare about themselves.

A module for each format. Does not know what of a text is the article, or what becomes of it.
"""
