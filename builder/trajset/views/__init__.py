"""The views: one module a config, and the registry that names them."""

from __future__ import annotations

from trajset.views import chat, codeact, error_recovery, preference, sft, tokenized, trace_state
from trajset.views.view import View

VIEWS: tuple[View, ...] = (codeact, chat, sft, error_recovery, preference, tokenized, trace_state)
"""In the order of the card; `chat` is the default config on the Hub."""
