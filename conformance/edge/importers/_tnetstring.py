"""Typed netstrings (`SIZE:BYTES` and one byte that says the type) to plain values, as mitmproxy writes them.

Law: the time is linear in the size, the depth bounded; text that is no UTF-8 keeps its bytes as surrogates do not
exist here (they are replaced). Source: https://tnetstrings.info, and mitmproxy's `;` for text.
"""

from __future__ import annotations

from typing import Any

_DEPTH = 50
_DIGITS = 12
_WORDS = {b"true": True, b"false": False}


class NetstringError(ValueError):
    """The bytes are none, from some place on. `before`: the values that stand before that place."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(f"{what} (byte {at}).")
        self.before: list[Any] = []


def values(raw: bytes) -> list[Any]:
    """The values that stand one behind the other. Raises NetstringError with those that were whole."""
    found: list[Any] = []
    at = 0
    while at < len(raw):
        try:
            value, at = _value(raw, at, len(raw), 0)
        except NetstringError as error:
            error.before = found
            raise
        found.append(value)
    return found


def _value(raw: bytes, at: int, limit: int, depth: int) -> tuple[Any, int]:
    """The value that begins at `at`, and where the next one does."""
    colon = raw.find(b":", at, min(at + _DIGITS, limit))
    size = raw[at:colon]
    if colon < 0 or not size.isdigit():
        raise NetstringError("No size stands there", at)
    start, end = colon + 1, colon + 1 + int(size)
    if end >= limit:
        raise NetstringError("A value is longer than what is left", at)
    kind = raw[end : end + 1]
    if kind in (b"]", b"}"):
        if depth >= _DEPTH:
            raise NetstringError(f"It is nested more than {_DEPTH} deep", at)
        items = _items(raw, start, end, depth + 1)
        return (items if kind == b"]" else _mapping(items, at)), end + 1
    return _scalar(kind, raw[start:end], at), end + 1


def _items(raw: bytes, at: int, limit: int, depth: int) -> list[Any]:
    items = []
    while at < limit:
        item, at = _value(raw, at, limit, depth)
        items.append(item)
    return items


def _mapping(items: list[Any], at: int) -> dict[str, Any]:
    if len(items) % 2:
        raise NetstringError("A key has no value", at)
    names = (name.decode("utf-8", "replace") if isinstance(name, bytes) else name for name in items[::2])
    return {str(name): value for name, value in zip(names, items[1::2], strict=True)}


def _scalar(kind: bytes, text: bytes, at: int) -> Any:
    try:
        if kind == b",":
            return text
        if kind == b";":
            return text.decode("utf-8", "replace")
        if kind == b"#":
            return int(text)
        if kind == b"^":
            return float(text)
        if kind == b"!":
            return _WORDS[text]
        if kind == b"~" and not text:
            return None
    except (ValueError, KeyError) as error:
        raise NetstringError(f"{text[:20]!r} is not of its type", at) from error
    raise NetstringError(f"{kind!r} is no type", at)
