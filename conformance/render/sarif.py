"""The report as SARIF 2.1.0: rules with their whole page, results with their place in the recording's file.

Law: every line and column was found in the file (`Finding.spot`) or is left out with a word on why. What does not count
is a suppression with its reason. What could not be read is a notification, and then the run was not successful.

Places are counted in characters (`columnKind: unicodeCodePoints`) and are those of the recording's file, relative to
the folder in which conformance ran (`%SRCROOT%`). The standard: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import orjson

from ..core.finding import Failure, Finding, Report, Run
from ..core.rule import Rule
from ._baseline import next_step, stale_words
from ._page import body_of
from ._rules import rule_of
from ._text import safe

SPOTS = True
"""This form shows places in files."""
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_PLACEHOLDER = re.compile(r"\{\d+\}")
_LINK = re.compile(r"(\[(?=[^\]]*\]\())")
_ROOT = "%SRCROOT%"
_STDIN = ("-", "")
_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
"""Level -> GitHub's `problem.severity`."""


def render(report: Report) -> str:
    """The log as indented JSON with a final newline."""
    return orjson.dumps(_log(report), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _log(report: Report) -> dict[str, Any]:
    found = [(run, finding) for run in report.runs for finding in run.findings]
    ids = sorted({finding.rule for _, finding in found})
    numbers = {rule: number for number, rule in enumerate(ids)}
    again: Counter[str] = Counter()
    run = {
        "tool": {"driver": _driver(report, ids)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The folder in which conformance ran."}}},
        "invocations": [_invocation(report)],
        "results": [_result(run, finding, numbers[finding.rule], again) for run, finding in found],
        "properties": {"ruleset": report.ruleset},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


# The tool and its rules


def _driver(report: Report, ids: Sequence[str]) -> dict[str, Any]:
    version = report.tool.get("version", "0")
    rules = [_descriptor(rule_id, rule_of(rule_id)) for rule_id in ids]
    return {"name": report.tool.get("name", "conformance"), "version": version, "rules": rules}


def _descriptor(rule_id: str, rule: Rule | None) -> dict[str, Any]:
    """A rule with all that its page says; of a rule that this version does not know, the id alone."""
    if rule is None:
        return {"id": rule_id}
    title = f"{rule.title}."
    page = body_of(rule)
    return {
        "id": rule_id,
        "shortDescription": {"text": title},
        "fullDescription": {"text": " ".join((page or title).partition("\n\n")[0].split())},
        "help": {"text": "\n\n".join(_help(rule, page)), "markdown": "\n\n".join(_help(rule, page, marked=True))},
        "helpUri": rule.cite[0].url,
        "defaultConfiguration": {"level": rule.level.label},
        "properties": {
            "tags": [rule.family.value, rule_id.partition("/")[0]],
            "problem.severity": _SEVERITY[rule.level.label],
            "precision": "high",
            "since": rule.since,
            "statements": list(rule.statements),
        },
    }


def _help(rule: Rule, page: str, marked: bool = False) -> Iterator[str]:
    """The page: the fault, why it matters, the sentences, the clients that break. `marked`: as Markdown."""
    yield f"**{rule.title}.**" if marked else f"{rule.title}."
    if page:
        yield page
    for cite in rule.cite:
        yield f"> {cite.quote}\n>\n> <{cite.url}>" if marked else f"“{cite.quote}”\n{cite.url}"
    for client, url in rule.breaks:
        yield f"Breaks [{client}]({url})." if marked else f"Breaks {client}: {url}"


# What was found


def _result(run: Run, finding: Finding, number: int, again: Counter[str]) -> dict[str, Any]:
    """One finding. `again` counts those that are alike, so that each has a fingerprint of its own."""
    alike = "\0".join((finding.rule, run.source, str(run.interaction), finding.pointer or ""))
    again[alike] += 1
    fingerprint = sha256(f"{alike}\0{again[alike]}".encode("utf-8", "replace")).hexdigest()
    return {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": finding.level.label,
        "message": {"text": " ".join(_words(finding))},
        "locations": [_location(run, finding)],
        "occurrenceCount": finding.count,
        "partialFingerprints": {"conformance/v1": fingerprint},
        "suppressions": _suppressions(finding),
        "properties": _properties(run, finding),
    }


def _words(finding: Finding) -> Iterator[str]:
    message = _literal(safe(finding.message))
    yield message if message.endswith((".", "!", "?")) else f"{message}."
    if finding.count > 1:
        yield f"({finding.count:,} times)"
    if finding.spot is not None and finding.spot.remark:
        yield finding.spot.remark


def _literal(text: str) -> str:
    """`text` without what SARIF reads as a placeholder (3.11.5) or a link (3.11.6). Other braces stay: readers show
    doubled ones as they stand, and a message quotes bytes."""
    return _LINK.sub(r"\\\1", _PLACEHOLDER.sub(r"{\g<0>}", text))


def _suppressions(finding: Finding) -> list[dict[str, str]]:
    """Why it does not count. An empty list says that it does."""
    if finding.excuse is None:
        return []
    return [{"kind": "external", "status": "accepted", "justification": f"{finding.excuse}: {finding.because}"}]


def _properties(run: Run, finding: Finding) -> dict[str, Any]:
    told: Mapping[str, object] = {
        "family": finding.family.value,
        "protocol": run.protocol,
        "dialect": run.dialect,
        "model": run.model,
        "scenario": run.metadata.get("scenario") if isinstance(run.metadata.get("scenario"), str) else None,
        "interaction": run.interaction,
        "event": finding.event,
        "byteOffset": finding.offset,
        "pointer": finding.pointer,
        "at": finding.at,
    }
    return {name: safe(value) if isinstance(value, str) else value for name, value in told.items() if value is not None}


def _location(run: Run, finding: Finding) -> dict[str, Any]:
    """Where it stands: in the file, and in the stream."""
    steps = [f"interactions[{run.interaction}]"]
    steps += [f"events[{finding.event}]"] if finding.event is not None else []
    inner = "/".join(steps) + (finding.pointer or "")
    location: dict[str, Any] = {"logicalLocations": [{"fullyQualifiedName": safe(inner), "kind": "element"}]}
    if run.source not in _STDIN:
        location["physicalLocation"] = {"artifactLocation": _artifact(run.source), "region": _region(finding)}
    return location


def _region(finding: Finding) -> dict[str, Any]:
    spot = finding.spot
    if spot is None:
        return {"startLine": 1}
    if spot.column is None:
        return {"startLine": spot.line}
    place = {"startLine": spot.line, "startColumn": spot.column, "endLine": spot.end_line, "endColumn": spot.end_column}
    return {**place, "snippet": {"text": _whole(spot.text)}}


def _whole(text: str) -> str:
    """Text that JSON can hold: a byte that is no UTF-8 is shown as the replacement character."""
    return text.encode("utf-8", "replace").decode("utf-8", "replace")


def _artifact(source: str) -> dict[str, str]:
    """The file as a URI: relative to the folder where conformance ran, or absolute where it was given so."""
    path = source.replace("\\", "/")
    drive = len(path) > 1 and path[1] == ":"
    if path.startswith("/") or drive:
        return {"uri": f"file://{'/' if drive else ''}{quote(path, safe='/:', errors='surrogateescape')}"}
    return {"uri": quote(path.removeprefix("./"), errors="surrogateescape"), "uriBaseId": _ROOT}


# What could not be told


def _invocation(report: Report) -> dict[str, Any]:
    told = [_unread(failure) for failure in report.failures]
    told += [_notification("warning", f"Stale: dialect {one.dialect} waives {one.rule}, but {one.runs} runs kept it.")
             for one in report.stale]  # fmt: skip
    check = report.baseline
    for entry in check.stale if check is not None else ():
        told.append(_notification("error", f"Stale: {stale_words(entry)} {next_step(check) if check else ''}"))
    return {"executionSuccessful": not report.failures, "toolExecutionNotifications": told}


def _unread(failure: Failure) -> dict[str, Any]:
    where = {} if failure.source in _STDIN else {"locations": [_file(failure.source)]}
    return {**_notification("error", failure.message), **where}


def _file(source: str) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": _artifact(source)}}


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": safe(text)}}
