"""Writes reports/seeds.md: what a conforming reader makes of the samples that five gateways print on their pages.

Law: the files beside this one are the samples as they are printed, byte for byte; each is a short quotation from the
page that `PAGES` names. What is granted (a blank line at the end, which no code block shows) is said in `READINGS`.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))

from conformance import catalogue, check, load  # noqa: E402
from conformance.core.finding import Finding, Level, Run  # noqa: E402
from conformance.core.recording import Evidence, Headers, Recording, Request  # noqa: E402
from conformance.core.stream import Stream  # noqa: E402

PROTOCOL = "openai-chat"
MISSING = frozenset({Evidence.TIMING, Evidence.READS})
HEAD = Headers([("content-type", "text/event-stream"), ("cache-control", "no-cache")])
PAGES = {
    "anyrouter": "AnyRouter, “Streaming”",
    "openrouter": "OpenRouter, “Streaming”",
    "arouter": "ARouter, “Streaming”",
    "infron": "Infron (OneRouter), “Streaming”",
    "yuhuan": "YuhuanStudio, “Streaming”",
}
Reading = Callable[[bytes], bytes]


class Sample(NamedTuple):
    """One printed sample: its file, what it shows, how it is read, and what to make of it."""

    file: str
    section: str
    readings: list[str]
    says: str
    asks: Mapping[str, Any] = MappingProxyType({})
    """What the request asks for beside a stream."""

    @property
    def gateway(self) -> str:
        """The gateway whose page prints it."""
        return self.file.partition("-")[0]

    @property
    def printed(self) -> bytes:
        """Its bytes, as they are printed."""
        return (HERE / f"{self.file}.sse").read_bytes()


def as_printed(raw: bytes) -> bytes:
    """The bytes as they are, and the blank line behind them that a code block cannot show."""
    return raw + b"\n"


def separated(raw: bytes) -> bytes:
    """A blank line behind each line."""
    return raw.replace(b"\n", b"\n\n")


def without_a_brace(raw: bytes) -> bytes:
    """Separated, and without the brace too many at the end of three lines."""
    return separated(raw).replace(b"}]}}]}}\n", b"}]}}]}\n")


def before_an_answer(raw: bytes) -> bytes:
    """In the place of the comments of an answer that is as the page promises."""
    gateway = "infron" if raw.startswith(b"INFRON") else "openrouter"
    answer = load(ROOT / "cassettes" / PROTOCOL / gateway / "text.yaml")[0].body
    return raw + b"\n" + answer[answer.index(b"data: ") :]


def as_data(raw: bytes) -> bytes:
    """On one line, as the data of an event before [DONE]."""
    return b"data: " + b"".join(line.strip() for line in raw.splitlines()) + b"\n\ndata: [DONE]\n\n"


INTRODUCTION = """
What a conforming reader makes of the streams that AnyRouter, OpenRouter, ARouter, Infron and YuhuanStudio print on
their pages about streaming, byte by byte, with the rule that says so. Written by `python cassettes/seeds` from the
files in [cassettes/seeds](../cassettes/seeds); a test makes it again and compares.

A page is no server: what is wrong here is wrong in the documentation, and in clients written after it. What a server
sends is judged by its dialect, with `conformance run anyrouter` and the like. Each sample is read under the dialect of
its gateway. Granted are a blank line at the end, which a code block cannot show, and the head of a response that says
text/event-stream.
"""

READINGS: dict[str, Reading] = {
    "as printed": as_printed,
    "with a blank line behind each line": separated,
    "and without the brace too many": without_a_brace,
    "before an answer": before_an_answer,
    "as the data of the last event": as_data,
}

SAMPLES = [Sample(**item) for item in tomllib.loads((HERE / "samples.toml").read_text(encoding="utf-8"))["sample"]]


def main(path: Path = ROOT / "reports" / "seeds.md") -> None:
    """Writes the report."""
    path.write_text("\n".join(report()) + "\n", encoding="utf-8")


def report() -> Iterator[str]:
    """The lines of the report."""
    yield "# The samples of five gateways' pages"
    yield INTRODUCTION
    yield "| sample | reading | events | text that can be parsed | rules broken: errors | warnings |"
    yield "| --- | --- | --- | --- | --- | --- |"
    judged = [(sample, name, *_read(sample, name)) for sample in SAMPLES for name in sample.readings]
    for sample, name, run, text in judged:
        counts = f"{_broken(run, Level.ERROR)} | {_broken(run, Level.WARNING)}"
        yield f"| [{sample.file}](#{sample.file}) | {name} | {run.events} | {text or 'none'} | {counts} |"
    for sample in SAMPLES:
        yield from _section(sample, [(name, run, text) for one, name, run, text in judged if one is sample])


def _read(sample: Sample, reading: str) -> tuple[Run, str]:
    """The run of a sample in one reading, and the text of the events that a client can parse."""
    asked = {"model": "model-id", "stream": True, "messages": [], **sample.asks}
    one = Recording(
        Request(body=orjson.dumps(asked)),
        headers=HEAD,
        body=READINGS[reading](sample.printed),
        missing=MISSING,
        metadata={"protocol": PROTOCOL, "dialect": sample.gateway},
        source=sample.file,
    )
    protocol = catalogue.protocol(PROTOCOL)
    text = "".join(protocol.text_of(event) for event in Stream(one, protocol).events if event.flaw is None)
    return check(one), f"“{text[:24].strip()}{'…' if len(text) > 24 else ''}”" if text else ""


def _section(sample: Sample, readings: list[tuple[str, Run, str]]) -> Iterator[str]:
    yield f"\n## {sample.file}\n"
    yield f"{PAGES[sample.gateway]}, section {sample.section}:\n"
    yield f"```text\n{sample.printed.decode().rstrip()}\n```\n"
    yield sample.says
    for name, run, text in readings:
        events = "no event" if not run.events else "1 event" if run.events == 1 else f"{run.events} events"
        yield f"\n**{name.capitalize()}**: {events}, {f'the text {text}' if text else 'no text'}.\n"
        yield from _findings(run) or ["Nothing is wrong with it."]


def _findings(run: Run) -> list[str]:
    """One line per rule, those of the framing first: the others often follow from them."""
    found: dict[str, list[Finding]] = {}
    for finding in sorted(run.findings, key=lambda one: (not one.rule.startswith("sse/"), -one.level, one.rule)):
        found.setdefault(finding.rule, []).append(finding)
    return [_line(rule, findings) for rule, findings in found.items()]


def _line(rule: str, findings: list[Finding]) -> str:
    first = findings[0]
    waived = ", waived" if first.waived else ""
    where = "" if first.offset is None else f" (byte {first.offset})"
    said = "; ".join(finding.message.replace("\n", " ").replace("*", "\\*") for finding in findings)
    return f"- {first.level.label}{waived}, `{rule}`: {said}{where}"


def _broken(run: Run, level: Level) -> int:
    """The rules of this level that are broken, and not waived."""
    return len({finding.rule for finding in run.findings if finding.level is level and finding.waived is None})


if __name__ == "__main__":
    main()
