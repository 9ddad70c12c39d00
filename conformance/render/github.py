"""The report as GitHub annotations: workflow commands that put each finding beside the line where its bytes stand.

Law: one line per finding, in the form of GitHub's runner, with its escapes: nothing that a peer sent can begin a
command of its own. GitHub shows ten annotations of a level per step, so the worst come first; what does not count is
left out.

`conformance check cassettes/ --github -` in a workflow prints them where the runner reads. Levels are `error`,
`warning` and `notice`. The form: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator

from ..core.finding import Finding, Level, Report, Run
from ._details import place_of
from ._rules import rule_of
from ._text import safe

SPOTS = True
"""This form shows places in files."""
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(report: Report) -> str:
    """The commands, a line each; nothing where there is nothing to say."""
    found = [(run, finding) for run in report.runs for finding in run.findings if finding.excuse is None]
    lines = [_command("error", failure.message, file=failure.source, title="not judged") for failure in report.failures]
    lines += [_finding(run, finding) for run, finding in sorted(found, key=lambda pair: -pair[1].level)]
    return "".join(f"{line}\n" for line in lines)


def _finding(run: Run, finding: Finding) -> str:
    spot = finding.spot
    places = {"line": spot.line, "col": spot.column, "endLine": spot.end_line} if spot is not None else {}
    if spot is not None and spot.line == spot.end_line:  # GitHub drops columns of more than one line
        places["endColumn"] = spot.end_column
    file = None if run.source in ("-", "") else run.source
    return _command(_COMMANDS[finding.level], "\n".join(_words(run, finding)), file=file, **places, title=finding.rule)


def _words(run: Run, finding: Finding) -> Iterator[str]:
    times = f" ({finding.count:,} times)" if finding.count > 1 else ""
    yield safe(finding.message) + times
    where = f"interaction {run.interaction} · " if run.interaction else ""
    yield f"{where}{place_of(finding)}"
    rule = rule_of(finding.rule)
    if rule is not None:
        yield f"{rule.cite[0].url}"
    if finding.spot is not None and finding.spot.remark:
        yield finding.spot.remark


def _command(name: str, message: str, **properties: object) -> str:
    """`::error file=a.yaml,line=3,title=...::message`, escaped."""
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items() if value is not None)
    return f"::{name} {told}::{_data(message)}" if told else f"::{name}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
