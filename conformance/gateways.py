"""The gateway test as data: its cases, what is asked and what is played for each, and how a gateway is configured.

Law: the folders gateway_cases/ and gateway_configs/ are the registries; nothing is read before it is asked for, and
nothing is sent or written here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import orjson

from . import catalogue, museum
from .core.fault_steps import STEPS
from .core.mutate import events_of
from .core.recording import Recording, Request
from .core.sandwich import BEFORE_FIRST_BYTE, SILENCE, marker
from .edge.abort import UNANSWERED, Stage
from .edge.gateway_case import GROUPS, Case
from .edge.gateway_upstream import Play, Spoken
from .edge.load import load
from .edge.scenario import Scenario, fill, merged
from .suite import endpoint, endpoints, named, scenario, stages

_CASES = catalogue.PACKAGE / "gateway_cases"
_CONFIGS = catalogue.PACKAGE / "gateway_configs"
PROTOCOLS = ("openai-chat", "anthropic-messages", "openai-responses", "gemini-generate")
"""Those that gateways speak, and that are tried where nobody names any."""
_ANY_STATUS = (200, 400, 429, 500, 502, 503, 504)
_ASKED_BY: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "openai-chat": lambda body: bool((body.get("stream_options") or {}).get("include_usage")),
}
"""Protocol -> whether a request asks for usage, where that is asked for."""


# What there is


@cache
def cases() -> dict[str, Case]:
    """The cases by name, in the order in which they run."""
    found = [
        Case.of(path.stem, catalogue.read_toml(path, "gateway-case.json")) for path in sorted(_CASES.glob("*.toml"))
    ]
    ordered = sorted(found, key=lambda case: (GROUPS.index(case.group), case.name != "text", case.name))
    return {case.name: case for case in ordered}


def case(name: str) -> Case:
    """The case of this name. Raises UsageError with the nearest names."""
    return named(name, cases(), "case of the gateway test")


@cache
def configs() -> dict[str, str]:
    """Gateway -> the file name of its template."""
    return {path.name.partition(".")[0]: path.name for path in sorted(_CONFIGS.glob("[a-z]*.*"))}


def config(name: str, upstream: str, model: str) -> str:
    """What points this gateway at our upstream. Raises UsageError with the nearest names."""
    file = named(name, configs(), "gateway with a template")
    parts = upstream.partition("://")[2]
    values = {
        "upstream": upstream,
        "address": parts,
        "host": parts.rpartition(":")[0],
        "port": parts.rpartition(":")[2],
    }
    return str(fill((_CONFIGS / file).read_text(encoding="utf-8"), {**values, "model": model}))


# What is asked


def question(case: Case, protocol: str) -> Scenario:
    """What the client asks in this protocol: the request of the case's scenario, under the case's name."""
    asked = scenario(protocol, case.scenario)
    usage = endpoint(protocol).usage
    body = merged(asked.body, usage) if case.usage and usage else asked.body
    early = (UNANSWERED,) if case.abort else ()
    statuses = _ANY_STATUS if case.fault else (200, *early)
    cancel = {"stage": case.abort.stage} if case.abort else {}
    return replace(
        asked,
        name=case.name,
        title=case.title,
        purpose=case.purpose,
        body=body,
        statuses=statuses,
        needs=(),
        expect={},
        copies=case.copies,
        cancel=cancel,
    )


def stage(case: Case, protocol: str) -> Stage | None:
    """When a client of this protocol leaves, if it does."""
    return case.abort.stage_of(stages(protocol)[case.abort.stage]) if case.abort else None


def spoken(request: Request) -> Spoken:
    """What a request that comes to the upstream asks for, by its path, else by its body."""
    protocol = _by_path(request.path) or _by_body(request.json)
    whole = request.path.endswith(":generateContent")
    streamed = request.json.get("stream") is True or (protocol == "gemini-generate" and not whole)
    wants = _ASKED_BY.get(protocol or "")
    return Spoken(protocol, streamed, usage=bool(wants and streamed and wants(request.json)))


def _by_path(path: str) -> str | None:
    path = path.replace(":generateContent", ":streamGenerateContent")
    fitting = [(len(one.path), name) for name, one in endpoints().items() if one.named_by(path)]
    return max(fitting)[1] if fitting else None


def _by_body(body: Mapping[str, Any]) -> str | None:
    """For gateways that ask at a path of their own."""
    shapes = (("contents", "gemini-generate"), ("input", "openai-responses"), ("messages", "openai-chat"))
    return next((protocol for member, protocol in shapes if member in body), None)


# What is played


def play(case: Case, silence: float, number: int | None = None) -> Play:
    """What the upstream plays for a case, in every protocol: a gateway may ask in another than its client.

    `silence` is how long it is silent where a client leaves in a silence, in seconds; `number` that of a stream which
    carries a marker in its text."""
    return _marked(_play(case, silence), number) if number is not None else _play(case, silence)


@cache
def _play(case_: Case, silence: float) -> Play:
    found: dict[Spoken, Recording] = {}
    for protocol in PROTOCOLS:
        plain = _builtin(protocol, case_.scenario)
        found[Spoken(protocol)] = _made(case_, plain, protocol, silence)
        if protocol in _ASKED_BY:
            found[Spoken(protocol, usage=True)] = _made(case_, _with_usage(plain), protocol, silence)
        found[Spoken(protocol, streamed=False)] = _builtin(protocol, "text-unstreamed")
    return Play(found)


@cache
def _builtin(protocol: str, name: str) -> Recording:
    """The built-in recording of a scenario; the plainest, where the protocol has no such scenario."""
    folder = catalogue.data_folder("cassettes") / protocol / "builtin"
    path = folder / f"{name}.yaml"
    return load(path if path.is_file() else folder / "text.yaml")[0]


def _made(case: Case, recording: Recording, protocol: str, silence: float) -> Recording:
    """The recording as the case wants it: paced, changed, with its fault, with its silence."""
    if case.gap is not None:
        recording = STEPS["pace"](recording, 0, cut="event", milliseconds=case.gap)
    for step in case.steps.get(protocol, ()):
        recording = STEPS[step.operation](recording, 0, **step.parameters)
    if case.fault:
        recording = museum.wanted(case.fault).on(recording)
    return _silent(recording, case, protocol, silence)


def _silent(recording: Recording, case: Case, protocol: str, silence: float) -> Recording:
    """The upstream says nothing for so long where the client is to leave in a silence."""
    leaves, situation = stage(case, protocol), case.abort.situation if case.abort else None
    if situation == BEFORE_FIRST_BYTE:
        late = STEPS["delay"](recording, 0, seconds=silence)
        return replace(late, headers_at=(recording.headers_at or 0.0) + silence * 1000)
    if situation != SILENCE or leaves is None:
        return recording
    reached = _reached(recording, leaves)
    if reached >= len(events_of(recording)):
        return STEPS["hold"](recording, reached - 1, seconds=silence)
    return STEPS["delay"](recording, reached, seconds=silence)


def _reached(recording: Recording, stage: Stage) -> int:
    """How many events have come when the client has reached the stage: all but one where the protocol has no such."""
    if stage.events is not None:
        return stage.events
    events = events_of(recording)
    seen = re.compile(stage.seen.encode()) if stage.seen else None
    found = (index for index, event in enumerate(events, 1) if seen is not None and seen.search(event.raw))
    return next(found, len(events) - 1)


def _with_usage(recording: Recording) -> Recording:
    """The chat stream as it is for who asked for usage: null in every chunk, and a chunk of its own before [DONE]."""
    first = events_of(recording)[0]
    kept = ("id", "object", "created", "model", "service_tier", "system_fingerprint")
    chunk = {name: value for name, value in orjson.loads(first.raw).items() if name in kept}
    figures = {"prompt_tokens": 19, "completion_tokens": 26, "total_tokens": 45}
    last = orjson.dumps({**chunk, "choices": [], "usage": figures}).decode()
    if b'"usage"' in recording.body:
        return recording
    told = STEPS["edit"](recording, 0, member="usage", to="null", add=True, on=True)
    return STEPS["insert"](told, len(events_of(told)) - 1, text=f"data: {last}\n\n")


def _marked(play: Play, number: int) -> Play:
    """Every stream with the marker of this number behind each blank of its text."""
    word = f" {marker(number)} "
    streams = ((asked, one) for asked, one in play.recordings.items() if asked.streamed)
    return Play({asked: STEPS["retext"](one, 0, old=" ", new=word) for asked, one in streams})
