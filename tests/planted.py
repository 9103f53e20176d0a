"""Planted secrets and benign look-alikes, made at test time: nothing here is a secret.

`planted(seed, samples)` gives texts that hold one made-up secret each, of many kinds, in many
contexts and spellings; `benign(seed)` gives texts that must not change. `recall` and
`over_redaction` say, per kind, how a redactor does.
"""

from __future__ import annotations

import base64
import json
import string
import urllib.parse
from collections.abc import Callable, Iterator
from random import Random
from typing import NamedTuple

ALNUM = string.ascii_letters + string.digits
UPPER = string.ascii_uppercase + string.digits
LOWER = string.ascii_lowercase + string.digits
HEX = "0123456789abcdef"
URLSAFE = ALNUM + "-_"
STANDARD = ALNUM + "+/"

Make = Callable[[Random], str]


class Sample(NamedTuple):
    """One text, and what of it may not be seen afterwards."""

    kind: str
    text: str
    secret: str
    spelling: str


def chars(alphabet: str, number: int) -> Make:
    """A value of so many characters, with a digit and letters in it."""

    def make(random: Random) -> str:
        while True:
            value = "".join(random.choices(alphabet, k=number))
            if any(c.isdigit() for c in value) and any(c.isalpha() for c in value):
                return value

    return make


def prefixed(*parts: str | Make) -> Make:
    """Parts put together; prefixes are written apart so that no scanner takes them for a token."""
    return lambda random: "".join(p if isinstance(p, str) else p(random) for p in parts)


def _password(random: Random) -> str:
    body = "".join(random.choices(ALNUM + "!#%*+=?@^_~-.", k=random.randint(10, 18)))
    return (
        random.choice(string.ascii_letters)
        + body
        + random.choice("7!x")
        + random.choice(string.digits)
    )


def _b64(random: Random, size: int) -> str:
    return base64.b64encode(random.randbytes(size)).decode()


def _jwt(random: Random) -> str:
    def part(value: object) -> str:
        raw = json.dumps(value, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    head = part({"alg": "HS256", "typ": "JWT"})
    body = part({"sub": chars(LOWER, 12)(random), "exp": random.randint(10**9, 2 * 10**9)})
    return f"{head}.{body}.{chars(URLSAFE, 43)(random)}"


def _pem(label: str) -> Make:
    def make(random: Random) -> str:
        body = _b64(random, random.randint(300, 900))
        lines = "\n".join(body[i : i + 64] for i in range(0, len(body), 64))
        return (
            f"-----BEGIN {label}PRIVATE " + f"KEY-----\n{lines}\n-----END {label}PRIVATE KEY-----"
        )

    return make


def _cut_pem(random: Random) -> str:
    return "\n".join(_pem("RSA ")(random).split("\n")[: random.randint(4, 9)])


W, U, H = chars(ALNUM, 36), chars(URLSAFE, 36), chars(HEX, 32)

TOKENS: dict[str, Make] = {
    "openai": prefixed("sk-", "proj-", chars(URLSAFE, 74), "T3Blbk" + "FJ", chars(URLSAFE, 74)),
    "openai_old": prefixed("sk-", chars(ALNUM, 48)),
    "openai_service": prefixed("sk-", "svcacct-", chars(URLSAFE, 120)),
    "anthropic": prefixed("sk-", "ant-api03-", chars(URLSAFE, 93), "AA"),
    "anthropic_oauth": prefixed("sk-", "ant-oat01-", chars(URLSAFE, 95)),
    "openrouter": prefixed("sk-", "or-v1-", chars(HEX, 64)),
    "deepseek": prefixed("sk-", chars(HEX, 32)),
    "google_api": prefixed("AI", "za", chars(URLSAFE, 35)),
    "google_client": prefixed("GOC", "SPX-", chars(URLSAFE, 28)),
    "google_access": prefixed("ya", "29.", chars(URLSAFE, 120)),
    "huggingface": prefixed("h", "f_", chars(string.ascii_letters + "0123", 34)),
    "groq": prefixed("gs", "k_", chars(ALNUM, 52)),
    "replicate": prefixed("r", "8_", chars(ALNUM, 37)),
    "perplexity": prefixed("pp", "lx-", chars(ALNUM, 48)),
    "xai": prefixed("xa", "i-", chars(ALNUM, 80)),
    "nvidia": prefixed("nv", "api-", chars(URLSAFE, 64)),
    "langsmith": prefixed("lsv2", "_pt_", H, "_", chars(HEX, 10)),
    "github": prefixed("gh", "p_", W),
    "github_oauth": prefixed("gh", "o_", W),
    "github_app": prefixed("gh", "s_", W),
    "github_fine": prefixed("github", "_pat_", chars(ALNUM, 22), "_", chars(ALNUM, 59)),
    "gitlab": prefixed("gl", "pat-", chars(URLSAFE, 20)),
    "gitlab_runner": prefixed("gl", "rt-", chars(URLSAFE, 20)),
    "bitbucket": prefixed("AT", "BB", chars(ALNUM, 32)),
    "atlassian": prefixed("AT", "ATT3xFfGF0", chars(URLSAFE, 170), "=", chars(UPPER, 8)),
    "aws_id": prefixed("AK", "IA", chars(string.ascii_uppercase + "234567", 16)),
    "digitalocean": prefixed("do", "p_v1_", chars(HEX, 64)),
    "azure_client": prefixed(chars(ALNUM, 3), "8Q~", chars(ALNUM + "_-", 34)),
    "alibaba": prefixed("LT", "AI5t", chars(ALNUM, 20)),
    "heroku": prefixed("HRKU-", "AA", chars(URLSAFE, 58)),
    "vault": prefixed("hv", "s.", chars(URLSAFE, 90)),
    "doppler": prefixed("dp.", "pt.", chars(ALNUM, 43)),
    "planetscale": prefixed("pscale", "_tkn_", chars(URLSAFE, 43)),
    "supabase": prefixed("sb", "p_", chars(HEX, 40)),
    "databricks": prefixed("da", "pi", chars(HEX, 32)),
    "terraform": prefixed(chars(ALNUM, 14), ".atlas", "v1.", chars(URLSAFE, 67)),
    "pulumi": prefixed("pu", "l-", chars(HEX, 40)),
    "grafana": prefixed("gl", "sa_", chars(ALNUM, 32), "_", chars(HEX, 8)),
    "newrelic": prefixed("NR", "AK-", chars(UPPER, 27)),
    "sentry": prefixed("snt", "ryu_", chars(HEX, 64)),
    "slack_bot": prefixed("xo", "xb-", chars(string.digits + "1a", 12), "-", chars(ALNUM, 24)),
    "slack_app": prefixed("xa", "pp-1-A", chars(UPPER, 10), "-", chars(HEX, 64)),
    "slack_hook": prefixed(
        "hooks.sl",
        "ack.com/services/T",
        chars(UPPER, 9),
        "/B",
        chars(UPPER, 9),
        "/",
        chars(ALNUM, 24),
    ),
    "discord": prefixed("M", chars(ALNUM, 23), ".", chars(URLSAFE, 6), ".", chars(URLSAFE, 38)),
    "discord_hook": prefixed(
        "disc",
        "ord.com/api/webhooks/",
        lambda r: str(r.randint(10**17, 10**18)),
        "/",
        chars(URLSAFE, 68),
    ),
    "telegram": prefixed(
        "71", lambda r: str(r.randint(10**7, 10**8 - 1)), ":AA", chars(URLSAFE, 33)
    ),
    "twilio": prefixed("S", "K", chars(HEX, 32)),
    "sendgrid": prefixed("S", "G.", chars(URLSAFE, 22), ".", chars(URLSAFE, 43)),
    "mailgun": prefixed("ke", "y-", chars(HEX, 32)),
    "mailchimp": prefixed(chars(HEX, 32), "-u", "s14"),
    "stripe": prefixed("sk_", "live_", chars(ALNUM, 24)),
    "stripe_restricted": prefixed("rk_", "live_", chars(ALNUM, 99)),
    "stripe_hook": prefixed("wh", "sec_", chars(ALNUM, 32)),
    "square": prefixed("sq0", "atp-", chars(URLSAFE, 22)),
    "shopify": prefixed("shp", "at_", chars(HEX, 32)),
    "npm": prefixed("np", "m_", W),
    "pypi": prefixed("py", "pi-AgEIcHlwaS5vcmc", chars(URLSAFE, 150)),
    "docker": prefixed("dckr", "_pat_", chars(URLSAFE, 27)),
    "rubygems": prefixed("ruby", "gems_", chars(HEX, 48)),
    "notion": prefixed("nt", "n_", chars(ALNUM, 46)),
    "linear": prefixed("lin_", "api_", chars(ALNUM, 40)),
    "airtable": prefixed("pa", "t", chars(ALNUM, 14), ".", chars(HEX, 64)),
    "figma": prefixed("fi", "gd_", chars(URLSAFE, 40)),
    "postman": prefixed("PM", "AK-", chars(HEX, 24), "-", chars(HEX, 34)),
    "circleci": prefixed("CCI", "PAT_", chars(ALNUM, 22), "_", chars(HEX, 40)),
    "tailscale": prefixed("ts", "key-auth-", chars(ALNUM, 12), "-", chars(ALNUM, 32)),
    "age": prefixed("AGE-SECRET-", "KEY-1", chars(UPPER, 58)),
    "jwt": _jwt,
}
"""Credentials that are known by their own form."""

NAMED: dict[str, tuple[str, Make]] = {
    "aws_secret": ("AWS_SECRET_ACCESS_KEY", chars(STANDARD, 40)),
    "password": ("DB_PASSWORD", _password),
    "secret_key": ("SECRET_KEY", chars(ALNUM + "!@#%^*-_=+", 50)),
    "jwt_secret": ("JWT_SECRET", lambda r: _b64(r, 32)),
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


def _camel(name: str) -> str:
    first, *rest = name.lower().split("_")
    return first + "".join(map(str.capitalize, rest))


def in_token_context(random: Random, token: str) -> str:
    """A text in which a token stands without a telling name."""
    return random.choice(
        [
            f"remote: using {token} for the upload\nremote: done",
            f'client = Client("{token}")\nclient.run()\n',
            f"I set it to {token}, and it works now.",
            f"$ tool login --with {token}\nLogged in.",
            f"export SERVICE_TOKEN={token}\necho ready\n",
            f"api_key: {token}\nregion: eu\n",
            json.dumps({"headers": {"X-Api-Key": token}, "retries": 3}),
            f"Authorization: Bearer {token}",
            f"https://api.service.dev/v1/items?access_token={token}&page=2",
            f"- old\n+const key = '{token}';\n",
            f"GET /hook?x={token}",
            f"[default]\ntoken = {token}\n",
            f"`{token}`",
            f"({token})",
            f"{token}\n",
        ]
    )


def in_named_context(random: Random, name: str, value: str) -> str:
    """A text in which only the name tells that the value is a secret."""
    lower, camel = name.lower(), _camel(name)
    quoted = json.dumps(value)
    return random.choice(
        [
            f"{name}={value}\nPORT=8080\n",
            f"export {name}={value}\n",
            f'export {name}="{value}"\n',
            json.dumps({"host": "db", camel: value, "port": 5432}),
            f"{lower}: {value}\nhost: db\n",
            f'{lower}: "{value}"\n',
            f'{lower} = "{value}"\n',
            f"{camel} = '{value}';\n",
            f"const {camel} = {quoted};\n",
            f'os.environ["{name}"] = {quoted}\n',
            f"docker run -e {name}={value} image\n",
            f'tool --{lower.replace("_", "-")} "{value}" --verbose\n',
            f"      - name: {name}\n        value: {quoted}\n",
            f"-{name}=old\n+{name}={value}\n",
            f'connect(host="db", {lower}={quoted})\n',
            f"  14\t{lower} = {quoted}\n  15\tdebug = false\n",
            f'$env:{name} = "{value}"\n',
            f"src/config.py:12:{name} = {quoted}\n",
            f"set -gx {name} {value}\n",
        ]
    )


def _structures(random: Random) -> Iterator[tuple[str, str, str]]:
    """Kinds with a shape of their own: (kind, text, secret)."""
    password = (
        _password(random).replace("@", "z").replace("#", "z").replace("?", "z").replace("%", "z")
    )
    plain = chars(ALNUM, 16)(random)
    user = "svc" + chars(LOWER, 5)(random)
    for kind, scheme, rest in (
        ("postgres_url", "postgresql", "db.corp.net:5432/app"),
        ("mongo_url", "mongodb+srv", "cluster0.mongodb.net/app?retryWrites=true"),
        ("redis_url", "redis", "cache.corp.net:6379/0"),
        ("mysql_url", "mysql+pymysql", "10.0.3.4/app"),
        ("amqp_url", "amqps", "mq.corp.net/vhost"),
        ("git_url", "https", "git.corp.net/team/app.git"),
    ):
        yield kind, f"DATABASE={scheme}://{user}:{password}@{rest}\n", password
    pair = base64.b64encode(f"{user}:{plain}".encode()).decode()
    yield "basic_header", f"> Authorization: Basic {pair}\n> Accept: */*\n", pair
    yield "curl_user", f"curl -s -u {user}:{plain} https://api.service.dev/x\n", plain
    yield "bearer", f"curl -H 'Authorization: Bearer {plain}{plain}' https://x.dev\n", plain + plain
    yield "mysql_flag", f"mysql -h db -u root -p{plain} app\n", plain
    yield "password_flag", f"tool push --password {plain} --force\n", plain
    yield (
        "docker_config",
        json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": pair}}}),
        pair,
    )
    yield (
        "npmrc",
        f"//npm.pkgs.example-corp.io/:_authToken={plain}{plain}\nalways-auth=true\n",
        plain + plain,
    )
    yield "netrc", f"machine api.service.dev\n  login {user}\n  password {plain}\n", plain
    yield "pgpass", f"db.corp.net:5432:app:{user}:{plain}\n", plain
    yield "pip", f"index-url = https://{user}:{plain}@pypi.corp.net/simple\n", plain
    encoded = base64.b64encode(plain.encode()).decode()
    yield "kubernetes", f"apiVersion: v1\nkind: Secret\ndata:\n  value: {encoded}\n", encoded
    yield (
        "ado_connection",
        f"Server=db;Database=app;User Id={user};Password={plain};Encrypt=true",
        plain,
    )
    azure = _b64(random, 64)
    yield (
        "azure_connection",
        f"DefaultEndpointsProtocol=https;AccountName=app;AccountKey={azure};EndpointSuffix=core",
        azure,
    )
    yield "cookie", f"Cookie: theme=dark; session={plain}{plain}; lang=en\n", plain + plain
    yield "set_cookie", f"Set-Cookie: sid={plain}; Path=/; HttpOnly\n", plain
    seed = chars(string.ascii_uppercase + "234567", 32)(random)
    yield "otp_url", f"otpauth://totp/App:{user}?secret={seed}&issuer=App", seed
    yield "xml", f"<server><username>{user}</username><password>{plain}</password></server>", plain
    yield "pem_rsa", "key:\n" + _pem("RSA ")(random) + "\nend\n", ""
    yield "pem_pkcs8", json.dumps({"private_key": _pem("")(random) + "\n", "id": 1}), ""
    yield "pem_ssh", "$ cat key\n" + _pem("OPENSSH ")(random) + "\n$ ls\n", ""
    yield "pem_cut", "x\n" + _cut_pem(random), ""
    listing = _pem("EC ")(random).split("\n")
    yield "pem_listing", "".join(f"{i:6}\t{line}\n" for i, line in enumerate(listing, 3)), ""
    yield "pem_diff", "".join(f"+{line}\n" for line in listing), ""


def _spelled(random: Random, text: str, secret: str) -> Iterator[tuple[str, str]]:
    """A text in other spellings: (name of the spelling, text)."""
    yield "plain", text
    yield "json", json.dumps(text)
    yield "json in json", json.dumps({"output": json.dumps({"text": text})})
    yield "base64", "payload: " + base64.b64encode((text + " " * 8).encode()).decode() + "\n"
    yield "url", "GET /?q=" + urllib.parse.quote(text, safe="") + "&n=1"
    if secret and secret in text and len(secret) >= 16 and "://" not in secret:
        cut = random.randint(6, len(secret) - 6)
        pieces = secret[:cut], secret[cut:]
        yield (
            "coloured",
            text.replace(secret, f"\x1b[1;31m{pieces[0]}\x1b[0m\x1b[31m{pieces[1]}\x1b[0m"),
        )
        escaped = "".join(f"\\u{ord(c):04x}" if i % 3 == 0 else c for i, c in enumerate(secret))
        yield "unicode escapes", text.replace(secret, escaped)


WRAPPED = frozenset(TOKENS) - {"slack_hook", "discord_hook"}


def planted(seed: int, samples: int) -> Iterator[Sample]:
    """Texts with one secret each: so many samples of each kind, contexts and spellings varied."""
    random = Random(seed)
    for number in range(samples):
        texts = [
            (k, in_token_context(random, s), s)
            for k, s in ((k, m(random)) for k, m in TOKENS.items())
        ]
        texts += [
            (k, in_named_context(random, n, s), s)
            for k, n, s in ((k, n, m(random)) for k, (n, m) in NAMED.items())
        ]
        texts += _structures(random)
        for kind, text, secret in texts:
            spelled = list(_spelled(random, text, secret))
            if kind in WRAPPED and secret in text:
                cut = random.randint(1, len(secret) - 2)
                spelled.append(("wrapped", text.replace(secret, f"{secret[:cut]}\n{secret[cut:]}")))
                spelled.append(
                    ("wrapped", text.replace(secret, f"{secret[:cut]}\n    {secret[cut:]}"))
                )
            name, body = spelled[0] if number % 2 else random.choice(spelled)
            yield Sample(kind, body, secret, name)


def leaked(sample: Sample, redacted: str) -> bool:
    """Whether any part of the secret can still be read, in the spelling that it was planted in."""
    if not sample.secret:
        body = [line for line in sample.text.replace("\\n", "\n").split("\n") if len(line) > 40]
        return any(
            line.strip('"\\+ \t')[8:40] in redacted for line in body if "PRIVATE" not in line
        )
    size = min(8, len(sample.secret))
    seen = redacted.replace("\n    ", "").replace("\n", "")
    return any(sample.secret[i : i + size] in seen for i in range(len(sample.secret) - size + 1))


def benign(seed: int) -> Iterator[tuple[str, str]]:
    """(kind, text) of look-alikes that have to stay as they are."""
    random = Random(seed)
    sha, digest = chars(HEX, 40)(random), chars(HEX, 64)(random)
    uuid = "-".join(chars(HEX, n)(random) for n in (8, 4, 4, 4, 12))
    integrity = _b64(random, 64)
    lines = {
        "git_sha": [
            f"commit {sha}",
            f"HEAD is now at {sha[:7]} fix",
            f"index {sha[:7]}..{sha[7:14]} 100644",
            f"git checkout {sha}",
            f"uses: actions/checkout@{sha}",
        ],
        "uuid": [
            f"id: {uuid}",
            f'"request_id": "{uuid}"',
            f"/api/items/{uuid}",
            f'"sessionId": "{uuid}"',
            f"urn:uuid:{uuid}",
        ],
        "digest": [
            f"sha256:{digest}",
            f"image@sha256:{digest}",
            f'"integrity": "sha512-{integrity}"',
            f"--hash=sha256:{digest}",
            f"{digest}  dist.tar.gz",
            f"md5: {digest[:32]}",
            f'checksum = "{digest}"',
            f'etag: "{digest[:32]}"',
        ],
        "name_with_colons": [
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:app/prod-AbCd1e",
            "git show HEAD:src/token.py",
        ],
        "call_id": [
            f"toolu_01{chars(ALNUM, 22)(random)}",
            f"call_{chars(ALNUM, 24)(random)}",
            f"msg_01{chars(ALNUM, 22)(random)}",
            f"req_011{chars(ALNUM, 21)(random)}",
            f"chatcmpl-{chars(ALNUM, 29)(random)}",
        ],
        "names_secret": [
            'os.environ["DB_PASSWORD"]',
            "password: str",
            "password: str | None = None",
            "password=None",
            "token = get_token()",
            'token = os.getenv("API_TOKEN")',
            "const secret = process.env.CLIENT_SECRET;",
            "def login(user: str, password: str) -> Token:",
            "self.api_key = api_key",
            "api_key=settings.API_KEY,",
            "if not token: raise AuthError('missing token')",
            "password = input('Password: ')",
            'password = getpass.getpass("Password: ")',
            "secret: !vault |",
            "SELECT password FROM users WHERE id = ?",
            "PASSWORD_RESET_TIMEOUT=3600",
            "max_tokens=4096",
            '"max_tokens": 8192,',
            "num_tokens: 12345",
            "tokenizer = AutoTokenizer.from_pretrained(name)",
            "token_type: bearer",
            '"token_type": "Bearer"',
            "next_page_token=page.next_page_token",
            'pad_token="<pad>"',
            "eos_token: </s>",
            "primary_key=True",
            'foreign_key="user.id"',
            "sort_key = operator.itemgetter(1)",
            "key=lambda x: x[1]",
            "public_key = load_public_key(path)",
            "PasswordField(required=True)",
            "validate_password(password)",
            'type="password"',
            '<input type="password" name="password" placeholder="Password">',
            "secretKeyRef:\n  name: app-secrets\n  key: password",
            "secretName: tls-cert",
            "token: ${{ secrets.GITHUB_TOKEN }}",
            "password: ${DB_PASSWORD}",
            "password: {{ vault_password }}",
            "--password-stdin",
            "--token $TOKEN",
            "Authorization: Bearer $TOKEN",
            '-H "Authorization: Bearer ${API_KEY}"',
            "headers = {'Authorization': f'Bearer {token}'}",
            "password_hash = hash_password(password)",
            "export API_KEY=$(pass show api/key)",
            "export GITHUB_TOKEN=your-token-here",
            "API_KEY=<your-api-key>",
            "api_key: YOUR_API_KEY",
            "password: changeme",
            "password: ********",
            "token=xxxxxxxxxxxxxxxx",
            "OPENAI_API_KEY=sk-...",
            "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIA" + "IOSFODNN7EXAMPLE",
            "hf_your_token_here",
            "key: value",
            'cache_key = f"{user}:{page}"',
            "cache-key: linux-node-20-" + sha[:12],
            "const tokens = tokenize(source);",
            "pass: 12, fail: 3",
            "PASS: tests/test_auth.py",
            "test_password_is_hashed PASSED",
            "csrf_token()",
            "tokens used: 1532",
            "secrets.token_hex(16)",
            "password=password)",
            "auth=(user, password)",
            "token=token.value",
            "private String password;",
            "String getPassword() { return password; }",
            "var apiKey string",
            'password := os.Getenv("PASSWORD")',
            "Invalid password: must be at least 8 characters",
            '"password": "string"',
            '"password": {"type": "string", "minLength": 8}',
            "password_file: /run/secrets/db",
            "POSTGRES_PASSWORD_FILE=/run/secrets/db_password",
            "ssh_key_path = ~/.ssh/id_ed25519",
            "api_key_name = 'default'",
            "key_id: primary",
            "access_key_id",
            "token_url: https://auth.service.dev/token",
            "return {'token': token, 'user': user}",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN PUBLIC KEY-----",
            "grep -r 'BEGIN RSA PRIVATE KEY' .",
            "the `Bearer` scheme is used",
            "basic authentication is disabled",
            "curl -u $USER:$PASS https://x.dev",
            "postgres://user:password@localhost/db",
            "postgres://${USER}:${PASS}@${HOST}/db",
            "redis://localhost:6379/0",
            "https://user:<token>@github.com/x/y",
            "postgresql://postgres:postgres@localhost:5432/test",
        ],
        "mail": [
            "user@example.com",
            "git@github.com:org/repo.git",
            "noreply@github.com",
            "Co-Authored-By: Bot <noreply@service.com>",
            "pip install pkg@1.2.3",
            "uses: actions/setup-node@v4",
            "@pytest.fixture",
            "npm i @types/node@20.1.0",
            "icon@2x.png",
            "test@test.example",
            "ssh git@gitlab.com",
        ],
        "address": [
            "127.0.0.1:8000",
            "0.0.0.0",
            "192.168.1.20",
            "10.1.2.3",
            "172.17.0.2",
            "203.0.113.9",
            "version 1.2.3.4",
            "v4.18.2.1",
            "Chrome/120.0.6099.109",
            "libfoo-1.2.3.4.tar.gz",
            "pkg==2.31.0.6",
            "::1",
            "fe80::1",
            "2001:db8::1",
            "12:34:56",
            "1.3.6.1.4.1.311",
            "255.255.255.0",
            "169.254.169.254",
            'AssemblyVersion("4.0.0.0")',
        ],
        "number": [
            "2024-05-06T07:08:09.123Z",
            "1714979289123",
            "+0000",
            "a+1234567890",
            "4111-2222",
            "100-200-300",
            "3.14159265358979",
            "0x7ffee4c0a8b0",
            "1,234,567",
            "+++ b/file.py",
            "@@ -12,7 +12,9 @@",
            "+12345678",
            "id=5551234567",
        ],
        "path": [
            "/home/user/project",
            "/usr/local/bin",
            "/Users/Shared/x",
            "/home/runner/work",
            "C:\\Users\\Public\\x",
            "src/home/page.tsx",
            "https://site.dev/home/settings",
            "/api/users/42",
            "--home-dir /srv",
            "/root/.cache",
            "~/code",
        ],
        "base64": [
            base64.b64encode(b"hello world, this is only text").decode(),
            f"data = '{_b64(random, 33)}'",
            "AAAAB3NzaC1yc2EAAAADAQABAAABAQ" + chars(STANDARD, 64)(random),
        ],
        "host": [
            "localhost:3000",
            "http://redis:6379",
            "host.docker.internal",
            "threading.local()",
            "settings.local.json",
            ".env.local",
            "com.google.internal.Foo",
            "kubernetes.default.svc.cluster.local",
            "api.github.com",
            "self.internal",
        ],
    }
    for kind, texts in lines.items():
        for text in texts:
            yield kind, text
            yield kind, f"    {text}\n"
            yield kind, json.dumps({"output": f"first line\n{text}\nlast line"})


def recall(
    redact: Callable[[str], str], seed: int, samples: int
) -> dict[str, tuple[int, int, list[Sample]]]:
    """kind -> (removed, planted, what leaked)."""
    result: dict[str, tuple[int, int, list[Sample]]] = {}
    for sample in planted(seed, samples):
        removed, total, missed = result.get(sample.kind, (0, 0, []))
        gone = not leaked(sample, redact(sample.text))
        result[sample.kind] = removed + gone, total + 1, missed if gone else [*missed, sample]
    return result


def over_redaction(
    redact: Callable[[str], str], seed: int
) -> dict[str, tuple[int, int, list[str]]]:
    """kind -> (altered, texts, which)."""
    result: dict[str, tuple[int, int, list[str]]] = {}
    for kind, text in benign(seed):
        altered, total, which = result.get(kind, (0, 0, []))
        changed = redact(text) != text
        result[kind] = altered + changed, total + 1, [*which, text] if changed else which
    return result
