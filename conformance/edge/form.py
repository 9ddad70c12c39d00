"""Typed access to the plain values of a recording's file: what has a wrong type is named with its place.

Law: a `FormError` leads to the value by keys and indexes, and ends with the next step.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn

from ..core.recording import Headers

Path = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""
_WORDS = {str: "text", int: "a whole number", dict: "a mapping", list: "a list", bytes: "bytes"}
_DEPTH = 200
_SCHEMA = "schemas/cassette.json says what it may hold."


class FormError(Exception):
    """A value is not what a cassette holds there. `path` leads to it; `what` and `hint` are sentences."""

    def __init__(self, path: Path, what: str, hint: str) -> None:
        super().__init__(what)
        self.path = path
        self.what = what
        self.hint = hint


def wrong(path: Path, wanted: type, value: object) -> NoReturn:
    """Raises the FormError of a value that is not of the type."""
    got = "nothing" if value is None else f"{type(value).__name__} {str(value)[:40]!r}"
    raise FormError(path, f"It must be {_WORDS[wanted]}, not {got}.", _SCHEMA)


def typed(value: Any, wanted: type, path: Path) -> Any:
    """The value, if it is of the type. Raises FormError."""
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        wrong(path, wanted, value)
    return value


def get(mapping: Mapping[str, Any], key: str, wanted: type, path: Path, default: Any = None) -> Any:
    """A value of a type; `default` where the key is absent or null."""
    value = mapping.get(key)
    return default if value is None else typed(value, wanted, (*path, key))


def bytes_of(value: Any, path: Path) -> bytes:
    """Text or bytes as bytes; nothing where there is no value. Raises FormError."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    try:
        encoded: bytes = typed(value, str, path).encode("utf-8")
    except UnicodeEncodeError as error:
        raise FormError(path, "It holds half a surrogate pair, which is no text.", "Write base64_string.") from error
    return encoded


def base64_of(value: Any, path: Path) -> bytes:
    """The bytes of base64 text. Raises FormError."""
    try:
        return base64.b64decode(typed(value, str, path), validate=False)
    except (binascii.Error, ValueError) as error:
        raise FormError(path, f"It is no base64 ({error}).", "Record again, or write `string`.") from error


def headers_of(value: Any, path: Path) -> Headers:
    """Header fields: `{name: [values]}` or `{name: value}`. Raises FormError."""
    items: list[tuple[str, str]] = []
    for name, values in typed({} if value is None else value, dict, path).items():
        several = values if isinstance(values, list) else [values]
        items.extend((name, field_of(one, (*path, name))) for one in several)
    return Headers(items)


def field_of(value: Any, path: Path) -> str:
    """The value of a header field, however it is written. Raises FormError."""
    if value is None or isinstance(value, bool):
        return "" if value is None else str(value).lower()
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, int | float):
        return str(value)
    text: str = typed(value, str, path)
    return text


class Allowance:
    """Bounds what aliases may make of a file."""

    def __init__(self, size: int) -> None:
        """`size`: bytes of the file."""
        self._left = 10 * size + 100_000
        """Characters that the file's free-form values may still have when aliases count in full."""

    def text(self, value: Any, path: Path) -> bytes:
        """Text or bytes as bytes. Raises FormError."""
        self._take(value, path)
        return bytes_of(value, path)

    def base64(self, value: Any, path: Path) -> bytes:
        """The bytes of base64 text. Raises FormError."""
        self._take(value, path)
        return base64_of(value, path)

    def _take(self, value: Any, path: Path) -> None:
        self._left -= 1 + (len(value) if isinstance(value, str | bytes) else 0)
        if self._left < 0:
            raise FormError(path, "Its aliases make more of it than the file holds.", "Write it without aliases.")

    def plain(self, value: Any, path: Path, depth: int = 0) -> Any:
        """The value, if JSON can hold it and aliases do not blow it up. Raises FormError."""
        self._take(value, path)
        if depth > _DEPTH:
            raise FormError(path[:8], f"It is nested more than {_DEPTH} deep.", "Write the inner part as text.")
        if isinstance(value, dict):
            for key, item in value.items():
                self.plain(item, (*path, key), depth + 1)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.plain(item, (*path, index), depth + 1)
        elif isinstance(value, float) and not isfinite(value):
            raise FormError(path, "It must be a finite number.", "Write it as text.")
        elif isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
            raise FormError(path, "It has more than 64 bits.", "Write it as text.")
        elif isinstance(value, bytes):
            raise FormError(path, "It must be text, not bytes.", "Write it as base64, without the tag.")
        return value
