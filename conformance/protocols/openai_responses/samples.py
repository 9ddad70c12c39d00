"""Streams in OpenAI's own shape, from which the rules make their good and bad examples.

Law: each is complete, legal and small. `X_EVENTS` are the events that `script.py` changes, `X` is the stream; `WHOLE`
names every stream.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.core.example import Example

from .script import (
    TIME,
    USAGE,
    WEATHER,
    Event,
    call,
    deltas,
    exchange,
    item,
    message,
    part,
    put,
    reasoning,
    snapshot,
    stream,
    summary,
    tool,
)

TEXT_EVENTS = exchange(message("Hel", "lo"))
TOOL_EVENTS = exchange(call("weather", '{"city":', '"Oslo"}'), tools=[WEATHER])
TWO_TOOLS_EVENTS = exchange(
    call("weather", '{"city":', '"Oslo"}'), call("time", '{"zone":"CET"}', index=1), tools=[WEATHER, TIME]
)
REASONING_EVENTS = exchange(
    summary("Think", "ing"),
    message("Hel", "lo", index=1),
    final={"usage": {**USAGE, "output_tokens_details": {"reasoning_tokens": 3}}},
)
RAW_REASONING_EVENTS = exchange(reasoning("Think", "ing"), message("Hello", index=1))
_REFUSAL = {"type": "refusal", "refusal": "I can't help with that."}
REFUSAL_EVENTS = exchange(
    item(
        0,
        {"id": "msg_0", "type": "message", "status": "in_progress", "content": [], "role": "assistant"},
        part(
            deltas("refusal", "refusal", "I can't help", " with that.", content_index=0),
            {**_REFUSAL, "refusal": ""},
            _REFUSAL,
        ),
        {"status": "completed", "content": [_REFUSAL]},
    )
)
INCOMPLETE_EVENTS = exchange(
    message("Once upon", " a time", status="incomplete"),
    end="incomplete",
    final={"incomplete_details": {"reason": "max_output_tokens"}},
)
_ERROR = {"code": "rate_limit_exceeded", "message": "Rate limit reached."}
FAILED_EVENTS = exchange(end="failed", final={"error": _ERROR, "usage": None})
ERROR_EVENTS = put(
    FAILED_EVENTS, "in_progress", {"type": "error", "error": {"type": "tokens", **_ERROR, "param": None}}
)
_CITED: Event = {
    "type": "url_citation", "url": "https://example.com/", "title": "Example", "start_index": 0, "end_index": 5,
}  # fmt: skip
WEB_SEARCH_EVENTS = exchange(
    tool(
        "web_search_call", {}, {"action": {"type": "search", "query": "hello"}}, "in_progress", "searching", "completed"
    ),
    message("Hel", "lo", index=1, annotations=(_CITED, {**_CITED, "start_index": 2})),
)
CODE_EVENTS = exchange(
    tool(
        "code_interpreter_call",
        {"code": "", "container_id": "cntr_1", "outputs": None},
        {"code": "print(1)"},
        "in_progress",
        deltas("code_interpreter_call_code", "code", "print", "(1)"),
        "interpreting",
        "completed",
    ),
    message("One", ".", index=1),
)
_SERVER = {"server_label": "maps"}
_LISTED = {"tools": [{"name": "find", "input_schema": {"type": "object"}}]}
MCP_EVENTS = exchange(
    item(
        0,
        {"id": "mcpl_0", "type": "mcp_list_tools", **_SERVER, "tools": []},
        [{"type": f"response.mcp_list_tools.{step}"} for step in ("in_progress", "completed")],
        _LISTED,
    ),
    tool(
        "mcp_call",
        {**_SERVER, "name": "find", "arguments": "", "output": None, "error": None},
        {"arguments": '{"place":"Oslo"}', "output": "59.9"},
        "in_progress",
        deltas("mcp_call_arguments", "arguments", '{"place":', '"Oslo"}'),
        "completed",
        index=1,
    ),
    message("59.9", " north", index=2),
)
_PICTURE = {"partial_image_b64": "aGVsbG8=", "size": "1024x1024", "quality": "low", "output_format": "png"}
IMAGE_EVENTS = exchange(
    tool(
        "image_generation_call",
        {},
        {"result": "aGVsbG8="},
        "in_progress",
        "generating",
        [
            {"type": "response.image_generation_call.partial_image", "partial_image_index": n, **_PICTURE}
            for n in range(2)
        ],
        "completed",
    )
)
CUSTOM_TOOL_EVENTS = exchange(
    tool(
        "custom_tool_call",
        {"call_id": "call_0", "name": "shell", "input": ""},
        {"input": "ls -l"},
        deltas("custom_tool_call_input", "input", "ls", " -l"),
    ),
    tools=[{"type": "custom", "name": "shell"}],
)
_COMMAND = {"output_index": 0, "command_index": 0}
SHELL_EVENTS = exchange(
    [
        {key: value for key, value in event.items() if key != "item_id"}  # as sent: these events name no item
        for event in tool(
            "shell_call",
            {"call_id": "call_0", "action": {"commands": []}},
            {"action": {"commands": ["ls -l"]}},
            [{"type": "response.shell_call_command.added", **_COMMAND, "command": ""}],
            deltas("shell_call_command", "command", "ls", " -l", **_COMMAND),
        )
    ],
)
PATCH_EVENTS = exchange(
    tool(
        "apply_patch_call",
        {"call_id": "call_0", "operation": {"type": "create_file", "path": "a.txt", "diff": ""}},
        {"operation": {"type": "create_file", "path": "a.txt", "diff": "+a\n+b\n"}},
        deltas("apply_patch_call_operation_diff", "diff", "+a\n", "+b\n"),
    )
)
BACKGROUND_EVENTS = put(
    exchange(message("Hello"), background=True), "created", snapshot("queued", "queued", background=True)
)

TEXT = stream(*TEXT_EVENTS)
TOOL = stream(*TOOL_EVENTS, tools=[WEATHER])
TWO_TOOLS = stream(*TWO_TOOLS_EVENTS, tools=[WEATHER, TIME])
REASONING = stream(*REASONING_EVENTS)
RAW_REASONING = stream(*RAW_REASONING_EVENTS)
REFUSAL = stream(*REFUSAL_EVENTS)
INCOMPLETE = stream(*INCOMPLETE_EVENTS)
FAILED = stream(*FAILED_EVENTS)
ERROR = stream(*ERROR_EVENTS)
WEB_SEARCH = stream(*WEB_SEARCH_EVENTS)
CODE = stream(*CODE_EVENTS)
MCP = stream(*MCP_EVENTS)
IMAGE = stream(*IMAGE_EVENTS)
CUSTOM_TOOL = stream(*CUSTOM_TOOL_EVENTS, tools=[{"type": "custom", "name": "shell"}])
SHELL = stream(*SHELL_EVENTS)
PATCH = stream(*PATCH_EVENTS)
BACKGROUND = stream(*BACKGROUND_EVENTS, background=True)

WHOLE: Mapping[str, Example] = {
    "text": TEXT, "tool": TOOL, "two-tools": TWO_TOOLS, "reasoning-summary": REASONING, "reasoning-text": RAW_REASONING,
    "refusal": REFUSAL, "incomplete": INCOMPLETE, "failed": FAILED, "error": ERROR, "web-search": WEB_SEARCH,
    "code-interpreter": CODE, "mcp": MCP, "image-generation": IMAGE, "custom-tool": CUSTOM_TOOL, "shell": SHELL,
    "apply-patch": PATCH, "background": BACKGROUND,
}  # fmt: skip
"""Every whole stream by name."""
