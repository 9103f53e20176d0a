"""Credentials that only their names give away."""

from __future__ import annotations

import string

from planted.values import ALNUM, HEX, STANDARD, URLSAFE, Make, b64, chars, password, prefixed

NAMED: dict[str, tuple[str, Make]] = {
    "aws_secret": ("AWS_SECRET_ACCESS_KEY", chars(STANDARD, 40)),
    "password": ("DB_PASSWORD", password),
    "secret_key": ("SECRET_KEY", chars(ALNUM + "!@#%^*-_=+", 50)),
    "jwt_secret": ("JWT_SECRET", lambda r: b64(r, 32)),
    "api_key_hex": ("DATADOG_API_KEY", chars(HEX, 32)),
    "api_key": ("COHERE_API_KEY", chars(ALNUM, 40)),
    "client_secret": ("OAUTH_CLIENT_SECRET", chars(URLSAFE, 40)),
    "access_token": ("ACCESS_TOKEN", chars(ALNUM, 32)),
    "uuid_key": (
        "HEROKU_API_KEY",
        prefixed(
            chars(HEX, 8),
            "-",
            chars(HEX, 4),
            "-",
            chars(HEX, 4),
            "-",
            chars(HEX, 4),
            "-",
            chars(HEX, 12),
        ),
    ),
    "encryption_key": ("ENCRYPTION_KEY", chars(HEX, 64)),
    "otp_seed": ("TOTP_SECRET", chars(string.ascii_uppercase + "234567", 32)),
    "auth_token": ("TWILIO_AUTH_TOKEN", chars(HEX, 32)),
}
"""Credentials that only their names give away."""
