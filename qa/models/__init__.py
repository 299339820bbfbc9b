"""The networks: multilingual-e5-small and others that embed, and the reader, which answers and judges.

Everything is loaded when it is first used. Does not know: the index, or what vectors and answers are for.
"""
