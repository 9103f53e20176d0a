"""The recipe's section `privacy`: what is removed beyond the defaults, and what stays."""

from __future__ import annotations

from msgspec import Struct, field


class Privacy(Struct, frozen=True, forbid_unknown_fields=True):
    """What redaction removes. The defaults remove everything that it knows."""

    enabled: bool = True
    """False builds a dataset that cannot be pushed."""
    patterns: dict[str, str] = field(default_factory=dict)
    """Further secrets: name -> regular expression (no back-references, no look-around)."""
    names: list[str] = field(default_factory=list)
    """Further words to remove: names of people, customers, projects; in any case, as whole words;
    from 4 letters on also as a part of a joined word: `acmeClient`, `acme_x`, `acme2`."""
    allow: list[str] = field(default_factory=list)
    """Values that stay, literally or as a regular expression that matches the whole value."""
    allow_findings: list[str] = field(default_factory=list)
    """Hashes of findings of `trajset scan` that somebody has looked at and lets pass."""
    keep_repositories: list[str] = field(default_factory=list)
    """Repositories whose name and host stay, e.g. `github.com/me/public-project`."""
    env_files: list[str] = field(default_factory=list)
    """Files of `NAME=value` lines whose values are removed wherever they occur."""
    known_env: bool = True
    """Remove the values of secrets in the environment that the build runs in."""
    paths: bool = True
    """Home folders, and the user names in them, become `user`."""
    mail: bool = True
    """Mail addresses, but for examples and noreply addresses."""
    ip: bool = True
    """Public IPv4 and IPv6 addresses."""
    phone: bool = True
    """Phone numbers that are written as such."""
    hosts: bool = True
    """Names of private hosts, in URLs, remotes and prompts."""
    images: bool = True
    """Images in text, as data URIs or base64, become `[image]`."""
