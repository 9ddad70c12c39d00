"""The input of a tool is another than its deltas.

The input of a custom tool, the code of the interpreter, a shell command and what it printed, the diff of a patch: what
the deltas add up to stands again in the `.done` event and in the item when it is done, character by character. One that
differs is run, or applied, as something that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_responses.cites import STREAMING
from conformance.protocols.openai_responses.conditions import has_channel
from conformance.protocols.openai_responses.samples import (
    CODE,
    CODE_EVENTS,
    CUSTOM_TOOL,
    CUSTOM_TOOL_EVENTS,
    PATCH,
    PATCH_EVENTS,
    SHELL,
    SHELL_EVENTS,
)
from conformance.protocols.openai_responses.script import drop, edit, stream
from conformance.protocols.openai_responses.texts import differences
from conformance.protocols.openai_responses.view import ResponsesView

GOOD = (CUSTOM_TOOL, CODE, SHELL, PATCH)
BAD = (
    stream(*edit(CUSTOM_TOOL_EVENTS, "custom_tool_call_input.done", "input", "ls")),
    stream(*drop(CODE_EVENTS, "code_interpreter_call_code.delta")),
    stream(*edit(SHELL_EVENTS, "shell_call_command.delta", "delta", "rm")),
    stream(*edit(PATCH_EVENTS, "apply_patch_call_operation_diff.delta", "delta", "-a\n")),
)


CHANNELS = (
    "custom_tool_call_input",
    "code_interpreter_call_code",
    "shell_call_command",
    "shell_call_output_content",
    "apply_patch_call_operation_diff",
)


@rule(
    level=Level.ERROR,
    family=Family.TOOLS,
    statements=("R19", "R40"),
    cite=(
        Cite(STREAMING, "The complete input data for the custom tool call."),
        Cite(STREAMING, "The final code snippet output by the code interpreter."),
        Cite(STREAMING, "The final shell command that was emitted."),
    ),
    when=has_channel(*CHANNELS),
)
def check(stream: Stream[ResponsesView]) -> Iterator[Fault]:
    yield from differences(stream, *CHANNELS)
