"""Recipes: what is refused, and how it is said."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from trajset.recipe import Recipe, RecipeError, load_recipe, parse_recipe, since_ms
from trajset.resources import resource


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fit: {max_token: 1}", "fit: expected a known key, found max_token; did you mean max_t"),
        ("fits: {}", "found fits; did you mean fit"),
        ("fit: {max_tokens: many}", "max_tokens"),
        ("fit: {max_tokens: 12}", "expected at least 256, found 12"),
        ("plan: {splits: {train: -1}}", "shares of 0 or more"),
        ("read: {since: tomorrow}", "expected 7d, 24h, 2w or a date"),
        ("- a\n- b", "expected keys and values, found list"),
        ("a: [", "expected YAML"),
        ("plan: {group_by: weather}", "group_by"),
    ],
)
def test_mistakes_are_named(text: str, expected: str) -> None:
    with pytest.raises(RecipeError, match="recipe") as caught:
        parse_recipe(text)
    assert expected in str(caught.value)


def test_an_empty_recipe_is_the_default() -> None:
    assert parse_recipe("") == Recipe()


def test_the_bundled_default_says_what_the_code_does() -> None:
    assert load_recipe(resource("configs", "default.yaml")) == Recipe()


def test_every_key_is_explained_in_the_bundled_default() -> None:
    text = resource("configs", "default.yaml").read_text(encoding="utf-8")
    for section in msgspec.structs.fields(Recipe):
        for field in msgspec.structs.fields(section.type):
            assert f"{field.encode_name}:" in text, f"{section.name}.{field.encode_name}"


def test_a_missing_recipe_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"none\.yaml: expected a readable recipe"):
        load_recipe(tmp_path / "none.yaml")


def test_since() -> None:
    day = 86_400_000
    assert since_ms("7d", 10 * day) == 3 * day
    assert since_ms("24h", 10 * day) == 9 * day
    assert since_ms("1w", 10 * day) == 3 * day
    assert since_ms("2026-01-02", 0) == 1_767_312_000_000
