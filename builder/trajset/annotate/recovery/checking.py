"""Tests, builds, linters: passed at last."""

from __future__ import annotations

from trajset.annotate.recovery.aims import Aim, last_part
from trajset.annotate.recovery.pair import Link, Pair, link
from trajset.annotate.shell.programs import CHECKS, SCRIPT_RUNNERS, TASK_RUNNERS

_ECOSYSTEMS = {
    "go": "go gofmt golangci-lint gotestsum staticcheck goimports gofumpt",
    "rust": "cargo rustc rustfmt clippy-driver",
    "js": "npm npx pnpm yarn bun node deno tsc jest vitest mocha eslint prettier biome "
    "vite next playwright "
    "webpack rollup esbuild tsx ts-node turbo nx cypress vue-tsc ava tap svelte-check tsup",
    "python": "python python3 python2 pytest unittest tox nox mypy pyright ruff black "
    "flake8 pylint isort uv "
    "poetry manage.py coverage basedpyright ty",
    "jvm": "mvn mvnw gradle gradlew javac kotlinc java sbt",
    "dotnet": "dotnet msbuild",
    "swift": "swift xcodebuild swiftlint swiftformat",
    "c": "gcc g++ cc c++ clang clang++ make cmake ninja ctest meson",
    "ruby": "rspec rake rubocop rails ruby bundle minitest",
    "php": "phpunit pest phpstan php composer psalm phpcs",
}
_ECOSYSTEM = {name: eco for eco, names in _ECOSYSTEMS.items() for name in names.split()}
_COMPILING = frozenset({"build", "typecheck", "test", "verify"})
_NO_TASK = frozenset({"no_such_task"})
"""The runner has no task of that name: what it would have run is not known."""
_WIDE = frozenset({"", ".", "...", "*"})


def check(pair: Pair) -> Link | None:
    """Tests, builds, linters: the same one, or one that cannot pass while the first would fail."""
    aim, other = pair.aim, pair.other
    if other.run is None or aim.run is None:
        return None
    if aim.name != other.name:
        unmade = pair.failed.cause.kind in _NO_TASK
        if other.purpose not in CHECKS or not (unmade or _same_world(aim, other)):
            return None
        if aim.purpose == other.purpose != "test" and not (_opaque(aim) or _opaque(other)):
            return None
        implied = aim.purpose in ("build", "typecheck") and other.purpose in _COMPILING
        covered = other.purpose == "verify" and aim.purpose in CHECKS
        if not (aim.purpose == other.purpose or implied or covered):
            return None
    if not _covers(pair):
        return None
    confidence = 0.9 if aim.name == other.name else 0.75
    return link(pair, confidence, f"`{other.name}` passed, which had failed as `{aim.name}`")


def _opaque(aim: Aim) -> bool:
    """Whether the name is a project's own task, so that what it runs is not known."""
    program = aim.name.split(" ")[0]
    return program in SCRIPT_RUNNERS or program in TASK_RUNNERS or program.endswith(".sh")


def _same_world(one: Aim, other: Aim) -> bool:
    a = _ECOSYSTEM.get(one.name.split(" ")[0])
    b = _ECOSYSTEM.get(other.name.split(" ")[0])
    return a is None or b is None or a == b


def _covers(pair: Pair) -> bool:
    """Whether the later check looks at what the earlier one complained about."""
    ours, theirs = _targets(pair.aim), _targets(pair.other)
    if not theirs or theirs & _WIDE or ours & theirs:
        return True
    if any(a in b or b in a for a in ours for b in theirs if len(a) > 3 and len(b) > 3):
        return True
    text = pair.failed.attempt.result.text.lower()
    return any(len(target) > 3 and target in text for target in theirs)


def _targets(aim: Aim) -> frozenset[str]:
    assert aim.run is not None
    operands = [o for o in aim.run.operands if not o.isdigit()]
    parts = (last_part(o).removesuffix("/...") for o in operands)
    return frozenset(part.removesuffix(".py") for part in parts)
