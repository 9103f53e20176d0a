"""Laws of the plan: families, duplicates, groups and splits."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from trajset.keys import keys_of
from trajset.plan import Plan, Planned, Shares, decide, split_of
from trajset.sources.ids import trajectory_id
from trajset.trajectory import Message, Trajectory


def session(
    name: str, texts: str, *, native: bool = True, start: int = 1_700_000_000_000, **more: Any
) -> Trajectory:
    """A trajectory with one step a letter; equal letters are equal records."""
    steps = tuple(
        Message(
            role="user" if i % 2 == 0 else "assistant",
            text=f"text {letter}",
            origin="human" if i % 2 == 0 else "model",
            response_id=None if i % 2 == 0 else f"r{i}",
            key=f"key-{letter}" if native else None,
        )
        for i, letter in enumerate(texts)
    )
    key = f"key-{texts[0]}" if native else name
    branch = more.pop("branch", 0)
    return Trajectory.make(
        id=trajectory_id("h", key, more.get("agent"), branch),
        session_id=name,
        harness="h",
        steps=steps,
        branch=branch,
        started_at=start,
        **more,
    )


def planned(found: list[Trajectory], section: Plan | None = None) -> Planned:
    keyed = [keys_of(t) for t in found]
    packed = [
        [
            (int.from_bytes(p[i : i + 8], "little"), int.from_bytes(p[i + 8 : i + 16], "little"))
            for i in range(0, len(p), 16)
        ]
        for _, p, _ in keyed
    ]
    return decide(
        [k for k, _, _ in keyed],
        lambda ref: packed[ref],
        lambda ref, step: found[ref].steps[step].key,
        lambda ref: keyed[ref][2],
        section or Plan(),
    )


def test_a_fork_owns_only_what_is_its_own() -> None:
    result = planned([session("long", "abcdefg"), session("fork", "abcdXY")]).decisions
    assert [d.copied for d in result] == [0, 4]
    assert [d.dropped for d in result] == [None, None]
    assert result[0].group == result[1].group
    assert result[1].id == trajectory_id("h", "key-X", None, 0)


def test_a_prefix_is_contained() -> None:
    result = planned([session("short", "abc"), session("long", "abcdefg")])
    assert [d.dropped for d in result.decisions] == ["contained", None]
    assert result.drops[0][:1] == ("contained",)


def test_logs_without_record_keys_share_by_content() -> None:
    first = session("one", "abcdefg", native=False)
    second = session("two", "abcdXY", native=False)
    result = planned([first, second]).decisions
    assert [d.copied for d in result] == [0, 4]


def test_equal_first_prompts_alone_are_no_family() -> None:
    result = planned(
        [session("one", "ab", native=False), session("two", "ac", native=False)]
    ).decisions
    assert [d.copied for d in result] == [0, 0]
    assert result[0].group != result[1].group


def test_an_exact_copy_with_other_keys_is_a_duplicate() -> None:
    one = session("one", "abcd")
    steps = tuple(
        s.__class__(**{f: getattr(s, f) for f in s.__struct_fields__} | {"key": f"other-{i}"})
        for i, s in enumerate(one.steps)
    )
    two = one.with_(steps=steps, session_id="two", started_at=one.started_at + 5, id="f" * 16)
    train = Shares(train=1, validation=0, test=0)
    result = planned([two, one], Plan(splits=train))
    assert [d.dropped for d in result.decisions] == ["duplicate", None]
    section = Plan(splits=train, drop_duplicates=False)
    assert [d.dropped for d in planned([two, one], section).decisions] == [None, None]


def test_sub_agents_find_their_parent_and_share_its_group() -> None:
    parent = session("main", "abcd", delegations={"agent-1": "call-9"})
    child = session("main", "xyz", agent="agent-1", parent_session="main")
    result = planned([child, parent]).decisions
    assert (result[0].parent_id, result[0].parent_call_id) == (result[1].id, "call-9")
    assert result[0].group == result[1].group


def test_slices_are_linked_by_the_record_that_they_continue() -> None:
    first = session("s", "abc")
    second = session("s", "def", continues="key-c", ends_with="a-notice", start=1_700_000_100_000)
    third = session("s", "ghi", continues="a-notice", start=1_700_000_200_000)
    result = planned([third, first, second]).decisions
    assert result[0].continues_id == result[2].id
    assert result[2].continues_id == result[1].id
    assert len({d.group for d in result}) == 1


def test_a_step_without_a_key_does_not_hide_a_fork() -> None:
    long, fork = session("long", "abcdefg"), session("fork", "abcdXY")
    nameless = [
        t.with_(steps=(*t.steps[:2], replace(t.steps[2], key=None), *t.steps[3:]))
        for t in (long, fork)
    ]
    result = planned(nameless).decisions
    assert [d.copied for d in result] == [0, 4]
    assert len({d.group for d in result}) == 1


def test_a_copy_that_begins_in_the_middle_is_a_fork_too() -> None:
    whole = session("one", "abcdef", project="/p")
    copy = session("two", "cdefgh", project="/p", continues="key-b", start=1_700_000_100_000)
    result = planned([copy, whole]).decisions
    assert sorted(d.copied for d in result) == [0, 4]
    assert len({d.group for d in result}) == 1


@given(st.lists(st.text(alphabet="abcd", min_size=1, max_size=4), min_size=1, max_size=6))
def test_no_two_that_own_steps_have_one_id(texts: list[str]) -> None:
    """Also where logs without native keys are named alike."""
    found = [
        session(f"s{i}", "".join(dict.fromkeys(t)), native=i % 2 == 0).with_(id="0" * 16)
        for i, t in enumerate(texts)
    ]
    ids = [d.id for d in planned(found).decisions if d.dropped is None]
    assert len(ids) == len(set(ids))


def test_few_projects_are_not_split() -> None:
    found = [session("a", "ab", project="/p"), session("b", "cd", project="/q")]
    result = planned(found, Plan(group_by="project"))
    assert result.single_split
    assert {d.split for d in result.decisions} == {"train"}


names = st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=6), min_size=1, max_size=8)


@given(names, st.integers(0, 5))
def test_decisions_do_not_depend_on_the_order_of_the_input(texts: list[str], seed: int) -> None:
    found = [
        session(f"s{i}", "".join(dict.fromkeys(t)), start=1_700_000_000_000 + i)
        for i, t in enumerate(texts)
    ]
    order = list(range(len(found)))
    random.Random(seed).shuffle(order)
    straight = planned(found).decisions
    shuffled = planned([found[i] for i in order]).decisions
    assert [straight[i] for i in order] == list(shuffled)


@given(names)
def test_each_record_of_a_family_is_owned_once(texts: list[str]) -> None:
    found = [
        session(f"s{i}", "".join(dict.fromkeys(t)), start=1_700_000_000_000 + i)
        for i, t in enumerate(texts)
    ]
    owned: list[tuple[str | None, str | None]] = []
    for trajectory, decision in zip(found, planned(found).decisions, strict=True):
        if decision.dropped is None:
            first = trajectory.steps[0].key
            keys = [step.key for step in trajectory.steps[decision.copied :]]
            # A family is found by its first record; "ab" and "ba" are two, each whole.
            owned.append((first, keys[0]))
            leading = [step.key for step in trajectory.steps[: decision.copied]]
            others = {s.key for o in found if o is not trajectory for s in o.steps}
            assert set(leading) <= others
    assert len(owned) == len(set(owned))


@given(st.integers(0, 2**64 - 1), st.integers(0, 99))
def test_a_split_depends_on_seed_shares_and_group_alone(group: int, seed: int) -> None:
    section = Plan(seed=seed, splits=Shares(train=8, validation=1, test=1))
    assert split_of(group, section) == split_of(group, section)
    only_test = Plan(seed=seed, splits=Shares(train=0, validation=0, test=1))
    assert split_of(group, only_test) == "test"


def test_shares_are_met() -> None:
    section = Plan(splits=Shares(train=0.8, validation=0.1, test=0.1))
    found = [split_of(g * 7919 + 1, section) for g in range(20_000)]
    assert abs(found.count("train") / 20_000 - 0.8) < 0.02
    assert abs(found.count("test") / 20_000 - 0.1) < 0.02


@given(names, names)
def test_more_sessions_leave_unrelated_groups_where_they_are(
    old: list[str], new: list[str]
) -> None:
    before = [session(f"s{i}", "".join(dict.fromkeys(t))) for i, t in enumerate(old)]
    after = [
        session(f"n{i}", "".join(dict.fromkeys(t)).upper(), start=1_800_000_000_000)
        for i, t in enumerate(new)
    ]
    first = planned(before).decisions
    second = planned(before + after).decisions[: len(before)]
    assert [(d.group, d.split) for d in first] == [(d.group, d.split) for d in second]
