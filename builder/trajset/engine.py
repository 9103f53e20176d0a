"""Running one function over many items: here, or in worker processes.

The seam is one method, `map(function, items) -> iterator of small results`; workers write their
own files. A worker that dies is replaced and its item tried again; an item that kills its worker
every time is given up as `Lost`, and the rest goes on.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import pickle
import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Protocol, TypeVar

from msgspec import Struct

Item = TypeVar("Item")
Result = TypeVar("Result")

TRIES = 2
_FUNCTION, _ITEM = "function", "item"
_MODULES = ("trajset.gather", "trajset.render", "trajset.assemble")
"""What the maps of a build need: workers import it while the parent looks for logs."""


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

    def prepare(self) -> None:
        """Begin to start what takes time to start, because a map is about to come."""
        ...

    def close(self) -> None:
        """Let go of what was started."""
        ...


class Here:
    """In this process, one after the other."""

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See `Engine.map`."""
        for index, item in enumerate(items):
            yield index, function(item)

    def prepare(self) -> None:
        """There is nothing to start."""

    def close(self) -> None:
        """Nothing was started."""


class _Worker:
    """One process with its pipe, and the item that it works on."""

    def __init__(self, modules: tuple[str, ...]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, modules), daemon=True)
        self.index: int | None = None
        try:
            with _without_interrupts():
                self.process.start()
        except BaseException:  # Ctrl-C meanwhile: nobody else knows of the process
            self.stop()
            raise
        theirs.close()

    def stop(self) -> None:
        self.pipe.close()
        if self.process.pid is not None:
            self.process.kill()
            self.process.join()


class Processes:
    """In worker processes on this machine, which stay for the maps that follow."""

    def __init__(self, jobs: int, modules: tuple[str, ...] = ()) -> None:
        """`modules` are imported by the workers as they start."""
        self.jobs = jobs
        self._modules = modules
        self._workers: list[_Worker] = []

    def map(
        self, function: Callable[[Item], Result], items: Sequence[Item]
    ) -> Iterator[tuple[int, Result | Lost]]:
        """See `Engine.map`. Stopping the iteration (or Ctrl-C) kills the workers at once."""
        waiting = deque(range(len(items)))
        tries = [0] * len(items)
        finished = False
        try:
            self._grow(min(self.jobs, len(items)))
            for worker in self._workers:
                _begin(worker, function)
                _next(worker, waiting, items)
            while busy := [w for w in self._workers if w.index is not None]:
                ready = wait([w.pipe for w in busy])
                for number, worker in enumerate(self._workers):
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
                        self._workers[number] = worker = _Worker(self._modules)
                        if tries[index] < TRIES:
                            waiting.append(index)
                        else:
                            yield index, Lost(index, exit_code)
                        _begin(worker, function)
                        _next(worker, waiting, items)
                        continue
                    if isinstance(result, BaseException):
                        raise result
                    _next(worker, waiting, items)
                    yield index, result
            finished = True
        finally:
            if not finished:
                self.close()

    def prepare(self) -> None:
        """Start the workers: they import what they need while this process does other things."""
        self._grow(self.jobs)

    def close(self) -> None:
        """Kill the workers."""
        while self._workers:
            self._workers.pop().stop()

    def _grow(self, size: int) -> None:
        while len(self._workers) < size:
            self._workers.append(_Worker(self._modules))


def _begin(worker: _Worker, function: Callable[[Item], Result]) -> None:
    """Tell a worker what to do with the items that follow; a dead one is noticed at its item."""
    with contextlib.suppress(OSError):
        worker.pipe.send((_FUNCTION, function))


def _next(worker: _Worker, waiting: deque[int], items: Sequence[Item]) -> None:
    worker.index = None
    if waiting:
        worker.index = waiting.popleft()
        with contextlib.suppress(OSError):
            worker.pipe.send((_ITEM, items[worker.index]))


def _serve(pipe: Connection, modules: tuple[str, ...]) -> None:
    """A worker's life: take an item, send its result or exception, until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for module in modules:
        importlib.import_module(module)
    function: Callable[[Any], Any] | None = None
    while True:
        try:
            kind, what = pipe.recv()
        except (EOFError, OSError):
            return
        if kind == _FUNCTION:
            function = what
            continue
        assert function is not None
        try:
            pipe.send(function(what))
        except Exception as error:
            pipe.send(_sendable(error))


@contextlib.contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes started here never see Ctrl-C: it is the parent's to handle."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # its start would end the blocking
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _sendable(error: Exception) -> Exception:
    """The exception itself, or its type where it does not survive the way to the parent."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # whatever its class does while being copied
        return RuntimeError(f"a worker failed with {type(error).__name__}")
    return error


def make_engine(jobs: int, modules: tuple[str, ...] = ()) -> Engine:
    """The engine for a number of jobs; worker processes import `modules` as they start."""
    return Here() if jobs <= 1 else Processes(jobs, modules)


@contextlib.contextmanager
def working(engine: Engine | None, jobs: int) -> Iterator[Engine]:
    """The engine that is given, or one for a number of jobs that is closed in the end."""
    if engine is not None:
        yield engine
        return
    own = make_engine(jobs, _MODULES)
    try:
        yield own
    finally:
        own.close()


def map_unknown(
    engine: Engine,
    known: Callable[[Item], Result | None],
    function: Callable[[Item], Result],
    items: Sequence[Item],
) -> Iterator[tuple[int, Result | Lost]]:
    """As `Engine.map`, but what is `known` in this process already gives work to no worker."""
    unknown: list[int] = []
    for index, item in enumerate(items):
        found = known(item)
        if found is None:
            if not unknown:
                engine.prepare()
            unknown.append(index)
        else:
            yield index, found
    for position, result in engine.map(function, [items[index] for index in unknown]):
        yield unknown[position], result
