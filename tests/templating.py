"""A tokenizer trained on the spot, and the chat templates of TRL's wheel, for the tests."""

from __future__ import annotations

import copy
import re
from functools import cache
from typing import Any

import pytest

from trajset.fit.chat_template import trl_templates

transformers = pytest.importorskip("transformers", reason="the extra `templates` is not installed")
TEMPLATES = trl_templates()
if not TEMPLATES:
    pytest.skip("trl, whose wheel holds the templates, is not installed", allow_module_level=True)

# Whatever looks like a special token in some template, so that each template meets its own.
_SPECIAL = re.compile(
    r"<[|｜][^<>|｜\s{}]{1,40}[|｜]>|<(?:start|end)_of_\w+>|<\|?(?:turn|channel|tool\w*)\|?>"
    r"|</?(?:tool_call|tool_response|think)>|\[/?(?:INST|TOOL_CALLS|AVAILABLE_TOOLS)\]"
)
CORPUS = [
    'def f(x):\n    return "a string" + str(x)\nTraceback (most recent call last):\n',
    '{"name": "Bash", "arguments": {"command": "pytest -q tests"}}',
    "user assistant system tool THINK SAY RESULT USER the file was not found, so look for it\n",
    # Real vocabularies have tokens of several line ends: they lie across the borders of masks.
    "\n\n" * 40 + "so\n\n" * 20 + "\n\n\n" * 10,
]


@cache
def _trained() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = {"<bos>", "<eos>", "<pad>"}
    for text in TEMPLATES.values():
        special |= set(_SPECIAL.findall(text))
    tokenizer.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(
            vocab_size=600 + len(special),
            special_tokens=sorted(special),
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>"
    )


def tokenizer_with(template: str) -> Any:
    """A tokenizer of our own with a chat template; trained once."""
    tokenizer = copy.deepcopy(_trained())
    tokenizer.chat_template = template
    return tokenizer
