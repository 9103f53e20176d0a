"""The card's parts on how the dataset was made: splits, redaction, limits, recipe."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from trajset.card.drawn import in_all
from trajset.card.markdown import code, fenced, folded, listed, plain, some_of, table
from trajset.card.words import DROPPED, GROUPS
from trajset.manifest import Manifest, public_recipe
from trajset.plan import SPLITS
from trajset.privacy.findings import FIELD_NAMES
from trajset.recipe import Recipe

_REPLACED = (
    "Secrets and personal data were replaced before anything was written, by placeholders that are "
    "numbered within a session (`<SECRET:github:1>`); home folders and the user's own name became "
    "constants."
)
_MANY = 12
"""Rows of a table that is shown at once."""


def splits(manifest: Manifest) -> str:
    """Duplicates that fell, and what is never in two splits."""
    plan = manifest.plan
    text = f"{some_of(plan['trajectories'], 'run')} read."
    if plan["dropped"]:
        fell = [
            f"{count:,} {DROPPED.get(reason, reason.replace('_', ' '))}"
            for reason, count in sorted(plan["dropped"].items())
        ]
        text += f" Left out: {listed(fell)}."
    if plan["with_copied_steps"]:
        text += (
            f" {some_of(plan['with_copied_steps'], 'run')} of those that stay begin with steps "
            "that another run owns (a fork or a resume); such steps are context, and learnt once."
        )
    near = plan["near"]
    if near["proposed"]:
        text += (
            f" Near duplicates: {some_of(near['proposed'], 'pair')} proposed by MinHash, "
            f"{near['verified']:,} verified by exact Jaccard similarity, "
            f"{some_of(near['dropped'], 'run')} dropped"
        )
        found = [
            f"`{dropped}` ({similarity:.2f} with `{kept}`)"
            for dropped, kept, similarity in near["examples"][:3]
        ]
        text += f", such as {listed(found)}." if found else "."
    kept = [f"{n:,} in `{split}`" for split in SPLITS if (n := plan["splits"].get(split))]
    group = GROUPS.get(plan["group_by"], plan["group_by"])
    text += (
        f"\n\nSplits are by **{plan['group_by']}**: {group} is a group, and a group is never in "
        f"two splits. {some_of(plan['groups'], 'group')}; runs: {listed(kept) or 'none'}."
    )
    if plan["single_split"]:
        text += " There are fewer than 3 groups, so everything is in `train`."
    elif plan["group_by"] == "session":
        text += (
            " Sessions of one project can be in different splits, so the test split does not "
            "measure how well a model carries over to other projects."
        )
    return text


def redaction(manifest: Manifest) -> str:
    """What was replaced, by kind, harness and field."""
    if not manifest.redacted:
        return "**Nothing was redacted** (`privacy.enabled: false`): not to be published."
    rows: list[list[Any]] = []
    for harness, entry in sorted(manifest.harnesses.items()):
        for kind, fields in entry.findings.counts.items():
            where = sorted(fields, key=lambda name: (-fields[name], name))
            places = ", ".join(f"{FIELD_NAMES.get(name, name)} {fields[name]:,}" for name in where)
            rows.append([kind, harness, sum(fields.values()), places])
    if not rows:
        return f"{_REPLACED} Nothing of the kind was found."
    totals = manifest.findings.by_kind()
    rows.sort(key=lambda row: (-totals.get(row[0], 0), row[0], -row[2], row[1]))
    cells = [[plain(kind), harness, count, places] for kind, harness, count, places in rows]
    whole = table(["kind", "harness", "replaced", "where"], cells)
    if len(cells) > _MANY:
        ordered = sorted(totals, key=lambda kind: (-totals[kind], kind))
        short = table(["kind", "replaced"], [[plain(kind), totals[kind]] for kind in ordered])
        whole = f"{short}\n\n{folded('By harness and field', whole)}"
    return f"{_REPLACED} Counted over all that was read:\n\n{whole}"


def budget(manifest: Manifest) -> str:
    """How long rows are at most, and how that was counted."""
    training = manifest.training
    how = (
        "exactly as this tokenizer's template and TRL's training template render them"
        if training["lengths_are_exact"]
        else "which is approximate: your tokenizer may count otherwise, so leave a margin or "
        "build with `fit.tokenizer`"
    )
    return (
        f"No row is longer than {training['max_length']:,} tokens, counted with "
        f"{code(training['tokenizer'])}, {how}."
    )


def limits(manifest: Manifest) -> str:
    """What the data cannot be relied on for."""
    stats = in_all(manifest)
    runs = max(1, stats.trajectories)
    unknown = stats.outcomes.get("unknown", 0)
    points = [
        "These are sessions of whoever ran the agents: their projects, habits and languages, and "
        "no sample of anything larger.",
        "Failures, repairs and outcomes are found by rules, not by people; rows say how sure "
        "(`confidence`), from where (`status_source`) and why.",
        f"How a run ended is unknown for {unknown:,} of {runs:,} ({unknown / runs:.0%}): where a "
        "log does not say, nothing is guessed.",
    ]
    inferred, all_rows = _tools_inferred(manifest)
    if inferred:
        points.append(
            f"Tool schemas of {inferred:,} of {all_rows:,} rows are inferred from the run's own "
            "calls (`tools_source`), where its log has none."
        )
    if not manifest.training["lengths_are_exact"]:
        points.append("Lengths are approximate (see above).")
    points.append(
        "Results of tools quote files, web pages and programs of others; what they claim is "
        "neither checked nor endorsed."
    )
    points.append(
        "No detector finds everything: treat the data as private until you have read it, and tell "
        "its owner of anything that should not be here."
    )
    return "\n".join(f"- {point}" for point in points)


def _tools_inferred(manifest: Manifest) -> tuple[int, int]:
    """Rows whose tool schemas are inferred, and all rows that tell."""
    told = [config["tools_source"] for config in manifest.configs.values()]
    return sum(t.get("inferred", 0) for t in told), sum(sum(t.values()) for t in told)


def license_of(manifest: Manifest) -> str:
    """The license that the owner of the sessions gave, or that there is none."""
    given = manifest.recipe["card"]["license"]
    first = (
        f"{code(given)}, as the owner of the sessions states."
        if given
        else "None is given, so nobody is allowed to use this dataset beyond what the law or its "
        "owner permits (`card.license` in the recipe gives one)."
    )
    return f"{first} What results of tools quote stays under the terms of those who made it."


def recipe(manifest: Manifest) -> str:
    """The command, and the recipe where it is not the default; private lists are only counted."""
    default = msgspec.json.decode(msgspec.json.encode(public_recipe(Recipe())))
    changed = _difference(manifest.recipe, default)
    if not changed:
        return fenced("trajset build SESSIONS", "bash")
    text = yaml.safe_dump(changed, sort_keys=True, allow_unicode=True, width=90).rstrip()
    command = fenced("trajset build SESSIONS --recipe recipe.yaml", "bash")
    return f"{command}\n\n{fenced(text, 'yaml')}"


def _difference(value: dict[str, Any], default: dict[str, Any]) -> dict[str, Any]:
    """The keys whose values differ, sections within sections."""
    found = {}
    for key, item in value.items():
        standard = default.get(key)
        if isinstance(item, dict) and isinstance(standard, dict) and standard:
            if inner := _difference(item, standard):
                found[key] = inner
        elif item != standard:
            found[key] = item
    return found


def versions(manifest: Manifest) -> str:
    """trajset and the libraries that decide what is written."""
    known = {"trajset": manifest.trajset, **dict(sorted(manifest.libraries.items()))}
    return listed([plain(f"{name} {version}") for name, version in known.items()])
