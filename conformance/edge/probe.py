"""One cheap request that shows whether a target answers: for its list of models, else for one word.

Law: whatever comes back within the limits is an answer; only where none comes at all is there a TargetError.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ..core.recording import Recording, Request
from .recorder import Options, record
from .scenario import Target

MAX_BYTES = 2**20
TIMEOUT = 20.0
"""Seconds."""
_NO_SUCH_LIST = (404, 405)


@dataclass(frozen=True)
class Probe:
    """What a target answered. `fine` where it took the key and the request."""

    fine: bool
    told: str


def probe(target: Target, options: Options) -> Probe:
    """Asks `target`. Raises TargetError where no answer came."""
    short = replace(
        options, timeout=min(options.timeout, TIMEOUT), idle=min(options.idle, TIMEOUT), max_bytes=MAX_BYTES
    )
    listing = target.listing()
    found = _answer(listing, target, short) if listing is not None else None
    if found is not None and found.status not in _NO_SUCH_LIST:
        return _of(found, f"{_count(found)} models" if found.status == 200 else "its list of models")
    return _of(_answer(target.prompt("Say: yes"), target, short), f"one word of {target.model}")


def _answer(request: Request, target: Target, options: Options) -> Recording:
    with TemporaryDirectory(prefix="conformance-") as folder:
        return record(request, Path(folder) / "probe.yaml", options=options, secrets=target.secrets)


def _of(found: Recording, what: str) -> Probe:
    at = f"after {found.end.at:,.0f} ms" if found.end.at is not None else ""
    why = " (is the key right?)" if found.status in (401, 403) else ""
    fine = found.status < 300 or found.status == 429
    return Probe(fine, f"{found.status}{why} {at}, asked for {what}" if not fine else f"{found.status} {at}, {what}")


def _count(found: Recording) -> int | str:
    """How many models a list names: OpenAI, Anthropic and Cohere put them under `data` or `models`."""
    import orjson

    try:
        data = orjson.loads(found.body)
    except orjson.JSONDecodeError:
        return "no list of"
    lists = [data.get(name) for name in ("data", "models")] if isinstance(data, dict) else []
    return next((len(one) for one in lists if isinstance(one, list)), "no list of")
