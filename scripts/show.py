"""Load every config of a dataset folder with `load_dataset` and print one row of each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from datasets import load_dataset
from datasets.utils.logging import disable_progress_bar
from rich.console import Console
from rich.text import Text

WIDTH = 100
LINES = 6
STYLES = {
    "system": "dim",
    "user": "green",
    "assistant": "bold cyan",
    "tool": "yellow",
    "thought": "magenta",
    "action": "bold cyan",
    "observation": "yellow",
    "response": "bold cyan",
}


def main(folder: str) -> int:
    """Print one row of each config; returns the exit code."""
    disable_progress_bar()
    console = Console(highlight=False, width=max(WIDTH + 20, 80))
    front = yaml.safe_load((Path(folder) / "README.md").read_text("utf-8").split("---\n")[1])
    path = folder if folder.startswith(("/", ".")) else f"./{folder}"
    for config in front["configs"]:
        name = config["config_name"]
        dataset = load_dataset(path, name)
        sizes = ", ".join(f"{split} {part.num_rows}" for split, part in dataset.items())
        console.rule(f'[bold]load_dataset("{path}", "{name}")[/bold]  {sizes}', align="left")
        print_row(console, typical(dataset["train" if "train" in dataset else next(iter(dataset))]))
    return 0


def typical(split: Any) -> dict[str, Any]:
    """The row of median length: neither the shortest nor the longest."""
    order = sorted(range(split.num_rows), key=lambda i: split[i]["n_tokens"])
    row: dict[str, Any] = split[order[len(order) // 2]]
    return row


def print_row(console: Console, row: dict[str, Any]) -> None:
    """Print a row as a person would want to see it."""
    for column, value in row.items():
        if column in ("messages", "prompt", "completion", "chosen", "rejected", "trajectory"):
            console.print(f"[bold]{column}[/bold]")
            for index, message in enumerate(value):
                print_message(console, index, message)
        elif column == "tools":
            names = ", ".join(tool["function"]["name"] for tool in value)
            console.print(f"[bold]tools[/bold] {names}")
        elif value not in (None, [], ""):
            console.print(Text.assemble((column, "bold"), " ", short(str(value), 1)))
    console.print()


def print_message(console: Console, index: int, message: dict[str, Any]) -> None:
    """Print one message or entry, shortened."""
    role = message["role"]
    style = STYLES.get(role, "")
    parts = []
    if message.get("reasoning_content"):
        parts.append(("(reasoning) " + short(message["reasoning_content"]), "magenta"))
    if message.get("content"):
        parts.append((short(message["content"]), ""))
    for call in message.get("tool_calls", ()):
        parts.append(
            (short(f"→ {call['function']['name']} {call['function']['arguments']}"), "bold")
        )
    if role == "action":
        parts.append((short(f"→ {message['tool']} {message['args']}"), "bold"))
    text = Text(f"{index:>4} ", style="dim")
    text.append(f"{role:<12}", style=style)
    for number, (part, part_style) in enumerate(parts):
        text.append("\n" + " " * 17 if number else "")
        text.append(part.replace("\n", "\n" + " " * 17), style=part_style)
    console.print(text)


def short(text: str, lines: int = LINES) -> str:
    """The first lines of a text, each cut to the width."""
    kept = [line if len(line) <= WIDTH else line[: WIDTH - 1] + "…" for line in text.splitlines()]
    more = [f"… {len(kept) - lines} more lines"] if len(kept) > lines and lines > 1 else []
    return "\n".join(kept[:lines] + more)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "builder"))
