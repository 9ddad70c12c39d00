"""Reports and cassettes made by hand, for the tests of what a user sees."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.core.baseline import BaselineCheck
from conformance.core.finding import Failure, Family, Finding, Level, Outcome, Report, Run, Stale, Verdict

TOOL = {"name": "llm-stream-conformance", "version": "1.2.3"}


def finding(
    rule: str = "demo/fault", level: Level = Level.ERROR, message: str = "what is wrong", **more: Any
) -> Finding:
    return Finding(rule, level, Family.SHAPE, message, **more)


def outcomes(*findings: Finding, passed: int = 2) -> tuple[Outcome, ...]:
    """One outcome per broken rule, and some that hold, do not apply and are not recorded."""
    by_rule: dict[str, list[Finding]] = {}
    for one in findings:
        by_rule.setdefault(one.rule, []).append(one)
    broken = [
        Outcome(rule, Verdict.WAIVED if found[0].waived else Verdict.FAIL, tuple(found))
        for rule, found in by_rule.items()
    ]
    held = [Outcome(f"demo/held-{number}", Verdict.PASS) for number in range(passed)]
    idle = Outcome("demo/idle", Verdict.NOT_APPLICABLE, (), "no tool was called")
    blind = Outcome("demo/blind", Verdict.NOT_RECORDED, (), "not recorded: reads, timing")
    return (*broken, *held, idle, blind)


def run(source: str = "a.yaml", *findings: Finding, **more: Any) -> Run:
    standing = [one for one in findings if one.waived is None and one.level is Level.ERROR]
    verdict = Verdict.FAIL if standing else Verdict.WAIVED if findings else Verdict.PASS
    values: dict[str, Any] = {
        "source": source,
        "interaction": 0,
        "protocol": "openai-chat",
        "dialect": "strict",
        "model": "gpt-x",
        "verdict": verdict,
        "outcomes": outcomes(*findings),
        "events": 12,
        "bytes": 3456,
    }
    return Run(**{**values, **more})


def report(
    *runs: Run,
    failures: Sequence[Failure] = (),
    stale: Sequence[Stale] = (),
    baseline: BaselineCheck | None = None,
) -> Report:
    return Report(TOOL, "2026.11", runs, failures, stale, baseline)


def chunk(delta: Mapping[str, Any], finish: str | None = None, **top: Any) -> str:
    """One chunk as wire text."""
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1700000000, "model": "gpt-x"}
    data = {**head, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **top}
    return f"data: {json.dumps(data)}\n\n"


GOOD = "".join([
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "Hello"}),
    chunk({}, "stop"),
    "data: [DONE]\n\n",
])  # fmt: skip
TWO_IDS = GOOD.replace("chatcmpl-1", "chatcmpl-2", 1)
"""Breaks openai-chat/id-changes."""


def cassette(path: Path, *bodies: str, recording: Mapping[str, Any] | None = None, **metadata: Any) -> Path:
    """Writes a cassette as vcrpy's JSON serializer does."""
    asked = {"model": "gpt-x", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}
    interactions = [
        {
            "request": {
                "method": "POST",
                "uri": "https://api.example.com/v1/chat/completions",
                "body": json.dumps(asked),
                "headers": {"content-type": ["application/json"]},
            },
            "response": {
                "status": {"code": 200, "message": "OK"},
                "headers": {"content-type": ["text/event-stream"]},
                "body": {"string": body},
                **({"recording": dict(recording)} if recording else {}),
            },
        }
        for body in bodies
    ]
    content = {"version": 1, "interactions": interactions, **({"metadata": metadata} if metadata else {})}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path
