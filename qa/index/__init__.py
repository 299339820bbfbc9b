"""The index: made from documents, published as a whole, searched by vector and by words.

Offers building, writing and reading. Only here is it known that Chroma and SQLite hold it, and in which folders. Does
not know questions, or what makes a passage a good one.
"""
