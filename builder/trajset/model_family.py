"""Which lab's line of models an id names, in any spelling.

A family is what would recognise, and prefer, its own words: GPT and gpt-oss are one, so are Gemini
and Gemma, or all of Mistral's `…stral`. The words of a line decide, whatever stands around them: a
provider (`anthropic/…`), region and version (Bedrock's `us.anthropic.claude-…-v1:0`, also in an
ARN), a date (`claude-…@20250514`), a path (`publishers/google/models/…`), a tag (`qwen3:8b`) or the
name of a deployment. Who serves a model says nothing. An id without such a word is unknown.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LINES: dict[str, str] = {
    "claude": r"claude|sonnet|opus(?!-mt)|opusplan|haiku",
    "gpt": r"(?:chat)?gpt(?!-?(?:neo|j-|4all|sw3))|codex|davinci"
    r"|(?<![a-z0-9-])o[134](?=$|-(?:mini|pro|preview|deep|\d{4}))",
    "gemini": r"gemini|(?:code|shield|med)?gemma|palm|(?:chat|text|code|codechat)-bison",
    "deepseek": r"deepseek",
    "qwen": r"(?:code)?qwen|qwenlong|qwq|qvq|tongyi",
    "kimi": r"kimi|moonshot",
    "glm": r"(?:chat|code)?glm|codegeex",
    "minimax": r"minimax|abab",
    "mistral": r"mistral|mixtral|pixtral|(?:code|dev|magi|math|mini|vox)stral",
    "grok": r"grok",
    "llama": r"(?:code|tiny)?llama(?![.-]?cpp|-server)",
    "phi": r"phi",
    "nemotron": r"nemotron",
    "command": r"command(?=-(?:r|a|light|nightly)(?![a-z])|$)|c4ai|aya",
    "granite": r"granite",
    "nova": r"nova(?=-(?:pro|lite|micro|premier|act|2))",
    "jamba": r"jamba",
    "yi": r"yi(?=-(?:\d|coder|large|lightning|vl))",
    "ernie": r"ernie",
    "hunyuan": r"hunyuan",
    "seed": r"doubao|seed(?=-(?:\d|oss|coder))",
    "step": r"(?<![a-z0-9-])step(?=-\d)",
    "mimo": r"mimo",
    "longcat": r"longcat",
    "lfm": r"lfm",
    "olmo": r"olmo|olmoe",
    "internlm": r"internlm|intern-s1",
    "exaone": r"exaone",
    "falcon": r"falcon",
    "smollm": r"smollm",
    "starcoder": r"starcoder",
    "hermes": r"(?:open|deep)?hermes",
    "composer": r"composer",
}
"""Family -> its words. A word has no letter before or after it; digits may follow (`qwen3`)."""

FAMILIES: tuple[str, ...] = tuple(_LINES)
_WORDS = re.compile(
    "|".join(rf"(?P<{name}>(?<![a-z])(?:{words})(?![a-z]))" for name, words in _LINES.items())
)


@lru_cache(maxsize=1024)
def model_families(model: str | None) -> tuple[str, ...]:
    """All families that an id names, the first first: a distillate has that of its teacher as well.

    Of a path the last part that names one decides. `DeepSeek-R1-Distill-Qwen-7B` is
    `("deepseek", "qwen")`; an unknown model has none.
    """
    for part in reversed((model or "").lower().split("/")):
        found = [match.lastgroup for match in _WORDS.finditer(part)]
        if found:
            return tuple(dict.fromkeys(name for name in found if name))
    return ()


def model_family(model: str | None) -> str | None:
    """The family of a model's id (`claude`, `gpt`, `gemini`, …), or None where it is unknown."""
    return next(iter(model_families(model)), None)
