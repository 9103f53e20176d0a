"""What a check found, and what of it makes training go wrong."""

from __future__ import annotations

from msgspec import Struct, field

from trajset.fit.capabilities import Capabilities

_SHOWN = 3


class Verdict(Struct, kw_only=True):
    """What was found in the rows of a config."""

    rows: int = 0
    set_aside: int = 0
    """Rows that are not for this trainer: `chat` rows that need a mask of their own."""
    tokens: int = 0
    learnt: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)
    """What is wrong -> ids of rows."""

    def note(self, what: str, row_id: str) -> None:
        """Take note of a row with which something is wrong; once, whatever the side."""
        ids = self.found.setdefault(what, [])
        if ids[-1:] != [row_id]:
            ids.append(row_id)

    @property
    def share(self) -> float | None:
        """Share of the tokens that are learnt."""
        return self.learnt / self.tokens if self.tokens else None


class Shown(Struct, frozen=True, kw_only=True):
    """A row to look at."""

    id: str
    config: str
    ids: list[int]
    labels: list[int]


class Checked(Struct, kw_only=True):
    """What a check found."""

    tokenizer: str
    max_length: int
    template: str | None
    """The template that marks what is learnt, by name; None where there is none."""
    swapped: bool
    """Whether TRL swaps it in for the tokenizer's own."""
    learns_to_stop: bool
    own: Capabilities
    """Of the tokenizer's own template, which DPO and inference use."""
    training: Capabilities | None
    """Of the template that marks what is learnt."""
    built_with: str | None = None
    """The tokenizer that the dataset was counted with, where it is another one."""
    configs: dict[str, Verdict] = field(default_factory=dict)
    shown: list[Shown] = field(default_factory=list)

    def problems(self) -> list[str]:
        """What makes training go wrong, one sentence each."""
        made = self.configs.keys()
        result = []
        if self.template is None and made & {"sft", "error_recovery"}:
            result.append(
                "no template with {% generation %} marks: the tokenizer's own has none, and TRL "
                "has no training template for it; `assistant_only_loss` cannot be used"
            )
        if self.template is not None and not self.learns_to_stop:
            result.append("the token that ends a turn is not learnt: the model will not stop")
        for use, can in (("own", self.own), ("training", self.training)):
            if can is not None and can.arguments == "string":
                result.append(f"the {use} template renders a call's arguments as a quoted string")
        if self.built_with is not None and "tokenized" in made:
            result.append(f"tokenized: made with {self.built_with}, not with this tokenizer")
        for config, verdict in self.configs.items():
            for what, ids in sorted(verdict.found.items()):
                if not self._expected(config, what):
                    more = f" and {len(ids) - _SHOWN:,} more" if len(ids) > _SHOWN else ""
                    shown = ", ".join(ids[:_SHOWN]) + more
                    result.append(f"{config}: {len(ids):,} rows: {what}: {shown}")
        return result

    def remarks(self) -> list[str]:
        """What is good to know, but does no harm."""
        result = []
        if self.built_with is not None:
            result.append(
                f"the dataset was counted with {self.built_with}: name this tokenizer in "
                "fit.tokenizer and build again for exact lengths"
            )
        for config, verdict in self.configs.items():
            if verdict.set_aside:
                result.append(
                    f"{config}: {verdict.set_aside:,} rows need a mask for each message "
                    "(needs_mask) and were not checked"
                )
            for what, ids in verdict.found.items():
                if self._expected(config, what):
                    result.append(
                        f"{config}: {len(ids):,} rows: {what}: this template never renders any; "
                        "build with `views: {reasoning: strip}` to count without it"
                    )
        return result

    def _expected(self, config: str, what: str) -> bool:
        """Whether it is no surprise: a template without reasoning loses all reasoning."""
        can = self.own if config == "preference" else self.training
        return what == LOSES_REASONING and can is not None and can.reasoning == "no"


REFUSED = "the template refuses them"
MASKED = "no token is learnt"
CUT = "longer than max_length, so the trainer cuts their end"
LOSES_CALL = "a learnt call is lost in rendering"
LOSES_REASONING = "learnt reasoning is lost in rendering"
LEARNS_MORE = "tokens are learnt that the assistant did not write"
TEXT_ARGUMENTS = "arguments are a string where templates expect a dict"
NO_STOP = "the token that ends a turn is not learnt"
