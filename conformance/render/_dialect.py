"""Dialects in a terminal: the list of them, one of them, and where one stands.

Law: lines out, colours by the caller. Counts are shown as `kept 9 of 12`, never as a bare tick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..core.dialect import Deviation, Dialect, Expectation, Promise
from ..core.standing import Standing, State
from ._text import Paint, clip, listed, pad, plural, safe, wrap

ROLES = {
    State.KEPT: "pass",
    State.OCCURS: "waived",
    State.BROKEN: "fail",
    State.STALE: "warning",
    State.RARE: "note",
    State.SILENT: "dim",
}
_TITLES = {
    "promise": "Rules that its documents promise to keep",
    "expects": "What its documents promise beyond the protocol",
    "habit": "What recordings show of it",
    "waives": "Deviations that are waived",
}


def dialect_list(dialects: Mapping[str, Dialect], columns: int, paint: Paint) -> Iterator[str]:
    """One line per dialect: name, title, protocols; then how many there are."""
    wide = max((len(name) for name in dialects), default=0)
    titles = max((len(one.title) for one in dialects.values()), default=0)
    for name, one in dialects.items():
        protocols = clip(", ".join(one.protocols), columns - wide - titles - 4)
        yield f"{paint(pad(name, wide), 'bold')}  {pad(one.title, titles)}  {paint(protocols, 'dim')}"
    yield ""
    yield f"{plural(len(dialects), 'dialect')}."


def dialect_lines(one: Dialect, columns: int, paint: Paint) -> Iterator[str]:
    """Everything that a dialect declares."""
    yield f"{paint(one.name, 'bold')}  {one.title}"
    for label, value in (("documents", one.docs), ("key", one.key_env and f"${one.key_env}")):
        if value:
            yield f"  {pad(label, 10)}{value}"
    for protocol in one.protocols:
        models = ", ".join(one.models.get(protocol, ()))
        yield f"  {pad(protocol, 20)}{one.endpoints.get(protocol, 'no endpoint of its own')}"
        if models:
            yield from wrap(models, columns, " " * 24, " " * 22 + "· ")
    groups: list[tuple[str, Sequence[Promise | Expectation | Deviation]]] = [
        ("promise", one.promises),
        ("expects", [item for item in one.expectations if not item.observed]),
        ("habit", [item for item in one.expectations if item.observed]),
        ("waives", one.deviations),
    ]
    for kind, items in groups:
        if items:
            yield ""
            yield paint(_TITLES[kind], "bold")
        for item in items:
            yield from _declared(item, columns, paint)


def _declared(item: Promise | Expectation | Deviation, columns: int, paint: Paint) -> Iterator[str]:
    if isinstance(item, Expectation):
        given = "".join(f", where {name} is {value!r}" for name, value in item.given.items())
        yield from wrap(f"{item.trait} = {item.wanted}{given}", columns, "    ", "  ")
    else:
        yield f"  {item.rule}"
    yield from wrap(item.because, columns, "    ")
    statements = f"  {', '.join(item.statements)}" if item.statements else ""
    yield paint(f"    {clip(safe(item.see), columns - 4 - len(statements))}{statements}", "dim")


# Where it stands


def standing_lines(found: Sequence[Standing], least: int, columns: int, paint: Paint) -> Iterator[str]:
    """One block per kind of declaration, one line per declaration; then the totals."""
    wide = max((len(item.name) for item in found), default=0)
    for kind, title in _TITLES.items():
        items = [item for item in found if item.kind == kind]
        if items:
            yield paint(title, "bold")
        for item in items:
            yield from _standing(item, wide, least, columns, paint)
        if items:
            yield ""
    counts = Counter(item.state for item in found)
    words = [f"{counts[state]} {state.value}" for state in State if counts[state]]
    yield f"{plural(len(found), 'declaration')}: {listed(words) or 'nothing to judge'}."


def _standing(item: Standing, wide: int, least: int, columns: int, paint: Paint) -> Iterator[str]:
    counts = pad(_counts(item, least), 22)
    statements = " ".join(item.statements)
    head = f"  {paint(pad(item.state.value, 11), ROLES[item.state])}  {pad(item.name, wide)}  {counts}{statements}"
    yield head.rstrip()
    if item.state in (State.BROKEN, State.STALE):
        seen = f" Seen: {item.seen}." if item.seen else ""
        yield from wrap(safe(f"{item.says}.{seen}"), columns, " " * 15)


def _counts(item: Standing, least: int) -> str:
    total = item.kept + item.broken
    if not total:
        return ""
    if item.state is State.RARE:
        return f"0 of {total}, rare" if item.rare else f"0 of {total}, {least} needed"
    return f"{item.broken if item.kind == 'waives' else item.kept} of {total}"


def standing_data(found: Sequence[Standing]) -> list[dict[str, Any]]:
    """The same as plain values."""
    return [
        {
            "kind": item.kind,
            "name": item.name,
            "says": item.says,
            "state": item.state.value,
            "kept": item.kept,
            "broken": item.broken,
            "seen": item.seen,
            "statements": list(item.statements),
        }
        for item in found
    ]
