"""Which names say that what is assigned to them is a secret?"""

from __future__ import annotations

import re
from functools import lru_cache

_LONG = (
    rb"pass(?:word|wd|phrase|code|wort)?|secret|token|api_?key|authorization|credential|mnemonic"
    rb"|signature|(?:recovery|backup|otp)_?codes?"
)
_SHORT = rb"pwd|psw|pw|keys?|auth|creds|phrase|seed|totp|[_\-]pat|jwt|psk|sig"
WORDS = rb"(?:" + _LONG + rb"|" + _SHORT + rb")"
NAME = rb"(?:(?:" + _LONG + rb")[A-Za-z0-9_\-]*|(?:" + _SHORT + rb")(?:[_\-0-9][A-Za-z0-9_\-]*)?)"
"""Triggers: words that a telling name holds, and its end from such a word on."""

_CAMEL = re.compile(rb"(?<=[a-z0-9])(?=[A-Z])")
_APART = re.compile(rb"[^A-Za-z0-9]+")
_SUFFIX = (
    rb"(?:_?(?:value|val|raw|str|string|text|plain|plaintext|literal|b64|base64|hex|base|prod"
    rb"|production|dev|development|staging|stage|qa|uat|live|local|old|new|current|default"
    rb"|primary|secondary|env|main|\d{1,3}|[a-f]))?$"
)
_PASSWORD = re.compile(
    rb"(?:password|passwd|passwort|passphrase|passcode|passwrd|pswd|passw|(?:^|_)(?:pass"
    rb"|pwd|pw|psw)|_pass|contrasena|motdepasse)" + _SUFFIX
)
_TOKEN = re.compile(
    rb"(?:secrets?|(?:^|_)(?:token|pat|jwt|bearer|credential|credentials|creds|auth"
    rb"|authorization|authtoken"
    rb"|accesstoken|apitoken|authkey|authpw|apikey|apisecret|clientsecret|secretkey"
    rb"|privatekey|accesskey|licensekey"
    rb"|(?:recovery|backup|otp)_?codes?|private_key_id|otp_?seed|totp|psk|passkey|mnemonic|seed_phrase|private_token"
    rb"|(?:[a-z0-9]+_)*(?:api|access|secret|private|auth|encryption|encrypt|decryption"
    rb"|signing|signature|sign|master|account|storage"
    rb"|admin|service|app|application|license|deploy|client|consumer|subscription|webhook"
    rb"|jwt|hmac|aes|des|fernet|shared"
    rb"|crypto|write|read|ingest|ingestion|integration|server|wg|wireguard|preshared"
    rb"|pre_shared|psk|vault|bot|user|product|site|merchant"
    rb"|rsa|ecdsa|ssh|ssl|tls|host|recovery|security|cookie|token|password|instrumentation"
    rb"|functions|hf|openai|anthropic|stripe"
    rb"|gemini|groq|mistral|cohere|deepseek|openrouter|together|azure|aws|gcp|datadog|dd"
    rb"|algolia|maps|sendgrid|mailgun|twilio)_?key"
    rb"|[a-z0-9]*(?:token|secret|apikey)))" + _SUFFIX
)
_KEY = re.compile(rb"(?:^|_)[a-z0-9]*key" + _SUFFIX)
_SIGNATURE = re.compile(
    rb"^(?:x_(?:amz|goog)_(?:signature|credential|security_token)|sig|signature|hmac|sas"
    rb"|client_key_data|code|state_token|code_verifier|device_code|refresh|auth_code"
    rb"|authorization_code)$"
)
_PHRASE = re.compile(rb"(?:mnemonic|seed_?phrase|recovery_?phrase|passphrase|recovery_?seed)$")
_HARMLESS = re.compile(
    rb"(?:^|_)(?:public|primary|foreign|sort|partition|cache|hot|registry|row|map|dict"
    rb"|object|obj|s3|bucket|group|order|index|unique"
    rb"|routing|idempotency|shortcut|i18n|translation|lookup|dedupe|dedup|event|param|query"
    rb"|header|field|column|composite|natural"
    rb"|surrogate|range|item|state|storage_name|config|setting|parent|child|react|list|node"
    rb"|data_type|label|trans|message|msg"
    rb"|sorting|json|yaml|path|file|memo|redis_cache|lock|arrow|enter|return|escape|any"
    rb"|public_api|publishable|pk|hash_range|known_hosts)_?key"
    rb"[0-9]?$"
    rb"|(?:next|page|prev|previous|continuation|continue|cursor|sync|cancel|cancellation"
    rb"|eos|bos|pad|unk|sep|cls|mask|stop|end|start|special"
    rb"|begin|max|min|num|n|total|input|output|prompt|completion|cached|reasoning|per|first"
    rb"|last|current|image|video|audio|extra|fim"
    rb"|lexer|parser|peek|syntax|keyword|operator|identifier|comment|string|literal|word"
    rb"|text|delimiter|separator|resume|resumption)_token[0-9]?$"
    rb"|(?:page|next|continuation|cursor|sync|cancellation|public_?key_?)token$"
    rb"|(?:by|bi|com|tres|under|over|encom|sur)pass$|(?:^|_)compass$|hash_key$|(?:^|_)"
    rb"(?:first|second|two|multi|single|render|test|tests|post|pre)_pass$"
)


@lru_cache(maxsize=4096)
def strength(name: bytes) -> str | None:
    """What a name says of its value: password, token, key, phrase, signature, or nothing."""
    plain = _APART.sub(b"_", _CAMEL.sub(b"_", name)).strip(b"_").lower()
    if not plain or _HARMLESS.search(plain):
        return None
    if _PHRASE.search(plain):
        return "phrase"
    if plain == b"pwd":
        return "token"  # as often the working directory; only a random value counts
    if _PASSWORD.search(plain):
        return "password"
    if _TOKEN.search(plain):
        return "token"
    if _SIGNATURE.search(plain):
        return "signature"
    if _KEY.search(plain):
        return "key"
    return None


_KINDS = (
    (b"aws", "aws"),
    (b"azure", "azure"),
    (b"github", "github"),
    (b"gitlab", "gitlab"),
    (b"openai", "openai"),
    (b"anthropic", "anthropic"),
    (b"slack", "slack"),
    (b"stripe", "stripe"),
    (b"cloudflare", "cloudflare"),
    (b"datadog", "datadog"),
    (b"twilio", "twilio"),
    (b"heroku", "heroku"),
    (b"otp", "otp"),
)


def kind_of(name: bytes, said: str) -> str:
    """The kind under which a value with such a name is counted."""
    lower = name.lower()
    for word, kind in _KINDS:
        if word in lower:
            return kind
    return {"password": "password", "phrase": "password", "token": "token"}.get(said, "key")
