"""What git says, and the checks that hang on it."""

from __future__ import annotations

from trajset.annotate.phenomena.phenomenon import Table
from trajset.annotate.phenomena.phenomenon import phenomenon as row

PUSHES: Table = (
    row(
        "push_rejected",
        "command_exit",
        "[rejected]|failed to push some refs|non-fast-forward|fetch first|fast-forward|"
        "pre-push|remote rejected|diverg|not mergeable",
        r"! \[(?:remote )?rejected\]",
        r"[Nn]on-fast-forward",
        r"^error: failed to push some refs",
        r"Not possible to fast-forward",
        r"divergent branches",
        r"pre-push hook",
        r"is not mergeable",
    ),
)

AUTHENTICATION: Table = (
    row(
        "git_authentication",
        "network",
        "could not read from remote|authentication failed|permission denied (publickey|"
        "could not read username|unable to access|repository not found|"
        "terminal prompts disabled|host key verification|invalid username|"
        "could not resolve host",
        r"Could not read from remote repository",
        r"Authentication failed",
        r"Permission denied \(publickey",
        r"could not read Username",
        r"fatal: unable to access",
        r"Repository not found",
        r"terminal prompts disabled",
        r"Host key verification failed",
        r"remote: Invalid username",
    ),
)

GIT: Table = (
    row(
        "merge_conflict",
        "command_exit",
        "conflict|could not apply|unmerged|patch failed|would be overwritten|unresolved|"
        "unstaged changes|uncommitted changes|commit or stash",
        r"^CONFLICT \(",
        r"Automatic merge failed",
        r"error: could not apply",
        r"you have unmerged files",
        r"needs merge",
        r"error: patch failed",
        r"^error: .{0,200}patch does not apply",
        r"would be overwritten by (?:merge|checkout|rebase)",
        r"fix conflicts and then",
        r"error: Merging is not possible",
        r"^error: cannot (?:rebase|pull|merge|cherry-pick).{0,60}(?:unstaged|uncommitted)",
        r"[Pp]lease,? commit (?:your changes or|or) stash",
    ),
    row(
        "hook_failed",
        "command_exit",
        "husky|pre-commit|commit-msg|lint-staged|hook|commitlint|lefthook",
        r"husky - \S+ (?:hook|script) (?:exited|failed)",
        r"pre-commit hook",
        r"hook (?:declined|failed)",
        r"✖ .{0,60}(?:lint-staged|subject|type)",
        r"lint-staged.{0,80}failed",
        r"^\S.{0,76}\.{3,}Failed$",
        r"✖ +found \d+ problems",
    ),
    row(
        "nothing_to_commit",
        "model",
        "nothing to commit|no changes added to commit|nothing added to commit",
        r"^nothing to commit",
        r"^no changes added to commit",
        r"^nothing added to commit",
        infers=False,
        confidence=0.85,
    ),
    row(
        "git_identity",
        "missing_dependency",
        "please tell me who you are|unable to auto-detect email|gpg failed to sign|cannot run gpg",
        r"Please tell me who you are",
        r"unable to auto-detect email",
        r"cannot run gpg",
        r"gpg failed to sign",
    ),
    row(
        "git_wrong_name",
        "model",
        "fatal:|error: pathspec|error: unknown|error: the branch|error: no such|"
        "error: src refspec|error: branch|error: invalid|error: couldn't|error: not|"
        "error: switch|error: malformed|error: remote",
        r"^fatal: (?:.{0,40}ambiguous argument|pathspec|bad (?:revision|object|config)|path |"
        r"[Nn]ot a valid|invalid (?:object|reference|refspec|upstream)|no such|unknown|"
        r"couldn't find remote ref|[Nn]eeded a single revision|A branch named|a branch named|"
        r"'.{0,200}' (?:already|is a missing|is not|does not)|your current branch|unable to "
        r"read tree|[Nn]o such (?:remote|ref)|tag '|[Tt]he (?:remote|current branch)|No "
        r"configured push|refusing to merge|[Rr]evision|repository '|destination path|working "
        r"tree|There is no merge|No url found|cannot|could not|unrecognized|options|bad|empty|"
        r"There|no |[Ii]t seems|detected dubious|not something|[Uu]nable to)",
        r"^error: (?:pathspec|src refspec|unknown|The branch|branch '|no such|couldn't|not a "
        r"valid|invalid|switch|malformed|remote|unable|the following file)",
        confidence=0.9,
    ),
)
