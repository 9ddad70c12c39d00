"""The event kinds of a Responses stream, as tables: what each is about, and which member holds what.

Law: tables only. Sources: the event schemas of OpenAI's API description, its Python SDK, Open Responses 2026-04-24 and
OpenRouter's API description; `response.apply_patch_call_operation_diff.*` stands in none of OpenAI's, and on its wire.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Channel(NamedTuple):
    """One stream of deltas that a `.done` event ends with the whole value."""

    name: str
    sub: str | None
    """The member that counts parts inside the item (`content_index`); None: the item has one such stream."""
    value: str
    """The member of the `.done` event (and of the part, or the item) that holds the whole value."""
    symbol: str
    """What its events are in the grammar of the item."""
    parts: tuple[str, ...] = ()
    """The types of the content or summary parts that it may fill; empty: it fills the item itself."""


CHANNELS: Mapping[str, Channel] = {
    "response.output_text": Channel("output_text", "content_index", "text", "content", ("output_text",)),
    "response.refusal": Channel("refusal", "content_index", "refusal", "content", ("refusal",)),
    "response.reasoning_text": Channel("reasoning_text", "content_index", "text", "content", ("reasoning_text",)),
    "response.reasoning": Channel("reasoning", "content_index", "text", "content", ("reasoning_text", "output_text")),
    "response.reasoning_summary_text": Channel(
        "reasoning_summary_text", "summary_index", "text", "summary", ("summary_text",)
    ),
    "response.function_call_arguments": Channel("function_call_arguments", None, "arguments", "arguments"),
    "response.mcp_call_arguments": Channel("mcp_call_arguments", None, "arguments", "mcp arguments"),
    "response.custom_tool_call_input": Channel("custom_tool_call_input", None, "input", "input"),
    "response.code_interpreter_call_code": Channel("code_interpreter_call_code", None, "code", "code"),
    "response.apply_patch_call_operation_diff": Channel("apply_patch_call_operation_diff", None, "diff", "diff"),
    "response.shell_call_command": Channel("shell_call_command", "command_index", "command", "command"),
    "response.shell_call_output_content": Channel("shell_call_output_content", "command_index", "output", "output"),
}
"""Common beginning of a `.delta` and a `.done` kind -> what they carry."""

DELTAS: Mapping[str, Channel] = {f"{prefix}.delta": channel for prefix, channel in CHANNELS.items()}
DONES: Mapping[str, Channel] = {f"{prefix}.done": channel for prefix, channel in CHANNELS.items()}

PARTS: Mapping[str, tuple[str, str]] = {
    "response.content_part.added": ("content_index", "added"),
    "response.content_part.done": ("content_index", "done"),
    "response.reasoning_summary_part.added": ("summary_index", "added"),
    "response.reasoning_summary_part.done": ("summary_index", "done"),
}
"""Kind -> the member that counts the parts, and what happens to the part."""

PROGRESS: Mapping[str, str] = {
    f"response.{tool}.{step}": step
    for tool, steps in {
        "web_search_call": ("in_progress", "searching", "completed"),
        "file_search_call": ("in_progress", "searching", "completed"),
        "code_interpreter_call": ("in_progress", "interpreting", "completed"),
        "image_generation_call": ("in_progress", "generating", "partial_image", "completed"),
        "mcp_call": ("in_progress", "completed", "failed"),
        "mcp_list_tools": ("in_progress", "completed", "failed"),
        "compaction": ("compacting",),
    }.items()
    for step in steps
}
"""Kind -> the step of a hosted tool's work."""

LIFECYCLE: Mapping[str, str] = {
    f"response.{step}": step for step in ("created", "queued", "in_progress", "completed", "incomplete", "failed")
}
"""Kind -> the step of the response. Each carries a snapshot of it."""

TERMINALS = frozenset({"completed", "incomplete", "failed"})

AUDIO: Mapping[str, tuple[str, str]] = {
    "response.audio.delta": ("audio", "delta"),
    "response.audio.done": ("audio", "done"),
    "response.audio.transcript.delta": ("audio transcript", "delta"),
    "response.audio.transcript.done": ("audio transcript", "done"),
}
"""Kind -> which of the two streams of a spoken answer, and what happens to it. They belong to no output item."""

CORE_KINDS = frozenset(
    {
        *DELTAS, *DONES, *PARTS, *PROGRESS, *LIFECYCLE, *AUDIO,
        "response.output_item.added", "response.output_item.done", "response.output_text.annotation.added",
        "response.shell_call_command.added", "error",
    }
)  # fmt: skip
"""Kinds that OpenAI or Open Responses sends."""

INVENTED: Mapping[str, str] = {
    "response.done": "response.completed",
    "response.error": "error or response.failed",
    "response.cancelled": "response.incomplete or response.failed",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "response.content_part.delta": "response.output_text.delta",
    "response.output_item.delta": "the delta event of the item's content",
    "response.function_call.delta": "response.function_call_arguments.delta",
    "response.tool_call.delta": "response.function_call_arguments.delta",
}
"""Kinds of other or invented APIs -> what the Responses API sends in their place."""

WHOLE_ITEMS = frozenset({"completed", "incomplete", "failed"})
"""Item statuses after which nothing about the item changes."""

ITEM_STATUSES = frozenset({"in_progress", "searching", "interpreting", "generating", "calling", *WHOLE_ITEMS})
"""All statuses that OpenAI's API description gives an item."""

CHANGING_MEMBERS = frozenset({"encrypted_content", "fingerprint", "created_by"})
"""Members of an item that may be another in the final response: they are encrypted or filled in anew."""

ITEM_TYPES = frozenset(
    {
        "message", "reasoning", "function_call", "function_call_output", "custom_tool_call", "custom_tool_call_output",
        "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call", "computer_call",
        "computer_call_output", "mcp_call", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response",
        "local_shell_call", "local_shell_call_output", "shell_call", "shell_call_output", "apply_patch_call",
        "apply_patch_call_output", "tool_search_call", "tool_search_output", "additional_tools", "program",
        "program_output", "compaction",
    }
)  # fmt: skip
"""The types of output items that OpenAI's API description names."""
