"""Trains a model on one config of a dataset folder with TRL's SFTTrainer.

scripts/train_sft                                        a tiny random model, to see that it works
scripts/train_sft --model Qwen/Qwen3-0.6B --steps -1 --out my-model --num_train_epochs 1
scripts/train_sft --config error_recovery --model … --learning_rate 2e-5 --bf16 true

For exact lengths, build with `fit.tokenizer` set to the model; `tokenized` needs that.
"""

from __future__ import annotations

import sys
from pathlib import Path

from training import (
    TrainingError,
    fits_tokenizer,
    load_model,
    load_rows,
    max_length_of,
    options,
    refuse_losses,
    report,
    started,
    trainer_arguments,
)

CONFIGS = ("sft", "error_recovery", "chat", "tokenized")


def main(scratch: Path) -> None:
    """Load, prepare, check that nothing is lost, train."""
    parser = options(__doc__)
    parser.add_argument("--config", choices=CONFIGS, default="sft")
    given, more = parser.parse_known_args()

    from trl import SFTConfig, SFTTrainer

    manifest, rows = load_rows(given.dir, given.config, given.split)
    if given.config == "chat":  # the others hold messages that must not be learnt
        rows = rows.filter(lambda row: not row["needs_mask"])
        if not len(rows):
            raise TrainingError("expected rows of chat that need no mask, found none; take sft")
    max_length = max_length_of(given, manifest)
    model, tokenizer = load_model(given, max_length, scratch)
    exact = fits_tokenizer(manifest, tokenizer)
    if given.config == "tokenized" and not exact:
        raise TrainingError(
            f"tokenized was built for {manifest.training['tokenizer']}, and this is another "
            "tokenizer or chat template; give that as --model or --tokenizer"
        )
    arguments = trainer_arguments(
        SFTConfig,
        given,
        more,
        {"max_length": max_length, **manifest.training.get(given.config, {})},
        scratch,
    )
    trainer = SFTTrainer(
        model=model, args=arguments, train_dataset=rows, processing_class=tokenizer
    )
    made = trainer.train_dataset
    lengths = [len(ids) for ids in made["input_ids"]]
    refuse_losses(made, len(rows), lengths, max_length, exact)
    learnt = sum(label != -100 for labels in made["labels"] for label in labels)
    report(trainer, len(made), learnt, sum(lengths), given.out)


if __name__ == "__main__":
    sys.exit(started(main, "train_sft"))
