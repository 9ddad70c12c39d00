"""Cassettes of vcrpy, version 1 (YAML or JSON), and our own: the same form with `response.recording` in it."""

from __future__ import annotations

import re
from typing import Any

from ..reading import recordings_of
from ._entries import Found

TITLE = "vcrpy"
FILES = "YAML, JSON"
HOLDS = "request, headers, framing; in those that conformance recorded also timing, reads and the end"
SUFFIXES = (".yaml", ".yml", ".json")
_INTERACTIONS, _VERSION, _METADATA = (
    re.compile(rb"^[ ]{0,2}[\"']?%b[\"']?[ ]*:|\"%b\"\s*:" % (name, name), re.MULTILINE)
    for name in (b"interactions", b"version", b"metadata")
)


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file."""
    return bool(_INTERACTIONS.search(head) or (_VERSION.search(head) and _METADATA.search(head)))


def takes(tree: Any) -> bool:
    """True where these values are such a cassette."""
    return isinstance(tree, dict) and "interactions" in tree


def read(tree: Any, source: str, size: int) -> Found:
    """The recordings of a cassette's values. Raises FormError: what was recorded with care is read whole or not."""
    return Found(TITLE, recordings_of(tree, source, size))
