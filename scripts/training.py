"""What `train_sft` and `train_dpo` share: the dataset, the model, trainer arguments, the report."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tiny_model import dataset_texts, tiny_model, tiny_tokenizer

from trajset.fit.template_counter import TemplateCounter
from trajset.folder import FolderError, read_manifest
from trajset.manifest import Manifest

Rows = Any
"""A `datasets.Dataset`."""


class TrainingError(RuntimeError):
    """Training cannot start, or would lose rows. The text says why, and the way out."""


def options(about: str | None) -> argparse.ArgumentParser:
    """The options that both scripts have. What they do not know goes to TRL's config."""
    parser = argparse.ArgumentParser(
        description=about,
        epilog="Every further option is one of TRL's config: --num_train_epochs 2 --bf16 true …",
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--dir", type=Path, default=Path("builder"), help="a dataset folder")
    parser.add_argument("--split", default="train")
    parser.add_argument("--model", help="hub id or folder; without it a tiny random model is made")
    parser.add_argument("--tokenizer", help="hub id or folder; without it the model's")
    parser.add_argument("--steps", type=int, default=20, help="-1: as many as the epochs have")
    parser.add_argument("--max-length", type=int, help="without it what the dataset was built for")
    parser.add_argument("--out", type=Path, help="folder for the trained model")
    return parser


def started(run: Callable[[Path], None], name: str) -> int:
    """Run a script's `main` with a folder that goes afterwards; the exit code.

    Mistakes that are not ours are told in one line.
    """
    missing = [package for package in ("torch", "trl", "accelerate") if find_spec(package) is None]
    try:
        if missing:
            raise TrainingError(
                f"expected the package {missing[0]}, found none; "
                "install it with `pip install 'trajset[train]'`"
            )
        quiet()
        with TemporaryDirectory() as scratch:
            run(Path(scratch))
    except (TrainingError, FolderError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    return 0


def load_rows(folder: Path, config: str, split: str) -> tuple[Manifest, Rows]:
    """The manifest of a dataset folder, and the rows of a config.

    Raises:
        TrainingError: there is no dataset, or it has no such rows.
        FolderError: the folder is not ours, or damaged.
    """
    from datasets import load_dataset

    manifest = read_manifest(folder) if folder.is_dir() else None
    if manifest is None:
        raise TrainingError(
            f"{folder}: expected a dataset folder, found none; `trajset build` makes it"
        )
    if not manifest.configs.get(config, {}).get("rows", {}).get(split):
        hint = "; it is made where fit.tokenizer names one" if config == "tokenized" else ""
        raise TrainingError(
            f"{folder}: expected rows of {config} in split {split}, found none{hint}"
        )
    return manifest, load_dataset(str(folder.resolve()), config, split=split)


def load_model(given: argparse.Namespace, max_length: int, scratch: Path) -> tuple[Any, Any]:
    """The model and its tokenizer; without `--model` a tiny random one, written to `scratch`.

    Raises:
        TrainingError: the tokenizer or the model cannot be loaded.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        if given.model is None and given.tokenizer is None:
            tokenizer = tiny_tokenizer(dataset_texts(given.dir))
        else:
            tokenizer = AutoTokenizer.from_pretrained(given.tokenizer or given.model)
        if given.model is None:
            # In a folder, since DPO and KTO load it again as their reference.
            tiny_model(tokenizer, max_length).save_pretrained(scratch)
        return AutoModelForCausalLM.from_pretrained(given.model or scratch, dtype="auto"), tokenizer
    except (OSError, ValueError) as error:
        raise TrainingError(
            f"{given.model or given.tokenizer}: expected a model folder or hub id that can be "
            f"loaded, found {type(error).__name__}"
        ) from None


def max_length_of(given: argparse.Namespace, manifest: Manifest) -> int:
    """Tokens that a row may have: what was asked for, or what the dataset was built for."""
    return int(given.max_length or manifest.training["max_length"])


def trainer_arguments(
    config_class: Any,
    given: argparse.Namespace,
    more: Sequence[str],
    values: Mapping[str, Any],
    scratch: Path,
) -> Any:
    """TRL's config: the dataset's own arguments, then these options, then the command line's."""
    import torch
    from transformers import HfArgumentParser

    parser = HfArgumentParser(config_class, allow_abbrev=False)
    parser.set_defaults(
        output_dir=str(given.out or scratch),
        max_steps=given.steps,
        per_device_train_batch_size=2,
        learning_rate=5e-3 if given.model is None else 1e-5,
        logging_steps=1,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        bf16=torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        **values,
    )
    (made,) = parser.parse_args_into_dataclasses(args=list(more))
    return made


def fits_tokenizer(manifest: Manifest, tokenizer: Any) -> bool:
    """Whether the dataset's lengths are exact for this tokenizer and its chat template."""
    counter = TemplateCounter.of(tokenizer)
    return bool(counter.digest == manifest.training["tokenizer_digest"])


def refuse_losses(
    prepared: Rows, wanted: int, lengths: Sequence[int], max_length: int, exact: bool
) -> None:
    """Look at what the trainer made of the rows, after it cut and dropped.

    Args:
        prepared: the trainer's dataset.
        wanted: how many rows it should have.
        lengths: tokens of each of its rows.
        max_length: where it cuts.
        exact: whether rows were made for this tokenizer: then one of just this length is whole.

    Raises:
        TrainingError: a row was dropped or may have been cut.
    """
    cut = [
        row_id
        for row_id, length, expected in zip(
            prepared["id"], lengths, prepared["n_tokens"], strict=True
        )
        if length > max_length or (length == max_length and not (exact and expected == length))
    ]
    if len(prepared) == wanted and not cut:
        return
    found = f"{wanted - len(prepared)} dropped, {len(cut)} at the cut"
    named = f" (such as {cut[0]})" if cut else ""
    raise TrainingError(
        f"expected all {wanted} rows whole within {max_length:,} tokens, found {found}{named}; "
        "build with fit.tokenizer set to this tokenizer, or give a larger --max-length"
    )


def report(trainer: Any, rows: int, learnt: int, tokens: int, out: Path | None) -> None:
    """Train, save where asked, and print rows, learnt share and how the loss went."""
    print(f"{rows:,} rows, {tokens:,} tokens, {learnt / tokens:.1%} of them learnt", flush=True)
    trainer.train()
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    steps = trainer.state.global_step
    print(f"{steps} steps, loss {losses[0]:.4f} -> {losses[-1]:.4f}")
    if out is not None:
        trainer.save_model(str(out))
        print(f"saved in {out}")


def quiet() -> None:
    """Leave out progress bars, and advice that is not about this run."""
    from datasets.utils.logging import disable_progress_bar

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("TRL_EXPERIMENTAL_SILENCE", "1")
    warnings.filterwarnings("ignore", category=FutureWarning)
    disable_progress_bar()
