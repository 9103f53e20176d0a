"""What tests, builds and linters print when all is well."""

from __future__ import annotations

from trajset.annotate.naming import any_of

PASSES = any_of(
    r"^ok\s+\S+",
    r"\b[1-9]\d* (?:tests? )?pass(?:ed|ing)?\b",
    r"test result: ok|^OK\b|^PASS\b|^# fail 0$",
    r"[Aa]ll checks passed|Success: no issues|no issues found|compiled successfully|built in \d",
    r"(?<![=.])\b0 (?:errors?|issues|failed|failures|problems)\b",
    r"Successfully (?:installed|built|tagged|created)",
    r"BUILD SUCCESS|Build succeeded|Finished `?(?:dev|test|release)",
)
