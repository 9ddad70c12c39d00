"""A tool call has another form when it is streamed.

The ids of calls are of another kind or missing, another tool is meant, or the arguments are JSON in one mode and not in
the other. Code that was written against one of them fails on the other. What the arguments say is the model's choice
and is not compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.core.answers import Call, calls_of, form_of
from conformance.core.finding import Family, Level
from conformance.core.payload import parse
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.rules.parity.conditions import both_call, messages, when
from conformance.rules.parity.samples import CALL

GOOD = CALL
BAD = (
    CALL.but(twin=str(CALL.twin).replace('"id":"call_2",', "")),
    CALL.but(twin=str(CALL.twin).replace('"{\\"city\\":\\"Lima\\"}"', '"city=Lima"')),
)


def _arguments(value: object) -> str:
    if isinstance(value, Mapping):
        return "an object"
    if not isinstance(value, str):
        return "absent" if value is None else f"of the type {type(value).__name__}"
    return "text that is no JSON" if value and parse(value.encode("utf-8", "replace"))[1] else "JSON text"


def _forms(calls: list[Call]) -> dict[str, str]:
    """What is compared of the calls of one answer, in words."""
    return {
        "ids of calls": ", ".join(sorted({form_of(call.id) for call in calls})),
        "arguments": ", ".join(sorted({_arguments(call.arguments) for call in calls})),
    }


@rule(
    level=Level.WARNING,
    family=Family.TOOLS,
    cite=Cite(
        "https://github.com/vllm-project/vllm/issues/18412",
        "[Bug]: tool_calls.id is Missing in Streaming Responses (stream=true) but Present in Non-Streaming Responses",
    ),
    when=when(both_call),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    places, streamed, whole = messages(stream)
    forms = _forms(calls_of(places, streamed)), _forms(calls_of(places, whole))
    for what, form in forms[0].items():
        if form != forms[1][what]:
            yield Fault(f"{what}: {form} in the stream, {forms[1][what]} in the unstreamed answer")
