"""A rule's page, for the terminal and as Markdown: the sentence, why it matters, who breaks, a good and a bad stream.

Law: made from the rule and its examples alone; the findings of the examples come from the caller, who may judge.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from difflib import unified_diff
from typing import NamedTuple

import orjson

from ..core.example import Example
from ..core.finding import Finding
from ..core.recording import EndKind, pack_reads
from ..core.rule import Rule
from ._details import place_of, unlinked
from ._markdown import fence
from ._text import Paint, clip, pad, safe, wrap

MAX_LINES = 28
"""Lines of body up to which an example is shown whole; of a longer one the first few stand for it."""
FIRST_LINES = 8
MAX_LINE = 400
MAX_READS = 120
_HEADS = ("> ", "< ", "# ")
"""What the lines of an exchange begin with that are not of its body."""
_PLAIN_HEADERS = (("content-type", "text/event-stream"),)


class Shown(NamedTuple):
    """An example and what the rules find in it."""

    example: Example
    findings: Sequence[Finding]


def facts(rule: Rule) -> list[tuple[str, str]]:
    """What there is to know of a rule in single words."""
    pairs = [
        ("level", rule.level.label),
        ("family", rule.family.value),
        ("since", rule.since),
        ("judges", rule.on.value + (", ended by the server" if rule.complete else "")),
        ("needs", ", ".join(sorted(rule.needs)) and f"{', '.join(sorted(rule.needs))} in the recording"),
        ("statements", ", ".join(rule.statements)),
    ]
    return [(name, value) for name, value in pairs if value]


def body_of(rule: Rule) -> str:
    """The page without its first line."""
    return rule.page.strip().partition("\n")[2].strip()


def example_lines(example: Example) -> Iterator[str]:
    """An exchange as `curl -v` shows one: what was asked, the head, the body, and the times where they matter."""
    asked = dict(example.request)
    if asked != {"stream": True}:
        yield f"> {orjson.dumps(asked).decode()}"
    if example.status != 200 or example.headers != _PLAIN_HEADERS:
        yield f"< {example.http_version or 'HTTP'} {example.status}"
        yield from (f"< {name}: {value}" for name, value in example.headers)
    text = example.raw.decode("utf-8", "backslashreplace")
    lines = text.replace("\r\n", "␍␊\n").replace("\r", "␍\n").removesuffix("\n").split("\n")
    kept = len(lines) if len(lines) <= MAX_LINES else FIRST_LINES
    for line in lines[:kept]:
        yield clip(safe(line), MAX_LINE)
    if len(lines) > kept:
        yield f"… {len(lines) - kept} more lines"
    if example.twin is not None:
        yield f"# not streamed  {clip(safe(example.twin), MAX_LINE)}"
    for number, above in enumerate(example.upstream or (), 1):
        which = f" of request {number}" if len(example.upstream or ()) > 1 else ""
        yield f"# the upstream's side{which}"
        yield from (f"| {line}" for line in example_lines(above) if above.raw != example.raw or line.startswith(_HEADS))
    if example.upstream == ():
        yield "# the upstream was never asked"
    if example.reads:
        yield "# reads, ms:bytes  " + clip(pack_reads(example.recording().reads), MAX_READS)
    end = example.end
    if end.kind is not EndKind.EOF or end.by or (end.at is not None and example.reads):
        at = f" after {end.at:g} ms" if end.at is not None else ""
        yield f"# end  {end.kind.value}{f' by the {end.by}' if end.by else ''}{at}"


def found_line(finding: Finding) -> str:
    """`openai-chat/id-changes: message (event 1 · byte 260)`."""
    place = place_of(finding)
    return f"{finding.rule}: {safe(finding.message)}" + (f" ({place})" if place else "")


def markdown(rule: Rule, good: Iterable[Shown], bad: Iterable[Shown]) -> str:
    """The page as Markdown."""
    good, bad = list(good), list(bad)
    parts = [f"# {rule.id}", f"**{rule.title}.**"]
    pairs = facts(rule)
    parts.append("\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in pairs)]))
    parts += [body_of(rule)] if body_of(rule) else []
    parts.append("## Source")
    parts += [f"> {cite.quote}\n\n<{cite.url}>" for cite in rule.cite]
    if rule.breaks:
        parts.append("## Clients that break")
        parts.append("\n".join(f"- {client}: <{url}>" for client, url in rule.breaks))
    for title, shown in (("Good", good), ("Bad", bad)):
        parts.append(f"## {title}")
        for example, findings in shown:
            parts.append(_block(example, good[0].example if good and title == "Bad" else None))
            if findings:
                parts.append("\n".join(f"- {finding.level.label} {found_line(finding)}" for finding in findings))
    return "\n\n".join(parts) + "\n"


def _block(example: Example, base: Example | None) -> str:
    """An example as a block; where it shares lines with `base`, as what it changes."""
    lines = list(example_lines(example))
    known = list(example_lines(base)) if base else []
    if set(lines) & set(known) - {""}:
        changed = [line.rstrip() for line in unified_diff(known, lines, lineterm="", n=len(lines) + len(known))]
        return fence("\n".join(changed[3:]) if changed else "\n".join(lines), "diff")
    return fence("\n".join(lines), "text")


def terminal(rule: Rule, good: Iterable[Shown], bad: Iterable[Shown], columns: int, paint: Paint) -> Iterator[str]:
    """The page for a terminal."""
    yield f"{paint(rule.id, 'bold')}  {paint(rule.level.label, rule.level.label)}"
    yield from wrap(f"{rule.title}.", columns)
    yield ""
    for paragraph in body_of(rule).split("\n\n") if body_of(rule) else []:
        yield from _paragraph(paragraph, columns)
        yield ""
    for name, value in facts(rule)[1:]:
        yield f"{paint(pad(name, 12), 'dim')}{value}"
    for cite in rule.cite:
        yield ""
        yield from wrap(f"“{unlinked(cite.quote)}”", columns, " ", "")
        yield paint(cite.url, "link")
    if rule.breaks:
        yield ""
    for client, url in rule.breaks:
        yield f"breaks {client}  {paint(url, 'link')}"
    good, bad = list(good), list(bad)
    common = {line for example, _ in good for line in example_lines(example)}
    for title, role, shown in (("good", "pass", good), ("bad", "fail", bad)):
        for example, findings in shown:
            yield ""
            yield paint(title, role)
            for line in example_lines(example):
                yield from _example_line(line, line not in common, columns - 4, paint)
            for finding in findings:
                lines = wrap(found_line(finding), columns - 4)
                yield from (f"  {paint('▲ ' if n == 0 else '  ', 'error')}{line}" for n, line in enumerate(lines))


def _example_line(line: str, differs: bool, columns: int, paint: Paint) -> Iterator[str]:
    """One line of an example: cut where the good stream holds the same, whole where it does not."""
    bar = paint("  │ ", "dim")
    if not differs:
        yield f"{bar}{paint(clip(line, columns), 'dim')}"
        return
    yield from (f"{bar}{line[start : start + columns]}" for start in range(0, len(line), columns))


def _paragraph(text: str, columns: int) -> list[str]:
    """Prose is wrapped; what is indented (a table, a sample) stays as it is."""
    if text.startswith((" ", "\t", "|", "-")):
        return text.split("\n")
    return textwrap.wrap(text, columns, break_long_words=False, break_on_hyphens=False)
