"""Record, replay and judge the event streams of LLM APIs.

    bytes on the wire     SSE events          protocol events      findings         report
    Read ---------------> ServerSentEvent --> StreamEvent -------> Finding -------> table, Markdown, JSON, ...
           core/sse.py      core/stream.py      rules, protocols      render/

A recording is judged by pure functions; everything that touches the world stands at the edge; what is known about an
API is data in that API's folder. Imports go down only:

    cli, pytest_plugin -> library -> catalogue -> { pipeline, protocols, rules, render, edge } -> core

Public: `load(path)`, `check(recording)`, `render(report, "markdown")`, `report(runs)`.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .library import check, load, render, report

__version__ = "0.1.0"
__all__ = ["__version__", "check", "load", "render", "report"]


def __getattr__(name: str) -> Any:
    """The public functions, imported when first asked for: `import conformance` costs nothing."""
    if name in ("check", "load", "render", "report"):
        from . import library

        return getattr(library, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Package(ModuleType):
    """This package: `render` stays the function when the room of that name is imported, which Python would put here."""

    def __setattr__(self, name: str, value: object) -> None:
        if name != "render" or not isinstance(value, ModuleType):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
