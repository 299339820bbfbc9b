"""Text of any language: which language it is, its words and sentences, and the numbers and dates in it.

Offers what every other package cuts text with; offsets count code points. Knows the names of the Unicode CLDR. Does not
know articles, questions, or why anybody wants to know.
"""
