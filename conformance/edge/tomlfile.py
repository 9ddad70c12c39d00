"""Our own TOML files: read, and held to their JSON Schema.

Law: what does not fit is an InputError that names the file, the place, what was expected, and for a name that nobody
knows the nearest ones.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from ..errors import InputError


def read(path: Path) -> dict[str, Any]:
    """The data of a TOML file. Raises InputError."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror}).", "Check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"is not TOML: {error}.", "Correct the line that it names.") from error


def fitting(data: Mapping[str, Any], path: Path, schema: Path, under: str = "") -> None:
    """Raises InputError where `data` of the file `path` does not fit; `under` is where it stands in the file."""
    problem = next(iter(_validator(schema).iter_errors(data)), None)
    if problem is not None:
        place = "/".join(part for part in (under, *map(str, problem.instance_path)) if part) or "the top"
        hint = f"schemas/{schema.name} says what it may hold."
        raise InputError(str(path), f"{problem.message} (at {place}).", f"{_meant(problem, schema)}{hint}")


def _meant(problem: Any, schema: Path) -> str:
    """`Did you mean key_env? ` where a name is unexpected and a known one is near."""
    known: Any = _schema(schema)
    for step in list(problem.schema_path)[:-1]:
        known = known[step]
    for name in getattr(problem.kind, "unexpected", None) or ():
        close = get_close_matches(name, known.get("properties", {}), n=3, cutoff=0.5)
        if close:
            return f"Did you mean {' or '.join(close)}? "
    return ""


@cache
def _schema(path: Path) -> Any:
    return orjson.loads(path.read_bytes())


@cache
def _validator(path: Path) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(_schema(path))
