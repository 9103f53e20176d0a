"""Recipe section `views`: which configs are made, and what may be learnt."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Gap = Literal["none", "error_text", "observations", "user_feedback"]


class Views(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which rows are rendered."""

    configs: tuple[str, ...] = (
        "codeact",
        "chat",
        "sft",
        "error_recovery",
        "preference",
        "tokenized",
    )
    """`tokenized` is made only where `fit.tokenizer` names a real tokenizer."""
    reasoning: Literal["keep", "strip", "require"] = "keep"
    """Reasoning in messages: as in the log, left out, or responses without any are not learnt."""
    repair: Literal["last", "all"] = "last"
    """Which responses of a recovery give rows: those after the last failing result, or all that
    did not fail themselves."""
    failed_trajectories: bool = False
    """Whether trajectories with outcome `failure` are in `sft` and `chat` as well."""
    user_helped: bool = False
    """Whether repairs that a human message helped along are in `error_recovery`."""
    gaps: tuple[Gap, ...] = ("none",)
    """Preference pairs by what the chosen answer knew more than the rejected one."""
    subagents: bool = False
    """Whether the turns of sub-agents give rows of `trace_state` as well."""
    min_learnt: float = 0.0005
    """Least share of a config's tokens that must be learnt; less stops the build."""
