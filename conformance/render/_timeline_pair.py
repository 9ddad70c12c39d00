"""Both sides of a gateway beside each other: what the upstream wrote, what the client read, and the time in between.

Law: reads a Comparison and the client's Run; the width and the colours are arguments. All times count from the client's
request. Where a gateway translates, no event belongs to another, and both sides stand in the order of their times.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..core.finding import Family, Run
from ..core.said import told
from ..core.stream import StreamEvent
from ..core.transparency import Comparison, Fidelity
from ._text import Paint, clip, millis, pad, plural, safe, value_of, width, wrap

_TIME = 8
_SIGNS: Mapping[str, str] = {
    Fidelity.BYTES: "=",
    Fidelity.JSON: "≈",
    Fidelity.MESSAGE: "~",
    Fidelity.CHANGED: "≠",
    "moved": "⇅",
    "dropped": "✗",
    "added": "+",
    "": " ",
}
_ROLES: Mapping[str, str] = {"dropped": "error", "added": "warning", "moved": "warning", Fidelity.CHANGED: "note"}
_LEGEND = "= same bytes  ≈ same JSON  ~ merged or split  ≠ changed  ⇅ moved  ✗ dropped  + added"


class Row(NamedTuple):
    """One line: an event of either side, or of both."""

    up: int | None
    down: int | None
    fate: str
    """A key of the signs: a Fidelity, `moved`, `dropped`, `added`, or empty where nothing is compared."""


def pair_timeline(found: Comparison, run: Run, columns: int, paint: Paint, part: slice = slice(None)) -> Iterator[str]:
    """All lines; `part` picks the client's events by index."""
    yield from _heads(found, columns, paint)
    yield ""
    middle = 13
    room = (columns - middle) // 2
    yield paint(f"{pad('upstream wrote', room)}{pad('+ms', middle // 2, right=True)}{'':7}client read", "dim")
    for row in rows(found, part):
        yield _line(found, row, room, middle, paint)
    yield from _ends(found, room + middle, paint)
    yield ""
    yield from (paint(line, "dim") for line in wrap(_LEGEND, columns))
    yield ""
    yield from _figures(run, columns, paint)
    yield from _findings(run, columns, paint)


# Rows


def rows(found: Comparison, part: slice = slice(None)) -> list[Row]:
    """The events of both sides in their order, each once; merged ones stand beside the first of their group."""
    ups = found.above.events if found.above is not None else []
    if found.translated or not found.streamed:
        return _by_time(found, part)
    kept = found.alignment
    made = [(pair.down, 1, Row(pair.up, pair.down, found.kept[pair.down])) for pair in kept.pairs]
    made += [(pair.down, 1, Row(pair.up, pair.down, "moved")) for pair in kept.moved]
    made += [(down, 1, Row(None, down, "added")) for down in kept.added]
    for group in kept.groups:
        for n in range(max(len(group.up), len(group.down))):
            up, down = (side[n] if n < len(side) else None for side in group)
            made.append((group.down[min(n, len(group.down) - 1)], 1, Row(up, down, Fidelity.MESSAGE)))
    behind = {row.up: place for place, _, row in made if row.up is not None}
    for up in kept.lost:
        before = next((behind[n] for n in range(up - 1, -1, -1) if n in behind), -1)
        made.append((before, 2, Row(up, None, "dropped")))
    wanted = set(range(len(found.below.events))[part]) if part != slice(None) else None
    ordered = [row for place, _, row in sorted(made, key=lambda one: one[:2]) if wanted is None or place in wanted]
    return ordered if ups else [Row(None, event.index, "added") for event in found.below.events[part]]


def _by_time(found: Comparison, part: slice) -> list[Row]:
    ups = found.above.events if found.above is not None else []
    made = [(_written(found, event) or 0.0, 0, Row(event.index, None, "")) for event in ups]
    made += [(event.at or 0.0, 1, Row(None, event.index, "")) for event in found.below.events[part]]
    return [row for _, _, row in sorted(made, key=lambda one: one[:2])]


def _written(found: Comparison, event: StreamEvent) -> float | None:
    """When the upstream wrote an event, since the client's request."""
    return found.upstream.arrived + event.at if found.upstream is not None and event.at is not None else None


# Lines


def _line(found: Comparison, row: Row, room: int, middle: int, paint: Paint) -> str:
    up = found.above.events[row.up] if found.above is not None and row.up is not None else None
    down = found.below.events[row.down] if row.down is not None else None
    written = _written(found, up) if up is not None else None
    read = down.at if down is not None else None
    delay = f"{millis(read - written)} →" if written is not None and read is not None else ""
    sign = _SIGNS[row.fate]
    centre = f"{pad(delay, middle - 4, right=True)} {sign}  "
    role = _ROLES.get(row.fate, "dim")
    left = pad(_cell(found, up, written, room), room)
    return f"{left}{paint(centre, role)}{_cell(found, down, read, room)}"


def _cell(found: Comparison, event: StreamEvent | None, at: float | None, room: int) -> str:
    """Index, time and words of an event, in a width."""
    if event is None:
        return ""
    head = f"{event.index:>4} {pad(millis(at), _TIME, right=True)}  "
    return head + clip(_words(found, event), room - width(head) - 1)


def _words(found: Comparison, event: StreamEvent) -> str:
    """What an event says: its text, its error, else its kind."""
    owner = (
        found.above if found.above is not None and event in found.above.events[event.index : event.index + 1] else None
    )
    text = (owner or found.below).protocol.text_of(event)
    if text:
        return f'"{safe(text)}"'
    error = told(event.parsed)
    return safe(f"error: {error.message or error.type}") if error is not None else safe(event.kind)


def _heads(found: Comparison, columns: int, paint: Paint) -> Iterator[str]:
    """The case, and what was asked and answered."""
    yield paint(clip(safe(f"{found.sandwich}"), columns), "bold")
    for number, one in enumerate(found.sandwich.upstream, 1):
        asked = one.recording.request
        head = f"head after {millis(one.recording.headers_at)} ms" if one.recording.headers_at is not None else ""
        words = [f"  upstream {number}: {asked.method} {asked.path}", f"arrived after {millis(one.arrived)} ms"]
        yield clip(safe(", ".join([*words, f"answered {one.recording.status}", *([head] if head else [])])), columns)
    below = found.below.recording
    head = f", head after {millis(below.headers_at)} ms" if below.headers_at is not None else ""
    yield clip(safe(f"  client: {below.request.method} {below.request.path}, got {below.status}{head}"), columns)
    for name, value in sorted(found.sandwich.asked.items()):
        yield paint(clip(safe(f"  {name}: {value_of(value)}"), columns), "dim")


def _ends(found: Comparison, place: int, paint: Paint) -> Iterator[str]:
    """How both bodies ended."""
    sides = (found.above.recording if found.above is not None else None, found.below.recording)
    shift = found.upstream.arrived if found.upstream is not None else 0.0
    words = []
    for recording, since in zip(sides, (shift, 0.0), strict=True):
        if recording is None:
            words.append("never asked")
            continue
        at = f" {millis(recording.end.at + since)} ms" if recording.end.at is not None else ""
        by = f" by {recording.end.by}" if recording.end.by else ""
        words.append(f"end{at}: {recording.end.kind.value}{by}")
    yield paint(pad(safe(words[0]), place) + safe(words[1]), "bold")


def _figures(run: Run, columns: int, paint: Paint) -> Iterator[str]:
    figures = {
        name.removeprefix("gateway_"): value for name, value in run.latency.items() if name.startswith("gateway_")
    }
    words = [f"{name.replace('_', ' ')} {millis(value)}" for name, value in figures.items() if value is not None]
    if words:
        yield paint("added by the gateway, ms (shares and counts as they are)", "dim")
        yield from wrap("   ".join(word.replace(" ", "\u00a0") for word in words), columns, "  ")
        yield ""


def _findings(run: Run, columns: int, paint: Paint) -> Iterator[str]:
    """What the rules about gateways found."""
    found = [finding for finding in run.findings if finding.family is Family.TRANSPARENCY]
    yield paint(plural(len(found), "finding") + " about the gateway", "bold")
    for finding in found:
        level = finding.level.label
        where = f" (client's event {finding.event})" if finding.event is not None else ""
        lines = wrap(f"{level} {finding.rule}: {safe(finding.message)}{where}", columns - 4)
        yield from (f"  {paint('▲ ' if n == 0 else '  ', level)}{paint(line, level)}" for n, line in enumerate(lines))
