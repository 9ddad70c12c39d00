"""The scalars of a YAML or JSON text, each with its value, and which character of the text says which of the value.

Law: what is told is proved: a map whose pieces do not make up the value is None. Every style is a table of tokens: what
stands for itself, what stands for one character, and where lines are folded.

Sources: YAML 1.1, 5.7 (escapes), 9.1 (flow scalars, folding), 9.2 (block scalars); RFC 8259, 7 (strings of JSON).
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import yaml
from yaml.events import ScalarEvent

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_EVENTS: Any = yaml.parse
_BREAKS = "\r\n|[\r\n\x85\u2028\u2029]"
_BREAK = re.compile(_BREAKS)
_HEADER = re.compile(r"(?:[!&]\S*\s+)*[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?(?:\r\n|[\r\n])")
_PROPERTIES = re.compile(r"(?:[!&]\S*\s+)*")
_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')

# One token each: `self` stands for itself, `one` for one character, `fold` for a folded line break, `none` for nothing
# but the blank lines behind an escaped break.
_FOLD = rf"(?P<fold>[ \t]*(?:{_BREAKS})(?:[ \t]*(?:{_BREAKS}))*[ \t]*)"
_SELF = r"(?P<self>(?:[ \t]*+[^ \t\r\n\x85\u2028\u2029%s]++)++|[ \t]+)"
_TOKENS = {
    '"': re.compile(
        rf"(?P<none>\\(?:{_BREAKS})(?:[ \t]*(?:{_BREAKS}))*[ \t]*)|(?P<one>\\(?:x..|u....|U........|.))|{_FOLD}|"
        + _SELF % r"\\"
    ),
    "'": re.compile(f"(?P<one>'')|{_FOLD}|" + _SELF % "'"),
    "": re.compile(f"{_FOLD}|" + _SELF % ""),
    "json": re.compile(r"(?P<one>\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.)|(?P<self>[^\\]+)"),
}


class Span(NamedTuple):
    """A scalar: the characters of the text that it takes, how it is written, and its value."""

    start: int
    end: int
    style: str
    """`"`, `'`, `|`, `>` or empty (plain) in YAML; `json`."""
    value: str


class ScalarMap:
    """Character of a value -> character of the text."""

    def __init__(self, pieces: list[tuple[int, int, bool]]) -> None:
        """`pieces`: (character of the value, character of the text, whether the following ones stand side by side)."""
        self._pieces = pieces
        self._starts = [piece[0] for piece in pieces]

    def index(self, character: int) -> int:
        """Where the character stands, or where the escape begins that says it."""
        value, text, straight = self._pieces[max(0, bisect_right(self._starts, character) - 1)]
        return max(0, text + (character - value if straight else 0))


def straight(start: int) -> ScalarMap:
    """The map of a value that stands in the text as it is."""
    return ScalarMap([(0, start, True)])


def yaml_spans(text: str) -> Iterator[Span]:
    """The scalars of a YAML text in order, keys too; up to where it cannot be read."""
    try:
        for event in _EVENTS(text, Loader=_LOADER):
            if isinstance(event, ScalarEvent) and event.start_mark and event.end_mark:
                style = event.style if event.style in ('"', "'", "|", ">") else ""
                yield Span(event.start_mark.index, event.end_mark.index, style, event.value)
    except (yaml.YAMLError, UnicodeError):
        return


def json_spans(text: str) -> Iterator[Span]:
    """The strings of a JSON text in order, keys too."""
    for found in _STRING.finditer(text):
        try:
            value = json.loads(found[0], strict=False)
        except json.JSONDecodeError:
            continue
        yield Span(found.start(), found.end(), "json", value)


def scalar_map(text: str, span: Span) -> ScalarMap | None:
    """The map of one scalar of `text`, or None where its pieces do not make up its value (as for `>`)."""
    pieces = list(_block(text, span) if span.style in ("|", ">") else _flow(text, span))
    said = "".join(piece for _, _, piece in pieces)
    if not said.startswith(span.value):
        return None
    starts, at = [], 0
    for where, one_by_one, piece in pieces:
        starts.append((at, where, one_by_one))
        at += len(piece)
    return ScalarMap(starts) if starts else None


_Piece = tuple[int, bool, str]
"""(where it stands, whether it stands for itself, what it says)"""


def _block(text: str, span: Span) -> Iterator[_Piece]:
    """The lines of a literal block: each ends as its line of the value does, whatever the indentation."""
    header = _HEADER.match(text, span.start)
    at, said = header.end() if header else span.end, 0
    for line in re.split("[\n\u2028\u2029]", span.value):
        found = _BREAK.search(text, at)
        end, behind = found.span() if found else (len(text), len(text))
        if text[at:end].lstrip(" ") != line.lstrip(" ") or end - at < len(line):
            return
        yield end - len(line), True, line
        said += len(line) + 1
        yield end, False, span.value[said - 1 : said] or "\n"
        at = behind


def _flow(text: str, span: Span) -> Iterator[_Piece]:
    """The tokens of a quoted or plain scalar."""
    begin = _PROPERTIES.match(text, span.start).end() if span.style != "json" else span.start  # type: ignore[union-attr]
    quotes = 1 if span.style else 0
    at, said = begin + quotes, 0
    for token in _TOKENS[span.style].finditer(text, at, span.end - quotes):
        kind = str(token.lastgroup)
        size = len(token[0]) if kind == "self" else _SIZES[kind](token[0])
        yield token.start(), kind == "self", token[0] if kind == "self" else span.value[said : said + size]
        said += size


_SIZES: dict[str, Callable[[str], int]] = {
    "one": lambda token: 1,
    "fold": lambda token: max(1, len(_BREAK.findall(token)) - 1),
    "none": lambda token: len(_BREAK.findall(token)) - 1,
}
"""How many characters of the value a token says that does not stand for itself."""
