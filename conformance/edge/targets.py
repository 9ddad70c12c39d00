"""Targets as a user declares them, in `targets.toml` or under `[tool.conformance.targets]` of pyproject.toml.

Law: a declaration holds no secret: a key is named by its variable, and `${NAME}` stands for what the environment holds.
Files are found here and read by the caller; whether a name is one of a protocol or a dialect is the caller's to say.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ..errors import TargetError

FILE = "targets.toml"
PROJECT = "pyproject.toml"
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Limits:
    """What a run may cost. None: as the command says. The fields are those of `limits` in `schemas/targets.json`."""

    timeout: float | None = None
    """Seconds for one exchange."""
    idle: float | None = None
    """Seconds without a byte."""
    concurrency: int | None = None
    """Exchanges at once."""
    requests: int | None = None
    """Requests per run, repeats and retries counted."""
    tokens: int | None = None
    """Tokens per run, as the answers tell them: nothing more is asked once so many are spent."""
    bytes: int | None = None
    """Bytes of one answer: what is longer is cut off."""


@dataclass(frozen=True)
class Declared:
    """One target of a user's file. The fields are those of `schemas/targets.json`; `name` is its key."""

    name: str
    source: str
    """The file that declares it."""
    url: str | None = None
    """Its base URL, or its endpoint's; None: as the dialect says."""
    protocols: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """The first is asked, if the user names none."""
    key_env: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    dialect: str | None = None
    skip: Mapping[str, str] = field(default_factory=dict)
    """Scenario -> why it is not asked."""
    limits: Limits = field(default_factory=Limits)
    version: str | None = None
    """Of what is asked, as the user knows it."""
    observers: tuple[Mapping[str, Any], ...] = ()
    """Who sees what becomes of cancellations (see `edge.observers`)."""

    @classmethod
    def of(cls, name: str, source: str, data: Mapping[str, Any]) -> Declared:
        """A target from the data of its table."""
        lists = {key: tuple(data[key]) for key in ("protocols", "models", "observers") if key in data}
        return cls(name, source, **{**data, **lists, "limits": Limits(**data.get("limits", {}))})


def places() -> Iterator[Path]:
    """The files in which targets may be declared and that exist; of two targets with one name the first counts."""
    for path in (Path(FILE), Path(PROJECT), config_folder() / FILE):
        if path.is_file():
            yield path


def config_folder() -> Path:
    """The user's folder for this tool: `~/.config/conformance`, or where the system keeps such things."""
    if os.name == "nt":
        base = os.environ.get("APPDATA") or str(Path.home() / "AppData" / "Roaming")
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(base) / "conformance"


def expand(text: str, whose: str) -> str:
    """`text` with every `${NAME}` replaced by that environment variable.

    Raises TargetError where one is not set; `whose` names the target.
    """

    def value(match: re.Match[str]) -> str:
        found = os.environ.get(match[1], "").strip()
        if not found:
            raise TargetError(whose, f"its variable {match[1]} is not set.", how_to_set(match[1]))
        return found

    return _VARIABLE.sub(value, text)


def how_to_set(variable: str) -> str:
    """What to do where a variable is not set: the nearest that is, or how to set it."""
    close = get_close_matches(variable, [name for name in os.environ if name != variable], n=3, cutoff=0.7)
    return f"Did you mean {' or '.join(close)}?" if close else f"Set it: export {variable}=..."


def variables(text: str) -> list[str]:
    """The names of the variables in `text`."""
    return _VARIABLE.findall(text)
