"""Words and widths that the renderers share: escaping, clipping, wrapping, numbers, colours.

Law: plain functions on strings. What comes from a peer goes through `safe` before it reaches a terminal.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Sequence

Paint = Callable[[str, str], str]
"""(text, role) -> text, with colours or without. Roles: those of _STYLES."""

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_STYLES = {
    "error": "31;1",
    "fail": "31;1",
    "warning": "33",
    "note": "36",
    "pass": "32",
    "waived": "35",
    "known": "34",
    "new": "36",
    "inconclusive": "33",
    "dim": "2",
    "bold": "1",
    "link": "2;4",
    "text": "32",
}
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def plain(text: str, role: str) -> str:
    """Paint that paints nothing."""
    return text


def ansi(text: str, role: str) -> str:
    """Paint with ANSI colours."""
    code = _STYLES.get(role)
    return f"\x1b[{code}m{text}\x1b[0m" if code and text else text


def safe(text: str) -> str:
    """`text` with control and invisible direction characters written as escapes: a peer must not steer the terminal."""
    return _UNSAFE.sub(
        lambda m: _ESCAPES.get(m[0]) or (f"\\x{ord(m[0]):02x}" if m[0] < "\x80" else f"\\u{ord(m[0]):04x}"), text
    )


def width(text: str) -> int:
    """Columns that `text` takes in a terminal, colours not counted."""
    text = _ANSI.sub("", text)
    return len(text) if text.isascii() else sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if char.isascii():
        return 1
    return 0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1


def clip(text: str, columns: int) -> str:
    """`text` cut to a width, with an ellipsis where something is missing."""
    if width(text) <= columns:
        return text
    kept, used = [], 0
    for char in text:
        used += _columns(char)
        if used > columns - 1:
            break
        kept.append(char)
    return "".join(kept) + "…" if columns > 0 else ""


def clip_left(text: str, columns: int) -> str:
    """`text` cut to a width from the left: the end of a path says more than its beginning."""
    return text if width(text) <= columns else "…" + clip(text[::-1], columns)[:-1][::-1]


def pad(text: str, columns: int, right: bool = False) -> str:
    """`text` filled with blanks to a width."""
    blanks = " " * max(0, columns - width(text))
    return blanks + text if right else text + blanks


def wrap(text: str, columns: int, indent: str = "", first: str | None = None) -> list[str]:
    """`text` in lines of a width, each behind `indent` (the first behind `first`)."""
    lead = indent if first is None else first
    return textwrap.wrap(
        text,
        max(columns, 20),
        initial_indent=lead,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [lead.rstrip()]


def plural(count: int, one: str, many: str = "") -> str:
    """`1 event`, `2 events`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(items: Iterable[str]) -> str:
    """`a, b and c`."""
    found = list(items)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def some(items: Sequence[str], most: int = 6) -> str:
    """`a, b and c`; of many the first ones: `a, b, c, d, e, f and 19 more`."""
    beyond = len(items) - most
    return listed(items) if beyond <= 0 else f"{', '.join(items[:most])} and {beyond:,} more"


def size(count: int) -> str:
    """Bytes as a person says them: `812 B`, `45.2 kB`, `1.3 MB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def millis(value: float | int | None) -> str:
    """Milliseconds with the digits that matter: `0.31`, `12.4`, `1204`."""
    if not value:
        return "" if value is None else "0"
    return f"{value:,.2f}" if value < 1 else f"{value:,.1f}" if value < 1000 else f"{value:,.0f}"


def value_of(value: object) -> str:
    """A trait's value: `yes`, `no`, `a, b`, `none`, or as it is."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(str(item) for item in value) or "none" if isinstance(value, list) else str(value)
