"""An evaluation as text, Markdown, JUnit XML and one HTML page.

Knows how figures are named and written. Does not know how they come about, or where reports are kept.
"""
