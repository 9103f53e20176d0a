"""`AgentSessions`: sessions as a `datasets` builder, over the same pipeline as `trajset build`.

    builder = AgentSessions("error_recovery", sessions="~/.claude/projects")
    builder.download_and_prepare()
    dataset = builder.as_dataset("train")

The config id is the config's name and a fingerprint of what the sessions and the recipe hold,
never a path: changed sessions are prepared anew, moved ones are not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import datasets
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from trajset.cache import cache_folder, code_digest, content_digest, local_key, private_folder
from trajset.fit.counter import make_counter
from trajset.folder import read_manifest
from trajset.gather import Gathering, gather
from trajset.pipeline import build
from trajset.plan import SPLITS, decide
from trajset.privacy import KnownValues
from trajset.recipe import Recipe, load_recipe, since_ms
from trajset.render import Kept, Rendered, rows_of
from trajset.shards import batch_of, features_of
from trajset.sources import SOURCES
from trajset.sources.discover import Discovery, discover
from trajset.views import VIEWS

_VIEWS = {view.NAME: view for view in VIEWS}


@dataclass
class SessionsConfig(datasets.BuilderConfig):  # type: ignore[misc]
    """A config and the fingerprint of what it is made from."""

    fingerprint: str = ""

    def create_config_id(self, *args: Any, **kwargs: Any) -> str:
        """Name and fingerprint: the id of the cache folder."""
        return f"{self.name}-{self.fingerprint}" if self.fingerprint else self.name


class AgentSessions(datasets.ArrowBasedBuilder):  # type: ignore[misc]
    """One config of the dataset that the sessions at some places give.

    Args:
        config_name: `codeact`, `chat`, `sft`, `error_recovery` or `preference`.
        sessions: a place (file, folder, URL) or several.
        recipe: a Recipe, or the path of one; the defaults without it.
        kwargs: what `datasets.DatasetBuilder` takes, such as `cache_dir`.

    Raises:
        ValueError: there is no such config.
        FileNotFoundError: there is nothing at one of the places.
    """

    BUILDER_CONFIG_CLASS = SessionsConfig
    BUILDER_CONFIGS = [SessionsConfig(name=view.NAME) for view in VIEWS]  # noqa: RUF012

    def __init__(
        self,
        config_name: str,
        sessions: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        recipe: Recipe | str | os.PathLike[str] | None = None,
        **kwargs: Any,
    ) -> None:
        if config_name not in _VIEWS:
            raise ValueError(
                f"config_name: expected one of {', '.join(_VIEWS)}, found {config_name}"
            )
        places = [sessions] if isinstance(sessions, str | os.PathLike) else list(sessions)
        self._places = [
            str(Path(p).expanduser()) if "://" not in str(p) else str(p) for p in places
        ]
        wanted = (
            recipe
            if isinstance(recipe, Recipe)
            else load_recipe(Path(recipe))
            if recipe
            else Recipe()
        )
        views = msgspec.structs.replace(wanted.views, configs=(config_name,))
        self._recipe = msgspec.structs.replace(wanted, views=views)
        self._discovery: Discovery = discover(self._places, SOURCES)
        self._fingerprint = _fingerprint(self._discovery, self._recipe)
        super().__init__(
            dataset_name="agent_sessions",
            config_name=config_name,
            fingerprint=self._fingerprint,
            **kwargs,
        )

    def _info(self) -> datasets.DatasetInfo:
        columns = _VIEWS[self.config.name].FEATURES
        return datasets.DatasetInfo(
            description=f"{self.config.name} rows from sessions of coding agents, made by trajset.",
            features=datasets.Features.from_dict(features_of(columns)),
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        """Splits with rows, from a finished build; streaming without one plans unit by unit."""
        folder = private_folder(cache_folder() / "builds") / self._fingerprint
        manifest = read_manifest(folder) if folder.is_dir() else None
        if manifest is None and dl_manager.is_streaming:
            self.info.description += (
                " Streamed without a finished build: duplicates and forks are found only "
                "within one log."
            )
            return [
                datasets.SplitGenerator(name=split, gen_kwargs={"files": None, "split": split})
                for split in SPLITS
            ]
        if manifest is None:
            manifest = build(self._places, folder, self._recipe).manifest
        files = {
            split: [str(folder / s.file) for s in manifest.shards if s.split == split]
            for split in SPLITS
        }
        if not any(files.values()):
            raise ValueError(
                f"config {self.config.name}: expected rows from these sessions, found none"
            )
        return [
            datasets.SplitGenerator(name=split, gen_kwargs={"files": files[split], "split": split})
            for split in SPLITS
            if files[split]
        ]

    def _generate_tables(
        self, files: list[str] | None, split: str
    ) -> Iterator[tuple[Any, pa.Table]]:
        if files is None:
            for number, batch in enumerate(self._stream(split)):
                yield (0, number), pa.Table.from_batches([batch])
            return
        for number, file in enumerate(files):
            with pq.ParquetFile(file) as opened:
                for part, batch in enumerate(opened.iter_batches(batch_size=100)):
                    yield (number, part), pa.Table.from_batches([batch])

    def _stream(self, split: str) -> Iterator[pa.RecordBatch]:
        """Rows of one split, each unit planned by itself."""
        view = _VIEWS[self.config.name]
        counter = make_counter(self._recipe.fit.tokenizer)
        job = _gathering(self._recipe)
        for unit in self._discovery.units:
            found = gather(job, unit)
            if found.header is None:
                continue
            yield from _unit_batches(view, found.fragment, split, self._recipe, counter)


def _unit_batches(
    view: Any, fragment: str, split: str, recipe: Recipe, counter: Any
) -> Iterator[pa.RecordBatch]:
    from trajset.fragment import open_fragment

    opened = open_fragment(fragment)
    keys = [entry.keys for entry in opened.header.entries]
    planned = decide(
        keys,
        opened.step_keys,
        lambda ref, step: opened.trajectory(ref).steps[step].key,
        recipe.plan,
    )
    for ordinal, decision in enumerate(planned.decisions):
        if decision.dropped is None and decision.split == split:
            kept = Kept(fragment=fragment, ordinal=ordinal, decision=decision)
            rows = rows_of(view, opened.trajectory(ordinal), kept, recipe, counter, Rendered())
            if rows:
                yield batch_of(rows, view.FEATURES)


def _gathering(recipe: Recipe) -> Gathering:
    import time

    cache = private_folder(cache_folder())
    known = KnownValues.collect(recipe.privacy, os.environ, ())
    since = recipe.read.since
    return Gathering(
        recipe=recipe,
        known=known,
        known_fingerprint=known.fingerprint(local_key(cache)),
        fragments=str(private_folder(cache / "fragments")),
        since=None if since is None else since_ms(since, int(time.time() * 1000)),
    )


def _fingerprint(discovery: Discovery, recipe: Recipe) -> str:
    """Of the content of all units (in any order and place), the recipe, the code, known values."""
    contents = sorted(content_digest(unit) for unit in discovery.units)
    job = _gathering(recipe)
    digest = blake2b(digest_size=10)
    for part in (*contents, msgspec.json.encode(recipe, order="sorted").decode(), code_digest(".")):
        digest.update(part.encode() + b"\0")
    digest.update(job.known_fingerprint.encode())
    return digest.hexdigest()
