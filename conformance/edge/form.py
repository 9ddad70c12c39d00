"""Typed access to a cassette's plain values: what has a wrong type is named with its place.

Law: a `FormError` leads to the value by keys and indexes, and ends with the next step.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

Path = tuple[str | int, ...]
"""The keys and indexes that lead to a value."""
_WORDS = {str: "text", int: "a whole number", dict: "a mapping", list: "a list"}
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
