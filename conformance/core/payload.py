"""The data of one event, as JSON: strict first, and a word on why where it is not.

Law: `parse` never raises. `orjson` decides (RFC 8259); what it refuses is read again with `json`, which is as
lenient as JavaScript and Python, only to say how it is wrong.
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import NamedTuple

import orjson

_loads = orjson.loads


class FlawKind(StrEnum):
    """In what way a payload is not strict JSON."""

    NOT_JSON = "not-json"
    NOT_UTF8 = "not-utf8"
    NOT_FINITE = "not-finite"
    LONE_SURROGATE = "lone-surrogate"
    TOO_DEEP = "too-deep"
    TRAILING = "trailing-data"
    LENIENT = "lenient"


class Flaw(NamedTuple):
    """What is wrong with a payload: its kind, in words, and the character where the reader stopped (-1: unknown)."""

    kind: FlawKind
    message: str
    position: int = -1


class _NotFiniteError(ValueError):
    """Carries the token: NaN, Infinity or -Infinity."""


def _refuse(token: str) -> float:
    raise _NotFiniteError(token)


def parse(raw: bytes) -> tuple[object, Flaw | None]:
    """The value of `raw`, and its flaw where it is not strict JSON. The value is None where no reader would get one.

    A half of a surrogate pair is U+FFFD in the value: what is in a value can be written and compared as text.
    """
    try:
        return _loads(raw), None
    except orjson.JSONDecodeError as error:
        return _explain(raw, error)


def _explain(raw: bytes, strict: orjson.JSONDecodeError) -> tuple[object, Flaw]:
    text = raw.decode("utf-8", "replace")
    try:
        return _lenient(raw, text, strict)
    except json.JSONDecodeError as error:
        return None, Flaw(FlawKind.NOT_JSON, f"{error.msg.removesuffix(' at')} at character {error.pos}", error.pos)
    except RecursionError:
        return None, Flaw(FlawKind.TOO_DEEP, "nested too deep for any reader")
    except ValueError:
        return None, Flaw(FlawKind.LENIENT, "an integer with more digits than readers convert")


def _lenient(raw: bytes, text: str, strict: orjson.JSONDecodeError) -> tuple[object, Flaw]:
    """What `json` reads where `orjson` does not, and why. Raises ValueError or RecursionError where it fails, too."""
    try:
        value, halved = _whole_characters(json.loads(text))
    except json.JSONDecodeError as error:
        if error.msg != "Extra data":
            raise
        value, end = json.JSONDecoder().raw_decode(text.lstrip())
        message = f"more behind the first JSON value: {text.lstrip()[end:][:40]!r}"
        return _whole_characters(value)[0], Flaw(FlawKind.TRAILING, message, error.pos)
    try:
        json.loads(text, parse_constant=_refuse)
    except _NotFiniteError as error:
        return value, Flaw(FlawKind.NOT_FINITE, f"{error} is no JSON number")
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return value, Flaw(FlawKind.NOT_UTF8, f"byte {raw[error.start]:#04x} is not UTF-8", error.start)
    if halved:
        return value, Flaw(FlawKind.LONE_SURROGATE, "a string holds one half of a surrogate pair", strict.pos)
    if "recursion" in strict.msg:
        return value, Flaw(FlawKind.TOO_DEEP, "nested deeper than 1024 levels")
    return value, Flaw(FlawKind.LENIENT, strict.msg, strict.pos)


def _whole_characters(value: object) -> tuple[object, bool]:
    """`value` with U+FFFD for every half of a surrogate pair, and whether it held any."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return json.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")), True
    return value, False


def duplicate_keys(raw: bytes) -> list[str]:
    """Names that occur twice in one object of `raw`; empty where there are none or it is no JSON."""
    found: list[str] = []

    def pairs(items: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in items]
        if len(set(names)) < len(names):
            found.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(items)

    try:
        json.loads(raw, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return []
    return found
