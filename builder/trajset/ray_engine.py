"""The same maps as Ray tasks, on a cluster: `trajset build --engine ray`.

Plain tasks, no data library on top: a task that kills its worker every time is given up alone, and
the rest goes on. Row files, fragments and the dataset folder must lie where all nodes can write
(`$TRAJSET_CACHE` and `--out` on a shared file system); logs may be in object storage. Tasks that
were done before an interruption are found in that cache.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, TypeVar

from trajset.engine import TRIES, Lost

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 2
"""Tasks that wait at each CPU of the cluster, so that none is idle."""


class RayError(RuntimeError):
    """Ray is not there, or its cluster cannot be reached. The text says what to do."""


class RayEngine:
    """Ray tasks of one CPU each. Close it, or use it as a context manager."""

    def __init__(self, address: str | None = None) -> None:
        """Connect to a cluster, or start one on this machine.

        Args:
            address: `host:port` or `ray://host:port` of a running cluster, or `auto`; None starts
                one here.

        Raises:
            RayError: Ray is not installed, or there is no cluster at the address.
        """
        # Nodes run what is here: without this each would make an environment of its own.
        os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
        try:
            import ray
        except ImportError:
            raise RayError(
                "--engine ray: expected the package ray, found none; pip install 'trajset[ray]'"
            ) from None
        self._ray = ray
        self._mine = not ray.is_initialized()
        if self._mine:
            try:
                ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise RayError(
                    f"--engine ray: expected a cluster at {address or 'this machine'}, "
                    f"found {type(error).__name__}; `ray status` shows whether one runs"
                ) from None

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See `Engine.map`. Tasks on a worker or node that dies are tried again elsewhere."""
        ray = self._ray
        task = ray.remote(num_cpus=1, max_retries=TRIES - 1, retry_exceptions=False)(_call)
        shared = ray.put(function)
        waiting = iter(range(len(items)))
        running: dict[Any, int] = {}
        try:
            while True:
                room = max(1, int(ray.cluster_resources().get("CPU", 1))) * _AHEAD
                while len(running) < room and (index := next(waiting, None)) is not None:
                    running[task.remote(shared, items[index])] = index
                if not running:
                    return
                ready, _ = ray.wait(list(running), num_returns=1)
                for reference in ready:
                    index = running.pop(reference)
                    try:
                        found = ray.get(reference)
                    except ray.exceptions.RayTaskError as error:
                        raise error.cause from None
                    except ray.exceptions.RaySystemError:
                        raise
                    except ray.exceptions.RayError:  # its worker or node died each time
                        found = Lost(index, None)
                    yield index, found
        finally:
            for reference in running:
                ray.cancel(reference, force=True)

    def prepare(self) -> None:
        """The cluster runs already."""

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        if self._mine and self._ray.is_initialized():
            self._ray.shutdown()

    def __enter__(self) -> RayEngine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _call(function: Callable[[Item], Result], item: Item) -> Result:
    return function(item)
