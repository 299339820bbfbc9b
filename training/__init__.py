"""How the reader is made: data, training, measuring, export.

    make train     prepare the data, then train from the last checkpoint
    make reader    measure the newest checkpoint, export it, measure what was exported

``examples`` reads and ``made`` makes the data; ``prepare`` writes them as token ids; ``network`` is the reader in
PyTorch; ``train`` trains it; ``measure`` says how good it is, and ``export`` writes what ships. What came out is told
in ``MODEL_CARD.md``. The program itself imports nothing from here.
"""
