"""What the tests of `push` share: the real client in a process of its own, against a local Hub."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from hub import LocalHub

ADA, BOB, STALE = ("hf_" + name * 11 for name in ("ada", "bob", "old"))
"""Tokens: one that may write, one that may only read, one that the Hub does not know."""
COMMAND = (sys.executable, "-c", "from trajset.cli import main; main()")


def new_hub(**more: int) -> LocalHub:
    """A Hub with two accounts."""
    hub = LocalHub(**more)
    hub.account("ada", ADA, orgs=("lab",))
    hub.account("bob", BOB, role="read")
    return hub


@dataclass
class Said:
    """How a command ended."""

    code: int
    text: str
    """All that it printed, on one line."""


@dataclass
class Desk:
    """A machine with a dataset folder, whose Hub is `hub`."""

    hub: LocalHub
    home: Path
    python: str = sys.executable

    def environment(self, token: str | None = ADA, **more: str) -> dict[str, str]:
        """What a process of the client finds."""
        keep = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "TRAJSET_"))}
        return keep | {
            "HF_ENDPOINT": self.hub.url,
            "HF_HOME": str(self.home / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "TRAJSET_CACHE": str(self.home / "cache"),
            "NO_COLOR": "1",
            "NO_PROXY": "*",
            **({"HF_TOKEN": token} if token else {}),
            **more,
        }

    def push(self, repo: str, *args: object, token: str | None = ADA, **more: str) -> Said:
        """`trajset push`, with nobody at the keyboard."""
        done = subprocess.run(
            [self.python, *COMMAND[1:], "push", repo, *(str(arg) for arg in args)],
            env=self.environment(token, **more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return self.checked(done.returncode, done.stdout + done.stderr)

    def typed(self, repo: str, *args: object, keys: bytes, when: bytes) -> Said:
        """The same on a terminal, where `keys` are typed once `when` is shown."""
        child, terminal = pty.fork()
        if child == 0:
            os.execve(
                self.python,
                [self.python, *COMMAND[1:], "push", repo, *(str(arg) for arg in args)],
                self.environment(),
            )
        shown, until = b"", time.monotonic() + 60
        waiting = True
        while time.monotonic() < until:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    part = os.read(terminal, 65536)
                except OSError:
                    break
                if not part:
                    break
                shown += part
            if waiting and when in shown:
                time.sleep(0.5)  # it is shown a moment before it is waited for
                os.write(terminal, keys)
                waiting = False
        else:
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(terminal)
        return self.checked(os.waitstatus_to_exitcode(status), shown.decode())

    def checked(self, code: int, text: str) -> Said:
        """What was said, in which no token, signature or traceback may stand."""
        for token in (ADA, BOB, STALE):
            assert token not in text
            assert token[3:] not in text
        assert "X-Amz-Signature" not in text, text
        assert "Traceback" not in text, text
        assert not self.hub.leaks
        for file in (self.home / "cache").rglob("*"):
            assert not file.is_file() or ADA.encode() not in file.read_bytes(), file
        return Said(code, re.sub(r"\s+", " ", re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)))
