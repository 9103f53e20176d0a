"""What every plot is drawn with: the frame, colours, text and how wide it is."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

TEXT = 13
"""Size of all text but the title, in pixels."""
LINE = 20
"""From one line of text to the next."""
PAD = 16
TITLE = 15
_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
# The panel is drawn, not left transparent: a page may be light where the system is dark.
_STYLE = (
    f"text{{font:{TEXT}px {_FONT};fill:#3e4c59}}"
    f".title{{font-size:{TITLE}px;font-weight:600;fill:#1f2933}}.strong{{fill:#1f2933}}"
    ".panel{fill:#fff;stroke:#d9dee3}.axis{stroke:#9aa5b1}"
    ".one{fill:#2f6f8f}.two{fill:#b4722c}"
    "@media(prefers-color-scheme:dark){text{fill:#b6c2cf}.title,.strong{fill:#eef1f4}"
    ".panel{fill:#161b21;stroke:#323b45}.axis{stroke:#66727f}.one{fill:#6fb1d1}.two{fill:#b97f3f}}"
)
_NARROW, _WIDE = set("ijl.,:;'|!tfr()[] 1"), set("mwMW@%")


def frame(title: str, description: str, width: int, height: int, parts: Iterable[str]) -> str:
    """A whole SVG document with its panel, title and description."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="title description">'
        f'<title id="title">{escape(title)}</title>'
        f'<desc id="description">{escape(description)}</desc><style>{_STYLE}</style>'
        f'<rect class="panel" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>'
        f"{text(PAD, PAD + TITLE, title, 'title')}{''.join(parts)}</svg>\n"
    )


def text(x: float, y: float, content: str, kind: str = "", anchor: str = "start") -> str:
    """One line of text; `y` is its base line."""
    attributes = f' class="{kind}"' if kind else ""
    attributes += f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{_n(x)}" y="{_n(y)}"{attributes}>{escape(content, quote=False)}</text>'


def box(x: float, y: float, width: float, height: float, kind: str) -> str:
    """A filled rectangle."""
    return (
        f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'
    )


def rule(x: float, y: float, width: float) -> str:
    """A horizontal line."""
    return f'<path class="axis" d="M{_n(x)} {_n(y)}h{_n(width)}"/>'


def width_of(content: str, size: float = TEXT) -> float:
    """About how wide a text is, in pixels; rather too wide than too narrow."""
    units = sum(0.38 if c in _NARROW else 0.95 if c in _WIDE else 0.62 for c in content)
    return units * size


def shortened(content: str, room: float) -> str:
    """The text, cut with an ellipsis where it is wider than there is room."""
    if width_of(content) <= room:
        return content
    while content and width_of(content + "…") > room:
        content = content[:-1]
    return content.rstrip() + "…"


def compact(number: int) -> str:
    """A number in at most four or five signs: 950, 1.2k, 34k, 5.1M."""
    for limit, sign in ((1_000_000, "M"), (1_000, "k")):
        if number >= limit:
            share = number / limit
            return (
                f"{share:.1f}{sign}" if share < 9.95 and share % 1 >= 0.05 else f"{share:.0f}{sign}"
            )
    return str(number)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
