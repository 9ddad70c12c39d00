"""Recordings of other tools: one file per format, and what each format can tell.

Law: the folder is the registry. What a file is, its content decides (and its ending only where that cannot); what a
format does not hold is missing, and verdicts that need it are `not-recorded`, never `pass`. Values are read, nothing is
executed. One entry that cannot be read costs that entry, and is named.

A module has TITLE, FILES and HOLDS (words for people), SUFFIXES and `meant(head)` (what of a folder is meant: by the
first bytes), and either `takes_bytes(raw)` with `read_bytes(raw, source)`, or `takes(tree)` with
`read(tree, source, size)` for what is YAML or JSON. `conformance import --help` prints the table.

| format | files | holds |
| --- | --- | --- |
| Azure test proxy | JSON | request, headers, framing; not: timing, reads |
| Datadog test agent | JSON | request, headers, framing; not: timing, reads |
| go-vcr | YAML | request, headers, framing, the time of the head; not: timing, reads |
| HAR 1.2 | JSON (.har), also of Polly.js | request, headers, framing, the times of head and end; not: timing, reads |
| LangChain tests | gzipped YAML (.yaml.gz) | request, headers, framing; not: timing, reads |
| mitmproxy | flow dumps (.flow, .flows, .mitm, .dump) | as HAR |
| payload per line | JSONL, JSON list (.jsonl, .ndjson, .json, .txt) | the payloads alone |
| raw SSE | text (.sse, .txt) | framing, and headers where the head stands before it; not: timing, reads, request |
| Ruby VCR | YAML, JSON | request, headers, framing; not: timing, reads |
| vcrpy | YAML, JSON | request, headers, framing; in our own cassettes also timing, reads and the end |
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import Any

from ...errors import InputError
from .. import rawsse
from ..cassette import read_with
from ..coding import CodingError, decode
from ._entries import Found

__all__ = ["Found", "importers", "is_meant", "read", "suffixes"]
GZIP = b"\x1f\x8b"
"""What a gzipped file begins with. Whatever can be read can be read gzipped, too."""
_YAML = (".yaml", ".yml")
_LINES = (".jsonl", ".ndjson")
_BLANK = b"\xef\xbb\xbf \t\r\n"


@cache
def importers() -> dict[str, Any]:
    """The importers by the names of their modules, in alphabetical order."""
    names = (info.name for info in pkgutil.iter_modules(__path__))
    return {name: import_module(f"{__name__}.{name}") for name in sorted(names) if not name.startswith("_")}


@cache
def suffixes() -> frozenset[str]:
    """The endings under which any importer's files are looked for in folders."""
    return frozenset(suffix for module in importers().values() for suffix in module.SUFFIXES)


def is_meant(suffix: str, head: bytes) -> bool:
    """True where a file with this ending and these first bytes is evidently a recording."""
    return any(suffix in module.SUFFIXES and module.meant(head) for module in importers().values())


def read(raw: bytes, source: str, suffix: str) -> Found:
    """What stands in a file. Raises InputError with the place and the next step where it is none of ours."""
    raw = _unpacked(raw, source)
    for module in importers().values():
        if hasattr(module, "takes_bytes") and module.takes_bytes(raw):
            found: Found = module.read_bytes(raw, source)
            return found
    form = _form(raw, suffix)
    if form in ("yaml", "json"):
        return read_with(_of_values, raw, source, form)
    alone: Found = importers()[form].read_bytes(raw, source)
    return alone


def _unpacked(raw: bytes, source: str) -> bytes:
    """A gzipped file as what it holds; any other as it is."""
    if not raw.startswith(GZIP):
        return raw
    try:
        plain, complete = decode(raw, "gzip")
    except CodingError as error:
        raise InputError(source, f"It is gzipped, but cannot be read: {error.what}", "Pack it again.") from error
    if not complete:
        raise InputError(source, "It is gzipped, and breaks off.", "Pack it again.")
    return plain


def _form(raw: bytes, suffix: str) -> str:
    """`yaml`, `json`, or the importer of the ending; raw SSE for what nothing else can be."""
    if suffix in _YAML:
        return "yaml"
    if suffix in (".json", ".har"):
        return "json"
    if suffix in _LINES:
        return "payloads"
    head = raw[: rawsse.HEAD]
    if suffix != ".sse" and any(module.meant(head) for module in importers().values() if hasattr(module, "takes")):
        return "json" if head.lstrip(_BLANK)[:1] in (b"{", b"[") else "yaml"
    return "raw_sse"


def _of_values(tree: Any, source: str, size: int) -> Found:
    """What the first importer that takes the values makes of them. vcrpy's comes last, and words what is wrong."""
    others = (module for name, module in importers().items() if name != "vcrpy" and hasattr(module, "takes"))
    module = next((module for module in others if module.takes(tree)), importers()["vcrpy"])
    found: Found = module.read(tree, source, size)
    return found
