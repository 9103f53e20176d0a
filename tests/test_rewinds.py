"""Pairs from rewinds: two real answers to one state, each pair once."""

from __future__ import annotations

from typing import Any

from trajset.fit.counter import EmbeddedCounter
from trajset.fit.section import Fit
from trajset.sources.assemble import Assembler
from trajset.sources.tally import Tally
from trajset.trajectory import Trajectory
from trajset.views import preference
from trajset.views.section import Views
from trajset.views.view import Context, Place, Row


def path(answer: str, branch: int, key: str, **more: Any) -> Trajectory:
    assembler = Assembler(Tally())
    assembler.message("user", "Round the totals.", "human", key="prompt")
    assembler.call("Edit", {"new": answer}, call_id=key, response_id=key, key=key, **more)
    assembler.observation("updated", call_id=key, status="ok", key=f"{key}-result")
    assembler.message("assistant", "Done.", "model", response_id=f"{key}-2", key=f"{key}-done")
    trajectory = assembler.build(id=key, session_id="s", harness="h", branch=branch)
    assert trajectory is not None
    return trajectory


def pairs(kept: Trajectory, *branches: Trajectory) -> tuple[list[Row], dict[str, int]]:
    context = Context(
        section=Views(), fit=Fit(), counter=EmbeddedCounter(), branches=tuple(branches)
    )
    return list(preference.render(kept, Place(id="k"), context)), context.drops


def test_two_answers_to_one_prompt_are_a_pair() -> None:
    (row,), _ = pairs(path("round", 0, "a"), path("int", 1, "b"))
    assert row["origin"] == "rewind"
    assert row["information_gap"] == "none"
    assert [m["role"] for m in row["prompt"]] == ["user"]
    sides = [row[s][0]["tool_calls"][0]["function"]["arguments"] for s in ("chosen", "rejected")]
    assert sides == [{"new": "round"}, {"new": "int"}]


def test_branches_that_share_the_lost_answer_give_one_pair() -> None:
    lost = path("int", 1, "b")
    found, drops = pairs(path("round", 0, "a"), lost, lost.with_(branch=2))
    assert len(found) == 1
    assert drops == {"rewind_to_the_same_answer": 1}


def test_an_api_error_is_nobodys_wrong_answer() -> None:
    found, drops = pairs(path("round", 0, "a"), path("int", 1, "b", learn=False))
    assert found == []
    assert drops == {"rejected_marked_by_source": 1}


def test_the_same_answer_twice_is_no_pair() -> None:
    found, drops = pairs(path("round", 0, "a"), path("round", 1, "b"))
    assert found == []
    assert drops == {"equal_sides": 1}
