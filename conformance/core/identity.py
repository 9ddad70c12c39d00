"""Whose stream it is, and which: the words by which a stream is found again in another run.

Law: pure, by what the recordings say of themselves. Folders and ports change from run to run: they name nothing.
"""

from __future__ import annotations

from .finding import Run

ANY = "*"
"""Where a recording does not say."""


def target_of(run: Run) -> str:
    """Who streamed: the target of the run, else the provider, else the dialect; `*` where nobody says."""
    named = run.metadata.get("target") or run.metadata.get("provider")
    return str(named or (run.dialect if run.dialect != "strict" else ANY))


def scenario_of(run: Run) -> str | None:
    """The scenario that the request belongs to; None where the recording names none."""
    named = run.metadata.get("scenario")
    return named if isinstance(named, str) and named else None


def file_of(run: Run) -> str:
    """The name of the file, and the interaction where it is not the first: `tools.yaml`, `tools.yaml#2`."""
    name = run.source.replace("\\", "/").rpartition("/")[2] or "-"
    return f"{name}#{run.interaction}" if run.interaction else name
