"""What the card says of names that stand in its tables."""

from __future__ import annotations

CONFIGS = {
    "codeact": (
        "a window of a run as thoughts, actions and observations, with its failures and recovery "
        "spans; for analysis and Thought–Action–Observation training"
    ),
    "chat": (
        "a window of a run as `messages` and `tools`; each assistant message says in `train` "
        "whether it is to be learnt; for reading, and for training on the rows whose `needs_mask` "
        "is false"
    ),
    "sft": (
        "`prompt` and `completion`; what must not be learnt (failed calls, what the user threw "
        "away, summaries) stands in the prompt, always"
    ),
    "error_recovery": (
        "one response of a repair as `completion`; the prompt holds all before it, the failed "
        "attempt included, so that no trainer learns the mistake"
    ),
    "preference": (
        "two answers to one prompt, `chosen` and `rejected`; `information_gap` says what the "
        "chosen one knew more"
    ),
    "tokenized": "`input_ids` and `labels`, exactly what is to be learnt; for any trainer",
    "trace_state": (
        "all that an agent saw before one of its turns, and what it did there; for answers of "
        "other models"
    ),
}
"""Config -> what a row of it is."""

CATEGORIES = {
    "sandbox_approval": "a person, a permission system or a sandbox refused it",
    "timeout": "a time limit cut it off",
    "background_job": "it concerned a job that runs apart from the call",
    "network": "a remote service or the network failed",
    "missing_dependency": "the environment lacks something that the work needs",
    "tool_schema": "the call was malformed for its tool",
    "model": "the call was well formed, but rested on a wrong belief",
    "command_exit": "a command ran, and reported that the work is not right yet",
    "unknown": "none of these can be read from it",
    "unclosed_turn": "a turn ended before its call had a result",
}
"""Category of a failure -> where its cause most likely lies."""

TRAINERS = {
    "sft": ("`SFTTrainer`", "`assistant_only_loss=True`"),
    "error_recovery": ("`SFTTrainer`", "`assistant_only_loss=True`"),
    "chat": ("`SFTTrainer`, on rows whose `needs_mask` is false", "`assistant_only_loss=True`"),
    "preference": ("`DPOTrainer`, `KTOTrainer`", "none"),
    "tokenized": ("`SFTTrainer`", "none; with the tokenizer named above"),
}
"""Config -> the trainer of TRL that it is made for, and its arguments beside `max_length`."""

DROPPED = {
    "contained": "contained whole in another run",
    "duplicate": "equal to another",
    "near_duplicate": "nearly equal to another",
    "decontaminated": "that share text with a benchmark",
    "excluded": "excluded by the recipe",
}
"""Why a run is not in the dataset -> how that is said of a number of runs."""

GROUPS = {
    "session": "a session with its forks, resumes and sub-agents",
    "project": "a project (a working directory)",
    "repository": "a repository",
}
"""Recipe's `plan.group_by` -> what is never in two splits."""
