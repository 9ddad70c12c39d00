"""What the decoder gives: dispatched events, and everything that a conforming reader passes over, with its place.

Law: values only. The decoder (`core.sse`) fills them; nothing here reads a byte.
"""

from __future__ import annotations

from typing import NamedTuple


class ServerSentEvent:
    """One dispatched event.

    `name` is the event type buffer as sent (empty when there was no `event:` field), `start` and `end` the byte span in
    the body from its block's first line to behind the blank line, `at` the milliseconds at which its last byte arrived
    (None without timing), `data_lines` the number of `data` fields.
    """

    __slots__ = ("_raw", "at", "data_lines", "end", "last_event_id", "name", "start")

    def __init__(self, name: str, raw: bytes, last_event_id: str, start: int, end: int, data_lines: int) -> None:
        self.name = name
        self._raw: bytes | None = raw
        self.last_event_id = last_event_id
        self.start = start
        self.end = end
        self.data_lines = data_lines
        self.at: float | None = None

    @property
    def raw(self) -> bytes:
        """The data buffer as bytes."""
        return self._raw or b""

    @property
    def type(self) -> str:
        """The event type: `message` unless a name was sent."""
        return self.name or "message"

    @property
    def data(self) -> str:
        """The data as text; bytes that are not UTF-8 become U+FFFD, as the standard's decoder does."""
        return self.raw.decode("utf-8", "replace")

    def __repr__(self) -> str:
        return f"ServerSentEvent({self.type!r}, {self.data[:60]!r}, {self.start}:{self.end})"


class Piece(NamedTuple):
    """A part of the body that is no event: a comment's text, an unknown field's line, a retry value."""

    start: int
    end: int
    text: str


class Block(NamedTuple):
    """Fields that ended with a blank line but hold no data, so that nothing is dispatched. `fields` are their names."""

    start: int
    end: int
    fields: tuple[str, ...]


class SSEFacts:
    """What a conforming reader passes over in silence, and how the lines were written."""

    __slots__ = (
        "blank_lines", "bom", "comments", "cr", "crlf", "data_before_event", "dataless", "ids", "ignored_ids", "lf",
        "no_space", "no_space_at", "retries", "unknown", "unterminated",
    )  # fmt: skip

    def __init__(self) -> None:
        self.bom = False
        self.lf = 0
        self.crlf = 0
        self.cr = 0
        self.blank_lines = 0
        """Blank lines that end nothing."""
        self.comments: list[Piece] = []
        self.dataless: list[Block] = []
        self.unknown: list[Piece] = []
        self.ids: list[Piece] = []
        self.ignored_ids: list[Piece] = []
        """`id` fields with U+0000, which the standard ignores."""
        self.retries: list[Piece] = []
        self.no_space = 0
        """`data` fields without a space after the colon, and the place of the first."""
        self.no_space_at: int | None = None
        self.data_before_event = 0
        """Blocks whose `event` field follows their `data`."""
        self.unterminated: ServerSentEvent | None = None
        """What stood behind the last blank line when the stream ended; the standard discards it."""

    @property
    def plain(self) -> bool:
        """True where no reader in use is known to see anything else than the standard does."""
        return not (
            self.bom or self.cr or self.dataless or self.ids or self.retries or self.unknown or self.unterminated
        )
