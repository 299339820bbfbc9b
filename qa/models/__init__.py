"""Models that run in this process: texts in, vectors or judgements out.

Offers the embedding model that the settings name: the bundled multilingual-e5-small, or any of LlamaIndex's. Does not
know articles or indexes. What needs torch or LlamaIndex imports it when it is asked for.
"""
