"""Bytes of a wire for a page: every invisible one is seen, every guilty one is marked, none can steer the page.

Law: bytes in, escaped markup out. Line ends are named and break the line; what is not UTF-8, controls a terminal or
turns the direction of text is written as an escape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..core.wire import Wire
from ._text import safe

if TYPE_CHECKING:
    from markupsafe import Markup

_END = "<i>END</i>"
"""Where a finding is about the end of the body."""
_NAMED = {"\r\n": "CR LF", "\n": "LF", "\r": "CR", "\t": "TAB", "\0": "NUL"}
_SPECIAL = re.compile("\r\n|[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\udc80-\udcff]")


def wire_html(wire: Wire) -> Markup:
    """The bytes as the content of a `<pre>`."""
    from markupsafe import Markup

    guilty = _shown(wire.guilty) or _END
    if wire.omitted:
        left = f'<span class="om"> … {wire.omitted:,} bytes … </span>'
        guilty = _shown(wire.guilty[: wire.kept]) + left + _shown(wire.guilty[wire.kept :])
    start = '<span class="om">…</span>' if wire.start else ""
    end = '<span class="om">…</span>' if wire.more else ""
    return Markup(f"{start}{_shown(wire.before)}<mark>{guilty}</mark>{_shown(wire.after)}{end}")


def _shown(data: bytes) -> str:
    return "".join(_pieces(data.decode("utf-8", "surrogateescape")))


def _pieces(text: str) -> Iterator[str]:
    from markupsafe import escape

    at = 0
    for match in _SPECIAL.finditer(text):
        yield str(escape(text[at : match.start()]))
        yield _special(match[0])
        at = match.end()
    yield str(escape(text[at:]))


def _special(found: str) -> str:
    """One invisible thing: its name in a box, and the line break that it makes."""
    if found in _NAMED:
        return f"<i>{_NAMED[found]}</i>" + ("\n" if found in ("\r\n", "\n", "\r") else "")
    if "\udc80" <= found <= "\udcff":
        return f'<i class="bad">\\x{ord(found) - 0xDC00:02x}</i>'
    told = safe(found)
    return f"<i>{told if told != found else f'U+{ord(found):04X}'}</i>"
