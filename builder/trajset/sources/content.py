"""The text of message content: plain text, or a list of typed blocks as chat APIs have them."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from trajset.sources.tally import Tally, plain_word

_MEDIA_TYPE = re.compile(r"(?:data:)?([a-z]+/[A-Za-z0-9.+-]{1,60})(?:$|[;,])")
_IMAGES = ("image", "image_url", "input_image", "image-url")
_DEEPEST = 4  # blocks in blocks (a result that holds text and images); deeper is no content


def text_of(content: Any, tally: Tally, depth: int = 0) -> str:
    """Content as one text: parts joined by newlines, an image as `[image: type]` (and noted)."""
    if isinstance(content, str):
        return content
    if content is None:
        return ""
    if isinstance(content, list):
        parts = (block_text(block, tally, depth) for block in content)
        return "\n".join(part for part in parts if part)
    if isinstance(content, dict) and "type" in content:
        return block_text(content, tally, depth)
    return as_json(content)


def block_text(block: Any, tally: Tally, depth: int = 0) -> str:
    """One block of content as text; a block that holds none becomes a typed placeholder."""
    if isinstance(block, str):
        return block
    if not isinstance(block, dict):
        return ""
    kind = block.get("type")
    if kind in _IMAGES:
        tally.note("images")
        media_type = _media_type(block)
        return f"[image: {media_type}]" if media_type else "[image]"
    for name in ("text", "refusal"):
        if isinstance(block.get(name), str):
            return str(block[name])
    if "content" in block and depth < _DEEPEST:
        return text_of(block["content"], tally, depth + 1)
    return f"[{plain_word(kind)}]" if isinstance(kind, str) else ""


def as_json(value: Any) -> str:
    """A value as compact JSON text; plain text stays as it is."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _media_type(block: dict[str, Any]) -> str | None:
    """The media type of an image block; never its data."""
    places: list[Any] = [block]
    places += [block.get(name) for name in ("source", "image_url", "image")]
    for place in places:
        found: Any = place
        if isinstance(place, dict):
            names = ("media_type", "mimeType", "mediaType", "url")
            found = next((place[name] for name in names if isinstance(place.get(name), str)), None)
        if isinstance(found, str) and (match := _MEDIA_TYPE.match(found[:100])):
            return match[1]
    return None
