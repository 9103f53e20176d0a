"""Programs that only start another one: `sudo -u x`, `timeout 5`, `uv run`, `bash -c '…'`, …

`inside(words)` gives the words of what is really run, the wrappers that were taken off, and the
script text where a shell was handed one as a string.
"""

from __future__ import annotations

import re

from msgspec import Struct

from trajset.annotate.naming import names

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_DURATION = re.compile(r"\d+(\.\d+)?[smhd]?$")

OPTIONS_WITH_VALUE: dict[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "-g", "-h", "-p", "-C", "-D", "--user", "--group", "--chdir"}),
    "doas": frozenset({"-u", "-C"}),
    "timeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
    "gtimeout": frozenset({"-s", "-k", "--signal", "--kill-after"}),
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "nice": frozenset({"-n"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "xargs": frozenset({"-I", "-n", "-P", "-L", "-d", "-s", "-a", "-E"}),
    "uv": frozenset(
        {"--with", "--extra", "--group", "--python", "-p", "--project", "--directory", "--package"}
        | {"--env-file", "--index-url", "--with-requirements", "--with-editable"}
    ),
    "uvx": frozenset({"--from", "--with", "--python", "-p"}),
    "npx": frozenset({"-p", "--package", "-w", "--workspace", "--prefix"}),
    "pnpm": frozenset({"-C", "--dir", "--filter", "-F"}),
    "yarn": frozenset({"--cwd"}),
    "poetry": frozenset({"-C", "--directory", "-P", "--project"}),
    "docker": frozenset(
        {"-e", "--env", "-u", "--user", "-w", "--workdir", "--env-file", "-f", "--file", "-p"}
        | {"-v", "--volume", "--name", "--network", "--entrypoint", "--profile", "--index"}
        | {"--project-name", "--platform", "--context", "-H", "--mount", "--project-directory"}
    ),
    "kubectl": frozenset({"-n", "--namespace", "-c", "--container", "--context", "--kubeconfig"}),
    "wsl": frozenset({"-d", "-u", "--cd", "--distribution", "--user"}),
    "ssh": frozenset(
        {"-i", "-p", "-o", "-l", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-E", "-m"}
    ),
    "conda": frozenset({"-n", "--name", "-p", "--prefix", "--cwd"}),
    "dotenv": frozenset({"-e", "-f", "-c"}),
    "watch": frozenset({"-n", "--interval"}),
    "flock": frozenset({"-w", "-E"}),
    "cross-env": frozenset(),
    "mise": frozenset({"-C", "--cd", "-E", "--env", "-j"}),
    "rtk": frozenset(),
}

_PLAIN = names(
    "sudo doas env nice nohup time command builtin exec stdbuf setsid ionice caffeinate xvfb-run "
    "cross-env dotenv npx bunx uvx pipx-run unbuffer winpty chronic then do else"
)
_WITH_SUBCOMMAND: dict[str, frozenset[str]] = {
    "uv": frozenset({"run"}),
    "poetry": frozenset({"run"}),
    "pdm": frozenset({"run"}),
    "pipenv": frozenset({"run"}),
    "hatch": frozenset({"run"}),
    "rye": frozenset({"run"}),
    "pixi": frozenset({"run"}),
    "conda": frozenset({"run"}),
    "pnpm": frozenset({"exec", "dlx"}),
    "yarn": frozenset({"exec", "dlx"}),
    "npm": frozenset({"exec", "x"}),
    "bun": frozenset({"x"}),
    "bundle": frozenset({"exec"}),
    "mise": frozenset({"exec", "x"}),
    "asdf": frozenset({"exec"}),
    "rbenv": frozenset({"exec"}),
    "direnv": frozenset({"exec"}),
    "pipx": frozenset({"run"}),
    "op": frozenset({"run"}),
    "doppler": frozenset({"run"}),
    "infisical": frozenset({"run"}),
    "rtk": frozenset({"proxy", "run"}),
}
_ONE_OPERAND_FIRST = frozenset({"timeout", "gtimeout", "watch-n", "direnv"})
_CONTAINERS: dict[str, frozenset[str]] = {
    "docker": frozenset({"exec", "run"}),
    "podman": frozenset({"exec", "run"}),
    "kubectl": frozenset({"exec"}),
    "docker-compose": frozenset({"exec", "run"}),
}
_SHELLS = names("bash sh zsh dash ksh fish ash")
_WINDOWS_SHELLS: dict[str, frozenset[str]] = {
    "cmd": frozenset({"/c", "/k", "//c"}),
    "powershell": frozenset({"-command", "-c"}),
    "pwsh": frozenset({"-command", "-c"}),
}


class Inside(Struct, frozen=True):
    """What a command really runs."""

    words: list[str]
    wrappers: list[str]
    script: str | None = None
    """Shell text to be parsed in turn; `words` is then the shell and its options."""


def program_name(word: str) -> str:
    """A program as people call it: no folder, no `.exe`, lower case."""
    name = word.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1].lower()
    return name.removesuffix(".exe").removesuffix(".cmd") or word.lower()


def inside(words: list[str]) -> Inside:
    """Take off wrappers until a program is left that does the work itself."""
    taken: list[str] = []
    for _ in range(8):
        if not words:
            break
        name = program_name(words[0])
        script = _script(name, words)
        if script is not None:
            return Inside(words, [*taken, name], script)
        rest = _unwrap(name, words)
        if rest is None or not rest:
            break
        taken.append(name)
        words = rest
        if len(words) == 1 and name in ("ssh", "wsl") and " " in words[0]:
            return Inside(words, taken, words[0])
    return Inside(words, taken)


def _script(name: str, words: list[str]) -> str | None:
    if name in _SHELLS:
        for index, word in enumerate(words[1:], 1):
            if re.fullmatch(r"-[a-z]*c", word):
                return words[index + 1] if index + 1 < len(words) else None
            if not word.startswith("-"):
                return None
    flags = _WINDOWS_SHELLS.get(name)
    if flags:
        for index, word in enumerate(words[1:], 1):
            if word.lower() in flags:
                return " ".join(words[index + 1 :]) or None
    return words[1] if name == "eval" and len(words) == 2 else None


def _unwrap(name: str, words: list[str]) -> list[str] | None:
    """The words after one wrapper, or None where the program is none."""
    if name == "xargs":
        return _after_options("xargs", words[1:])
    if name in ("time", "command", "builtin") and len(words) > 1 and words[1] in ("-v", "-V"):
        return None
    if name in _ONE_OPERAND_FIRST:
        rest = _after_options(name, words[1:])
        return rest[1:] if rest and (_DURATION.match(rest[0]) or name == "direnv") else None
    if name in _PLAIN:
        rest = _after_options(name, words[1:])
        while rest and _ASSIGNMENT.match(rest[0]):
            rest = rest[1:]
        return rest[1:] if rest[:1] == ["--"] else rest
    if name == "wsl":
        return _after_options("wsl", words[1:])
    if name == "ssh":
        rest = _after_options("ssh", words[1:])
        return rest[1:] if len(rest) > 1 else None
    if name in _CONTAINERS:
        return _in_container(name, words)
    subcommands = _WITH_SUBCOMMAND.get(name)
    if subcommands is None:
        return None
    rest = _after_options(name, words[1:])
    if not rest or rest[0] not in subcommands:
        return None
    if name == "npm" and "--" in rest:
        return rest[rest.index("--") + 1 :]
    rest = _after_options(name, rest[1:])
    return rest[1:] if rest[:1] == ["--"] else rest


def _in_container(name: str, words: list[str]) -> list[str] | None:
    rest = _after_options(name, words[1:])
    if rest[:1] == ["compose"]:
        rest = _after_options("docker", rest[1:])
    if not rest or rest[0] not in _CONTAINERS[name]:
        return None
    rest = _after_options("docker" if name != "kubectl" else name, rest[1:])[1:]
    if name == "kubectl":
        rest = _after_options(name, rest)
    return rest[1:] if rest[:1] == ["--"] else rest


def _after_options(name: str, words: list[str]) -> list[str]:
    valued = OPTIONS_WITH_VALUE.get(name, frozenset())
    index = 0
    while index < len(words) and words[index].startswith("-") and words[index] != "--":
        if words[index] in ("-e", "--exec") and name == "wsl":
            return words[index + 1 :]
        index += 2 if words[index] in valued else 1
    if index < len(words) and words[index] == "--":
        index += 1
    return words[index:]
