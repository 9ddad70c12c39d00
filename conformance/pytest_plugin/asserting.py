"""assert_conforms: what is given is judged, and what is wrong is said with the rule, the sentence and the bytes.

Law: an assertion that could not be judged fails, too: it has not been shown to hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import catalogue, library, pipeline
from ..core.dialect import Dialect
from ..core.finding import JUDGED, Finding, Level, Run
from ..core.recording import Evidence, Headers, Recording, Request
from ..errors import UsageError

if TYPE_CHECKING:
    import httpx

COLUMNS = 100


def assert_conforms(
    what: str | bytes | Iterator[bytes] | Path | Recording | Sequence[Recording] | httpx.Response,
    protocol: str | None = None,
    dialect: str | Dialect | None = None,
    *,
    fail_on: str = "error",
    rules: str | Sequence[str] = "*",
    ruleset: str | None = None,
) -> list[Run]:
    """Raises AssertionError where a stream breaks a rule at or above the level `fail_on`, or cannot be judged.

    `what` is a path (a cassette, a folder, a pattern, whatever `conformance check` reads), an event stream (text,
    bytes, or an iterator of chunks), a `Recording` or several, or an `httpx.Response`. What is not given is detected;
    `rules` are patterns of rule ids. Returns what was judged, for assertions about traits and latency. Raises
    UsageError for unknown names, InputError for what cannot be read.
    """
    __tracebackhide__ = True
    level, patterns = _level(fail_on), [rules] if isinstance(rules, str) else list(rules)
    _known(patterns)
    recordings = recordings_of(what)
    runs = [_judged(recording, protocol, dialect, patterns, ruleset) for recording in recordings]
    wrong = [
        told for run, one in zip(runs, recordings, strict=True) if (told := complaint(run, one.body, level)) is not None
    ]
    if wrong:
        raise AssertionError("\n\n".join(wrong))
    return runs


def _level(name: str) -> Level:
    known = {level.label: level for level in Level}
    if name not in known:
        raise catalogue.nearest(name, known, "level")
    return known[name]


def _known(patterns: Sequence[str]) -> None:
    """Raises UsageError for a pattern that no rule has: an assertion of nothing would always hold."""
    for pattern in patterns:
        if pattern != "*" and not any(fnmatchcase(name, pattern) for name in catalogue.rules()):
            raise catalogue.nearest(pattern, catalogue.rules(), "rule")


def _judged(
    recording: Recording, name: str | None, dialect: str | Dialect | None, patterns: list[str], ruleset: str | None
) -> Run:
    protocol = library.protocol_of(recording, name)
    rules = [
        rule
        for rule in library.rules_for(protocol, ruleset)
        if any(fnmatchcase(rule.id, pattern) for pattern in patterns)
    ]
    return pipeline.check(recording, protocol, rules, library.dialect_of(recording, protocol, dialect))


# What is given


def recordings_of(what: Any) -> list[Recording]:
    """The recordings in whatever can be asserted of. Raises UsageError for anything else."""
    if isinstance(what, Recording):
        return [what]
    if isinstance(what, Iterator):
        return recordings_of(_joined(what))
    if isinstance(what, bytes | bytearray) or (isinstance(what, str) and _is_text_of_stream(what)):
        from ..edge import rawsse

        return [rawsse.read(what.encode() if isinstance(what, str) else bytes(what), "the stream")]
    if isinstance(what, str | Path):
        from ..edge.load import find, load

        return [recording for path in find([str(what)]) for recording in load(path)]
    if isinstance(what, Sequence) and what and all(isinstance(one, Recording) for one in what):
        return list(what)
    if hasattr(getattr(what, "headers", None), "multi_items"):
        return [_of_response(what)]
    hint = "Give a path, a Recording, the bytes of an event stream (`response.content`), or an httpx.Response."
    raise UsageError(f"A {type(what).__name__} cannot be judged.", hint)


def _joined(chunks: Iterator[object]) -> bytes:
    """The chunks of a stream as one. Raises UsageError where they are no bytes."""
    parts = []
    for chunk in chunks:
        if not isinstance(chunk, bytes):
            raise UsageError(f"A chunk of a stream is of type {type(chunk).__name__}.", "Give bytes, as they came.")
        parts.append(chunk)
    return b"".join(parts)


def _is_text_of_stream(text: str) -> bool:
    return "\n" in text or not text


def _of_response(response: httpx.Response) -> Recording:
    """A response of httpx as a recording: its bytes, but neither reads nor times."""
    request, lacking = response.request, {Evidence.TIMING, Evidence.READS}
    try:
        asked = request.content
    except Exception as error:  # httpx.RequestNotRead, without loading httpx here
        asked, lacking = b"", lacking | {Evidence.REQUEST}
        del error
    return Recording(
        request=Request(request.method, str(request.url), Headers(request.headers.multi_items()), asked),
        status=response.status_code,
        reason=response.reason_phrase,
        headers=Headers(response.headers.multi_items()),
        body=_content(response),
        http_version=response.http_version,
        content_encoding=response.headers.get("content-encoding"),
        missing=frozenset(lacking),
        source="the response",
    )


def _content(response: httpx.Response) -> bytes:
    """The body, which is read where that has not been done. Raises UsageError where it is gone."""
    try:
        return response.read()
    except Exception as error:
        hint = "Keep its bytes and give those, or have conformance_record stand between."
        raise UsageError(f"The response's body is not there ({type(error).__name__}).", hint) from error


# What is said


def complaint(run: Run, body: bytes, fail_on: Level) -> str | None:
    """What is wrong with a judged stream, in full, or None where nothing is."""
    found = [one for one in run.findings if one.excuse is None and one.level >= fail_on]
    if found:
        return "\n".join([_head(run), *told(run, found, body)])
    return None if run.verdict in JUDGED else f"{_head(run)}\n  could not be judged: {why_not(run)}"


def told(run: Run, findings: Sequence[Finding], body: bytes) -> Iterator[str]:
    """The lines of findings: level, rule and place, message, sentence, clients that break, and the bytes."""
    from ..render._details import finding_lines
    from ..render._excerpt import excerpt
    from ..render._text import plain

    cited: set[str] = set()
    for finding in findings:
        yield ""
        first = finding.rule not in cited
        yield from finding_lines(run, finding, COLUMNS, plain, lambda run, one, width: excerpt(body, one, width), first)
        cited.add(finding.rule)


def _head(run: Run) -> str:
    named = " · ".join(part for part in (run.protocol, run.dialect, run.model) if part)
    label = (run.source or "the recording") + (f" #{run.interaction}" if run.interaction else "")
    return f"{label} does not conform ({named})" if run.worst() is not None else f"{label} ({named})"


def why_not(run: Run) -> str:
    """Why there is no verdict."""
    from ..render._details import reason_of

    return reason_of(run)
