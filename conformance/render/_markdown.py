"""Markdown that survives what a peer sends: cells, tables, code.

Law: whatever comes from outside goes through `cell` or `code`, so that it can neither end a table nor open a tag.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from ._text import clip, safe

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")
_RUNS = re.compile(r"`+")
MAX_CELL = 240


def cell(text: str) -> str:
    """`text` as plain words in a table's cell."""
    return _SPECIAL.sub(r"\\\1", clip(safe(text), MAX_CELL))


def trusted(text: str) -> str:
    """Our own Markdown in a table's cell: only what would end the cell is escaped."""
    return " ".join(text.split()).replace("|", "\\|")


def code(text: str) -> str:
    """`text` as inline code."""
    ticks = "`" * (1 + max((len(run) for run in _RUNS.findall(text)), default=0))
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks}{space}{safe(text)}{space}{ticks}".replace("|", "\\|") if text else ""


def fence(text: str, language: str = "") -> str:
    """`text` as a block of code, whatever backticks it holds."""
    ticks = "`" * max(3, 1 + max((len(run) for run in _RUNS.findall(text)), default=0))
    return f"{ticks}{language}\n{text}\n{ticks}"


def table(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table without padding: a longer cell in one row does not touch the others."""
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def folded(title: str, text: str) -> str:
    """A part that opens on a click. `title` is plain text: Markdown does not work there."""
    return f"<details>\n<summary>{escape(safe(title))}</summary>\n\n{text}\n\n</details>"
