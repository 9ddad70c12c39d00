"""A recording: one request and all that came back, byte by byte, with the time of every read.

Law: plain values. What a recording does not hold is named in `missing`; nobody guesses it later.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from math import isfinite
from operator import eq
from typing import NamedTuple, overload

import orjson

_PACKED = re.compile(r"\s*(?:[^\s:]++:[^\s:]++(?:\s+|\Z))*+")  # pairs: which number is a time must be sure
_URI = re.compile(r"(?:[^:/?#]*://)?(?:[^/?#]*@)?(?P<host>\[[^\]/?#]*\]|[^:/?#]*)[^/?#]*(?P<path>[^?#]*)")


class Evidence(StrEnum):
    """What a recording may hold beside its body. The values are those of `response.recording.missing` in a cassette."""

    TIMING = "timing"
    READS = "reads"
    HEADERS = "headers"
    FRAMING = "framing"
    REQUEST = "request"


class EndKind(StrEnum):
    """How the body ended. The values are those of `response.recording.end.kind` in a cassette."""

    EOF = "eof"
    TRUNCATED = "truncated"
    RESET = "reset"
    CANCELLED = "cancelled"
    TIMEOUT = "timeout"


class Read(NamedTuple):
    """One piece of body as one network read delivered it."""

    at: float
    """Milliseconds since the request was sent."""
    size: int
    """Bytes."""


class Reads(Sequence[Read]):
    """Many reads in little room: each is made when it is asked for. Equal to any sequence of the same reads."""

    __slots__ = ("_sizes", "_times")

    def __init__(self, times: array[float], sizes: array[int]) -> None:
        self._times = times
        self._sizes = sizes

    def __len__(self) -> int:
        return len(self._sizes)

    def __iter__(self) -> Iterator[Read]:
        return map(Read, self._times, self._sizes)

    @overload
    def __getitem__(self, index: int) -> Read: ...
    @overload
    def __getitem__(self, index: slice) -> Reads: ...
    def __getitem__(self, index: int | slice) -> Read | Reads:
        if isinstance(index, slice):
            return Reads(self._times[index], self._sizes[index])
        return Read(self._times[index], self._sizes[index])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"Reads({pack_reads(self)!r})"


@dataclass(frozen=True, slots=True)
class End:
    """How the body ended, when, and who ended it."""

    kind: EndKind = EndKind.EOF
    at: float | None = None
    """Milliseconds since the request was sent."""
    by: str | None = None
    """`recorder` when the recorder itself was stopped: then the server is not to blame for what is missing."""
    detail: str | None = None
    observed: Mapping[str, object] = field(default_factory=dict)
    """What an observer saw of a cancellation, and who observed it."""

    @property
    def by_us(self) -> bool:
        """True where the client or the recorder ended the stream: what is missing says nothing of the server."""
        return self.by == "recorder" or self.kind in (EndKind.CANCELLED, EndKind.TIMEOUT)


class Headers:
    """HTTP header fields in their order; names are compared without case (RFC 9110, 5.1)."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[tuple[str, str]] = ()) -> None:
        self._items = tuple((str(name), str(value)) for name, value in items)

    @classmethod
    def of_bytes(cls, items: Iterable[tuple[bytes, bytes]]) -> Headers:
        """Fields as they came: UTF-8, or Latin-1 where they are none (RFC 9110, 5.5)."""
        return cls((_field_text(name), _field_text(value)) for name, value in items)

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of `name`, or `default`."""
        wanted = name.lower()
        return next((value for key, value in self._items if key.lower() == wanted), default)

    def get_all(self, name: str) -> list[str]:
        """All values of `name`, in their order."""
        wanted = name.lower()
        return [value for key, value in self._items if key.lower() == wanted]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __contains__(self, name: str) -> bool:
        return self.get(name) is not None

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Headers({list(self._items)!r})"


def _field_text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


@dataclass(frozen=True)
class Request:
    """What was asked."""

    method: str = "POST"
    uri: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""

    @cached_property
    def json(self) -> dict[str, object]:
        """The body as a JSON object; empty where it is none."""
        try:
            value = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return value if isinstance(value, dict) else {}

    @cached_property
    def host(self) -> str:
        """The host of the URI in lower case, without user and port; an IPv6 address keeps its brackets."""
        return _URI.match(self.uri)["host"].lower()  # type: ignore[index]  # it matches any text

    @cached_property
    def path(self) -> str:
        """The path of the URI, without query; `/` where there is none."""
        return _URI.match(self.uri)["path"] or "/"  # type: ignore[index]


@dataclass(frozen=True)
class Recording:
    """One request and all that came back.

    `body` holds the bytes after transfer and content coding; `reads` add up to it (empty when READS is missing; their
    times are zero when TIMING is missing). `metadata` is the cassette's.
    """

    request: Request = field(default_factory=Request)
    status: int = 200
    reason: str = "OK"
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    reads: Sequence[Read] = ()
    end: End = field(default_factory=End)
    http_version: str | None = None
    headers_at: float | None = None
    """Milliseconds from the request to the response's head."""
    content_encoding: str | None = None
    """The content coding that the recorder undid (`gzip`), or None."""
    missing: frozenset[Evidence] = frozenset()
    metadata: Mapping[str, object] = field(default_factory=dict)
    source: str = ""
    """Where it was loaded from: a path, `-`, or empty."""
    interaction: int = 0
    """Its index in the cassette."""
    writes: Sequence[Read] = ()
    """When a recording proxy handed the body on to its client, in the form of `reads`; empty where there was none. What
    was read behind the last write never reached the client."""

    def has(self, evidence: Evidence) -> bool:
        """True where the recording holds this evidence."""
        return evidence not in self.missing

    @property
    def media_type(self) -> str:
        """The essence of Content-Type in lower case, without parameters; empty where there is none."""
        return (self.headers.get("content-type") or "").partition(";")[0].strip().lower()


def pack_reads(reads: Iterable[Read]) -> str:
    """Reads as the cassette's one string: `"81.250311:214 104.47712:14"` (milliseconds : bytes)."""
    return " ".join(f"{round(at, 6):.12g}:{size}" for at, size in reads)


def unpack_reads(packed: str) -> Sequence[Read]:
    """The reads of a packed string. Raises ValueError with the offending piece."""
    numbers = packed.replace(":", " ").split() if _PACKED.fullmatch(packed) else ()
    try:
        times, sizes = array("d", map(float, numbers[::2])), array("q", map(int, numbers[1::2]))
        if numbers and _are_reads(times, sizes):
            return Reads(times, sizes)
    except (ValueError, OverflowError):
        pass  # the pieces, one by one, say which it was
    return tuple(_read(piece) for piece in packed.split())


def _are_reads(times: array[float], sizes: array[int]) -> bool:
    return min(sizes) >= 0 and min(times) >= 0 and all(map(isfinite, times))


def _read(piece: str) -> Read:
    at, colon, size = piece.partition(":")
    try:
        read = Read(float(at), int(size))
    except ValueError:
        colon = ""
    if not colon or read.size < 0 or not 0 <= read.at < float("inf"):
        raise ValueError(f"not MILLISECONDS:BYTES: {piece[:40]!r}")
    return read
