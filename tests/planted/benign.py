"""Benign look-alikes: texts that must not change."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from random import Random

from planted.look_alikes import LOOK_ALIKES, filled
from planted.values import ALNUM, HEX, STANDARD, b64, chars


def benign(seed: int) -> Iterator[tuple[str, str]]:
    """(kind, text) of look-alikes that have to stay as they are."""
    random = Random(seed)
    sha, digest = chars(HEX, 40)(random), chars(HEX, 64)(random)
    uuid = "-".join(chars(HEX, n)(random) for n in (8, 4, 4, 4, 12))
    integrity = b64(random, 64)
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
            f"data = '{b64(random, 33)}'",
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
    lines |= {kind: [filled(random, text) for text in texts] for kind, texts in LOOK_ALIKES.items()}
    for kind, texts in lines.items():
        for text in texts:
            yield kind, text
            yield kind, f"    {text}\n"
            yield kind, json.dumps({"output": f"first line\n{text}\nlast line"})


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
