"""Kinds of secrets with a shape of their own."""

from __future__ import annotations

import base64
import json
import string
from collections.abc import Iterator
from random import Random

from planted.values import ALNUM, LOWER, b64, chars, cut_pem, password, pem


def structures(random: Random) -> Iterator[tuple[str, str, str]]:
    """Kinds with a shape of their own: (kind, text, secret)."""
    word = password(random).replace("@", "z").replace("#", "z").replace("?", "z").replace("%", "z")
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
        yield kind, f"DATABASE={scheme}://{user}:{word}@{rest}\n", word
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
    azure = b64(random, 64)
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
    yield "pem_rsa", "key:\n" + pem("RSA ")(random) + "\nend\n", ""
    yield "pem_pkcs8", json.dumps({"private_key": pem("")(random) + "\n", "id": 1}), ""
    yield "pem_ssh", "$ cat key\n" + pem("OPENSSH ")(random) + "\n$ ls\n", ""
    yield "pem_cut", "x\n" + cut_pem(random), ""
    listing = pem("EC ")(random).split("\n")
    yield "pem_listing", "".join(f"{i:6}\t{line}\n" for i, line in enumerate(listing, 3)), ""
    yield "pem_diff", "".join(f"+{line}\n" for line in listing), ""
