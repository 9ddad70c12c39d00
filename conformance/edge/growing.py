"""A body that still grows, on its way into a file: without secrets, and as text that is not made twice.

Law: what `text` returns holds every byte that came (but for half a character), and no secret: whole ones are blanked
for good; what may become one (`sk-ant-` and three more) is blanked for now, and stands there again when it turned out
to be none. In the end the body is what `redact_body` makes of the whole.
"""

from __future__ import annotations

from collections.abc import Iterable

from .redact import FILLER, blank
from .scalar import Scalar
from .secrets import Scanner, Span


class GrowingBody:
    """Takes bytes as they come; gives the text of the scalar that holds them."""

    def __init__(self, form: str, known: Iterable[str] = ()) -> None:
        """`form`: `yaml` or `json`. `known`: exact keys."""
        self._form = form
        self._scanner = Scanner(known)
        self._scalar = Scalar(form)
        self._held = bytearray()  # scanned lines behind those of the scalar, kept for what may become a secret
        self._rest = bytearray()  # not scanned for good: the line under way

    def add(self, data: bytes) -> None:
        """Adds what has come."""
        self._rest += data

    def text(self, final: bool = False) -> tuple[list[bytes], int]:
        """The text of the scalar, in pieces, and the bytes of body in it. `final`: nothing more will come."""
        cut = len(self._rest) if final else self._rest.rfind(b"\n") + 1
        self._settle(cut)
        if final:
            self._absorb(len(self._held))
            return self._scalar.parts(), len(self._scalar.body)
        base = len(self._scalar.body) + len(self._held)
        rest = bytes(self._rest)
        spans = self._scanner.unsettled(rest, base)
        start = len(self._scalar.body)
        first = min((span.start - start for span in spans), default=len(self._held))
        self._absorb(self._held.rfind(b"\n", 0, max(first, 0)) + 1)
        start = len(self._scalar.body)
        shifted = [Span(max(low - start, 0), high - start, kind) for low, high, kind in spans if high > start]
        tail = _whole_characters(blank(bytes(self._held) + rest, shifted))
        return self._scalar.parts(tail), start + len(tail)

    def _settle(self, size: int) -> None:
        """Scans whole lines, and blanks what they hold or complete."""
        if not size:
            return
        lines = bytes(self._rest[:size])
        del self._rest[:size]
        start = len(self._scalar.body)
        spans = self._scanner.lines(lines, start + len(self._held))
        self._held += lines
        for low, high, _ in spans:
            if high > start:
                low = max(low, start)
                self._held[low - start : high - start] = FILLER * (high - low)
        early = [Span(low, min(high, start), kind) for low, high, kind in spans if low < start]
        if early:
            body = blank(bytes(self._scalar.body), early)
            self._scalar = Scalar(self._form)
            self._scalar.add(body)

    def _absorb(self, size: int) -> None:
        """Hands lines on to the scalar."""
        if size:
            self._scalar.add(bytes(self._held[:size]))
            del self._held[:size]


def _whole_characters(tail: bytes) -> bytes:
    """The bytes without the beginning of a character whose rest is still to come."""
    try:
        tail.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            return tail[: error.start]
    return tail
