"""Counting with a tiktoken encoding by name (extra `tiktoken`; its first use is a download)."""

from __future__ import annotations

from hashlib import blake2b

from trajset.fit.counter import EmbeddedCounter
from trajset.fit.memo import Memo


class TiktokenCounter(EmbeddedCounter):
    """Like the embedded counter, with another vocabulary: `o200k_base`, `cl100k_base`…"""

    def __init__(self, encoding: str) -> None:
        """Load the encoding.

        Raises:
            ValueError: tiktoken is not installed, knows no such encoding, or cannot download it.
        """
        try:
            import tiktoken
        except ImportError:
            raise ValueError(
                f"fit.tokenizer tiktoken:{encoding}: expected the package tiktoken, found none; "
                "install it with `pip install 'trajset[tiktoken]'`"
            ) from None
        try:
            loaded = tiktoken.get_encoding(encoding)
        except Exception as error:  # tiktoken raises what its HTTP client raises
            raise ValueError(
                f"fit.tokenizer tiktoken:{encoding}: expected a known encoding that is cached or "
                f"can be downloaded, found {type(error).__name__}; `embedded` needs no download"
            ) from None
        self.name = f"tiktoken:{encoding}"
        self.digest = blake2b(f"{encoding} {loaded.n_vocab}".encode(), digest_size=8).hexdigest()
        self._memo = Memo(lambda texts: [len(loaded.encode_ordinary(text)) for text in texts])
