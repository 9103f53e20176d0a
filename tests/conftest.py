"""Shared fixtures: where the real sessions lie, and how golden files are refreshed."""

from __future__ import annotations

from pathlib import Path

import pytest

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
