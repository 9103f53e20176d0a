"""Tokens of chat, mail, payment, shop, map and design services, and of package registries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trajset.privacy.detectors.detector import FORM, Detector, Span
from trajset.privacy.detectors.forms import HEX, Check, U, W, form, genuine, joined, mixed, pattern
from trajset.privacy.words import is_random, is_strong


def around(kind: str, trigger: str, back: str, regex: str, *, check: Check = genuine) -> Detector:
    """A detector for tokens whose particular part stands in the middle.

    From the trigger's end it walks back over the characters of `back`, and matches from there.
    """
    walk = re.compile(f"[{back}]+".encode())
    whole = re.compile(regex.encode())

    def find(buffer: bytes, end: int) -> Iterator[Span]:
        left = max(0, end - 100)
        head = buffer[left:end]
        start = left
        for run in walk.finditer(head):
            start = left + run.start()
        found = whole.match(buffer, start)
        longer = joined(buffer, start, found, whole, whole, sized=False)
        stop, value = longer if longer else (found.end(), found) if found else (0, None)
        if value and stop >= end and check(value[0]):
            yield Span(start, stop, kind, value[0], FORM, learn=is_strong(value[0]))

    return Detector(trigger.encode(), find)


_CHAT = (
    *form(
        "slack",
        "xoxb- xoxp- xoxa- xoxr- xoxs- xoxo- xoxc- xoxd- xoxe- xoxe.xoxp- xoxe.xoxb-",
        U + "%.",
        16,
    ),
    *form("slack", "xapp- xwfp-", U, 20),
    *pattern("discord", "mfa.", r"([A-Za-z0-9_-]{60,100}+)", strictly=True),
)
_MAIL = (
    *pattern("sendgrid", "SG.", r"([A-Za-z0-9_-]{16,32}(?:\.[A-Za-z0-9_-]{16,64}+)?)", check=mixed),
    *form("mailgun", "key- pubkey-", HEX, 32, 32, strictly=True),
    *form("brevo", "xkeysib- xsmtpsib-", W + "-", 40),
    *form("resend", "re_", W + "_", 20, strictly=True),
    around("twilio", r"\bSK[0-9a-f]{32}", "SK" + HEX, r"SK[0-9a-f]{32}(?![0-9a-zA-Z])"),
    *form("hubspot", "pat-na1- pat-na2- pat-na3- pat-eu1-", HEX + "-", 28, 36),
    *form("klaviyo", "pk_", HEX, 34, 34, strictly=True),
    *form("intercom", "dG9rO", W + "+/=", 40),
    *form("mandrill", "md-", U, 20, strictly=True),
)
_PAYMENT = (
    *form("stripe", "sk_live_ sk_test_ rk_live_ rk_test_ sk_org_", W, 12),
    *form("stripe", "whsec_", W + "+/=", 20),
    *form("square", "sq0atp- sq0idp-", U, 20, 22),
    *form("square", "sq0csp-", U, 20, 43),
    *form("square", "EAAA", U, 56, 60),
    *form("paypal", "access_token$production$ access_token$sandbox$", HEX + "a-z$", 24),
    *form("shopify", "shpat_ shpca_ shppa_ shpss_ shpua_", HEX, 24, 32),
    *form("razorpay", "rzp_live_ rzp_test_", W, 14),
    *form("plaid", "access-sandbox- access-development- access-production-", HEX + "-", 30, 36),
    *form("paddle", "pdl_live_apikey_ pdl_sdbx_apikey_ pdl_ntfset_", W + "_", 24),
    *form("adyen", "AQE", W + "+/=-", 80, strictly=True),
    *form("flutterwave", "FLWSECK- FLWSECK_TEST-", W + "-", 16),
    *form("mollie", "live_", W, 30, 30, strictly=True),
    *form("coinbase", "cbk_", W, 24, strictly=True),
    *form("easypost", "EZAK EZTK", W, 40, 54),
    *form("shippo", "shippo_live_ shippo_test_", HEX, 32, 40),
    *form("duffel", "duffel_live_ duffel_test_", U, 32, 43),
)
_WORK = (
    *form("notion", "ntn_", W, 30, 46),
    *form("notion", "secret_", W, 40, 43, strictly=True),
    *form("figma", "figd_ figo_ figu_", U, 24, 40),
    *form("clickup", "pk_", "0-9A-Z_", 36, strictly=True),
    *form("typeform", "tfp_", U + ".", 32),
    *form("contentful", "CFPAT-", U, 32, 43),
    *form("dropbox", "sl.", U, 60, strictly=True),
    *form("postman", "PMAK-", HEX + "-", 40, 59),
    *form("readme", "rdme_", W, 40, 70),
    *form("frameio", "fio-u-", U + "=", 40, 64),
    *form("mapbox", "sk.eyJ", U + ".", 40),
    *form("facebook", "EAA", W, 60, strictly=True),
    *form("instagram", "IGQV IGAA", U, 60),
    *form("twitter", "AAAAAAAAAAAAAAAAAAAAA", W + "%", 40),
    *form("algolia", "algolia_", W, 24, strictly=True),
    *form("stytch", "secret-live- secret-test-", U + "=", 24),
    *form("clerk", "sk_clerk_", W, 24),
    *form("adobe", "p8e-", "a-z0-9", 32, 32, strictly=True),
    *form("adafruit", "aio_", W, 24, 28),
    *form("telnyx", "KEY0", W + "_", 40),
    *form("retool", "retool_", W + "_", 24),
)
_REGISTRIES = (
    *form("npm", "npm_", W, 24, 36),
    *form("pypi", "pypi-", U, 40),
    *form("docker", "dckr_pat_ dckr_oat_", U, 20, 27),
    *form("nuget", "oy2", "a-z0-9", 43, 43),
    *form("gem", "rubygems_", HEX, 32, 48),
    *form("crates", "cio", W, 32, 32, strictly=True),
    *form("clojars", "CLOJARS_", "a-z0-9", 40, 60),
    *form("jfrog", "AKCp", W, 40, 69),
    *form("jfrog", "cmVmdGtu", W, 40, 56),
    *form("packagist", "packagist_", W + "_", 32),
    *form("expo", "expo_", U, 32, strictly=True),
)


def _drawn(value: bytes) -> bool:
    """Random, with capitals, small letters and digits: for forms that identifiers have as well."""
    tail = value.partition(b".")[2]
    return is_random(tail) and all(re.search(c, tail) for c in (rb"[A-Z]", rb"[a-z]", rb"[0-9]"))


_STRUCTURED = (
    around("telegram", r"[0-9]{8}:A", "0-9:A", r"\d{8,11}:A[A-Za-z0-9_-]{30,40}+"),
    around(
        "discord",
        r"[A-Za-z0-9_-]\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{20}",
        U + ".",
        r"[MNO][A-Za-z0-9_-]{22,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{20,45}+",
    ),
    around("mailchimp", r"[0-9a-f]-us[0-9]", HEX + "us-", r"[0-9a-f]{32}-us\d{1,2}"),
    around(
        "mailgun",
        r"[0-9a-f]-[0-9a-f]{8}-[0-9a-f]{8}",
        HEX + "-",
        r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}(?![0-9a-f-])",
    ),
    around("azure", r"[0-9]Q~", U + "~.", r"[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{28,40}+"),
    around("azure_devops", r"AZDO", W, r"[A-Za-z0-9]{70,90}+"),
    around("azure", r"JQQJ99", W, r"[A-Za-z0-9]{70,90}+"),
    around(
        "terraform", r"\.atlasv1\.", W + ".", r"[A-Za-z0-9]{12,16}\.atlasv1\.[A-Za-z0-9_-]{40,80}+"
    ),
    around(
        "vault", r"\bs\.[A-Za-z0-9]{24}", W + ".", r"s\.[A-Za-z0-9]{24}(?![\w(.])", check=_drawn
    ),
    around("newrelic", r"[0-9a-f]{8}NRAL", HEX + "NRAL", r"[0-9a-f]{32,40}NRAL(?!\w)"),
    around(
        "asana",
        r"/[0-9]{12,20}:[0-9a-f]{8}",
        "0-9a-f/:",
        r"[0-2]/\d{12,20}(?:/\d{12,20})?:[0-9a-f]{32}",
    ),
    around(
        "octopus",
        r"\bAPI-[A-Z0-9]{26}",
        "A-Z0-9-",
        r"API-[A-Z0-9]{26,32}+(?![\w-])",
        check=is_random,
    ),
    around(
        "harness",
        r"\b[ps]at\.[A-Za-z0-9_-]{22}\.",
        U + ".",
        r"[ps]at\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}",
    ),
    around("openshift", r"\bsha256~[A-Za-z0-9_-]{20}", U + "~", r"sha256~[A-Za-z0-9_-]{40,44}+"),
    around(
        "zhipu",
        r"\b[0-9a-f]{32}\.[A-Za-z0-9]{16}\b",
        W + ".",
        r"[0-9a-f]{32}\.[A-Za-z0-9]{16}(?![\w.])",
        check=_drawn,
    ),
    around("duo", r"WEBHOOK_[A-Z0-9]{8}", "A-Z0-9_", r"WEBHOOK_[A-Z0-9]{20,40}+"),
    around(
        "airtable",
        r"pat[A-Za-z0-9]{14}\.[0-9a-f]",
        W + ".",
        r"pat[A-Za-z0-9]{14}\.[0-9a-f]{40,64}+",
    ),
    around(
        "password_hash",
        r"\$(?:2[aby]|5|6|y|apr1|argon2id?)\$[./A-Za-z0-9$=,]{8}",
        r"$./A-Za-z0-9=,+",
        r"\$[./A-Za-z0-9$=,+]{20,160}+",
    ),
)

DETECTORS = (*_CHAT, *_MAIL, *_PAYMENT, *_WORK, *_REGISTRIES, *_STRUCTURED)
