"""Where secrets stand in a body: providers' keys by pattern, known keys exactly, and both where a stream splits them.

Law: finds, changes nothing. The time is linear in the size whatever the body holds. A secret that comes in pieces
(`"content":"sk-pr"`, then `"content":"oj-4..."`) is found in the joined text of its channel: the string fields of
`_PIECE`, told apart by the indexes on their lines. What prose could match must look drawn by lot.

`find_secrets` takes a whole body, `Scanner` one that still grows; `redact.py` replaces what they find.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from copy import copy
from itertools import accumulate
from typing import NamedTuple
from urllib.parse import quote

_SHORTEST = 8
"""A known key that is shorter (`EMPTY`, `ollama`) is no secret, and would be found in innocent text."""
_LONGEST = 8192
"""No token is longer; what is longer is data."""
_MOST_CHANNELS = 4096
"""Streams have a handful; beyond this, channels are told apart by their field alone."""


_TOKEN = rb"[A-Za-z0-9_-]"
_SEGMENT = rb"[A-Za-z0-9_-]{8,%d}" % _LONGEST
# kind, the literal it begins with, what follows, and whether that must look drawn by lot (else prose would match)
_PATTERNS: tuple[tuple[str, bytes, bytes, bool], ...] = (
    ("anthropic", b"sk-ant-", _TOKEN + rb"{16,}", True),
    ("openrouter", b"sk-or-v1-", _TOKEN + rb"{16,}", True),
    ("openai", b"sk-", rb"(?!ant-|or-v1-)" + _TOKEN + rb"{16,}", True),
    ("groq", b"gsk_", rb"[A-Za-z0-9]{20,}", False),
    ("xai", b"xai-", rb"[A-Za-z0-9]{20,}", False),
    ("google", b"AIza", _TOKEN + rb"{30,}", False),
    ("google-oauth", b"ya29.", _TOKEN + rb"{16,}(?:\." + _TOKEN + rb"{8,})?", False),
    ("google", b"AQ.", _TOKEN + rb"{30,}", True),
    ("huggingface", b"hf_", rb"[A-Za-z0-9]{24,}", False),
    ("replicate", b"r8_", rb"[A-Za-z0-9]{24,}", False),
    ("perplexity", b"pplx-", rb"[A-Za-z0-9]{24,}", False),
    ("nvidia", b"nvapi-", _TOKEN + rb"{24,}", False),
    ("cerebras", b"csk-", rb"[A-Za-z0-9]{24,}", False),
    ("together", b"tgp_v1_", _TOKEN + rb"{24,}", False),
    ("fireworks", b"fw_", rb"[A-Za-z0-9]{20,}", True),
    ("vercel", b"vck_", rb"[A-Za-z0-9]{20,}", True),
    ("databricks", b"dapi", rb"[0-9a-f]{32}(?:-[0-9])?", False),
    ("lr-live", b"lr_live_", _TOKEN + rb"{12,}", False),
    ("ar", b"ar-", rb"[A-Za-z0-9]{24,}", True),
    ("aws", b"AKIA", rb"[A-Z0-9]{16}(?![A-Za-z0-9])", True),
    ("aws", b"ASIA", rb"[A-Z0-9]{16}(?![A-Za-z0-9])", True),
    ("github", b"ghp_", rb"[A-Za-z0-9]{30,}", False),
    ("github", b"gho_", rb"[A-Za-z0-9]{30,}", False),
    ("github", b"ghu_", rb"[A-Za-z0-9]{30,}", False),
    ("github", b"ghs_", rb"[A-Za-z0-9]{30,}", False),
    ("github", b"ghr_", rb"[A-Za-z0-9]{30,}", False),
    ("github", b"github_pat_", rb"[A-Za-z0-9_]{30,}", False),
    ("gitlab", b"glpat-", _TOKEN + rb"{20,}", True),
    ("slack", b"xox", rb"[abeprs]-[A-Za-z0-9-]{16,}", True),
    ("jwt", b"eyJ", _SEGMENT + rb"\." + _SEGMENT + rb"\." + _SEGMENT, False),
    ("bearer", b"Bearer ", rb" {0,3}[A-Za-z0-9_.~+/-]{15,}[A-Za-z0-9_~+/-]=*", True),
    ("bearer", b"bearer ", rb" {0,3}[A-Za-z0-9_.~+/-]{15,}[A-Za-z0-9_~+/-]=*", True),
)
# A secret begins behind a character that is no part of a token, or behind a JSON escape (`\nsk-...`).
_EDGE = rb"(?:(?<![A-Za-z0-9_-])|(?<=\\[bfnrt])|(?<=\\u[0-9A-Fa-f]{4}))"
_COMPILED = tuple(
    (kind, prefix, re.compile(_EDGE + re.escape(prefix) + rest.replace(b",}", b",%d}" % _LONGEST)), drawn)
    for kind, prefix, rest, drawn in _PATTERNS
)
_BEGINNING = re.compile(_EDGE + rb"(?:" + rb"|".join(re.escape(prefix) for _, prefix, _, _ in _PATTERNS) + rb")")
_RUN = re.compile(rb"[A-Za-z0-9]{8,}")
_RISE = re.compile(rb"[a-z][A-Z]")
_TOKEN_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.~+/="
_CONTEXT = 16
"""Bytes before a token that decide whether it is one: `Bearer `, a JSON escape."""

_PIECE = re.compile(
    rb'"(?:(?:index|output_index|content_index|summary_index)"\s*+:\s*+(\d+)|'
    rb"(content|text|delta|arguments|partial_json|thinking|reasoning|reasoning_content|reasoning_text|refusal|"
    rb'input|output|code|transcript|completion|data)"\s*+:\s*+"([^"\\\r\n]*+(?:\\.[^"\\\r\n]*+)*+)")'
)


class Span(NamedTuple):
    """Where a secret stands in a body, and what it seems to be."""

    start: int
    end: int
    kind: str


class _Piece(NamedTuple):
    """A string of a channel: its place in the body, and what stands there."""

    at: int
    text: bytes


class Scanner:
    """Finds secrets in a body that comes in regions of whole lines; remembers how each channel ends."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self._known = _spellings(known)
        self._reach = max(map(len, self._known), default=0)
        self._channels: dict[bytes, list[_Piece]] = {}

    def lines(self, region: bytes, base: int) -> list[Span]:
        """The secrets that `region`, which stands at `base`, holds or completes."""
        spans = [Span(base + start, base + end, kind) for start, end, kind in self._whole(region)]
        for channel, pieces in self._collect(region, base).items():
            before = self._channels.get(channel, [])
            joined = before + pieces
            text = b"".join(piece.text for piece in joined)
            if len(joined) > 1:
                told = sum(len(piece.text) for piece in before)  # what ends there was found when it came
                spans += _places(joined, (span for span in self._whole(text) if span.end > told))
            self._channels[channel] = self._ending(joined, text)
        return spans

    def unsettled(self, rest: bytes, base: int) -> list[Span]:
        """The secrets of `rest`, a line under way that will come again, and what could be the beginning of one: a
        prefix and more at the end of `rest` or of a channel."""
        ahead = copy(self)
        ahead._channels = dict(self._channels)
        spans = ahead.lines(rest, base)
        spans += [Span(base + start, base + end, kind) for start, end, kind in self._begun(rest)]
        for pieces in ahead._channels.values():
            spans += _places(pieces, self._begun(b"".join(piece.text for piece in pieces)))
        return spans

    def _whole(self, text: bytes) -> Iterator[Span]:
        """The secrets that stand in `text` in one piece."""
        for secret in self._known:
            at = text.find(secret)
            while at >= 0:
                yield Span(at, at + len(secret), "known")
                at = text.find(secret, at + len(secret))
        for kind, prefix, pattern, drawn in _COMPILED:
            at = text.find(prefix)
            while at >= 0:
                found = pattern.match(text, at)
                if found and (not drawn or _is_drawn(text[at + len(prefix) : found.end()])):
                    yield Span(at, found.end(), kind)
                at = text.find(prefix, found.end() if found else at + 1)

    def _collect(self, region: bytes, base: int) -> dict[bytes, list[_Piece]]:
        """The pieces of each channel: a field's strings, apart by the indexes that stand on their lines."""
        fresh: dict[bytes, list[_Piece]] = {}
        newline = b"\n" if b"\n" in region else b"\r"
        line_end, indexes = 0, b""
        held: list[tuple[bytes, _Piece]] = []
        for match in _PIECE.finditer(region):
            if match.start() >= line_end:
                self._file(held, indexes, fresh)
                indexes, held = b"", []
                line_end = region.find(newline, match.end())
                line_end = len(region) if line_end < 0 else line_end
            index, field, text = match.groups()
            if index:
                indexes += b":" + index
            elif text:
                held.append((field, _Piece(base + match.start(3), text)))
        self._file(held, indexes, fresh)
        return fresh

    def _file(self, held: list[tuple[bytes, _Piece]], indexes: bytes, into: dict[bytes, list[_Piece]]) -> None:
        """Files the pieces of one line under their channels."""
        for field, piece in held:
            channel = field + indexes
            if channel not in into and len(into) + len(self._channels) > _MOST_CHANNELS:
                channel = field
            into.setdefault(channel, []).append(piece)

    def _ending(self, pieces: list[_Piece], text: bytes) -> list[_Piece]:
        """The last pieces, as far as they can belong to a secret that is not whole yet."""
        run = len(text) - len(text.rstrip(_TOKEN_BYTES))
        wanted = min(max(run, self._reach), _LONGEST) + _CONTEXT
        first = len(pieces)
        while first and wanted > 0:
            first -= 1
            wanted -= len(pieces[first].text)
        return pieces[first:]

    def _begun(self, text: bytes) -> list[Span]:
        tail = text[-_LONGEST:]
        run = len(text) - len(tail) + len(tail.rstrip(_TOKEN_BYTES))  # where the token begins that the text ends with
        begun = _BEGINNING.finditer(text, max(0, run - _CONTEXT))
        starts = [found.start() for found in begun if run <= found.end() < len(text)]
        starts += [at for secret in self._known if (at := _overlap(text, secret)) is not None]
        return [Span(min(starts), len(text), "beginning")] if starts else []


def find_secrets(body: bytes, known: Iterable[str] = ()) -> list[Span]:
    """The secrets in a body, in order and without overlaps. `known` are exact keys of 8 characters or more."""
    if len(body) < _SHORTEST:
        return []
    merged: list[Span] = []
    for span in sorted(Scanner(known).lines(body, 0)):
        if merged and span.start < merged[-1].end:
            last = merged[-1]
            merged[-1] = Span(last.start, max(last.end, span.end), last.kind)
        else:
            merged.append(span)
    return merged


def _spellings(known: Iterable[str]) -> list[bytes]:
    """The ways a key may be spelled in a body: as it is, as JSON with escaped slashes, as part of a URL."""
    spelled: dict[bytes, None] = {}
    for secret in known:
        if len(secret) >= _SHORTEST:
            for form in (secret, secret.replace("/", "\\/"), quote(secret, safe="")):
                spelled[form.encode("utf-8", "replace")] = None
    return list(spelled)


def _is_drawn(token: bytes) -> bool:
    """True where a token looks drawn by lot: letters and digits in one run, or capitals where no word has them."""
    return any(
        not (run.isalpha() or run.isdigit()) or len(_RISE.findall(run)) > max(2, len(run) // 6)
        for run in _RUN.findall(token)
    )


def _places(pieces: list[_Piece], spans: Iterable[Span]) -> list[Span]:
    """Spans in the joined text as spans in the body: one for each piece that they touch."""
    ends: list[int] = []
    out = []
    for start, end, kind in spans:
        ends = ends or list(accumulate(len(piece.text) for piece in pieces))
        number = bisect_right(ends, start)
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
