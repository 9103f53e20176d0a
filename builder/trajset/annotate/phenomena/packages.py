"""What package managers say: nothing of that name, versions that exclude each other."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

INSTALLING: Table = (
    row(
        "package_not_found",
        "network",
        "404|no matching distribution|could not find a version|"
        "not found in the package registry|no matching package|unable to locate package|"
        "no formulae|no available formula|etarget|notarget|e404|no candidate|unable to find|"
        "no package|in registry index|unrecognized import path|could not find gem|"
        "in rubygems|failed to fetch|"
        "not available from current|valid gem|no such package|"
        "unable to find a match|could not find package",
        r"npm (?:ERR!|error) (?:code )?(?:E?404|ETARGET|notarget)",
        r"ERR_PNPM_FETCH_404",
        r"No matching distribution found",
        r"Could not find a version that satisfies",
        r"not found in the package registry",
        r"no matching package named",
        r"Unable to locate package",
        r"No (?:available )?formulae? ",
        r"No package \S+ available",
        r"has no installation candidate",
        r"could not be found in registry index",
        r"unrecognized import path",
        r"^go: .{0,200}(?:404 Not Found|410 Gone|dial tcp)",
        r"Could not find gem '[^']+' in",
        r"Could not find package \S+",
        r"^error: Failed to fetch: ",
        r"^E: Failed to fetch ",
        r"Unable to find a match: ",
        r"not available from current channels",
        r"Could not find a valid gem",
        r"\(no such package\)",
    ),
    row(
        "build_tool_missing",
        "missing_dependency",
        "executable not found|microsoft visual c++",
        r"\b[\w-]+ executable not found",
        r"Microsoft Visual C\+\+ .{0,40}is required",
    ),
    row(
        "dependency_conflict",
        "command_exit",
        "eresolve|resolutionimpossible|conflicting dependencies|unsatisfiable|"
        "no solution found|peer dep|failed to select a version|lockfile|in sync|"
        "could not be resolved to an installable|changed significantly|"
        "version solving failed|incompatible",
        r"ERESOLVE",
        r"ResolutionImpossible",
        r"conflicting dependencies",
        r"[Uu]nsatisfiable",
        r"No solution found when resolving",
        r"failed to select a version",
        r"can only install packages when your package\.json and",
        r"ERR_PNPM_(?:OUTDATED_LOCKFILE|PEER_DEP|LOCKFILE|NO_MATCHING)",
        r"[Ll]ockfile (?:needs to be updated|had changes|would have been)",
        r"could not be resolved to an installable set",
        r"[Vv]ersion solving failed",
        r"changed significantly since poetry\.lock",
    ),
    row(
        "package_build_failed",
        "command_exit",
        "subprocess-exited|did not run successfully|failed building|failed to build|gyp err",
        r"subprocess-exited-with-error",
        r"did not run successfully",
        r"^ *ERROR: Failed building wheel",
        r"^ *(?:× )?Failed to build ",
        r"^(?:npm (?:ERR!|error) )?gyp ERR! build error",
    ),
    row(
        "externally_managed",
        "missing_dependency",
        "externally-managed-environment|no virtual environment found",
        r"externally-managed-environment",
        r"No virtual environment found",
    ),
)
