"""Example: a small stream beside a rule's check, good or bad, as text one can read.

Law: plain values; `recording()` makes the Recording that the rule is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import orjson

from .compare import TWIN
from .recording import End, Evidence, Headers, Read, Recording, Request
from .sandwich import SANDWICH, Sandwich, Upstream

_BLOCK_END = re.compile(rb"(?<=\n\n)|(?<=\r\n\r\n)")


@dataclass(frozen=True)
class Example:
    """One exchange. `body` is the wire text (bytes where it is not UTF-8); `also` names the rules that a BAD example
    cannot help breaking beside its own. `reads` are (milliseconds, bytes) pairs; without them timing and reads are
    missing, as in a cassette that vcrpy wrote."""

    body: str | bytes
    request: Mapping[str, object] = field(default_factory=lambda: {"stream": True})
    path: str = "/"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("content-type", "text/event-stream"),)
    reads: tuple[tuple[float, int], ...] = ()
    end: End = field(default_factory=End)
    http_version: str | None = "HTTP/1.1"
    headers_at: float | None = None
    content_encoding: str | None = None
    missing: frozenset[Evidence] = frozenset()
    also: tuple[str, ...] = ()
    twin: str | None = None
    """The body of the answer to the same request without `stream`: one JSON document."""
    upstream: tuple[Example, ...] | None = None
    """What a gateway asked of its upstream for this exchange, and got, in order; None: it is not a gateway's."""
    arrived: tuple[float, ...] = ()
    """Milliseconds from the client's request to the arrival of each; by default 2 and half a second more each."""
    asked: Mapping[str, object] = field(default_factory=dict)
    """What the case did: `Sandwich.asked`."""

    @property
    def raw(self) -> bytes:
        """The body as bytes."""
        return self.body if isinstance(self.body, bytes) else self.body.encode("utf-8")

    def swap(self, old: str, new: str, count: int = -1) -> Example:
        """This example with `old` replaced in the body. Raises ValueError where the body does not hold `old`."""
        raw = self.raw.decode("utf-8")
        if old not in raw:
            raise ValueError(f"the example does not hold {old!r}")
        return replace(self, body=raw.replace(old, new, count))

    def but(self, **changes: object) -> Example:
        """This example with other fields (`status`, `request`, `also`, ...)."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def asking(self, **fields: object) -> Example:
        """This example with these fields added to the request's body."""
        return replace(self, request={**self.request, **fields})

    def paced(self, gap: float = 10.0, first: float = 50.0, tail: float = 1.0) -> Example:
        """This example with one read per block, `gap` milliseconds apart, ended `tail` milliseconds after the last."""
        pieces = [piece for piece in _BLOCK_END.split(self.raw) if piece]
        reads = tuple((first + gap * number, len(piece)) for number, piece in enumerate(pieces))
        return replace(self, reads=reads, end=replace(self.end, at=reads[-1][0] + tail if reads else tail))

    def recording(self) -> Recording:
        """The recording that a rule is shown."""
        missing = self.missing | (frozenset() if self.reads else {Evidence.TIMING, Evidence.READS})
        return Recording(
            request=Request(
                uri=f"https://example.com{self.path}",
                headers=Headers([("content-type", "application/json")]),
                body=orjson.dumps(dict(self.request)),
            ),
            status=self.status,
            headers=Headers(self.headers),
            body=self.raw,
            reads=tuple(Read(at, size) for at, size in self.reads),
            end=self.end,
            http_version=self.http_version,
            headers_at=self.headers_at,
            content_encoding=self.content_encoding,
            missing=missing,
            metadata=dict(self._beside()),
        )

    def _beside(self) -> Iterator[tuple[str, object]]:
        """What is compared with this exchange."""
        if self.twin is not None:
            yield TWIN, self._twin()
        if self.upstream is not None:
            arrived = [*self.arrived, *(2.0 + 500.0 * n for n in range(len(self.arrived), len(self.upstream)))]
            found = (Upstream(one.recording(), at) for one, at in zip(self.upstream, arrived, strict=True))
            yield SANDWICH, Sandwich("example", tuple(found), self.asked)

    def _twin(self) -> Recording:
        return Recording(headers=Headers([("content-type", "application/json")]), body=str(self.twin).encode())
