"""The whole card: YAML and body."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template

import msgspec

from trajset.card import contents, drawn, front, made, scanned, usage
from trajset.card.markdown import code, plain
from trajset.manifest import Manifest
from trajset.resources import resource

MARK = front.MARK


def card(
    manifest: Manifest,
    manifest_file: str,
    examples: Mapping[str, str] | None = None,
    scan: scanned.Scanned | None = None,
) -> str:
    """The text of README.md.

    Args:
        manifest: what was read and written.
        manifest_file: its path below the dataset folder.
        examples: config -> a row of it, as `examples` gives them.
        scan: what a scan of the written files told, where there was one.
    """
    # As it is read back from disk: the order of its keys must not show.
    manifest = msgspec.json.decode(manifest.encoded(), type=Manifest)
    shown = drawn.plots(manifest)
    template = Template(resource("dataset_card", "template.md").read_text(encoding="utf-8"))
    body = template.substitute(
        title=plain(manifest.recipe["card"]["pretty_name"]),
        summary=contents.summary(manifest),
        name=usage.PLACEHOLDER,
        example=usage.example(manifest),
        configs=contents.configs(manifest),
        budget=made.budget(manifest),
        lengths_plot=drawn.plot_of(shown, drawn.LENGTHS, "Histograms of row lengths by config"),
        rows=contents.rows(manifest, examples or {}),
        left_out=contents.left_out(manifest),
        training=usage.training(manifest),
        sources=contents.sources(manifest),
        models=contents.models(manifest),
        sessions_plot=drawn.plot_of(shown, drawn.SESSIONS, "Sessions over time"),
        failures=contents.failures(manifest),
        outcomes=contents.outcomes(manifest),
        failures_plot=drawn.plot_of(shown, drawn.FAILURES, "Failures by category"),
        distances_plot=drawn.plot_of(shown, drawn.DISTANCES, "Recoveries by distance"),
        splits=made.splits(manifest),
        redaction=made.redaction(manifest),
        scan=scanned.told(scan),
        limits=made.limits(manifest),
        license=made.license_of(manifest),
        version=plain(manifest.trajset),
        recipe=made.recipe(manifest),
        versions=made.versions(manifest),
        manifest=code(manifest_file),
        digest=code(manifest_file.removeprefix("data/manifest-").removesuffix(".json")),
    )
    return f"---\n{front.front(manifest, manifest_file)}---\n\n{_closed_up(body)}"


def _closed_up(body: str) -> str:
    """The text without the blank lines that parts without content leave."""
    while "\n\n\n" in body:
        body = body.replace("\n\n\n", "\n\n")
    return body
