"""`manifest.json`: what a run asked of whom, when, with the digest of every cassette.

Law: nothing secret is written. It is written before the first request and after every exchange, so that a run that was
ended in any way can be resumed, and judged again as it was judged at first. `schemas/manifest.json` describes it for
other languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

from ..core.expect import Asked
from ..errors import InputError
from .runner_folder import Answer, Exchange, Session, digest
from .store import store
from .tomlfile import fitting

MANIFEST = "manifest.json"
VERSION = 1


# Writing


def write_manifest(session: Session) -> None:
    """What was asked of whom, when, with the digest of every cassette; nothing secret. Raises StorageError."""
    target = session.target
    manifest = {
        "manifest": VERSION,
        "target": {
            "name": target.name,
            "word": bare(target.word),
            "url": bare(target.url),
            "protocol": target.protocol,
            "dialect": target.dialect,
            "model": target.model,
            "version": target.version,
        },
        **session.about,
        "started": _time(session.started),
        "resumed": session.resumed,
        "ended": session.ended and _time(session.ended),
        "interrupted": session.interrupted,
        "refused": session.refused and str(session.refused),
        "scenarios": [_entry(exchange) for exchange in session.exchanges],
    }
    store(session.folder / MANIFEST, [orjson.dumps(manifest, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)])


def bare(url: str) -> str:
    """A URL without what may be secret in it: user, password, query. A name stays as it is."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds")


def _entry(exchange: Exchange) -> dict[str, object]:
    scenario, answer = exchange.scenario, exchange.answer
    return {
        "scenario": scenario.name,
        "cassette": exchange.path.name,
        "asked": {
            "statuses": scenario.statuses,
            "needs": scenario.needs,
            "expect": scenario.expect,
            "cancelled": bool(scenario.cancel),
            "streamed": scenario.streamed,
            "twin": scenario.twin,
        },
        "remark": exchange.remark or None,
        "error": exchange.error,
        "skipped": exchange.skipped,
        "unasked": exchange.unasked,
        "retries": exchange.retries,
        "interrupted": exchange.interrupted,
        "answer": {key: value for key, value in asdict(answer).items() if key != "cassette"} if answer else None,
    }


# Reading


@dataclass(frozen=True)
class Manifest:
    """A manifest as it was written."""

    path: Path
    data: Mapping[str, Any]

    @property
    def entries(self) -> Sequence[Mapping[str, Any]]:
        """What was to be asked, in order."""
        found: Sequence[Mapping[str, Any]] = self.data["scenarios"]
        return found

    def file(self, entry: Mapping[str, Any]) -> Path:
        """The cassette of an entry."""
        return self.path.parent / Path(entry["cassette"]).name

    def unchanged(self, entry: Mapping[str, Any]) -> bool:
        """True where the cassette is there, as it was written."""
        file = self.file(entry)
        return bool(entry["answer"]) and file.is_file() and digest(file) == entry["answer"]["sha256"]


def read_manifest(path: Path, schema: Path) -> Manifest | None:
    """The manifest of a run, or None where the file is something else. Raises InputError where it does not fit."""
    try:
        data = orjson.loads(path.read_bytes())
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror}).", "Check the path.") from error
    except orjson.JSONDecodeError as error:
        hint = "Take it away to check the cassettes alone."
        raise InputError(str(path), f"is not JSON: {error.msg} (line {error.lineno}).", hint) from error
    if not isinstance(data, dict) or "manifest" not in data:
        return None
    fitting(data, path, schema)
    return Manifest(path, data)


def asked_of(entry: Mapping[str, Any]) -> Asked:
    """What an entry asks of its answer."""
    asked = entry["asked"]
    return Asked(
        statuses=tuple(asked["statuses"]),
        needs=tuple(asked["needs"]),
        rules=tuple(asked["expect"].get("rules", ())),
        traits={name: tuple(values) for name, values in asked["expect"].get("traits", {}).items()},
        cancelled=asked["cancelled"],
    )


def answer_of(manifest: Manifest, entry: Mapping[str, Any]) -> Answer | None:
    """The answer of an entry, where its cassette is still what it was, and was not ended by an interrupt."""
    if not manifest.unchanged(entry) or entry["interrupted"]:
        return None
    return Answer(cassette=entry["cassette"], **entry["answer"])
