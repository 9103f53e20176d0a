"""`AgentSessions`: sessions as a `datasets` builder, over the same pipeline as `trajset build`.

    builder = AgentSessions("error_recovery", sessions="~/.claude/projects")
    builder.download_and_prepare()
    dataset = builder.as_dataset("train")

The config id is the config's name and a fingerprint of what the sessions and the recipe hold,
never a path: changed sessions are prepared anew, moved ones are not.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import datasets
import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from trajset.cache import cache_folder, code_digest, private_folder
from trajset.cache_use import used
from trajset.contents import content_digest, remembered_digest
from trajset.corpus import find_units, gathering, kept_of, plan_of
from trajset.decontaminate import benchmark_parts, file_digest
from trajset.engine import Here
from trajset.fit.counter import make_counter
from trajset.folder import read_manifest
from trajset.fragment import open_fragment
from trajset.gather import Gathering, gather
from trajset.lint import refuse
from trajset.made import Made
from trajset.pipeline import build
from trajset.plan import SPLITS
from trajset.recipe import Recipe, RecipeLike, recipe_given
from trajset.render import rows_of
from trajset.shards import batch_of, features_of
from trajset.views import VIEWS

_DAY = 86_400_000
"""Milliseconds: `since: 7d` means another thing every day, not every moment."""
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
        config_name: `codeact`, `chat`, `sft`, `error_recovery`, `preference`, or (where the recipe
            names a tokenizer) `tokenized`.
        sessions: a place (file, folder, URL) or several.
        recipe: a Recipe, its sections as a dict, or the path of one; the defaults without it.
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
        recipe: RecipeLike = None,
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
        wanted = recipe_given(recipe)
        views = msgspec.structs.replace(wanted.views, configs=(config_name,))
        self._recipe = msgspec.structs.replace(wanted, views=views)
        self._discovery, _ = find_units(self._places, self._recipe)
        self._job = gathering(self._recipe)
        self._fingerprint: str | None = None
        self._given = {"config_name": config_name, **kwargs}
        super().__init__(dataset_name="agent_sessions", **self._given)

    def _settle(self) -> str:
        """The fingerprint: it takes reading every log, which streaming does not wait for."""
        if self._fingerprint is None:
            digests = [content_digest(u, Path(self._job.contents)) for u in self._discovery.units]
            self._fingerprint = _fingerprint(digests, self._recipe, self._job)
            super().__init__(
                dataset_name="agent_sessions", fingerprint=self._fingerprint, **self._given
            )
        return self._fingerprint

    @property
    def cache_dir(self) -> str:
        """Where the prepared config lies: named by what sessions and recipe hold."""
        self._settle()
        return str(super().cache_dir)

    def download_and_prepare(self, *args: Any, **kwargs: Any) -> None:
        """See `datasets.DatasetBuilder`."""
        self._settle()
        super().download_and_prepare(*args, **kwargs)

    def as_dataset(self, *args: Any, **kwargs: Any) -> Any:
        """See `datasets.DatasetBuilder`."""
        self._settle()
        return super().as_dataset(*args, **kwargs)

    def _info(self) -> datasets.DatasetInfo:
        columns = _VIEWS[self.config.name].FEATURES
        return datasets.DatasetInfo(
            description=f"{self.config.name} rows from sessions of coding agents, made by trajset.",
            features=datasets.Features.from_dict(features_of(columns)),
        )

    def _split_generators(self, dl_manager: Any) -> list[datasets.SplitGenerator]:
        """Splits with rows, from a finished build; streaming without one plans unit by unit."""
        fingerprint = self._known_fingerprint() if dl_manager.is_streaming else self._settle()
        folder = private_folder(cache_folder() / "builds") / (fingerprint or "none")
        manifest = read_manifest(folder) if folder.is_dir() else None
        if manifest is None and dl_manager.is_streaming:
            self.info.description += (
                " Streamed without a finished build: duplicates and forks are found only "
                "within one log, and plan.max_rows does not apply."
            )
            return [
                datasets.SplitGenerator(name=split, gen_kwargs={"files": None, "split": split})
                for split in SPLITS
            ]
        if manifest is None:
            manifest = build(self._places, folder, self._recipe).manifest
        for file in folder.rglob("*"):
            used(file)
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

    def _known_fingerprint(self) -> str | None:
        """The fingerprint if it can be told without reading the logs: after a build it can."""
        if self._fingerprint is not None:
            return self._fingerprint
        digests = []
        for unit in self._discovery.units:
            digest = remembered_digest(unit, Path(self._job.contents))
            if digest is None:
                return None
            digests.append(digest)
        return _fingerprint(digests, self._recipe, self._job)

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
        plan = self._recipe.plan
        benchmark = list(benchmark_parts(plan.decontaminate, plan.decontaminate_words))
        for unit in self._discovery.units:
            found = gather(self._job, unit)
            if found.error is not None:
                warnings.warn(found.error, stacklevel=2)
            if not found.chosen:
                continue
            opened = open_fragment(found.fragment)
            where = [(found.fragment, ordinal) for ordinal in found.chosen]
            keys = [opened.header.entries[ordinal].keys for ordinal in found.chosen]
            planned = plan_of(keys, where, self._recipe, Here(), benchmark=benchmark)
            for kept in kept_of(where, planned):
                if kept is None or kept.decision.split != split:
                    continue
                trajectory = opened.trajectory(kept.ordinal)
                made = Made()
                rows = rows_of(view, trajectory, kept, self._recipe, counter, made)
                refuse({view.NAME: made.seen}, floor=0.0)
                if rows:
                    yield batch_of(rows, view.FEATURES)


def _fingerprint(digests: Sequence[str], recipe: Recipe, job: Gathering) -> str:
    """Of the digests of all units (in any order and place), the recipe with what it means today,
    the tokenizer, the code and the known values.
    """
    digest = blake2b(digest_size=10)
    for part in (
        *sorted(digests),
        msgspec.json.encode(recipe, order="sorted").decode(),
        str(job.since and job.since // _DAY),
        make_counter(recipe.fit.tokenizer).digest,
        code_digest("."),
        job.known_fingerprint,
        *(file_digest(name) for name in recipe.plan.decontaminate),
    ):
        digest.update(part.encode() + b"\0")
    return digest.hexdigest()
