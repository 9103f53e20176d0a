"""Privacy: nothing secret and nobody's name leaves in a dataset."""

from trajset.privacy.findings import Finding, Findings
from trajset.privacy.known import KnownValues
from trajset.privacy.policy import Privacy
from trajset.privacy.redaction import Redactor

__all__ = ["Finding", "Findings", "KnownValues", "Privacy", "Redactor"]
