"""Shared fixtures: where the real sessions lie, and how golden files are refreshed."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

from trajset.trajectory import Trajectory

hypothesis.settings.register_profile("trajset", deadline=None, derandomize=True)
hypothesis.settings.load_profile("trajset")

ROOT = Path(__file__).resolve().parent.parent
SESSIONS = ROOT.parent / "shared" / "sessions"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the expected outputs of tests/cases anew; read the diff before you commit it",
    )


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def sessions() -> Path:
    """Real logs beside the checkout; they belong to other people and are never copied."""
    if not SESSIONS.is_dir():
        pytest.skip("the folder ../shared/sessions with real logs is not here")
    return SESSIONS


@pytest.fixture(scope="session")
def demo() -> Path:
    """The bundled synthetic sessions, laid out as a Claude Code store."""
    return ROOT / "tests" / "cases" / "claude_code" / "demo" / "input"


@pytest.fixture(scope="session")
def demo_trajectories(demo: Path) -> list[Trajectory]:
    """All trajectories of the demo, annotated, in the order of their files."""
    from trajset.annotate import annotate
    from trajset.sources import claude_code
    from trajset.sources.tally import Tally

    files = sorted(str(path) for path in demo.rglob("*.jsonl"))
    return [
        annotate(trajectory)
        for unit in claude_code.units(files)
        for trajectory in claude_code.read(unit, Tally())
    ]


@pytest.fixture(scope="session")
def demo_trajectory(demo_trajectories: list[Trajectory]) -> Trajectory:
    """The demo session with a guessed path, found and repaired."""
    return next(t for t in demo_trajectories if (t.project or "").endswith("weather-bot"))


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache, or looks at the network."""
    monkeypatch.setenv("TRAJSET_CACHE", str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
