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
