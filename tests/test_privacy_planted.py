"""What share of planted secrets goes, and what share of look-alikes is altered."""

from __future__ import annotations

import pytest

import planted
from trajset.privacy import Redactor

SAMPLES = 20


@pytest.mark.parametrize("seed", [1, 2])
def test_almost_every_planted_secret_is_wholly_removed(seed: int) -> None:
    found = planted.recall(Redactor().redact_text, seed, SAMPLES)
    removed = sum(gone for gone, _, _ in found.values())
    total = sum(number for _, number, _ in found.values())
    worst = {kind: f"{a}/{b}" for kind, (a, b, _) in found.items() if a < 0.85 * b}
    assert len(found) >= 60
    assert removed >= 0.98 * total, worst
    assert not worst


@pytest.mark.parametrize("seed", [1, 2])
def test_look_alikes_stay_as_they_are(seed: int) -> None:
    found = planted.over_redaction(Redactor().redact_text, seed)
    altered = [text for _, _, texts in found.values() for text in texts]
    assert len(altered) <= 0.01 * sum(number for _, number, _ in found.values()), altered
