"""Plots: whole SVG, readable by everybody, nothing overlaps, same numbers give the same bytes."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trajset.plots import (
    failures_by_category,
    recoveries_by_distance,
    sessions_over_time,
    token_lengths,
)
from trajset.plots.svg import width_of

SVG = "{http://www.w3.org/2000/svg}"
counts = st.integers(0, 2_000_000)
widths = st.sampled_from([340, 480, 720])
names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40)
days = st.dates().filter(lambda day: 2000 <= day.year < 2100).map(lambda day: day.isoformat())
plots = st.one_of(
    st.builds(
        token_lengths,
        st.dictionaries(
            names,
            st.dictionaries(st.integers(1, 20).map(lambda n: str(1 << n)), counts, max_size=9),
            max_size=4,
        ),
        widths,
    ),
    st.builds(
        lambda failures, width: failures_by_category(
            failures, {name: count // 3 for name, count in failures.items()}, width
        ),
        st.dictionaries(names, counts, max_size=12),
        widths,
    ),
    st.builds(
        recoveries_by_distance, st.dictionaries(st.integers(1, 900), counts, max_size=30), widths
    ),
    st.builds(sessions_over_time, st.dictionaries(days, counts, max_size=30), widths),
)


def boxes(svg: str) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of each text, about."""
    found = []
    for text in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        size = 15 if text.get("class") == "title" else 13
        width = width_of(text.text or "", size)
        x, y = float(text.get("x", 0)), float(text.get("y", 0))
        x -= {"middle": width / 2, "end": width}.get(text.get("text-anchor", ""), 0)
        found.append((x, y - 11, x + width, y + 2))
    return found


@given(plots)
@settings(max_examples=150)
def test_all_text_is_inside_and_none_overlaps(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    texts = boxes(svg)
    for left, top, right, bottom in texts:
        assert left >= 0
        assert top >= 0
        assert right <= width + 1
        assert bottom <= height
    for number, one in enumerate(texts):
        for other in texts[number + 1 :]:
            apart = one[2] <= other[0] or other[2] <= one[0]
            assert apart or one[3] <= other[1] or other[3] <= one[1], (one, other)


@given(plots)
@settings(max_examples=50)
def test_whoever_does_not_see_it_is_told(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.get("role") == "img"
    told = {child.get("id") for child in root if child.tag in (f"{SVG}title", f"{SVG}desc")}
    assert told == set(root.attrib["aria-labelledby"].split())
    assert all(child.text for child in root if child.get("id") in told)


@given(plots)
@settings(max_examples=50)
def test_no_text_is_small_and_both_schemes_are_there(svg: str) -> None:
    assert "prefers-color-scheme:dark" in svg
    assert all(int(size) >= 12 for size in re.findall(r"(\d+)px", svg))


def luminance(colour: str) -> float:
    if len(colour) == 4:
        colour = "#" + "".join(sign * 2 for sign in colour[1:])
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [0, 1])
def test_contrast(scheme: int) -> None:
    style = token_lengths({"chat": {"512": 3}}).split("<style>")[1].split("</style>")[0]
    rules = style.split("@media(prefers-color-scheme:dark)")[scheme]

    def fill(selector: str) -> str:
        found = re.search(rf"{selector}\{{[^}}]*fill:(#\w+)", rules)
        assert found is not None
        return found.group(1)

    panel = fill(r"\.panel")
    assert contrast(fill("text"), panel) >= 4.5
    assert contrast(fill(r"\.strong"), panel) >= 4.5
    assert contrast(fill(r"\.one"), panel) >= 3
    assert contrast(fill(r"\.two"), panel) >= 3


def test_names_from_logs_are_text() -> None:
    hostile = "</text><script>alert(1)</script>"
    svg = failures_by_category({hostile: 3}, {hostile: 1})
    root = ElementTree.fromstring(svg)
    assert not list(root.iter(f"{SVG}script"))
    assert hostile in "".join(root.itertext())


def test_time_has_no_gaps() -> None:
    svg = sessions_over_time({"2026-01-01": 2, "2026-01-05": 1})
    texts = [text.text for text in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert [t for t in texts if t and t.startswith("01-0")] == [f"01-0{day}" for day in range(1, 6)]


def test_every_distance_is_in_one_column() -> None:
    svg = recoveries_by_distance({1: 5, 9: 2, 16: 1, 17: 4})
    assert "5 at 1, 3 at 9–16, 4 at 17–32" in svg
    assert "12 recoveries" in svg
