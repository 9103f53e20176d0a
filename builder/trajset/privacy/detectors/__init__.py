"""What is looked for, as data: one module a family."""

from __future__ import annotations

from trajset.privacy.detectors import (
    addresses,
    calls,
    clouds,
    code_hosts,
    commands,
    context,
    entries,
    headers,
    homes,
    hosts,
    images,
    keys,
    providers,
    services,
    urls,
    webhooks,
)
from trajset.privacy.detectors.detector import Detector
from trajset.privacy.policy import Privacy

SECRETS: tuple[Detector, ...] = (
    *keys.DETECTORS,
    *providers.DETECTORS,
    *code_hosts.DETECTORS,
    *clouds.DETECTORS,
    *services.DETECTORS,
    *urls.DETECTORS,
    *webhooks.DETECTORS,
    *commands.DETECTORS,
    *headers.DETECTORS,
    *context.DETECTORS,
    *entries.DETECTORS,
    *calls.DETECTORS,
)


def chosen(policy: Privacy) -> tuple[Detector, ...]:
    """The detectors that a policy asks for. Secrets are always looked for."""
    return (
        *SECRETS,
        *(images.DETECTORS if policy.images else ()),
        *(homes.DETECTORS if policy.paths else ()),
        *(addresses.MAIL if policy.mail else ()),
        *(addresses.IP if policy.ip else ()),
        *(addresses.PHONE if policy.phone else ()),
        *(hosts.DETECTORS if policy.hosts else ()),
    )
