"""Whether a body may hold a secret at all: told sooner than where they stand, and most bodies hold none.

Law: False is said only where `secrets.Scanner` finds nothing. Each member of JSON is looked at once, however often it
comes; then what each channel brings, joined.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from .secrets_whole import whole

PIECE = re.compile(
    rb'"(?:(?:index|output_index|content_index|summary_index)"\s*+:\s*+(\d+)|'
    rb"(content|text|delta|arguments|partial_json|thinking|reasoning|reasoning_content|reasoning_text|refusal|"
    rb'input|output|code|transcript|completion|data)"\s*+:\s*+"([^"\\\r\n]*+(?:\\.[^"\\\r\n]*+)*+)")'
)
"""An index, or a string field that may be one piece of many: (index, field, text)."""
_BETWEEN = b',"'
"""Stands between two members of JSON, and in no secret but a known one."""
_SHORT = 20
"""Bytes that a line with a piece has at least."""


def may_hold(body: bytes, known: Sequence[bytes] = ()) -> bool:
    """False where a body surely holds no secret. `known` are spellings of known keys."""
    if any(_BETWEEN in secret for secret in known):
        return True
    members = _BETWEEN.join(dict.fromkeys(body.split(_BETWEEN)))
    return _any(members, known) or any(_any(text, known) for text in _joined(body))


def _any(text: bytes, known: Sequence[bytes]) -> bool:
    return any(True for _ in whole(text, known))


def _joined(body: bytes) -> Iterable[bytes]:
    """What each channel brings: a field's strings, apart by the indexes that stand on their lines."""
    channels: dict[tuple[bytes, bytes], list[bytes]] = {}
    head, before = b"", b""
    for line in body.split(b"\n" if b"\n" in body else b"\r"):
        if len(line) < _SHORT:
            continue
        if not (head and line.startswith(head)):
            first = _head(line)
            if first is None:
                continue
            head, before = first
        rows = PIECE.findall(line, len(head))
        indexes = before + b"".join([b":" + index for index, _, _ in rows if index])
        for _, field, text in rows:
            if text:
                channels.setdefault((field, indexes), []).append(text)
    return map(b"".join, channels.values())


def _head(line: bytes) -> tuple[bytes, bytes] | None:
    """What stands before the first piece of a line, and the indexes in it: the lines that follow may begin alike.

    None where the line has no piece.
    """
    indexes = b""
    for match in PIECE.finditer(line):
        if match[2]:
            return line[: match.start()], indexes
        indexes += b":" + match[1]
    return None
