"""Common clients read other events from the stream than the standard does.

`httpx-sse` is the decoder of the MCP SDK and of many Python clients of LLM APIs; the official `openai` and `anthropic`
SDKs share its habits. Where a stream holds what it is known to take differently, it is run over the recorded bytes, and
what it reads otherwise is reported. Known differences:

- A byte order mark stays in front of the first field name. `sse/byte-order-mark` speaks for it.
- A blank line behind `event`, `id` or `retry` makes an event with empty data. `sse/dataless-event`, `sse/id-field` and
  `sse/retry-field` speak for it.
- An `id` stays set, and from then on every blank line makes an event, the one behind a comment, too.
- Up to 0.4.1, like `iter_lines()` of httpx and everything else that uses `str.splitlines()`, it ends a line at U+2028,
  U+2029, U+0085 and at the control characters 0B, 0C, 1C, 1D and 1E. JSON strings may hold the first three unescaped.

What another rule reports is taken out before the client reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.sse import BOM
from conformance.core.stream import Stream
from conformance.rules.sse.conditions import known_protocol
from conformance.rules.sse.odd import odd_events
from conformance.rules.sse.samples import PLAIN

GOOD = (PLAIN, PLAIN.swap("Hel", "\\u2028"))
BAD = (
    PLAIN.swap("Hel", "one\u2028two"),
    PLAIN.swap("data: {", "id: 1\ndata: {", 1).swap("data: [DONE]", ": ping\n\ndata: [DONE]"),
)

_CONTROLS = (b"\x0b", b"\x0c", b"\x1c", b"\x1d", b"\x1e")
_SEPARATORS = (*_CONTROLS, b"\xe2\x80\xa8", b"\xe2\x80\xa9", b"\xc2\x85")

Read = tuple[str, str]


@rule(
    level=Level.NOTE,
    family=Family.FRAMING,
    statements=("S04",),
    cite=(
        Cite("https://github.com/florimondmanca/httpx-sse/issues/34", "Incorrect newline parsing"),
        Cite("https://github.com/theopenco/llmgateway/pull/2334", "fix(gateway): single-newline SSE keepalive"),
    ),
    breaks=(
        Breaks("httpx-sse up to 0.4.1", "https://github.com/florimondmanca/httpx-sse/issues/34"),
        Breaks("dify (httpx iter_lines)", "https://github.com/langgenius/dify/pull/39008"),
        Breaks("codex-lb", "https://github.com/Soju06/codex-lb/issues/1010"),
        Breaks("openai-python up to 2.37 (events behind an id)", "https://github.com/theopenco/llmgateway/pull/2334"),
    ),
    needs=(Evidence.FRAMING,),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    if _is_harmless(stream):
        return
    separator = _separator(stream.recording.body)
    if separator is None and stream.facts.plain:
        return
    expected = [(event.type, event.data) for event in stream.events]
    text = _rest(stream).decode("utf-8", "replace")
    yield from _compared("httpx-sse", expected, _httpx_sse(text), None)
    if separator is not None:
        found = _httpx_sse("\n".join(text.splitlines()) + "\n")
        yield from _compared("a reader that splits lines as str.splitlines() does", expected, found, separator)


def _is_harmless(stream: Stream[Any]) -> bool:
    """True where all is ASCII and strict JSON, which has no bare control character: nothing needs to be looked for."""
    facts = stream.facts
    return facts.plain and not facts.comments and stream.recording.body.isascii() and not odd_events(stream)


def _separator(body: bytes) -> int | None:
    """Where the first character stands that ends a line for some readers only."""
    wanted = _CONTROLS if body.isascii() else _SEPARATORS
    # one byte is looked for ten times faster than three: most bodies have none of the last bytes
    found = [body.find(separator) for separator in wanted if separator[-1:] in body]
    return min((at for at in found if at >= 0), default=None)


def _rest(stream: Stream[Any]) -> bytes:
    """The body without what other rules report: BOM; of known APIs also blocks without data, `id` and `retry`."""
    facts = stream.facts
    spans: list[tuple[int, int]] = []
    if known_protocol(stream) is None:
        spans += [(block.start, block.end) for block in facts.dataless]
        spans += [(piece.start, piece.end) for piece in (*facts.ids, *facts.ignored_ids, *facts.retries)]
    body, kept, position = stream.recording.body, [], len(BOM) if facts.bom else 0
    for start, end in sorted(spans):
        kept.append(body[position:start])
        position = max(position, end)
    return b"".join([*kept, body[position:]])


class _Response:
    """As much of an httpx response as `httpx_sse.EventSource` asks for."""

    def __init__(self, text: str) -> None:
        self.headers = {"content-type": "text/event-stream"}
        self._text = text

    def iter_text(self) -> Iterator[str]:
        yield self._text


def _httpx_sse(text: str) -> list[Read]:
    from httpx_sse import EventSource

    response: Any = _Response(text)
    return [(event.event, event.data) for event in EventSource(response).iter_sse()]


def _compared(client: str, expected: list[Read], found: list[Read], offset: int | None) -> Iterator[Fault]:
    if found == expected:
        return
    same = (a == b for a, b in zip(expected, found, strict=False))
    first = next((at for at, equal in enumerate(same) if not equal), min(len(expected), len(found)))
    got = f"{found[first][1][:40]!r}" if first < len(found) else "nothing"
    wanted = f"{expected[first][1][:40]!r}" if first < len(expected) else "nothing"
    yield Fault(
        f"{client} reads {len(found)} events where the standard reads {len(expected)}; "
        f"the first that differs is {got} instead of {wanted}",
        min(first, len(expected) - 1),
        offset=offset,
    )
