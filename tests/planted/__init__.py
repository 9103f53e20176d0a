"""Planted secrets and benign look-alikes, made at test time: nothing here is a secret.

`planted(seed, samples)` gives texts that hold one made-up secret each, of many kinds, in many
contexts and spellings; `benign(seed)` gives texts that must not change. `recall` and
`over_redaction` say, per kind, how a redactor does.
"""

from planted.benign import benign, over_redaction
from planted.corpus import Sample, leaked, planted, recall
from planted.values import ALNUM, HEX, chars

__all__ = [
    "ALNUM",
    "HEX",
    "Sample",
    "benign",
    "chars",
    "leaked",
    "over_redaction",
    "planted",
    "recall",
]
