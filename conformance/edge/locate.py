"""Where the bytes of a recorded body stand in the file that holds it: line and column, as an editor counts them.

Law: text work over the file's bytes; what cannot be known to the character is a line with a remark, never a guess. A
body is found by its value: the scalar of the file that says these bytes. So it does not matter which tool wrote it.

Lines end with LF or CR LF; columns count characters from 1 (SARIF's `unicodeCodePoints`), without a byte order mark.
"""

from __future__ import annotations

import base64
import binascii
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from ..core.finding import Finding, Spot
from ..core.recording import Recording
from .coding import CodingError, undo
from .rawsse import HEAD, is_stream
from .scalar_map import ScalarMap, Span, json_spans, scalar_map, straight, yaml_spans
from .yamltext import Path, Place, YamlError, parse

MAX_TEXT = 600
"""Characters that one spot covers: a line of a stream may have a million."""
_BOM = "\ufeff"
_BLANK = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_LINE = re.compile(rb"\r\n|\n|\r")
_LEAD = {0b110: 2, 0b1110: 3, 0b11110: 4}
"""First bits of a character of several bytes -> how many they are (RFC 3629, 3)."""
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
_CODED = "The file holds the body in base64: this is the line where it begins."
_FOLDED = "The file folds the body's lines: this is the line where it begins."
_UNKNOWN = "The file does not hold the body as it was judged: this is where its entry begins, or the file."
_LISTS = ("interactions", "http_interactions")


class _Home(NamedTuple):
    """Where a body begins in the text, and the way to each of its characters; with a remark where there is none."""

    start: int
    map: ScalarMap | None
    remark: str = ""


class Locator:
    """Finds places in one file."""

    def __init__(self, raw: bytes, recordings: Sequence[Recording]) -> None:
        """`raw`: the file's bytes. `recordings`: all that were read from it, in their order."""
        self._text = _decoded(raw)
        self._lines = [0, *(found.end() for found in re.finditer("\n", self._text))]
        self._bodies = [recording.body for recording in recordings]
        self._homes = list(_homes(self._text, raw, recordings))

    def place(self, interaction: int, offset: int) -> Place | None:
        """The place of the character that holds a byte of a body; None where only the body's beginning is known."""
        home = self._homes[interaction]
        if home.map is None:
            return None
        return self._place(home.map.index(_character(self._bodies[interaction], offset)))

    def spot(self, interaction: int, finding: Finding) -> Spot:
        """The spot of a finding: its event, or the line of the body that it points at; else where the body begins."""
        home, body = self._homes[interaction], self._bodies[interaction]
        known = finding.offset is not None and finding.offset <= len(body)
        end = _end(body, finding.offset or 0, finding.event is not None)
        if known and home.map is not None:
            start = home.map.index(_character(body, finding.offset or 0))
            return self._spot(start, home.map.index(_character(body, end)))
        payload = _payload(body[finding.offset or 0 : end]) if known else ""
        if payload and self._text.count(payload) == 1:  # a file of payloads, one by the line
            start = self._text.index(payload)
            return self._spot(start, start + len(payload))
        return Spot(self._place(home.start).line, remark=home.remark)

    def _spot(self, start: int, end: int) -> Spot:
        end = max(start, min(end, start + MAX_TEXT))
        first, last = self._place(start), self._place(end)
        return Spot(first.line, first.column, last.line, last.column, self._text[start:end])

    def _place(self, index: int) -> Place:
        line = bisect_right(self._lines, index)
        return Place(line, index - self._lines[line - 1] + 1)


def _end(body: bytes, start: int, whole_event: bool) -> int:
    """The byte behind the event, or behind the line, that begins at a byte."""
    found = (_BLANK if whole_event else _LINE).search(body, start)
    return found.start() if found else len(body)


def _payload(event: bytes) -> str:
    """The data of an event that stands in one `data:` line, or nothing."""
    _, _, data = event.rpartition(b"data: ")
    return data.decode("utf-8", "replace") if event.count(b"data: ") == 1 else ""


def _character(body: bytes, offset: int) -> int:
    """The number of the character that holds a byte; a byte that is no UTF-8 counts as one."""
    start = next((at for at in range(max(0, offset - 3), offset) if _reaches(body, at, offset)), offset)
    return len(body[:start].decode("utf-8", "surrogateescape"))


def _reaches(body: bytes, at: int, offset: int) -> bool:
    """True where a character that begins at `at` holds the byte at `offset`."""
    size = next((size for lead, size in _LEAD.items() if body[at] >> (7 - size) == lead), 1)
    if at + size <= offset:
        return False
    try:
        body[at : at + size].decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decoded(raw: bytes) -> str:
    """The file as text; a byte that is no UTF-8 stands for itself."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8", "surrogateescape").removeprefix(_BOM)


# Finding the bodies


def _homes(text: str, raw: bytes, recordings: Sequence[Recording]) -> Iterator[_Home]:
    """The home of each body, in order."""
    if len(recordings) == 1 and _is_raw(raw, recordings[0].body):
        start = len(text) - len(recordings[0].body.decode("utf-8", "surrogateescape"))  # -1 before a byte order mark
        yield _Home(max(start, 0), straight(start))
        return
    scalars = _Scalars(text)
    for recording in recordings:
        yield scalars.home(recording)


def _is_raw(raw: bytes, body: bytes) -> bool:
    """True where a file is a body, with or without the head of its response."""
    return bool(body) and raw.endswith(body) and (len(raw) == len(body) or is_stream(raw[:HEAD]))


class _Scalars:
    """The scalars of a YAML or JSON text, in which bodies may stand."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._is_json = text.lstrip()[:1] in ("{", "[")
        self._by_value: dict[str, list[Span]] = {}
        for span in json_spans(text) if self._is_json else yaml_spans(text):
            self._by_value.setdefault(span.value, []).append(span)
        self._taken: Counter[str] = Counter()

    def home(self, recording: Recording) -> _Home:
        """Where a body lives. Of equal bodies each has a home of its own, as far as the file has."""
        value = recording.body.decode("utf-8", "replace")
        if value and value in self._by_value and value.encode() == recording.body:
            return self._told(self._next(value))
        coded = self._coded(recording)
        if coded is not None:
            return _Home(self._next(coded).start, None, _CODED)
        return _Home(self._entry(recording.interaction), None, _UNKNOWN if recording.body else "")

    def _next(self, value: str) -> Span:
        spans = self._by_value[value]
        self._taken[value] += 1
        return spans[min(self._taken[value], len(spans)) - 1]

    def _told(self, span: Span) -> _Home:
        way = scalar_map(self._text, span)
        return _Home(span.start, None, _FOLDED) if way is None else _Home(way.index(0), way)

    def _coded(self, recording: Recording) -> str | None:
        """The scalar that holds the body in base64, perhaps in its content coding."""
        return next((value for value, raw in self._base64.items() if _says(raw, recording)), None)

    @cached_property
    def _base64(self) -> dict[str, bytes]:
        """The scalars that base64 may be, decoded."""
        found = {}
        for value in self._by_value:
            if len(value) >= _SHORT and _BASE64.fullmatch(value):
                try:
                    found[value] = base64.b64decode(value)
                except binascii.Error:
                    continue
        return found

    def _entry(self, interaction: int) -> int:
        """The character with which an entry of the file begins; the first one where that is not known."""
        places = {} if self._is_json else self._places
        found = next((places[name, interaction] for name in _LISTS if (name, interaction) in places), Place(1, 1))
        starts = [0, *(one.end() for one in re.finditer("\n", self._text))]
        return starts[min(found.line, len(starts)) - 1] + found.column - 1

    @cached_property
    def _places(self) -> dict[Path, Place]:
        places: dict[Path, Place] = {}
        try:
            parse(self._text.encode("utf-8", "replace"), places)
        except YamlError:
            return {}
        return places


_SHORT = 24
"""Characters that a body in base64 has at least: fewer are any word."""


def _says(raw: bytes, recording: Recording) -> bool:
    """True where these bytes, perhaps in the recording's content coding, are its body."""
    if raw == recording.body or not recording.content_encoding:
        return raw == recording.body
    try:
        return undo(raw, recording.content_encoding)[0] == recording.body
    except CodingError:
        return False
