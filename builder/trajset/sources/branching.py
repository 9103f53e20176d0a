"""Records that form a tree: the path that was kept, and the branches that were left."""

from __future__ import annotations

from collections.abc import Sequence

from trajset.sources.tally import Tally

ROOT = -1


def parents(links: Sequence[tuple[str | None, str | None]], tally: Tally) -> list[int]:
    """Index of each record's parent, or ROOT, from (own key, key of the parent) in file order.

    A record without a key follows the one before it. So does one whose parent does not stand
    earlier in the file (its line was lost): that is counted as `missing_parent`.
    """
    found: list[int] = []
    at: dict[str, int] = {}
    for index, (key, parent) in enumerate(links):
        if key is None:
            found.append(index - 1)
            continue
        if parent is None:
            found.append(ROOT)
        elif parent in at:
            found.append(at[parent])
        else:
            found.append(index - 1)
            if index:
                tally.repair("missing_parent")
        at[key] = index
    return found


def paths(parent: Sequence[int], leaf: int, solid: Sequence[bool]) -> list[list[int]]:
    """The kept path (root to `leaf`), then each abandoned one, whole from its root.

    Only records that are `solid` (hold steps) make a branch: a bookmark alone does not.
    """
    kept = _up(parent, leaf)
    found = [kept]
    visited = set(kept)
    inner = set(parent)
    for index in range(len(parent)):
        if index in inner or index in visited:
            continue
        path = _up(parent, index)
        own = [i for i in path if i not in visited]
        visited.update(own)
        if any(solid[i] for i in own):
            found.append(path)
    return found


def _up(parent: Sequence[int], leaf: int) -> list[int]:
    path = []
    index = leaf
    while index != ROOT:
        path.append(index)
        index = parent[index]
    path.reverse()
    return path
