"""Scan of JSON Lines that are not in a dataset folder, before they are sent anywhere."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

import msgspec

from trajset.privacy import KnownValues, Privacy
from trajset.privacy.scanner import PatternError
from trajset.scanning.dataset import ScanError, finding, key_of_hashes, versions
from trajset.scanning.part import Job, scan_blocks
from trajset.scanning.programs import ProgramError, installed
from trajset.scanning.receipt import Receipt
from trajset.scanning.strings import Strings


def scan_lines(
    files: Mapping[str, bytes],
    allow: Collection[str] = (),
    *,
    policy: Privacy,
    known: KnownValues | None = None,
) -> Receipt:
    """Scan lines with our detectors, the second scanner and those on the PATH; nothing is written.

    Args:
        files: name -> JSON Lines.
        allow: hashes of findings that somebody has looked at and lets pass.
        policy: the recipe's section `privacy`.
        known: values to look for; without it, those in the environment.

    Returns:
        A receipt of no manifest; a finding's row is the number of its line.

    Raises:
        ScanError: a pattern of the policy cannot be used, or a scanner fails.
    """
    strings = Strings()
    for name, data in files.items():
        for number, line in enumerate(data.splitlines(), 1):
            strings.add(msgspec.json.decode(line), name, f"line {number}", "")
    try:
        programs = installed()
        job = Job(
            folder="",
            policy=policy,
            known=known or KnownValues.collect(policy, os.environ),
            key=key_of_hashes(),
            programs=tuple(programs),
        )
        scanned = scan_blocks(job, [strings.take()])
    except (PatternError, ProgramError) as error:
        raise ScanError(str(error)) from None
    receipt = Receipt(manifest="", scanners=versions(programs), texts=strings.count)
    receipt.findings = [finding(hit, texts, {}) for hit, texts in scanned.hits.values()]
    receipt.findings.sort(key=lambda f: (f.scanner, f.kind, f.file, f.row, f.field, f.hash))
    return receipt.allowing(allow)
