"""The report as JUnit XML: a suite for each stream, a test case for each rule that was asked of it.

Law: what fails is what the reader of the report counts as failure (`--fail-on`); lesser findings, and those that do not
count, are told in `system-out` of a case that passes. What could not be told is `skipped` with its reason, never a
pass; what could not be read is an `error`. No character of a stream can break the XML.

The form is that of Jenkins' and Maven's readers (testsuites, testsuite, testcase, failure, error, skipped, system-out),
which GitLab and the GitHub actions for test reports read too. `classname` is TARGET.STREAM without further dots,
because Jenkins takes what stands before the last dot as the package; `file` of the suite names the recording. Elements
and attributes are those of `junit-10.xsd`: Jenkins' xunit plugin refuses a file with any other.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ..core.finding import JUDGED, Finding, Level, Outcome, Report, Run, Spot, Verdict
from ..core.identity import ANY, target_of
from ._baseline import next_step, stale_words
from ._details import place_of, unlinked
from ._rules import rule_of
from ._summary import labels
from ._text import safe

_INVALID = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (2.2), and carriage returns, which its readers change."""
SPOTS = True
"""It shows places in files."""
_COUNTED = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(report: Report) -> str:
    """The XML document."""
    root = Element("testsuites", name="conformance")
    for name, run in zip(labels(report.runs), report.runs, strict=True):
        root.append(_suite(run, name, report))
    for failure in report.failures:
        case = _case(_single(root, failure.source), "unreadable", "conformance")
        _told(case, "error", "input", failure.message, failure.message)
    _stale(root, report)
    for suite in root:
        _count(suite, [suite])
    _count(root, list(root))
    del root.attrib["skipped"]
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _suite(run: Run, name: str, report: Report) -> Element:
    """One stream."""
    suite = Element("testsuite", name=_clean(name), file=_clean(run.source))
    total = run.latency.get("total")
    if total is not None:
        suite.set("time", f"{total / 1000:.3f}")
    about = {"protocol": run.protocol, "dialect": run.dialect, "model": run.model, "ruleset": report.ruleset}
    properties = SubElement(suite, "properties")
    for key, value in about.items():
        if value:
            SubElement(properties, "property", name=key, value=_clean(value))
    group = _group(run, name)
    for outcome in run.outcomes:
        _outcome(_case(suite, outcome.rule, group), outcome, run, report.fail_on)
    if not run.outcomes:
        SubElement(_case(suite, "verdict", group), "skipped", message="no rule speaks for this stream")
    return suite


def _group(run: Run, name: str) -> str:
    """`groq.chat/tools_yaml`: the target as package, the stream as class."""
    target = target_of(run)
    whose = "" if target == ANY else f"{target.replace('.', '_')}."
    return whose + name.replace(".", "_")


def _case(suite: Element, name: str, group: str) -> Element:
    return SubElement(suite, "testcase", classname=_clean(group), name=_clean(name))


def _outcome(case: Element, outcome: Outcome, run: Run, fail_on: Level | None) -> None:
    """What became of one rule."""
    failing = [one for one in outcome.findings if one.excuse is None and fail_on is not None and one.level >= fail_on]
    if failing:
        worst = max(failing, key=lambda one: one.level)
        _told(case, "failure", worst.level.label, worst.message, _words(failing, run.source))
    elif outcome.verdict not in JUDGED:
        SubElement(case, "skipped", message=_clean(outcome.reason or outcome.verdict.value))
    elif outcome.verdict is Verdict.PASS and run.inconclusive is not None:
        SubElement(case, "skipped", message=_clean(f"inconclusive: {run.inconclusive}"))
    told = [one for one in outcome.findings if one not in failing]
    if told:
        SubElement(case, "system-out").text = _clean(_words(told, run.source))


def _words(findings: Iterable[Finding], source: str) -> str:
    return "\n\n".join(_paragraph(finding, source) for finding in findings)


def _paragraph(finding: Finding, source: str) -> str:
    """A finding for reading: level, message, place, the sentence that is broken and where it stands."""
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    lines = [f"{finding.excuse or finding.level.label}: {safe(finding.message)}{times}", place_of(finding)]
    lines += [":".join(map(str, _spot(finding.spot, source)))] if finding.spot else []
    lines += [f"pointer {safe(finding.pointer)}"] if finding.pointer else []
    lines += [f"{finding.excuse}: {safe(finding.because or '')}"] if finding.excuse else []
    rule = rule_of(finding.rule)
    lines += [f"“{unlinked(rule.cite[0].quote)}”", rule.cite[0].url] if rule else []
    return "\n".join(line for line in lines if line)


def _spot(spot: Spot, source: str) -> Iterator[object]:
    """`recordings/tools.yaml:49:9`, as editors and terminals know it."""
    yield safe(source)
    yield spot.line
    if spot.column is not None:
        yield spot.column


def _stale(root: Element, report: Report) -> None:
    """Entries of the baseline that nothing matches any more fail the run; deviations that are gone are told."""
    check = report.baseline
    for entry in check.stale if check else ():
        case = _case(_single(root, check.source if check else ""), entry.rule, f"baseline.{entry.target}")
        _told(case, "failure", "stale", stale_words(entry), next_step(check) if check else "")
    for stale in report.stale:
        case = _case(_single(root, f"dialect {stale.dialect}"), stale.rule, f"dialect.{stale.dialect}")
        words = f"stale: {stale.runs} runs kept what the dialect waives ({stale.because})"
        SubElement(case, "system-out").text = _clean(words)


def _single(root: Element, name: str) -> Element:
    return SubElement(root, "testsuite", name=_clean(name))


def _told(case: Element, tag: str, kind: str, message: str, text: str) -> None:
    SubElement(case, tag, type=kind, message=_clean(safe(message))).text = _clean(text)


def _count(element: Element, within: list[Element]) -> None:
    """Sums up the cases."""
    cases = [case for suite in within for case in suite.iter("testcase")]
    tags = Counter(child.tag for case in cases for child in case)
    element.set("tests", str(len(cases)))
    for name, tag in _COUNTED.items():
        element.set(name, str(tags[tag]))


def _clean(text: str) -> str:
    """`text` without what XML cannot hold."""
    return _INVALID.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
