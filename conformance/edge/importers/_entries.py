"""What importers share: entries of a foreign file to recordings, and what became of the rest.

Law: one entry that cannot be read costs that entry and is named in `Found.left`; what the format does not hold is
named in `missing` and never made up. A body is handed on without its content coding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ...core.recording import End, EndKind, Evidence, Headers, Recording, Request
from ..coding import CodingError, is_known, undo
from ..form import FormError, Path, field_of, typed

NO_READS = frozenset({Evidence.TIMING, Evidence.READS})
"""What no format but ours holds: the pieces in which the body came, and when."""
NO_FRAMING = frozenset(Evidence)
"""Of payloads alone nothing else is known."""


class Found(NamedTuple):
    """What came out of a file."""

    format: str
    recordings: list[Recording]
    left: list[str] = []  # noqa: RUF012 (a tuple's default, never changed)
    """Entries that hold a request but give no recording, each with its why."""
    passed_over: int = 0
    """Entries that are no answers of an API: pictures, scripts, pages."""


class EntryError(Exception):
    """An entry gives no recording. `what` is a sentence that says why."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


Place = tuple[str, int]
"""The file, and the index of an entry in it."""


def each(
    title: str, source: str, entries: Sequence[Any], path: Path, read: Callable[[Any, Path, Place], Recording | None]
) -> Found:
    """Reads every entry. `read` returns None for what is no answer of an API; raises EntryError or FormError."""
    recordings, left, passed_over = [], [], 0
    for number, entry in enumerate(entries):
        at = (*path, number)
        try:
            recording = read(entry, at, (source, number))
        except FormError as error:
            left.append(f"entry {number}, {'.'.join(map(str, error.path[len(at) :])) or 'whole'}: {error.what}")
        except EntryError as error:
            left.append(f"entry {number}: {error.what}")
        else:
            passed_over += recording is None
            recordings += [recording] if recording is not None else []
    return Found(title, recordings, left, passed_over)


def halves(item: Any, at: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The `request` and the `response` of an entry. Raises FormError."""
    typed(item, dict, at)
    return typed(item.get("request"), dict, (*at, "request")), typed(item.get("response"), dict, (*at, "response"))


def recording(
    place: Place,
    request: Request,
    status: tuple[int, str],
    headers: Headers,
    body: bytes,
    *,
    decoded: bool = False,
    end: End | None = None,
    http_version: str | None = None,
    headers_at: float | None = None,
    missing: Iterable[Evidence] = NO_READS,
    metadata: Mapping[str, object] | None = None,
) -> Recording:
    """One exchange as a recording; the content coding that the head names is undone.

    `decoded`: the format stores what was decoded, so what is not of the coding is right as it is. Raises EntryError.
    """
    code, reason = status
    if not 100 <= code <= 999:
        raise EntryError(f"{code} is no HTTP status: no answer came, or none is stored.")
    coding = (headers.get("content-encoding") or "").strip().lower()
    try:
        plain, complete = undo(body, coding)
    except CodingError as error:
        if not decoded:
            raise EntryError(error.what) from error
        plain, complete = body, True
    if end is None:
        end = End() if complete else End(EndKind.TRUNCATED, detail=f"the {coding} coding has no end")
    source, number = place
    return Recording(
        request=Request(request.method, request.uri, request.headers, _uncoded(request)),
        status=code,
        reason=reason,
        headers=headers,
        body=plain,
        end=end,
        http_version=http_version,
        headers_at=headers_at,
        content_encoding=coding if is_known(coding) else None,
        missing=frozenset(missing) | ({Evidence.HEADERS} if not len(headers) else set()),
        metadata=metadata or {},
        source=source,
        interaction=number,
    )


def _uncoded(request: Request) -> bytes:
    with suppress(CodingError):  # what was asked is not judged; the bytes are kept as they are
        plain, complete = undo(request.body, request.headers.get("content-encoding"))
        return plain if complete else request.body
    return request.body


def when(value: object) -> dict[str, object]:
    """`{"recorded": ...}` in ISO 8601, of a date in that form or in the form of mail; empty where it is none."""
    if not isinstance(value, str):
        return {}
    from email.utils import parsedate_to_datetime  # 10 ms that most runs need not pay

    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, OverflowError):
            return {"recorded": read(value).isoformat(timespec="seconds")}
    return {}


def moment(seconds: object) -> dict[str, object]:
    """The same of seconds since 1970."""
    with suppress(ValueError, TypeError, OverflowError, OSError):
        return {"recorded": datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="seconds")}  # type: ignore[arg-type]
    return {}


def pairs(value: Any, path: Path) -> Headers:
    """Header fields of `[{"name": ..., "value": ...}]`. Raises FormError."""
    found = []
    for index, item in enumerate(typed([] if value is None else value, list, path)):
        at = (*path, index)
        name = typed(typed(item, dict, at).get("name"), str, (*at, "name"))
        if not name.startswith(":"):  # HTTP/2's pseudo fields are no header
            found.append((name, field_of(item.get("value"), (*at, "value"))))
    return Headers(found)
