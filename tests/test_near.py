"""Laws of near duplicates, decontamination and row limits."""

from __future__ import annotations

import importlib.util
import itertools
import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import load_dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from conftest import ROOT
from trajset.cli import app
from trajset.corpus import kept_of
from trajset.decontaminate import BenchmarkError, benchmark_parts, file_digest, shares
from trajset.duplicates import Near
from trajset.keys import keys_of
from trajset.limit import chosen
from trajset.plan import Plan, Planned, Shares
from trajset.shingles import SMALLEST, bands_of, jaccard, shingles_of, unpacked
from trajset.trajectory import Message, Trajectory
from trajset.wording import encoded, runs, words


def _bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_dedup", ROOT / "scripts/bench_dedup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


bench = _bench()
HALVES = Plan(splits=Shares(train=0.4, validation=0.2, test=0.4))
VOCABULARY = [f"word{n}" for n in range(3000)]


def planned(found: Sequence[Trajectory], section: Plan | None = None) -> Planned:
    result: Planned = bench.plan(found, [keys_of(t) for t in found], section)
    return result


def prose(seed: int, count: int) -> list[str]:
    return random.Random(seed).choices(VOCABULARY, k=count)


def says(name: str, *parts: Sequence[str], **more: Any) -> Trajectory:
    """A session in which each part is a message of a person."""
    steps = tuple(
        Message(role="user", text=" ".join(part), origin="human", key=f"{name}-{i}")
        for i, part in enumerate(parts)
    )
    fields = {"id": name, "session_id": name, "harness": "h", "steps": steps} | more
    return Trajectory.make(**fields)


def changed(text: list[str], *places: int) -> list[str]:
    return ["other" if i in places else word for i, word in enumerate(text)]


def similarity(one: Trajectory, other: Trajectory) -> float:
    return jaccard(shingles_of(one).since(0), shingles_of(other).since(0))


# Wordings and shingles


@given(st.text(alphabet="ab_9 \n.-É中文<>", max_size=80))
def test_words_are_those_of_plain_python(text: str) -> None:
    found = re.findall(r"[一-鿿][a-z0-9_é]*|[a-z0-9_é]+", text.replace("É", "é").lower())
    data = encoded(text.replace("É", "é"))
    assert len(words(data)[0]) == len(found)
    assert words(data)[0].tolist() == words(" ".join(found).encode())[0].tolist()


def test_long_texts_are_the_same_as_their_parts() -> None:
    text = " ".join(prose(1, 20_000))
    assert len(text) > 2 * (1 << 16)
    whole = words(text.encode())[0]
    alone = {word: int(words(word.encode())[0][0]) for word in set(text.split())}
    assert whole.tolist() == [alone[word] for word in text.split()]
    assert len(set(whole.tolist())) == len(set(text.split()))


def test_runs_are_told_apart_by_order_and_length() -> None:
    one, other = words(b"a b c d e f")[0], words(b"a b c d f e")[0]
    assert runs(one, 5)[0] != runs(other, 5)[0]
    assert runs(one, 5).tolist() == [*runs(one[:5], 5), *runs(one[1:], 5)]
    assert len(runs(one, 7)) == 0


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=9), min_size=1, max_size=6))
def test_a_step_owns_the_shingles_that_stand_last_in_it(parts: list[list[str]]) -> None:
    shingles = shingles_of(says("s", *parts))
    flat = [(word, i) for i, part in enumerate(parts) for word in part]
    last: dict[tuple[str, ...], int] = {}
    for at in range(len(flat) - 4):
        last[tuple(word for word, _ in flat[at : at + 5])] = flat[at][1]
    for step in range(len(parts)):
        assert len(shingles.since(step)) == sum(place >= step for place in last.values())
    again = unpacked(shingles.packed(), len(parts))
    assert again.hashes.tolist() == shingles.hashes.tolist()
    assert again.ends.tolist() == shingles.ends.tolist()


def test_short_texts_have_no_signature() -> None:
    assert bands_of(shingles_of(says("s", prose(1, SMALLEST + 3))).hashes) == b""
    assert len(bands_of(shingles_of(says("s", prose(1, SMALLEST + 4))).hashes)) == 64


def test_what_the_harness_says_does_not_count() -> None:
    notice = Message(role="user", text=" ".join(prose(1, 500)), origin="harness", key="n")
    one, other = says("one", prose(2, 90)), says("two", prose(3, 90))
    with_notice = [t.with_(steps=(notice, *t.steps)) for t in (one, other)]
    assert similarity(*with_notice) == similarity(one, other) < 0.1


# Near duplicates


def test_recall_and_precision_on_a_planted_corpus() -> None:
    result = bench.measure(bench.plant(90, seed=1))
    assert result["pairs_at_threshold"] > 25
    assert result["recall"] >= 0.97
    assert result["precision"] == 1.0


def test_of_a_near_pair_the_first_in_the_order_stays() -> None:
    text = prose(1, 300)
    long, short = says("long", text, prose(2, 30)), says("short", changed(text, 100))
    for found in ([long, short], [short, long]):
        result = planned(found, Plan(splits=Shares(train=1, validation=0, test=0)))
        assert [d.dropped for d in result.decisions if d.id == "short"] == ["near_duplicate"]
        assert result.near.dropped == result.near.verified == result.near.proposed == 1
        assert result.near_examples == (("short", "long", round(similarity(long, short), 3)),)
        assert result.drops == (("near_duplicate", "short", "long"),)


def test_near_can_be_switched_off_and_set() -> None:
    text = prose(1, 300)
    found = [says("one", text), says("two", changed(text, 50, 100, 150))]
    assert 0.85 < similarity(*found) < 0.95
    for section, fall in (
        (Plan(), 1),
        (Plan(near=None), 0),
        (Plan(drop_duplicates=False), 0),
        (Plan(near=Near(threshold=0.95)), 0),
    ):
        assert sum(d.dropped is not None for d in planned(found, section).decisions) == fall


def test_it_works_across_harnesses_and_times() -> None:
    text = prose(1, 300)
    one = says("one", [*text, "at 2026-01-02T03:04:05Z by <SECRET:github:1>"])
    two = says("two", [*text, "at 2026-02-03T04:05:06Z by <SECRET:github:7>"], harness="other")
    three = says("three", changed(text, 9), harness="third")
    reasons = [d.dropped for d in planned([one, two, three]).decisions]
    assert sorted(filter(None, reasons)) == ["duplicate", "near_duplicate"]


def test_of_a_pair_that_crosses_splits_the_train_copy_falls() -> None:
    crossing = 0
    for number in range(30):
        text = prose(number, 200)
        for copy in (text, changed(text, 100)):
            found = [says(f"a{number}", text), says(f"b{number}", copy)]
            one, two = planned(found, HALVES).decisions
            assert (one.dropped is None) != (two.dropped is None)
            stays, falls = (one, two) if one.dropped is None else (two, one)
            crossing += stays.split != falls.split
            assert (stays.split, falls.split) not in {
                ("train", "test"),
                ("train", "validation"),
                ("validation", "test"),
            }
    assert crossing > 10


def test_one_falls_only_against_one_that_is_kept() -> None:
    """Of a ~ b ~ c, where a is not like c, b falls against a, and c stays."""
    text = prose(1, 240)
    found = [
        says("a", text[:200], ["x"], ["y"]),
        says("b", text[16:216], ["x"]),
        says("c", text[32:232]),
    ]
    assert similarity(found[0], found[1]) >= 0.8 <= similarity(found[1], found[2])
    assert similarity(found[0], found[2]) < 0.8
    section = Plan(splits=Shares(train=1, validation=0, test=0))
    dropped = [d.dropped for d in planned(found, section).decisions]
    assert dropped == [None, "near_duplicate", None]


corpora = st.lists(
    st.tuples(
        st.integers(0, 3),  # which text
        st.lists(st.integers(0, 149), max_size=5),  # words changed in it
        st.integers(0, 2),  # family: records shared with those of the same text and family
        st.integers(0, 60),  # words of its own
    ),
    min_size=2,
    max_size=8,
)


def corpus(recipe: list[tuple[int, list[int], int, int]]) -> list[Trajectory]:
    found = []
    for number, (text, places, family, more) in enumerate(recipe):
        first, second = prose(text, 150)[:60], changed(prose(text, 150), *places)[60:]
        steps = [
            Message(role="user", text=" ".join(first), origin="human", key=f"k{text}-{family}"),
            Message(role="user", text=" ".join(second), origin="human", key=f"k{number}-1"),
        ]
        if more:
            tail = " ".join(prose(100 + number, more))
            steps.append(Message(role="user", text=tail, origin="human", key=f"k{number}-2"))
        found.append(
            says(f"s{number}", ["x"]).with_(steps=tuple(steps), started_at=1_700_000_000_000 + text)
        )
    return found


@settings(max_examples=60)
@given(corpora)
def test_no_verified_pair_remains_across_splits(recipe: Any) -> None:
    found = corpus(recipe)
    result = planned(found, HALVES)
    kept = [(t, d) for t, d in zip(found, result.decisions, strict=True) if d.dropped is None]
    assert kept
    for (one, a), (other, b) in itertools.combinations(kept, 2):
        if a.split != b.split and bands_meet(one, other):
            assert similarity(one, other) < 0.8


def bands_meet(one: Trajectory, other: Trajectory) -> bool:
    a, b = keys_of(one)[0].bands, keys_of(other)[0].bands
    return any(a[i : i + 4] == b[i : i + 4] for i in range(0, min(len(a), len(b)), 4))


@settings(max_examples=60)
@given(corpora, st.integers(0, 9))
def test_decisions_do_not_depend_on_the_order_of_the_input(recipe: Any, seed: int) -> None:
    found = corpus(recipe)
    order = list(range(len(found)))
    random.Random(seed).shuffle(order)
    straight, shuffled = planned(found, HALVES), planned([found[i] for i in order], HALVES)
    assert [straight.decisions[i] for i in order] == list(shuffled.decisions)
    assert straight.near_examples == shuffled.near_examples
    assert straight.near.proposed == shuffled.near.proposed


@settings(max_examples=40)
@given(corpora, corpora)
def test_more_sessions_move_no_group(old: Any, new: Any) -> None:
    before = corpus(old)
    after = [
        t.with_(
            id=f"n{t.id}",
            session_id=f"n{t.session_id}",
            started_at=1_600_000_000_000,
            steps=tuple(
                Message(role="user", text=s.text, origin="human", key=f"n{s.key}")
                for s in t.steps
                if isinstance(s, Message)
            ),
        )
        for t in corpus(new)
    ]
    first = planned(before, HALVES).decisions
    second = planned(before + after, HALVES).decisions[: len(before)]
    assert [(d.group, d.split) for d in first] == [(d.group, d.split) for d in second]


# Families


def fork(name: str, shared: list[str], tail: list[str], family: str) -> Trajectory:
    result: Trajectory = bench.session(name, [*shared, *tail], shared=(len(shared), family))
    return result


def chunks(seed: int, count: int, size: int = 60) -> list[str]:
    return [" ".join(prose(seed * 1000 + i, size)) for i in range(count)]


def test_forks_with_tails_of_their_own_stay() -> None:
    shared = chunks(1, 20)
    found = [fork("one", shared, chunks(2, 4), "f"), fork("two", shared, chunks(3, 4), "f")]
    assert similarity(*found) > 0.7
    result = planned(found)
    assert [d.dropped for d in result.decisions] == [None, None]
    assert sorted(d.copied for d in result.decisions) == [0, 20]


def test_forks_whose_tails_are_near_duplicates_do_not_all_stay() -> None:
    shared, tail = chunks(1, 20), chunks(2, 4)
    again = [text.replace(text.split()[30], "other", 1) for text in tail]
    found = [
        fork("one", shared, chunks(4, 8), "f"),
        fork("two", shared, tail, "f"),
        fork("three", shared, again, "f"),
    ]
    dropped = [d.dropped for d in planned(found).decisions]
    assert dropped[0] is None
    assert sorted(filter(None, dropped)) == ["near_duplicate"]


def test_a_fork_that_only_says_the_rest_again_falls() -> None:
    shared, tail = chunks(1, 20), chunks(2, 6)
    again = [text.replace(text.split()[30], "other", 1) for text in tail]
    found = [fork("one", shared, tail, "f"), fork("two", shared, again, "f")]
    assert sorted(str(d.dropped) for d in planned(found).decisions) == ["None", "near_duplicate"]


def test_a_fork_is_not_hurt_by_a_copy_of_its_family_in_the_same_split() -> None:
    shared = chunks(1, 20)
    copy = fork("copy", [shared[0] + " again", *shared[1:]], chunks(2, 3), "other")
    found = [
        fork("one", shared, chunks(2, 2), "f"),
        fork("two", shared, chunks(3, 2), "f"),
        copy,
    ]
    assert similarity(found[1], copy) > 0.7
    section = Plan(splits=Shares(train=1, validation=0, test=0), near=Near(threshold=0.7))
    dropped = {
        d.id if not d.copied else "two": d.dropped for d in planned(found, section).decisions
    }
    assert dropped == {"one": "near_duplicate", "two": None, "copy": None}


def test_a_lone_copy_of_a_fork_is_a_near_duplicate() -> None:
    shared, tail = chunks(1, 20), chunks(3, 4)
    found = [
        fork("one", shared, chunks(2, 8), "f"),
        fork("two", shared, tail, "f"),
        fork("copy", [*shared[:-1], shared[-1] + " again"], tail, "other"),
    ]
    section = Plan(splits=Shares(train=1, validation=0, test=0))
    decisions = planned(found, section).decisions
    assert [d.dropped for d in decisions].count("near_duplicate") == 1
    assert decisions[0].dropped is None


def test_a_sub_agent_that_begins_with_its_parents_context_stays() -> None:
    shared = chunks(1, 20)
    parent = fork("parent", shared, chunks(2, 4), "p")
    child = fork("child", shared, chunks(3, 3), "c").with_(agent="a", parent_session="parent")
    assert similarity(parent, child) > 0.7
    section = Plan(near=Near(threshold=0.7))
    assert [d.dropped for d in planned([parent, child], section).decisions] == [None, None]
    stranger = child.with_(agent=None, parent_session=None)
    reasons = [d.dropped for d in planned([parent, stranger], section).decisions]
    assert reasons.count("near_duplicate") == 1


# Decontamination

QUESTION = "given a list of whole numbers return the largest sum of two that differ in sign"


@pytest.mark.parametrize("kind", ["jsonl", "parquet", "txt"])
def test_shared_text_is_found_in_every_kind_of_file(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"bench.{kind}"
    rows = [{"id": 1, "parts": [{"prompt": "Nothing."}, {"prompt": QUESTION.upper()}]}]
    if kind == "jsonl":
        file.write_text("\n".join(json.dumps(row) for row in rows) + "\n")
    elif kind == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), file)
    else:
        file.write_text(" ".join(prose(1, 400_000)) + "\n" + QUESTION.replace(" ", "\n"))
    parts = list(benchmark_parts([str(file)], 13))
    asked = says("asked", prose(1, 9), ["Please:", *QUESTION.split(), "now"])
    assert [shares(part, asked) for part in parts] == [True]
    near = " ".join(QUESTION.split()[:12])
    assert not shares(parts[0], says("near", [near], prose(2000, 60)))


def test_code_that_a_tool_writes_counts(tmp_path: Path) -> None:
    file = tmp_path / "bench.jsonl"
    code = "def f(a, b):\n    for i in range(a):\n        if i > b:\n            return i + a\n"
    file.write_text(json.dumps({"solution": code}))
    wrote = bench.session("s", ["go", "ok", code, "done"])
    (part,) = benchmark_parts([str(file)], 13)
    assert shares(part, wrote)


def test_runs_of_few_words_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "bench.txt"
    file.write_text("0 " * 500 + QUESTION)
    (part,) = benchmark_parts([str(file)], 13)
    assert not shares(part, says("s", ["0"] * 100))


def test_large_benchmarks_are_looked_for_in_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trajset.decontaminate._PART", 1000)
    file = tmp_path / "bench.jsonl"
    file.write_text("\n".join(json.dumps({"t": " ".join(prose(i, 400))}) for i in range(9)))
    parts = list(benchmark_parts([str(file)], 13))
    assert len(parts) == 3
    for i in range(9):
        assert sum(shares(part, says("s", prose(i, 400)[200:220])) for part in parts) == 1


def test_benchmarks_that_cannot_be_used_are_named(tmp_path: Path) -> None:
    (tmp_path / "short.txt").write_text("too short")
    (tmp_path / "odd.jsonl").write_text("{")
    (tmp_path / "odd.parquet").write_text("none")
    for name, expected in (
        ("none.txt", "No such file"),
        ("short.txt", "texts of 13 words"),
        ("odd.jsonl", "line 1: expected one JSON value"),
        ("odd.parquet", "expected a readable file"),
    ):
        with pytest.raises(BenchmarkError, match=expected):
            list(benchmark_parts([str(tmp_path / name)], 13))


def test_a_changed_benchmark_has_another_digest(tmp_path: Path) -> None:
    file = tmp_path / "bench.txt"
    file.write_text(QUESTION)
    first = file_digest(str(file))
    file.write_text(QUESTION + " again")
    assert file_digest(str(file)) != first


def test_contaminated_trajectories_own_nothing() -> None:
    shared = chunks(1, 8)
    found = [fork("one", shared, chunks(2, 8), "f"), fork("two", shared, chunks(3, 4), "f")]
    keyed = [keys_of(t) for t in found]
    result = bench.plan(found, keyed, contaminated={0})
    assert [d.dropped for d in result.decisions] == ["decontaminated", None]
    assert result.decisions[1].copied == 0
    assert result.drops == (("decontaminated", "one", ""),)
    kept = kept_of([("fragment", 0), ("fragment", 1)], result)
    assert [item and item.withheld for item in kept] == [None, (0,)]


# Limits

made = st.dictionaries(st.integers(0, 10**6).map(str), st.integers(1, 30), max_size=40)


@given(made, st.integers(1, 300), st.integers(0, 5))
def test_a_limit_is_held_and_used(rows: dict[str, int], most: int, seed: int) -> None:
    stay = chosen(rows, most, seed)
    taken = sum(rows[name] for name in stay)
    assert taken <= most
    assert all(taken + n > most for name, n in rows.items() if name not in stay)
    assert chosen(dict(reversed(rows.items())), most, seed) == stay


@given(made, made, st.integers(30, 300))
def test_more_sessions_change_little_of_what_a_limit_lets_in(
    old: dict[str, int], new: dict[str, int], most: int
) -> None:
    """What leaves is no more than what came, and the gaps that one trajectory can leave."""
    new = {f"n{name}": n for name, n in new.items()}
    before, after = chosen(old, most, 0), chosen(old | new, most, 0)
    left = sum(old[name] for name in before - after)
    assert left <= sum(new[name] for name in after & new.keys()) + 2 * 30


# End to end


def test_a_build_holds_limits_and_leaves_benchmarks_out(
    demo: Path, demo_trajectory: Trajectory, tmp_path: Path
) -> None:
    asked = next(
        s.text for s in demo_trajectory.steps if isinstance(s, Message) and len(s.text.split()) > 13
    )
    file = tmp_path / "secret-benchmark.txt"
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"plan: {{decontaminate: [{file}], max_rows: {{chat: 3, sft: 5}}}}\n")

    def built(out: str, benchmark: str) -> dict[str, Any]:
        file.write_text(benchmark)
        arguments = ["build", str(demo), "--out", str(tmp_path / out), "--jobs", "1"]
        result = CliRunner().invoke(app, [*arguments, "--recipe", str(recipe)])
        assert result.exit_code == 0, result.output
        texts = [p.read_text() for p in (tmp_path / out).glob("data/*.json")]
        assert "secret-benchmark" not in "".join(texts)
        found: dict[str, Any] = json.loads(texts[0])
        return found

    clean = built("clean", " ".join(prose(1, 50)))
    hit = built("hit", f"Task 1. {asked}")
    assert "decontaminated" not in clean["plan"]["dropped"]
    assert hit["plan"]["dropped"]["decontaminated"] == 1
    for manifest in (clean, hit):
        for name, most in (("chat", 3), ("sft", 5)):
            config = manifest["configs"][name]
            rows = sum(config["rows"].values())
            assert 0 < rows <= most
            assert config["dropped"]["max_rows"] > 0
            assert sum(config["lengths"].values()) == rows
            shards = [s for s in manifest["shards"] if s["config"] == name]
            assert sum(s["rows"] for s in shards) == rows
    chat = load_dataset(str(tmp_path / "hit"), "chat", cache_dir=str(tmp_path / "cache"))
    assert chat.num_rows == hit["configs"]["chat"]["rows"]
    assert all(row["messages"][0]["role"] in ("system", "user") for row in chat["train"])


def test_a_missing_benchmark_is_said(demo: Path, tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text("plan: {decontaminate: [nowhere.jsonl]}\n")
    arguments = ["build", str(demo), "--out", str(tmp_path / "out"), "--recipe", str(recipe)]
    result = CliRunner().invoke(app, [*arguments, "--jobs", "1"])
    assert result.exit_code == 1
    assert "plan.decontaminate: nowhere.jsonl: expected a readable file" in result.output
