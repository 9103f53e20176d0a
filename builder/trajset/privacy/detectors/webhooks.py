"""URLs that let everybody who knows them do something: webhooks, pings, signed links."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import ADDRESS, Detector, Span
from trajset.privacy.detectors.urls import after
from trajset.privacy.words import is_random

_UUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_SCHEME = re.compile(rb"https?:\Z")
_HOST = re.compile(rb"[A-Za-z0-9./_-]*\Z")


def link(kind: str, url: str, rest: str) -> Detector:
    """A URL that is secret as a whole.

    Args:
        url: where it begins, from its host on.
        rest: what has to follow; its one group must look random.
    """
    regex = re.compile(rest.encode())

    def find(buffer: bytes, end: int) -> Iterator[Span]:
        found = regex.match(buffer, end)
        if found is None or not is_random(found[1]):
            return
        left = max(0, end - 200)
        head = buffer[left:end]
        path = head.rfind(b"//")
        start = left + path if path >= 0 else end
        scheme = _SCHEME.search(buffer[max(0, start - 6) : start])
        if path < 0 or any(byte <= 32 for byte in head[path:]):
            start = left + len(head) - len(_HOST.search(head)[0])  # type: ignore[index]
        elif scheme:
            start -= len(scheme[0])
        yield Span(start, found.end(), kind, found[1], ADDRESS, learn=True)

    return Detector(url.encode(), find)


DETECTORS = (
    link(
        "slack_webhook",
        r"hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/",
        r"([A-Za-z0-9_/+-]{24,120}+)",
    ),
    link(
        "discord_webhook",
        r"discord(?:app)?\.com/api/(?:v[0-9]{1,2}/)?webhooks/[0-9]{8,22}/",
        r"([A-Za-z0-9_-]{20,120}+)",
    ),
    link(
        "teams_webhook",
        r"\.webhook\.office(?:365)?\.com/webhookb2/|outlook\.office(?:365)?\.com/webhook(?:b2)?/",
        r"([A-Za-z0-9@/_+-]{16,300}+)",
    ),
    link(
        "zapier_webhook",
        r"hooks\.zapier\.com/hooks/(?:catch|standard)/",
        r"([A-Za-z0-9/]{11,80}+)",
    ),
    link(
        "ifttt_webhook",
        r"maker\.ifttt\.com/(?:use|trigger/[^\s/]{1,80}/(?:json/)?with/key)/",
        r"([A-Za-z0-9_-]{16,80}+)",
    ),
    link(
        "make_webhook",
        r"hook\.(?:[a-z]{2}[0-9]\.)?(?:make|integromat)\.com/",
        r"([a-z0-9]{20,64}+)",
    ),
    link(
        "lark_webhook",
        r"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/(?:v2/)?hook/",
        _UUID,
    ),
    link("wecom_webhook", r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=", _UUID),
    link(
        "ping_url",
        r"hc-ping\.com/|betterstack\.com/api/v1/heartbeat/|cronitor\.link/p/",
        r"([A-Za-z0-9/_-]{20,80}+)",
    ),
    link("pipedream_webhook", r"https?://e[no]", r"([a-z0-9]{8,16})\.m\.pipedream\.net"),
    Detector(
        rb"api\.telegram\.org/(?:file/)?bot",
        after("telegram", r"(\d{8,11}:[A-Za-z0-9_-]{30,40}+)"),
    ),
    Detector(
        rb"[?&](?:code|token_hash|ticket|magic|otp|invite)=",
        after("code", r"([A-Za-z0-9._~-]{20,400}+)"),
    ),
    Detector(
        rb"[?&](?:sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token))=",
        after("signature", r"([A-Za-z0-9%+/=_.~-]{20,2000}+)"),
        True,
    ),
    Detector(rb"AWS4-HMAC-SHA256[^\n\x00]{0,300}Signature=", after("signature", r"([0-9a-f]{64})")),
    Detector(
        rb"Digest\s[^\n\x00]{0,300}response=\\*\"", after("digest", r"([0-9a-f]{32,64}+)"), True
    ),
    Detector(
        rb"Hawk\s[^\n\x00]{0,200}mac=\\*\"", after("hawk", r"([A-Za-z0-9+/=]{20,100}+)"), True
    ),
    Detector(
        rb"(?:routing|integration)_?key(?:\\*[\"'])?[ \t]*[:=][ \t]*(?:\\*[\"'])?",
        after("pagerduty", r"([0-9a-f]{32}|R[0-9A-Z]{31})(?![0-9A-Za-z])"),
        True,
    ),
)
