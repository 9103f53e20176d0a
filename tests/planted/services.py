"""More credentials that are known by their own form: the long tail of providers."""

from __future__ import annotations

import base64
import json
import string
from random import Random

from planted.values import ALNUM, HEX, LOWER, STANDARD, UPPER, URLSAFE, Make, chars, prefixed


def _uuid(random: Random) -> str:
    return "-".join(chars(HEX, n)(random) for n in (8, 4, 4, 4, 12))


def _digits(number: int) -> Make:
    return lambda random: "".join(random.choices(string.digits, k=number))


def _jwe(random: Random) -> str:
    raw = json.dumps({"alg": "RSA-OAEP", "enc": "A256GCM"}, separators=(",", ":")).encode()
    head = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    return ".".join([head, *(chars(URLSAFE, n)(random) for n in (342, 16, 120, 22))])


def _base64_json(prefix: str, value: str) -> Make:
    def make(random: Random) -> str:
        body = json.dumps(
            {value: chars(ALNUM, 40)(random), "n": "x", "id": 1}, separators=(",", ":")
        )
        return prefix + base64.b64encode(body.encode()).decode()

    return make


SERVICES: dict[str, Make] = {
    "openai_admin": prefixed(
        "sk-", "admin-", chars(URLSAFE, 58), "T3Blbk" + "FJ", chars(URLSAFE, 58)
    ),
    "anthropic_admin": prefixed("sk-", "ant-admin01-", chars(URLSAFE, 93), "AA"),
    "fireworks": prefixed("fw", "_", chars(ALNUM, 24)),
    "cerebras": prefixed("cs", "k-", chars(LOWER, 48)),
    "elevenlabs": prefixed("sk", "_", chars(HEX, 48)),
    "voyage": prefixed("pa", "-", chars(URLSAFE, 43)),
    "jina": prefixed("ji", "na_", chars(ALNUM, 60)),
    "tavily": prefixed("tv", "ly-", chars(ALNUM, 32)),
    "firecrawl": prefixed("fc", "-", chars(HEX, 32)),
    "pinecone": prefixed("pc", "sk_", chars(ALNUM, 6), "_", chars(ALNUM, 62)),
    "langfuse": prefixed("sk", "-lf-", _uuid),
    "together": prefixed("tgp", "_v1_", chars(URLSAFE, 43)),
    "helicone": prefixed(
        "sk",
        "-helicone-",
        chars(LOWER, 7),
        "-",
        chars(LOWER, 7),
        "-",
        chars(LOWER, 7),
        "-",
        chars(LOWER, 7),
    ),
    "runpod": prefixed("rp", "a_", chars(UPPER, 40), chars(LOWER, 6)),
    "e2b": prefixed("e2", "b_", chars(HEX, 40)),
    "cursor": prefixed("ke", "y_", chars(HEX, 64)),
    "vercel_gateway": prefixed("vc", "k_", chars(ALNUM, 56)),
    "hf_org": prefixed("api", "_org_", chars(string.ascii_letters + "0123", 34)),
    "wandb_new": prefixed("wandb", "_v1_", chars(ALNUM, 27), "_", chars(ALNUM, 50)),
    "aws_temporary_id": prefixed("AS", "IA", chars(string.ascii_uppercase + "234567", 16)),
    "aws_bedrock": prefixed("AB", "SKQmVkcm9ja0FQSUtleS", chars(STANDARD, 108), "="),
    "google_refresh": prefixed("1/", "/0", chars(URLSAFE, 61)),
    "digitalocean_refresh": prefixed("do", "r_v1_", chars(HEX, 64)),
    "tencent": prefixed("AK", "ID", chars(ALNUM, 32)),
    "yandex": prefixed("AQ", "VN", chars(URLSAFE, 36)),
    "cloudflare_origin": prefixed("v1", ".0-", chars(HEX, 24), "-", chars(HEX, 146)),
    "fly": prefixed("fo", "1_", chars(URLSAFE, 43)),
    "fly_macaroon": prefixed("fm", "2_", chars(STANDARD, 120)),
    "render": prefixed("rn", "d_", chars(ALNUM, 32)),
    "vercel": prefixed("vc", "p_", chars(ALNUM, 56)),
    "netlify": prefixed("nf", "p_", chars(ALNUM, 36)),
    "supabase_secret": prefixed("sb_", "secret_", chars(URLSAFE, 31)),
    "neon": prefixed("na", "pi_", chars(LOWER, 64)),
    "planetscale_password": prefixed("pscale", "_pw_", chars(URLSAFE, 43)),
    "prefect": prefixed("pn", "u_", chars(LOWER, 36)),
    "dbt": prefixed("db", "tc_", chars(URLSAFE, 40)),
    "databricks_numbered": prefixed("da", "pi", chars(HEX, 32), "-3"),
    "github_user": prefixed("gh", "u_", chars(ALNUM, 36)),
    "github_refresh": prefixed("gh", "r_", chars(ALNUM, 76)),
    "gitlab_deploy": prefixed("gl", "dt-", chars(URLSAFE, 20)),
    "gitlab_runner_old": prefixed("GR", "1348941", chars(URLSAFE, 20)),
    "gitlab_trigger": prefixed("gl", "ptt-", chars(HEX, 40)),
    "gitlab_agent": prefixed("gl", "agent-", chars(URLSAFE, 50)),
    "gitlab_job": prefixed("gl", "cbt-", chars(HEX, 2), "_", chars(URLSAFE, 20)),
    "gitlab_feed": prefixed("gl", "ft-", chars(URLSAFE, 20)),
    "gitlab_routable": prefixed(
        "gl", "pat-", chars(URLSAFE, 27), ".", chars(LOWER, 2), ".", chars(LOWER, 9)
    ),
    "sourcegraph": prefixed("sg", "p_", chars(HEX, 16), "_", chars(HEX, 40)),
    "sonar": prefixed("sq", "u_", chars(HEX, 40)),
    "buildkite": prefixed("bk", "ua_", chars(HEX, 40)),
    "launchdarkly": prefixed("sd", "k-", _uuid),
    "jfrog": prefixed("AK", "Cp", chars(ALNUM, 69)),
    "jfrog_reference": prefixed("cmVm", "dGtu", chars(ALNUM, 56)),
    "nuget": prefixed("oy", "2", chars(LOWER, 43)),
    "cargo": prefixed("ci", "o", chars(ALNUM, 32)),
    "clojars": prefixed("CLOJ", "ARS_", chars(LOWER, 60)),
    "slack_user": prefixed("xo", "xp-", _digits(12), "-", _digits(12), "-", chars(HEX, 32)),
    "slack_refresh": prefixed("xo", "xe-1-", chars(ALNUM, 146)),
    "slack_rotating": prefixed("xo", "xe.xoxp-1-", chars(ALNUM, 163)),
    "slack_client": prefixed("xo", "xc-", _digits(12), "-", chars(HEX, 64)),
    "slack_cookie": prefixed("xo", "xd-", chars(ALNUM, 100)),
    "stripe_test": prefixed("sk_", "test_", chars(ALNUM, 24)),
    "square_secret": prefixed("sq0", "csp-", chars(URLSAFE, 43)),
    "square_token": prefixed("EA", "AA", chars(URLSAFE, 60)),
    "braintree": prefixed("access_token", "$production$", chars(LOWER, 16), "$", chars(HEX, 32)),
    "razorpay": prefixed("rzp", "_live_", chars(ALNUM, 14)),
    "flutterwave": prefixed("FLW", "SECK-", chars(HEX, 32), "-X"),
    "plaid": prefixed("access", "-production-", _uuid),
    "shopify_secret": prefixed("shp", "ss_", chars(HEX, 32)),
    "shopify_private": prefixed("shp", "pa_", chars(HEX, 32)),
    "easypost": prefixed("EZ", "AK", chars(ALNUM, 54)),
    "shippo": prefixed("shippo", "_live_", chars(HEX, 40)),
    "duffel": prefixed("duffel", "_live_", chars(URLSAFE, 43)),
    "sentry_user": prefixed("snt", "rys_", chars(URLSAFE, 100)),
    "newrelic_license": prefixed(chars(HEX, 36), "NR", "AL"),
    "newrelic_insert": prefixed("NR", "II-", chars(URLSAFE, 32)),
    "grafana_cloud": prefixed("gl", "c_", chars(ALNUM, 80)),
    "grafana_old": _base64_json("", "k"),
    "dynatrace": prefixed("dt0", "c01.", chars(UPPER, 24), ".", chars(UPPER, 64)),
    "honeycomb": prefixed("hca", "ik_01", chars(LOWER, 58)),
    "posthog": prefixed("ph", "x_", chars(ALNUM, 43)),
    "axiom": prefixed("xa", "at-", _uuid),
    "resend": prefixed("re", "_", chars(ALNUM, 8), "_", chars(ALNUM, 24)),
    "brevo": prefixed("xke", "ysib-", chars(HEX, 64), "-", chars(ALNUM, 16)),
    "mailgun_new": prefixed(chars(HEX, 32), "-", chars(HEX, 8), "-", chars(HEX, 8)),
    "mandrill": prefixed("md", "-", chars(ALNUM, 22)),
    "notion_old": prefixed("secr", "et_", chars(ALNUM, 43)),
    "linear_oauth": prefixed("lin_", "oauth_", chars(HEX, 64)),
    "asana": prefixed("2", "/", _digits(16), "/", _digits(16), ":", chars(HEX, 32)),
    "clickup": prefixed("pk", "_", lambda r: str(r.randint(10**7, 10**8)), "_", chars(UPPER, 32)),
    "hubspot": prefixed("pa", "t-na1-", _uuid),
    "typeform": prefixed("tf", "p_", chars(URLSAFE, 59)),
    "contentful": prefixed("CFP", "AT-", chars(URLSAFE, 43)),
    "dropbox": prefixed("sl", ".", chars(URLSAFE, 136)),
    "mapbox": prefixed("sk", ".eyJ1Ijoi", chars(ALNUM, 60), ".", chars(URLSAFE, 22)),
    "facebook": prefixed("EA", "ACEdEose0cBA", chars(ALNUM, 90)),
    "twitter_bearer": prefixed("AAAAAAAAAA" * 2, "AA", chars(ALNUM, 20), "%3D", chars(ALNUM, 40)),
    "readme": prefixed("rd", "me_", chars(LOWER, 70)),
    "frameio": prefixed("fi", "o-u-", chars(URLSAFE, 64)),
    "infracost": prefixed("ic", "o-", chars(ALNUM, 32)),
    "harness": prefixed("pa", "t.", chars(URLSAFE, 22), ".", chars(HEX, 24), ".", chars(ALNUM, 20)),
    "octopus": prefixed("AP", "I-", chars(UPPER, 27)),
    "onepassword": _base64_json("ops" + "_", "signInAddress"),
    "openshift": prefixed("sha", "256~", chars(URLSAFE, 43)),
    "vault_batch": prefixed("hv", "b.", chars(URLSAFE, 140)),
    "vault_old": prefixed("s", ".", chars(ALNUM, 24)),
    "tailscale_api": prefixed("ts", "key-api-", chars(ALNUM, 12), "-", chars(ALNUM, 32)),
    "docker_org": prefixed("dckr", "_oat_", chars(URLSAFE, 32)),
    "inngest": prefixed("sign", "key-prod-", chars(HEX, 64)),
    "trigger": prefixed("tr", "_prod_", chars(ALNUM, 20)),
    "stytch": prefixed("secret", "-live-", chars(URLSAFE, 36)),
    "adobe": prefixed("p8", "e-", chars(LOWER, 32)),
    "jwe": _jwe,
    "azure_devops": prefixed(chars(ALNUM, 76), "AZ", "DO", chars(ALNUM, 4)),
    "scaleway": prefixed("SC", "W", chars(UPPER, 17)),
    "pypi_test": prefixed("py", "pi-AgENdGVzdC5weXBpLm9yZw", chars(URLSAFE, 150)),
    "lob": prefixed("live", "_", chars(HEX, 35)),
    "bitbucket_repository": prefixed("AT", "CTT3xFfGN0", chars(URLSAFE, 170), "=", chars(UPPER, 8)),
    "okta": prefixed("SS", "WS 00", chars(URLSAFE, 40)),
}
