"""A few bytes of somebody's recording as evidence: field names, punctuation and framing, without what was said.

Law: at most LIMIT characters; the value of a string is shown only under the keys of the protocols' own vocabulary.
"""

from __future__ import annotations

import re

from ._excerpt import around
from ._text import clip, safe

LIMIT = 160
MASK = "…"
_BLANKS = (b"\r\n\r\n", b"\n\n", b"\r\r")
_END = re.compile(b"|".join(_BLANKS))
_TERMINATOR = re.compile(r"(\r\n|\n|\r)")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)("\s*:|"|\Z)', re.DOTALL)
_WORD = re.compile(r"[\w./:+-]{1,40}", re.ASCII)
_SHOWN = frozenset(
    {"object", "type", "role", "finish_reason", "native_finish_reason", "stop_reason", "finishReason", "status",
     "model", "modelVersion", "event", "event_type", "code", "service_tier", "provider", "phase", "format"}
)  # fmt: skip
"""Keys under which a short word of the protocol's vocabulary stands."""
_OPENING = frozenset({"id", "item_id", "response_id", "tool_call_id", "system_fingerprint", "request_id"})
"""Keys of ids: how one begins says who made it."""
_OPENS = 9
_SHORT = 12
"""Characters that are shown of a line that is no field: enough to see what it was meant to be."""


def quote(body: bytes, offset: int, pointer: str | None = None, word: str = "") -> str:
    """The event (or the line) that holds a byte, cut to where the key that the pointer ends with, or `word`, stands."""
    start = max(at + len(blank) if (at := body.rfind(blank, 0, offset)) >= 0 else 0 for blank in _BLANKS)
    found = _END.search(body, offset)
    block = body[start : found.end() if found else len(body)].decode("utf-8", "backslashreplace")
    text = "".join(part if index % 2 else masked(part) for index, part in enumerate(_TERMINATOR.split(block)))
    keys = [key for key in (pointer or "").split("/") if key and not key.isdigit()]
    key = f'"{keys[-1]}"' if keys else word
    return around(text, max(text.find(key), 0), LIMIT) if key else clip(safe(text), LIMIT)


def field(line: str) -> str:
    """A line of a response's head; of an id only its beginning."""
    name, _, value = line.partition(": ")
    return clip(safe(f"{name}: {value[:_OPENS]}{MASK}" if "id" in name.split("-") or "ray" in name else line), LIMIT)


def masked(line: str) -> str:
    """One line of an event stream without what was said in it."""
    name, colon, value = line.partition(":")
    if not name or name in ("event", "retry"):  # comments too
        return line
    if colon and name in ("data", "id"):
        return f"{name}:{_value(value)}"
    if line.lstrip()[:1] in ("{", "[", '"', "}", "]"):
        return _strings(line)
    return line if len(line) <= _SHORT else f"{line[:_SHORT]}{MASK}"


def _value(value: str) -> str:
    text = value.strip()
    if not text or text == "[DONE]":
        return value
    return _strings(value) if text[0] in '{["' else f" {MASK}"


def _strings(text: str) -> str:
    """JSON, or what looks like it, with the values of strings hidden."""
    key = ""

    def shown(match: re.Match[str]) -> str:
        nonlocal key
        inside, end = match[1], match[2]
        if end.endswith(":"):
            key = inside
            return match[0] if _WORD.fullmatch(inside.replace("$", "")) else f'"{MASK}{end}'
        if not inside or (key in _SHOWN and _WORD.fullmatch(inside)):
            return match[0]
        return f'"{inside[:_OPENS] if key in _OPENING else ""}{MASK}{end}'

    return _STRING.sub(shown, text)
