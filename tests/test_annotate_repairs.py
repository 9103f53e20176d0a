"""Classes of failure and repair: which call recovers which, by `annotate_repairs.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from annotating import played

CASES = yaml.safe_load((Path(__file__).parent / "annotate_repairs.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_repair_of_a_failure_is_found(case: dict[str, Any]) -> None:
    failures = played(case["steps"]).failures()
    assert {f.call_id: f.recovered_by for f in failures} == case["recovered"]
