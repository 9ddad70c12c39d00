"""What an aborting client has read: bytes, their reads, and the events in them.

Law: in memory, since a client that leaves has not read much; a content coding is undone as it comes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from ..core.recording import Read
from ..core.sse import SSEDecoder
from ..core.stream import StreamEvent
from .coding import Decoder, arriving


@dataclass
class Tape:
    """Bytes as they came, their reads, and the events in them."""

    body: bytearray = field(default_factory=bytearray)
    reads: list[Read] = field(default_factory=list)
    events: list[StreamEvent] = field(default_factory=list)
    _decoder: Decoder | None = None
    _sse: SSEDecoder = field(default_factory=lambda: SSEDecoder(StreamEvent))

    def add(self, data: bytes, at: float, coding: str) -> None:
        """Bytes of body that one read brought. Raises CodingError."""
        if self._decoder is None:
            _, self._decoder = arriving(coding)
        data = self._decoder.feed(data)
        if not data:
            return
        self.body += data
        self.reads.append(Read(at, len(data)))
        found = cast("list[StreamEvent]", self._sse.feed(data))
        for event in found:
            event.at = at
        self.events += found
