"""Cassettes of LangChain's standard tests: vcrpy's requests and responses as two lists, in gzipped YAML.

What answers a request stands at its place in the other list. Source: langchain_tests/conftest.py (CustomSerializer).
"""

from __future__ import annotations

import re
from typing import Any

from ..form import FormError, typed
from ..reading import recordings_of
from ._entries import Found

TITLE = "LangChain tests"
FILES = "gzipped YAML (.yaml.gz)"
HOLDS = "request, headers, framing; not: timing, reads"
SUFFIXES = (".yaml", ".yml")
_HEAD = re.compile(rb"^requests:\r?\n *- (?:body|headers|method|uri):", re.MULTILINE)


def meant(head: bytes) -> bool:
    """True where the first bytes of a file are those of such a file. Its other list may stand far behind."""
    return bool(_HEAD.search(head))


def takes(tree: Any) -> bool:
    """True where these values are such a cassette."""
    return isinstance(tree, dict) and "interactions" not in tree and {"requests", "responses"} <= tree.keys()


def read(tree: Any, source: str, size: int) -> Found:
    """The recordings of a cassette's values. Raises FormError where a list is none, or one is longer."""
    requests = typed(tree["requests"], list, ("requests",))
    responses = typed(tree["responses"], list, ("responses",))
    if len(requests) != len(responses):
        what = f"It holds {len(requests)} requests, but {len(responses)} responses."
        raise FormError(("responses",), what, "Record it again.")
    pairs = [{"request": asked, "response": told} for asked, told in zip(requests, responses, strict=True)]
    found = recordings_of({"interactions": pairs, "metadata": {"imported_from": TITLE}}, source, size)
    return Found(TITLE, found)
