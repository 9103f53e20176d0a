"""What one `read` needs: one file, one folder, or a range of a container; and how sources look."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from msgspec import Struct

from trajset.sources.head import Head
from trajset.sources.tally import Tally
from trajset.trajectory import Trajectory

Coverage = Literal["yes", "partly", "no", "never"]
"""What a source gives of a field; `never` = the harness never writes it to its log."""


class Unit(Struct, frozen=True, kw_only=True):
    """The input of one `read`. Places are strings: local paths or fsspec URLs."""

    harness: str
    path: str
    """The file or folder that names the unit in messages."""
    files: tuple[str, ...]
    """All files to read, in order; for a single file just `(path,)`."""
    start: int = 0
    end: int | None = None
    """Half-open range inside a container (records or bytes, as the source likes); None = all."""
    size: int = 0
    """Bytes, to start with the largest."""


class Store(Struct, frozen=True, kw_only=True):
    """Where a harness keeps its logs by default: path templates per platform.

    `~` and `$VARIABLES` are expanded; a template whose variable is unset is passed over.
    """

    linux: tuple[str, ...] = ()
    macos: tuple[str, ...] = ()
    windows: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = (".jsonl",)
    """Files below the place that can be logs (only to pass over caches and images quickly)."""


class Fields(Struct, frozen=True, kw_only=True):
    """A row of the published field matrix."""

    reasoning: Coverage
    status: Coverage
    exit_code: Coverage
    ids: Coverage
    times: Coverage
    model: Coverage
    usage: Coverage
    tool_schemas: Coverage
    branches: Coverage
    subagents: Coverage
    compaction: Coverage


class SourceError(ValueError):
    """A unit cannot be read at all. The text names the place and what was expected, no content."""


class Source(Protocol):
    """A source is a module with these names; the registry is a tuple of such modules."""

    NAME: str
    """Name of the harness, e.g. `claude_code`."""
    TITLE: str
    """The harness as people write it, e.g. `Claude Code`."""
    STORE: Store
    VERSIONS: str
    """Harness versions that the cases were made from."""
    FIELDS: Fields
    # A module may add TOOLS (a catalogue of the harness's tools, schemas as in `Trajectory.tools`)
    # and NAMED_BY_PATH = False (nothing that `read` gives depends on a file's name or folder).

    def claims(self, head: Head) -> bool:
        """Whether this file is of this format, judged by its first bytes and not by its name."""
        ...

    def units(self, files: Sequence[str]) -> Iterable[Unit]:
        """Group claimed files into units, cheaply and in a fixed order."""
        ...

    def read(self, unit: Unit, tally: Tally) -> Iterable[Trajectory]:
        """Read one unit. Every record is counted in `tally` as used, or skipped with a reason.

        Raises:
            SourceError: nothing of the unit can be read.
        """
        ...


def single_files(
    harness: str, files: Sequence[str], size_of: dict[str, int] | None = None
) -> list[Unit]:
    """One unit a file: what most formats need."""
    return [
        Unit(harness=harness, path=f, files=(f,), size=(size_of or {}).get(f, 0)) for f in files
    ]
