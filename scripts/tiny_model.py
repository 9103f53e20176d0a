"""A tiny randomly initialised model with a tokenizer trained in place, for runs without downloads.

`python scripts/tiny_model.py FOLDER [--dir ./builder]` writes both to FOLDER. With
`fit.tokenizer: FOLDER` in a recipe, lengths are exact for it and the config `tokenized` is made.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from trajset.check.judge import read_rows
from trajset.fit.chat_template import trl_templates
from trajset.folder import read_manifest

_TOKENS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
_MARKERS = ["<think>", "</think>", "<tool_call>", "</tool_call>"]
_MARKERS += ["<tool_response>", "</tool_response>"]
_LONGEST = 20_000
"""Characters of a text that the tokenizer is trained on."""
_TEXTS = 4_000


def tiny_tokenizer(texts: Iterable[str], vocabulary: int = 8192) -> Any:
    """A byte-level BPE tokenizer with Qwen3's special tokens and chat template."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=_TOKENS,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.add_tokens([AddedToken(marker, special=False) for marker in _MARKERS])
    loaded = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    loaded.chat_template = trl_templates()["qwen3"]
    return loaded


def tiny_model(tokenizer: Any, max_length: int) -> Any:
    """A model of Qwen3's architecture: 2 layers of width 64."""
    import torch
    from transformers import Qwen3Config, Qwen3ForCausalLM

    torch.manual_seed(0)
    return Qwen3ForCausalLM(
        Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=64,
            intermediate_size=128,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            head_dim=16,
            max_position_embeddings=max_length,
            tie_word_embeddings=True,
            bos_token_id=None,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def dataset_texts(folder: Path) -> Iterator[str]:
    """Texts of a dataset's rows, for training a tokenizer; of none where there is no dataset."""
    manifest = read_manifest(folder)
    if manifest is None:
        return
    rows = (row for name in ("sft", "error_recovery") for row in read_rows(folder, manifest, name))
    yield from islice((t[:_LONGEST] for row in rows for t in _strings(_said(row))), _TEXTS)


def _said(row: dict[str, Any]) -> list[Any]:
    return [*row["prompt"], *row["completion"], *row["tools"]]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def main() -> int:
    """Write a tiny model and its tokenizer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dir", type=Path, default=Path("builder"), help="texts to train on")
    parser.add_argument("--max-length", type=int, default=32_768)
    given = parser.parse_args()
    tokenizer = tiny_tokenizer(dataset_texts(given.dir))
    tokenizer.save_pretrained(given.folder)
    tiny_model(tokenizer, given.max_length).save_pretrained(given.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
