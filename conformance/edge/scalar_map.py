"""The scalars of a YAML or JSON text, each with its value, and which character of the text says which of the value.

Law: what is told is proved: a map whose text does not say the value is None. Every style is a table of tokens: what
does not stand for itself.

Sources: YAML 1.1, 5.7 (escapes), 9.1 (flow scalars, folding), 9.2 (block scalars); RFC 8259, 7 (strings of JSON).
"""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
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

# What does not stand for itself: `one` stands for one character, `fold` for folded line breaks, `none` for nothing but
# the blank lines behind an escaped break.
_FOLD = rf"(?P<fold>(?<![ \t])[ \t]*+(?:{_BREAKS})(?:[ \t]*(?:{_BREAKS}))*[ \t]*)"
_NONE = rf"(?P<none>\\(?:{_BREAKS})(?:[ \t]*(?:{_BREAKS}))*[ \t]*)"
_TOKENS = {
    '"': re.compile(rf"{_NONE}|(?P<one>\\(?:x..|u....|U........|.))|{_FOLD}"),
    "'": re.compile(f"(?P<one>'')|{_FOLD}"),
    "": re.compile(_FOLD),
    "json": re.compile(r"(?P<one>\\(?:u[dD][89abAB]..\\u[dD][c-fC-F]..|u....|.))"),
}
_PLAIN = frozenset({"\n", "\r", "\r\n", "\x85"})
"""Line breaks that folding takes away; the others of YAML 1.1 stay."""


class Span(NamedTuple):
    """A scalar: the characters of the text that it takes, how it is written, and its value."""

    start: int
    end: int
    style: str
    """`"`, `'`, `|`, `>` or empty (plain) in YAML; `json`."""
    value: str


class ScalarMap:
    """Character of a value -> character of the text: steps, between which both run side by side."""

    def __init__(self, steps: Iterable[tuple[int, int]]) -> None:
        """`steps`: (character of the value, character of the text), rising."""
        pairs = array("q", (number for step in steps for number in step))
        self._values, self._texts = pairs[::2], pairs[1::2]

    def index(self, character: int) -> int:
        """Where the character stands, or where the escape begins that says it."""
        step = max(0, bisect_right(self._values, character) - 1)
        return max(0, self._texts[step] + character - self._values[step])


def straight(start: int) -> ScalarMap:
    """The map of a value that stands in the text as it is."""
    return ScalarMap([(0, start)])


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
    """The map of one scalar of `text`, or None where the text does not say its value so (as for `>`)."""
    try:
        return ScalarMap(_block(text, span) if span.style in ("|", ">") else _flow(text, span))
    except _OtherwiseError:
        return None


class _OtherwiseError(Exception):
    """The text says something else than the value."""


def _block(text: str, span: Span) -> Iterator[tuple[int, int]]:
    """A step for each line of a literal block: it ends as its line of the value does, whatever the indentation."""
    header = _HEADER.match(text, span.start)
    at, said = header.end() if header else span.end, 0
    lines = re.split("[\n\u2028\u2029]", span.value)
    for line in lines if lines[-1] else lines[:-1]:
        found = _BREAK.search(text, at)
        end, behind = found.span() if found else (len(text), len(text))
        if text[at:end].lstrip(" ") != line.lstrip(" ") or end - at < len(line):
            raise _OtherwiseError
        yield said, end - len(line)
        said += len(line) + 1
        at = behind


def _flow(text: str, span: Span) -> Iterator[tuple[int, int]]:
    """A step for each token of a quoted or plain scalar: what follows it stands for itself."""
    properties = _PROPERTIES.match(text, span.start) if span.style != "json" else None
    quotes = 1 if span.style else 0
    at = (properties.end() if properties else span.start) + quotes
    end, said, value = span.end - quotes, 0, span.value
    yield 0, at
    for token in _TOKENS[span.style].finditer(text, at, end):
        begin, behind = token.span()
        if not value.startswith(text[at:begin], said):
            raise _OtherwiseError
        said += begin - at
        places = _places(token)
        if places != [begin]:
            yield from enumerate(places, said)
        said += len(places)
        at = behind
        yield said, at
    if value[said:] != text[at:end]:
        raise _OtherwiseError


def _places(token: re.Match[str]) -> list[int]:
    """Where in the text each character stands that a token says."""
    if token.lastgroup == "one":
        return [token.start()]
    breaks = list(_BREAK.finditer(token.string, *token.span()))
    kept = breaks[1:] if token.lastgroup == "none" or breaks[0][0] in _PLAIN else breaks
    return [found.start() for found in kept] or ([token.start()] if token.lastgroup == "fold" else [])
