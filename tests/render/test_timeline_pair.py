"""Both sides of a gateway beside each other: every event once, in lines that fit."""

from __future__ import annotations

from typing import Any

import pytest

from conformance import library
from conformance.core import mutate
from conformance.core.mutate import events_of
from conformance.core.recording import Recording
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison, comparison_of
from conformance.render._text import plain, width
from conformance.render._timeline_pair import pair_timeline, rows
from tests.sides import builtin, merged, rewritten, through, timed

CHAT = "openai-chat"


def paced(recording: Recording, gap: float = 20.0, first: float = 100.0) -> Recording:
    return timed(recording, [first + gap * n for n in range(len(events_of(recording)))])


def shown(above: Recording | list[Recording], below: Recording, columns: int = 100, **asked: Any) -> list[str]:
    recording = library.sided(through(above, below, **asked))
    found = comparison_of(Stream(recording, library.protocol_of(recording, CHAT)))
    assert found is not None
    return list(pair_timeline(found, library.check(recording, CHAT), columns, plain))


def compared(above: Recording, below: Recording) -> Comparison:
    found = comparison_of(Stream(library.sided(through(above, below)), library.protocol_of(below, CHAT)))
    assert found is not None
    return found


def test_an_event_that_passed_stands_beside_itself_with_its_delay() -> None:
    above = paced(builtin(CHAT))
    lines = shown(above, paced(builtin(CHAT), first=105.0))
    (line,) = [one for one in lines if '"Air"' in one]
    assert line.split() == ["1", "122.0", '"Air"', "3.0", "→", "=", "1", "125.0", '"Air"']


@pytest.mark.parametrize(
    ("name", "sign"), [("drop", "✗"), ("repeat", "+"), ("swap", "⇅"), ("model", "≠"), ("blanks", "≈"), ("merge", "~")]
)
def test_each_fate_has_its_sign(name: str, sign: str) -> None:
    recording = builtin(CHAT)
    changed = {
        "drop": lambda: mutate.drop(recording, 3),
        "repeat": lambda: mutate.repeat(recording, 3),
        "swap": lambda: mutate.swap(recording, 3),
        "model": lambda: rewritten(recording, lambda body: body.replace(b'"model":"', b'"model":"px/')),
        "blanks": lambda: rewritten(recording, lambda body: body.replace(b'":', b'": ')),
        "merge": lambda: merged(recording, 4),
    }[name]()
    assert changed is not None
    lines = shown(paced(recording), paced(changed))
    start = next(n for n, line in enumerate(lines) if line.startswith("upstream wrote"))
    end = next(n for n, line in enumerate(lines) if line.startswith("end "))
    assert any(sign in line for line in lines[start + 1 : end])


@pytest.mark.parametrize("make", [lambda r: mutate.drop(r, 5), lambda r: mutate.swap(r, 5), lambda r: merged(r, 3)])
def test_every_event_stands_there_once(make: Any) -> None:
    above, below = builtin(CHAT), make(builtin(CHAT))
    found = rows(compared(above, below))
    ups, downs = [row.up for row in found if row.up is not None], [row.down for row in found if row.down is not None]
    assert sorted(ups) == [*range(len(events_of(above)))] and sorted(downs) == [*range(len(events_of(below)))]


def test_a_part_is_picked_by_the_clients_events() -> None:
    found = rows(compared(builtin(CHAT), builtin(CHAT)), slice(3, 6))
    assert [row.down for row in found] == [3, 4, 5]


@pytest.mark.parametrize("columns", [60, 80, 100, 160])
def test_lines_fit(columns: int) -> None:
    above = paced(builtin(CHAT, "unicode"))
    below = paced(rewritten(builtin(CHAT, "unicode"), lambda body: body.replace(b'"model":"', b'"model":"px/')))
    assert max(width(line) for line in shown(above, below, columns, fault="fin", marker="m")) <= columns


def test_a_translation_stands_in_the_order_of_time() -> None:
    lines = shown(paced(builtin("anthropic-messages")), paced(builtin(CHAT)))
    assert any("message_start" in line for line in lines) and any('"Air"' in line for line in lines)


def test_a_request_that_was_never_forwarded_is_said() -> None:
    text = "\n".join(shown([], builtin(CHAT)))
    assert "never asked" in text and "gateway/not-forwarded" in text


def test_an_error_is_shown_by_its_words() -> None:
    error = b'data: {"error":{"message":"Boom","type":"t"}}\n\n'
    failing = rewritten(builtin(CHAT), lambda body: body + error)
    assert any("error: Boom" in line for line in shown(failing, builtin(CHAT)))
