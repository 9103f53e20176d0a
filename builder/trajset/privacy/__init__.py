"""Privacy: nothing secret and nobody's name leaves in a dataset."""

from trajset.privacy.findings import Finding, Findings, OwnFindings
from trajset.privacy.known import KnownValues
from trajset.privacy.policy import Privacy
from trajset.privacy.redaction import Memory, Redactor

__all__ = ["Finding", "Findings", "KnownValues", "Memory", "OwnFindings", "Privacy", "Redactor"]
