"""`llama-cpp-slots`: `GET /slots` of llama.cpp's server: which slot processes, and how many tokens it has decoded.

A slot remembers its last task: one that came to its own end has no next token, one that was stopped still has.
"""

from __future__ import annotations

from typing import Any

import orjson

from . import Spec
from ._fetch import BlindError, getter
from ._gauges import Gauges, Reading


def observer(spec: Spec) -> Gauges:
    """Looks at `url`, by default /slots of the target."""
    page = getter(spec, "/slots")
    return Gauges(spec.kind, lambda: reading(page.text(), page.bare), spec, page.close)


def reading(text: bytes, where: str) -> Reading:
    """What a list of slots says. Raises BlindError where it is none."""
    try:
        slots = orjson.loads(text)
        busy = [slot for slot in slots if slot["is_processing"]]
    except (orjson.JSONDecodeError, TypeError, KeyError) as error:
        raise BlindError(f"{where} is no list of slots: is this llama.cpp's server?") from error
    if not slots:
        raise BlindError(f"{where} lists no slot: is this llama.cpp's server?")
    return Reading(len(busy), tokens=_sum(busy, "n_decoded"), remaining=_sum(busy, "n_remain"), done=_done(slots))


def _sum(slots: list[dict[str, Any]], name: str) -> float | None:
    """The sum of a member of `next_token`, which is a list in newer servers; None where nobody tells it."""
    parts = [part for slot in slots for part in _parts(slot.get("next_token"))]
    found = [part[name] for part in parts if isinstance(part.get(name), int) and part[name] >= 0]  # -1: no limit
    return sum(found) if found else None


def _done(slots: list[dict[str, Any]]) -> frozenset[int] | None:
    """The tasks that came to their own end; None where a slot that was used does not tell."""
    found = set()
    for slot in slots:
        task, follows = slot.get("id_task"), [part.get("has_next_token") for part in _parts(slot.get("next_token"))]
        if not isinstance(task, int):
            if slot["is_processing"]:
                return None
        elif not follows or None in follows:
            return None
        elif not slot["is_processing"] and True not in follows:
            found.add(task)
    return frozenset(found)


def _parts(value: Any) -> list[dict[str, Any]]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
