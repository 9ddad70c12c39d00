"""The bytes that a finding points at, as lines a person can read.

Law: bytes in, escaped text out; what is not UTF-8 is shown as an escape, never dropped.
"""

from __future__ import annotations

import re

from ..core.finding import Finding
from ..core.wire import agreement
from ._text import clip, safe

MAX_LINES = 3
_BLANK = (b"\r\n\r\n", b"\n\n", b"\r\r")
_LINE = re.compile(rb"\r\n|\n|\r")


def excerpt(body: bytes, finding: Finding, columns: int) -> list[str]:
    """Up to MAX_LINES lines of the body at the finding's place; empty where it has none.

    A long line is cut to where it matters: the key that the pointer names, else what differs from the event before.
    """
    if finding.offset is None or finding.offset >= len(body):
        return []
    if finding.event is None:
        return [_line_at(body, finding.offset, columns)]
    block = _block(body, finding.offset)
    before = _block(body, max(body.rfind(b"\ndata:", 0, max(finding.offset - 4, 0)) + 1, 0))
    key = finding.pointer.rpartition("/")[2] if finding.pointer else ""
    lines = []
    for raw in _LINE.split(block, MAX_LINES)[:MAX_LINES]:
        line = raw.decode("utf-8", "backslashreplace")
        position = line.find(f'"{key}"') if key else agreement(raw, before)
        lines.append(around(line, position if position < len(line) else 0, columns))
    return lines


def _block(body: bytes, start: int) -> bytes:
    """The event that begins at a byte."""
    ends = (body.find(blank, start) for blank in _BLANK)
    return body[start : min((end for end in ends if end >= 0), default=len(body))]


def around(line: str, position: int, columns: int) -> str:
    """One line cut to a width so that `position` is seen, escaped."""
    start = 0 if position < columns * 2 // 3 else position - columns // 3
    return clip(("…" if start else "") + safe(line[start : start + columns + 1]), columns)


def _line_at(body: bytes, offset: int, columns: int) -> str:
    """The line that holds a byte."""
    start = max(body.rfind(b"\n", 0, offset), body.rfind(b"\r", 0, offset)) + 1
    ending = _LINE.search(body, offset)
    line = body[start : ending.start() if ending else len(body)].decode("utf-8", "backslashreplace")
    return around(line, offset - start, columns)
