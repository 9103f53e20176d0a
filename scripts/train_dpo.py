"""Trains a model on the pairs of a dataset folder with TRL's DPOTrainer, or KTOTrainer.

scripts/train_dpo                                        a tiny random model, to see that it works
scripts/train_dpo --model my-model --steps -1 --beta 0.1 --out my-better-model
scripts/train_dpo --kto --model my-model                 the two answers of a pair one by one

Both render with the tokenizer's own chat template.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from training import (
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


def main(scratch: Path) -> None:
    """Load, prepare, check that nothing is lost, train."""
    parser = options(__doc__)
    parser.add_argument("--config", choices=("preference",), default="preference")
    parser.add_argument("--kto", action="store_true", help="KTOTrainer instead of DPOTrainer")
    given, more = parser.parse_known_args()

    import trl

    manifest, rows = load_rows(given.dir, given.config, given.split)
    max_length = max_length_of(given, manifest)
    model, tokenizer = load_model(given, max_length, scratch)
    exact = fits_tokenizer(manifest, tokenizer)
    arguments = trainer_arguments(
        trl.KTOConfig if given.kto else trl.DPOConfig,
        given,
        more,
        {"max_length": max_length, **manifest.training.get(given.config, {})},
        scratch,
    )
    trainer_class = trl.KTOTrainer if given.kto else trl.DPOTrainer
    trainer: Any = trainer_class(
        model=model, args=arguments, train_dataset=rows, processing_class=tokenizer
    )
    made = trainer.train_dataset
    sides = ("completion_ids",) if given.kto else ("chosen_ids", "rejected_ids")
    answers = [[len(row[side]) for side in sides] for row in made]
    prompts = [len(ids) for ids in made["prompt_ids"]]
    lengths = [prompt + max(sizes) for prompt, sizes in zip(prompts, answers, strict=True)]
    refuse_losses(made, len(rows) * (2 if given.kto else 1), lengths, max_length, exact)
    learnt = sum(sum(sizes) for sizes in answers)
    report(trainer, len(made), learnt, learnt + sum(prompts) * len(sides), given.out)


if __name__ == "__main__":
    sys.exit(started(main, "train_dpo"))
