"""Where secrets stand in a body: in one piece (`secrets_whole`), and where a stream splits them.

Law: finds, changes nothing. The time is linear in the size whatever the body holds. A secret that comes in pieces
(`"content":"sk-pr"`, then `"content":"oj-4..."`) is found in the joined text of its channel: the string fields of
`PIECE`, told apart by the indexes on their lines.

`find_secrets` and `secrets_in` take a whole body, `Scanner` one that still grows; `redact.py` replaces what they find.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from copy import copy
from itertools import accumulate
from typing import NamedTuple

from .secrets_quick import PIECE, may_hold
from .secrets_table import EDGE, LONGEST, PREFIXES
from .secrets_whole import TOKEN_BYTES, Span, spellings, whole

__all__ = ["Group", "Scanner", "Span", "find_secrets", "secrets_in"]

_MOST_CHANNELS = 4096
"""Streams have a handful; beyond this, channels are told apart by their field alone."""
_SMALL = 2048
"""Bytes up to which a body is searched at once."""
_TELLING = re.compile(rb'[A-Za-z0-9_.~+/=%-]{16}|[@"]')
"""Without this no secret but a known one stands in a text: no long token, no password, no pieces."""
_CONTEXT = 40
"""Bytes before a token that decide whether it is one: `Bearer `, a JSON escape, the name that it is given to."""
_BEGINNING = re.compile(EDGE + rb"(?:" + rb"|".join(map(re.escape, PREFIXES)) + rb")")
Group = list[Span]
"""One secret: its one place, or one for each piece in which a stream brings it."""


class _Piece(NamedTuple):
    """A string of a channel: its place in the body, and what stands there."""

    at: int
    text: bytes


class Scanner:
    """Finds secrets in a body that comes in regions of whole lines; remembers how each channel ends."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = spellings(known)
        self._reach = max(map(len, self._known), default=0)
        self._channels: dict[bytes, list[_Piece]] = {}

    def lines(self, region: bytes, base: int) -> list[Span]:
        """The places of the secrets that `region`, which stands at `base`, holds or completes."""
        return [span for group in self.groups(region, base) for span in group]

    def groups(self, region: bytes, base: int) -> list[Group]:
        """The secrets that `region`, which stands at `base`, holds or completes."""
        found = [[Span(base + start, base + end, kind)] for start, end, kind in whole(region, self._known)]
        for channel, pieces in _collect(region, base, len(self._channels)).items():
            before = self._channels.get(channel, [])
            joined = before + pieces
            text = b"".join(piece.text for piece in joined)
            if len(joined) > 1:
                told = sum(len(piece.text) for piece in before)  # what ends there was found when it came
                found += [_places(joined, span) for span in whole(text, self._known) if span.end > told]
            self._channels[channel] = self._ending(joined, text)
        return found

    def unsettled(self, rest: bytes, base: int) -> list[Span]:
        """The secrets of `rest`, a line under way that will come again, and what could be the beginning of one: a
        prefix and more at the end of `rest` or of a channel."""
        ahead = copy(self)
        ahead._channels = dict(self._channels)
        spans = ahead.lines(rest, base)
        spans += [Span(base + start, base + end, kind) for start, end, kind in self._begun(rest)]
        for pieces in ahead._channels.values():
            for span in self._begun(b"".join(piece.text for piece in pieces)):
                spans += _places(pieces, span)
        return spans

    def _ending(self, pieces: list[_Piece], text: bytes) -> list[_Piece]:
        """The last pieces, as far as they can belong to a secret that is not whole yet."""
        run = len(text) - len(text.rstrip(TOKEN_BYTES))
        wanted = min(max(run, self._reach), LONGEST) + _CONTEXT
        first = len(pieces)
        while first and wanted > 0:
            first -= 1
            wanted -= len(pieces[first].text)
        return pieces[first:]

    def _begun(self, text: bytes) -> list[Span]:
        tail = text[-LONGEST:]
        run = len(text) - len(tail) + len(tail.rstrip(TOKEN_BYTES))  # where the token begins that the text ends with
        begun = _BEGINNING.finditer(text, max(0, run - _CONTEXT))
        starts = [found.start() for found in begun if run <= found.end() < len(text)]
        starts += [at for secret in self._known if (at := _overlap(text, secret)) is not None]
        return [Span(min(starts), len(text), "beginning")] if starts else []


def find_secrets(body: bytes, known: Iterable[str] = ()) -> list[Span]:
    """The secrets in a body, in order and without overlaps. `known` are exact keys of 8 characters or more."""
    merged: list[Span] = []
    for span in sorted(span for group in _groups(body, known) for span in group):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            merged.append(span)
    return merged


def secrets_in(body: bytes, known: Iterable[str] = ()) -> list[Group]:
    """The secrets in a body, each once, in the order in which they begin."""
    told: list[Group] = []
    for group in sorted(_groups(body, known), key=lambda group: sum(span.start - span.end for span in group)):
        if not any(_within(group, other) for other in told):
            told.append(group)
    return sorted(told)


def _within(group: Group, other: Group) -> bool:
    """True where the secret stands inside the other."""
    return all(any(outer.start <= span.start and span.end <= outer.end for outer in other) for span in group)


def _groups(body: bytes, known: Iterable[str]) -> list[Group]:
    secrets = tuple(known)
    keys = spellings(secrets)
    if not (keys or _TELLING.search(body)) or (len(body) > _SMALL and not may_hold(body, keys)):
        return []
    if b'"' not in body:  # no piece of anything: a header, a URI
        return [[span] for span in whole(body, keys)]
    return Scanner(secrets).groups(body, 0)


def _collect(region: bytes, base: int, channels: int) -> dict[bytes, list[_Piece]]:
    """The pieces of each channel: a field's strings, apart by the indexes that stand on their lines."""
    fresh: dict[bytes, list[_Piece]] = {}
    newline = b"\n" if b"\n" in region else b"\r"
    line_end, indexes = 0, b""
    held: list[tuple[bytes, _Piece]] = []
    for match in PIECE.finditer(region):
        if match.start() >= line_end:
            _file(held, indexes, fresh, channels)
            indexes, held = b"", []
            line_end = region.find(newline, match.end())
            line_end = len(region) if line_end < 0 else line_end
        index, field, text = match.groups()
        if index:
            indexes += b":" + index
        elif text:
            held.append((field, _Piece(base + match.start(3), text)))
    _file(held, indexes, fresh, channels)
    return fresh


def _file(held: list[tuple[bytes, _Piece]], indexes: bytes, into: dict[bytes, list[_Piece]], channels: int) -> None:
    """Files the pieces of one line under their channels; `channels` is the number of those that are known already."""
    for field, piece in held:
        channel = field + indexes
        if channel not in into and len(into) + channels > _MOST_CHANNELS:
            channel = field
        into.setdefault(channel, []).append(piece)


def _places(pieces: list[_Piece], span: Span) -> Group:
    """A span in the joined text as spans in the body: one for each piece that it touches."""
    start, end, kind = span
    ends = list(accumulate(len(piece.text) for piece in pieces))
    number = bisect_right(ends, start)
    out = []
    while number < len(pieces) and start < end:
        offset = ends[number] - len(pieces[number].text)
        stop = min(end, ends[number])
        out.append(Span(pieces[number].at + start - offset, pieces[number].at + stop - offset, kind))
        start, number = stop, number + 1
    return out


def _overlap(text: bytes, secret: bytes) -> int | None:
    """Where `text` ends with a beginning of `secret` of 4 bytes or more, or None."""
    for size in range(min(len(secret) - 1, len(text)), 3, -1):
        if text.endswith(secret[:size]):
            return len(text) - size
    return None
