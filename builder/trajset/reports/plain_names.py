"""Names that a report may show to strangers: those of fixed lists, and nothing a log could fill.

Tool, model and harness names come out of logs, so that anybody's text can stand in them. What is
not known to be a name is told by what it is instead: `other tool (edit)`, `other claude model`.
"""

from __future__ import annotations

import re
from functools import cache

from trajset.annotate.naming import names
from trajset.annotate.tools import KINDS, action_of
from trajset.sources import SOURCES
from trajset.trajectory import ToolCall

NOT_RECORDED = "not recorded"
_NOT_WORD = re.compile(r"[^a-z0-9]")
_TOOL = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,39}")
_KIND = re.compile(r"[a-z][a-z_]{0,39}")
_TRAJECTORY = re.compile(r"[0-9a-f]{16}")
_HANDLE = re.compile(r"[\w.:/@+#-]{1,120}|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
_VENDORS = names(
    "anthropic openai google gemini vertex_ai deepseek qwen meta-llama mistralai mistral x-ai xai "
    "moonshotai z-ai zai-org minimax openrouter ollama bedrock azure groq together nvidia cohere "
    "github_copilot huggingface"
)
_FAMILY = re.compile(
    r"(claude|chatgpt|gpt|codex|o(?=[1345](?:-|$))|gemini|gemma|deepseek|qwen|qwq|llama|mistral|"
    r"mixtral|codestral|devstral|magistral|ministral|grok|kimi|glm|minimax|nova|command|phi|"
    r"granite|nemotron)(?![a-z]{2})"
)
_PARTS_OF_NAMES = names(
    "opus sonnet haiku instant fable mini nano micro pro flash lite turbo codex spark preview exp "
    "latest experimental instruct chat coder code reasoner reasoning thinking think base it max "
    "plus omni vision audio realtime search high medium low minimal xhigh fast distill scout "
    "maverick air next large small ultra super embed oss turbo speciale r"
)
_PART = re.compile(r"[a-z]?\d{1,3}[a-z]?|a?\d{1,3}b|20\d{6}|20\d\d|[01]\d[0-3]\d|8x\d{1,2}b")
_BETWEEN = re.compile(r"[-_.: ]+")


def plain_harness(harness: str) -> str:
    """The harness, if one of our sources goes by that name."""
    return harness if any(harness == source.NAME for source in SOURCES) else "other harness"


def plain_kind(kind: str) -> str:
    """The name of a rule of ours, if it looks like one."""
    return kind if _KIND.fullmatch(kind) else "other"


def plain_trajectory(trajectory_id: str) -> str:
    """Our own id of a trajectory: a digest, so that nothing of the log stands in it."""
    return trajectory_id if _TRAJECTORY.fullmatch(trajectory_id) else "–"


def plain_tool(call: ToolCall) -> str:
    """The tool's name where it is one that harnesses are known to have, else what it is for."""
    if _TOOL.fullmatch(call.tool) and _bare(call.tool) in _known_tools():
        return call.tool
    action = action_of(call)
    return "MCP tool" if action.remote else f"other tool ({action.kind})"


def plain_model(model: str) -> str:
    """The model's name where every part of it is known, else its family, else that it is other."""
    if model == NOT_RECORDED:
        return model
    *vendors, name = model.strip().lower().split("/")
    family = _FAMILY.match(name)
    if family is None:
        return "other model"
    parts = [part for part in _BETWEEN.split(name[family.end() :]) if part]
    known = all(part in _PARTS_OF_NAMES or _PART.fullmatch(part) for part in parts)
    if known and len(parts) <= 7 and all(vendor in _VENDORS for vendor in vendors):
        return "/".join([*vendors, name])
    return f"other {family[0]} model"


def handle(text: str | None) -> str:
    """An id of the log where it looks like one, for its owner's eyes: no blanks, no controls."""
    return text if text is not None and _HANDLE.fullmatch(text) else "–"


def _bare(tool: str) -> str:
    return _NOT_WORD.sub("", tool.lower())


@cache
def _known_tools() -> frozenset[str]:
    """Names of tools in our tables and catalogues, lower case, without punctuation."""
    catalogued = (
        schema.get("function", {}).get("name", "")
        for source in SOURCES
        for schema in getattr(source, "TOOLS", ())
    )
    return frozenset((*KINDS, *(_bare(name) for name in catalogued)))
