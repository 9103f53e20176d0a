"""Running one function over many items: here, or in worker processes.

The seam is one method, `map(function, items) -> iterator of small results`; workers write their
own files. A worker that dies is replaced and its item tried again; an item that kills its worker
every time is given up as `Lost`, and the rest goes on.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from typing import Generic, Protocol, TypeVar

from msgspec import Struct

Item = TypeVar("Item")
Result = TypeVar("Result")

_TRIES = 2


class Lost(Struct, frozen=True):
    """An item that could not be worked on: its process was killed each time."""

    index: int
    exit_code: int | None


class Engine(Protocol):
    """Where work runs."""

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """Yield (index, result) for each item, in the order in which they finish."""
        ...


class Here:
    """In this process, one after the other."""

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See `Engine.map`."""
        for index, item in enumerate(items):
            yield index, function(item)


class _Worker(Generic[Item, Result]):
    """One process with its pipe, and the item that it works on."""

    def __init__(self, function: Callable[[Item], Result]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, function), daemon=True)
        self.process.start()
        theirs.close()
        self.index: int | None = None

    def give(self, index: int, item: Item) -> None:
        self.index = index
        self.pipe.send(item)

    def stop(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


class Processes:
    """In worker processes on this machine."""

    def __init__(self, jobs: int) -> None:
        self.jobs = jobs

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See `Engine.map`. Stopping the iteration (or Ctrl-C) kills the workers at once."""
        waiting = deque(range(len(items)))
        tries = [0] * len(items)
        workers: list[_Worker[Item, Result]] = []
        try:
            for _ in range(min(self.jobs, len(items))):
                workers.append(_Worker(function))
            for worker in workers:
                _next(worker, waiting, items)
            while any(w.index is not None for w in workers):
                busy = [w for w in workers if w.index is not None]
                ready = wait([w.pipe for w in busy])
                for number, worker in enumerate(workers):
                    if worker.index is None or worker.pipe not in ready:
                        continue
                    index = worker.index
                    try:
                        result = worker.pipe.recv()
                    except (EOFError, OSError):
                        worker.process.join()
                        exit_code = worker.process.exitcode
                        worker.stop()
                        tries[index] += 1
                        workers[number] = _Worker(function)
                        if tries[index] < _TRIES:
                            waiting.append(index)
                        else:
                            yield index, Lost(index, exit_code)
                        _next(workers[number], waiting, items)
                        continue
                    if isinstance(result, BaseException):
                        raise result
                    _next(worker, waiting, items)
                    yield index, result
        finally:
            for worker in workers:
                worker.stop()


def _next(worker: _Worker[Item, Result], waiting: deque[int], items: Sequence[Item]) -> None:
    worker.index = None
    if waiting:
        index = waiting.popleft()
        worker.give(index, items[index])


def _serve(pipe: Connection, function: Callable[[Item], Result]) -> None:
    """A worker's life: take an item, send its result or exception, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    while True:
        try:
            item = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            pipe.send(function(item))
        except Exception as error:
            pipe.send(_sendable(error))


def _sendable(error: Exception) -> Exception:
    """The exception itself, or its type where it does not survive the way to the parent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its class does while being copied
        return RuntimeError(f"a worker failed with {type(error).__name__}")
    return error


def make_engine(jobs: int) -> Engine:
    """The engine for a number of jobs."""
    return Here() if jobs <= 1 else Processes(jobs)
