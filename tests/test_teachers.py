"""Who may answer a state."""

from __future__ import annotations

import trajset
from trajset.model_family import model_families

TEACHERS = ["anthropic/claude-opus-4.7", "gpt-5.5", "deepseek-v4-pro", "Qwen/Qwen3-8B", "homemade"]


def row(source: str | None) -> dict[str, object]:
    return {
        "source_model": source,
        "excluded_teacher_families": list(model_families(source)),
    }


def test_teachers_of_the_same_family_are_left_out() -> None:
    assert trajset.teachers.eligible(row("claude-sonnet-4-5"), TEACHERS) == TEACHERS[1:]
    assert trajset.teachers.eligible(row("o3"), TEACHERS) == [TEACHERS[0], *TEACHERS[2:]]


def test_a_distillate_excludes_both_its_families_and_is_excluded_by_both() -> None:
    distilled = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
    assert trajset.teachers.eligible(row(distilled), TEACHERS) == [*TEACHERS[:2], "homemade"]
    assert trajset.teachers.eligible(row("qwen3:8b"), [distilled, "gpt-5.5"]) == ["gpt-5.5"]


def test_an_unknown_source_excludes_itself_alone() -> None:
    assert trajset.teachers.eligible(row("lab/homemade"), TEACHERS) == TEACHERS[:4]
    assert trajset.teachers.eligible(row(None), TEACHERS) == TEACHERS


def test_order_and_repeats_stay() -> None:
    teachers = ["gpt-5.5", "claude", "gpt-5.5"]
    assert trajset.teachers.eligible(row("claude"), teachers) == ["gpt-5.5", "gpt-5.5"]
