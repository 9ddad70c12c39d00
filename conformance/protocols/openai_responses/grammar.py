"""The order of a Responses stream, as tables: the response, each output item, each content part, each stream of deltas.

Law: tables only. Sources: OpenAI's API description of each event (`response.created`: "An event that is emitted when a
response is created."; `response.mcp_call.completed`: "Emitted when an MCP  tool call has completed successfully."), and
Open Responses, "Items are streamable" (https://www.openresponses.org/specification):

    "The first event MUST always be `response.output_item.added`." [...] "Such content MUST be backed by a content part.
    The first event in such cases MUST be `response.content_part.added` , followed by events representing the delta to
    the content part, eg `response.<content_type>.delta` . The delta events MAY be repeated many times, and end with
    `response.<content_type>.done`. The content part is then closed with `response.content_part.done`." [...] "When
    finished, the item is closed with `response.output_item.done`"

`added whole` is an item that is finished when it is added; `done unfinished` one whose status is not `completed`.
"""

from __future__ import annotations

from collections.abc import Mapping

from conformance.core.grammar import ANY, Grammar

RESPONSE = Grammar(
    name="response",
    start="start",
    table={
        "start": {"created": "created", "queued": "queued", "resumed": "resumed"},
        "resumed": {
            "queued": "queued", "in_progress": "running", "output": "running", "other": "resumed",
            "completed": "ended", "incomplete": "ended", "failed": "ended", "error": "errored", "[DONE]": "done",
        },
        "created": {
            "queued": "queued", "in_progress": "running", "output": "unannounced", "other": "created",
            "completed": "ended", "incomplete": "ended", "failed": "ended", "error": "errored", "[DONE]": "done",
        },
        "queued": {
            "created": "created", "in_progress": "running", "output": "unannounced", "other": "queued",
            "completed": "ended", "incomplete": "ended", "failed": "ended", "error": "errored", "[DONE]": "done",
        },
        "running": {
            "in_progress": "running", "output": "running", "other": "running",
            "completed": "ended", "incomplete": "ended", "failed": "ended", "error": "errored", "[DONE]": "done",
        },
        "unannounced": {
            "output": "unannounced", "other": "unannounced",
            "completed": "ended", "incomplete": "ended", "failed": "ended", "error": "errored", "[DONE]": "done",
        },
        "errored": {
            "in_progress": "errored", "output": "errored", "other": "errored", "error": "errored",
            "completed": "ended", "incomplete": "ended", "failed": "ended", "[DONE]": "done",
        },
        "ended": {"[DONE]": "done"},
        "done": {},
    },
    accept=frozenset({"ended", "errored", "done"}),
    faults={
        ("start", ANY): "created-missing",
        ("ended", ANY): "event-after-terminal",
        ("done", ANY): "event-after-terminal",
        ("unannounced", "in_progress"): "output-before-in-progress",
        (ANY, "queued"): "queued-misplaced",
        (ANY, "created"): "created-repeated",
    },
)  # fmt: skip
"""`resumed` stands before the first event of a stream that takes up where another left off."""

_WORDS = (
    "content", "summary", "arguments", "mcp arguments", "input", "code", "diff", "command", "output", "in_progress",
    "searching", "interpreting", "generating", "partial_image", "completed", "failed", "compacting",
)  # fmt: skip


_CLOSED = {"done": "closed", "done unfinished": "closed"}
_BROKEN_OFF = {"done unfinished": "closed"}


def _item(name: str, table: Mapping[str, Mapping[str, str]]) -> Grammar:
    """The grammar of an item: what `table` says of the time between `added` (state `open`) and `done`."""
    own = {symbol for row in table.values() for symbol in row}
    return Grammar(
        name=name,
        start="start",
        table={"start": {"added": "open", "added whole": "whole"}, **table, "whole": _CLOSED, "closed": {}},
        accept=frozenset({"closed"}),
        faults={
            ("start", ANY): "item-without-added",
            ("whole", "added"): "output-index-gap",
            ("whole", "added whole"): "output-index-gap",
            ("whole", ANY): "item-status-wrong",
            ("closed", "added"): "output-index-gap",
            ("closed", "added whole"): "output-index-gap",
            ("closed", ANY): "event-after-item-done",
            (ANY, "added"): "output-index-gap",
            (ANY, "added whole"): "output-index-gap",
            (ANY, "done"): "tool-events-out-of-order",
            **{(ANY, word): "tool-events-out-of-order" if word in own else "event-of-other-item" for word in _WORDS},
        },
        resync={"added": "open", "added whole": "whole", "done": "closed", "done unfinished": "closed"},
    )


def _search(name: str) -> Grammar:
    return _item(
        name,
        {
            "open": {"in_progress": "started", **_BROKEN_OFF},
            "started": {"searching": "searching", **_BROKEN_OFF},
            "searching": {"completed": "finished", **_BROKEN_OFF},
            "finished": _CLOSED,
        },
    )


ITEMS: Mapping[str, Grammar] = {
    "message": _item("message", {"open": {"content": "open", **_CLOSED}}),
    "reasoning": _item("reasoning", {"open": {"content": "open", "summary": "open", **_CLOSED}}),
    "function_call": _item("function_call", {"open": {"arguments": "open", **_CLOSED}}),
    "custom_tool_call": _item("custom_tool_call", {"open": {"input": "open", **_CLOSED}}),
    "apply_patch_call": _item("apply_patch_call", {"open": {"diff": "open", **_CLOSED}}),
    "shell_call": _item("shell_call", {"open": {"command": "open", **_CLOSED}}),
    "shell_call_output": _item("shell_call_output", {"open": {"output": "open", **_CLOSED}}),
    "compaction": _item("compaction", {"open": {"compacting": "open", **_CLOSED}}),
    "web_search_call": _search("web_search_call"),
    "file_search_call": _search("file_search_call"),
    "code_interpreter_call": _item(
        "code_interpreter_call",
        {
            "open": {"in_progress": "writing", **_BROKEN_OFF},
            "writing": {"code": "writing", "interpreting": "interpreting", **_BROKEN_OFF},
            "interpreting": {"completed": "finished", **_BROKEN_OFF},
            "finished": _CLOSED,
        },
    ),
    "image_generation_call": _item(
        "image_generation_call",
        {
            "open": {"in_progress": "started", **_BROKEN_OFF},
            "started": {"generating": "generating", **_BROKEN_OFF},
            "generating": {"partial_image": "generating", "completed": "finished", **_BROKEN_OFF},
            "finished": _CLOSED,
        },
    ),
    "mcp_call": _item(
        "mcp_call",
        {
            "open": {"in_progress": "calling", **_BROKEN_OFF},
            "calling": {
                "in_progress": "calling",  # sent again between the arguments' delta and done, when a call was approved
                "mcp arguments": "calling", "completed": "finished", "failed": "finished", **_BROKEN_OFF,
            },
            "finished": _CLOSED,
        },
    ),
    "mcp_list_tools": _item(
        "mcp_list_tools",
        {
            "open": {"in_progress": "listing", **_BROKEN_OFF},
            "listing": {"completed": "finished", "failed": "finished", **_BROKEN_OFF},
            "finished": _CLOSED,
        },
    ),
}  # fmt: skip
"""Item type -> its grammar."""

OPAQUE = _item("item", {"open": {"update": "open", **_CLOSED}})
"""An item of a type that no table speaks of: added, then anything, then done."""

PART = Grammar(
    name="part",
    start="start",
    table={
        "start": {"added": "open"},
        "open": {"delta": "open", "annotation": "open", "text": "filled"},
        "filled": {"annotation": "filled", "done": "closed"},
        "closed": {},
    },
    accept=frozenset({"closed"}),
    faults={
        ("start", ANY): "part-without-added",
        ("open", "done"): "done-event-missing",
        ("filled", "delta"): "delta-after-done",
        ("filled", "text"): "delta-after-done",
        ("closed", "added"): "part-index-gap",
        ("closed", ANY): "delta-outside-part",
        (ANY, "added"): "part-index-gap",
        (ANY, "foreign"): "delta-outside-part",
    },
    resync={"added": "open", "delta": "open", "text": "filled", "done": "closed"},
)
"""A content or summary part. `text` is the `.done` event with the whole text, `foreign` one that another type takes."""

CHANNEL = Grammar(
    name="deltas",
    start="start",
    table={
        "start": {"delta": "filling", "text": "filled"},
        "filling": {"delta": "filling", "text": "filled"},
        "filled": {},
    },
    accept=frozenset({"start", "filled"}),
    faults={("filled", "delta"): "delta-after-done", ("filled", "text"): "delta-after-done"},
)
"""Arguments, input, code, a diff, a command's output: deltas, then the whole value."""

COMMAND = Grammar(
    name="command",
    start="start",
    table={
        "start": {"added": "open"},
        "open": {"delta": "open", "text": "filled"},
        "filled": {},
    },
    accept=frozenset({"filled"}),
    faults={
        ("start", ANY): "part-without-added",
        (ANY, "added"): "part-index-gap",
        ("filled", "delta"): "delta-after-done",
        ("filled", "text"): "delta-after-done",
    },
    resync={"added": "open", "delta": "open", "text": "filled"},
)
"""A shell command: added, deltas, then the whole command."""

AUDIO = Grammar(
    name="audio",
    start="start",
    table={
        "start": {"delta": "speaking"},
        "speaking": {"delta": "speaking", "done": "finished"},
        "finished": {},
    },
    accept=frozenset({"start", "finished"}),
    faults={
        ("start", ANY): "audio-done-without-delta",
        ("finished", "delta"): "delta-after-done",
        ("finished", "done"): "delta-after-done",
    },
)
"""A spoken answer, or its transcript."""
