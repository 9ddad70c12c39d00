"""The client gets other tool calls than the model made.

A call is missing, its arguments are empty or cut, its name is another. The tool runs with the wrong input or not at
all, and the model is told what it never asked for. Ids are compared where both sides speak the same protocol: a
result must name the id that the model gave.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, On, rule
from conformance.core.stream import Stream
from conformance.core.transparency import Comparison
from conformance.rules.gateway.conditions import heard, sides, when
from conformance.rules.gateway.samples import CALL, through
from conformance.rules.gateway.words import counted, quoted

GOOD = through(CALL)
BAD = (
    through(CALL.swap("Lima", "L"), CALL),
    through(CALL.swap("get_time", "get_times").asking(tools=[]), CALL.asking(tools=[])),
)


def _called(found: Comparison) -> str | None:
    return None if any(side.calls for side in found.said) else "no tool is called"


@rule(
    level=Level.ERROR,
    family=Family.TRANSPARENCY,
    cite=(
        Cite(
            "https://github.com/router-for-me/CLIProxyAPI/issues/5419",
            "Tool arguments lost when openai-compat upstream sends per-chunk usage",
        ),
        Cite(
            "https://github.com/BerriAI/litellm/issues/25836",
            "Streaming tool call input parameters dropped when translating Gemini → Anthropic Messages API format",
        ),
    ),
    breaks=(Breaks("Claude Code", "https://github.com/router-for-me/CLIProxyAPI/issues/5419"),),
    on=On.RESPONSE,
    when=when(heard, _called),
)
def check(stream: Stream[Any]) -> Iterator[Fault]:
    found = sides(stream)
    ours, theirs = (side.calls for side in found.said)
    if len(ours) != len(theirs):
        yield Fault(f"the model made {counted(len(ours), 'call')}, {len(theirs)} arrived")
    for number, (one, two) in enumerate(zip(ours, theirs, strict=False)):
        for what in ("name", "arguments") if found.translated else ("name", "arguments", "id"):
            sent, got = getattr(one, what), getattr(two, what)
            if sent != got:
                yield Fault(f"{what} of call {number}: {quoted(got)} instead of {quoted(sent)}")
