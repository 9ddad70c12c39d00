"""The cancellations of the HTML report: a row for each stage and way.

Law: the same cells and remarks as on the terminal and in Markdown (`_cancellations`); what nobody saw says so in words.
"""

from __future__ import annotations

from typing import Any

from ..core.cancellation import cancellations
from ..core.finding import Report
from ._cancellations import NAMES, READ, cells, remarks
from ._signs import sign
from ._text import safe

WORDS = 2
"""Columns of words, on the left; the others but the last hold numbers."""


def cancelled(report: Report) -> dict[str, Any] | None:
    """The table as the template takes it; None where nobody left."""
    found = cancellations(report.runs)
    if not found:
        return None
    several = len({(one.target, one.protocol) for one in found}) > 1
    rows = []
    for one in found:
        verdict = next(iter(one.verdicts)) if len(one.verdicts) == 1 else ""
        who = [safe(f"{one.target} {one.protocol}".strip())] if several else []
        told = [safe(cell) for cell in cells(one)]
        rows.append({"words": who + told[:WORDS], "numbers": told[WORDS:-1], "said": told[-1], "verdict": verdict,
                     "sign": sign(verdict) if verdict else ""})  # fmt: skip
    names = [*(["target"] if several else []), *NAMES]
    return {"names": names, "rows": rows, "remarks": [safe(text) for text in (READ, *remarks(found))]}
