"""Where the sentences stand that the rules cite, and those that several rules cite.

Law: addresses and verbatim quotations only. OpenAI's words are those of its API description, from which the pages are
made.
"""

from __future__ import annotations

from conformance.core.rule import Cite

STREAMING = "https://platform.openai.com/docs/api-reference/responses-streaming"
OBJECT = "https://platform.openai.com/docs/api-reference/responses/object"
CREATE = "https://platform.openai.com/docs/api-reference/responses/create"
OPEN = "https://www.openresponses.org/specification"
HELPER = "https://github.com/openai/openai-python/blob/main/src/openai/lib/streaming/responses/_responses.py"
"""The stream helper of OpenAI's Python SDK."""

ITEM_ADDED = Cite(OPEN, "The first event MUST always be `response.output_item.added`.")
ITEM_DONE = Cite(OPEN, "When finished, the item is closed with `response.output_item.done`")
PART_ADDED = Cite(
    OPEN,
    "Such content MUST be backed by a content part. The first event in such cases MUST be "
    "`response.content_part.added`",
)
PART_DONE = Cite(OPEN, "The content part is then closed with `response.content_part.done`.")
DELTAS_END = Cite(OPEN, "The delta events MAY be repeated many times, and end with `response.<content_type>.done`.")
NUMBER = Cite(STREAMING, "The sequence number of this event, used to order streaming events.")
NUMBER_GROWS = Cite(
    OPEN,
    "A monotonically increasing number (within the stream or session) that allows clients to order events and "
    "detect gaps.",
)
FINAL_STATUS = Cite(
    OPEN,
    "This is a terminal status and no updates may be made to the item after the item has moved into this state.",
)
TERMINAL = Cite(
    OPEN,
    "when a response changes status from `in_progress` to `completed`, a `response.completed` event is triggered.",
)
NO_COMPLETED = Cite(HELPER, "Didn't receive a `response.completed` event.")
SLUG = Cite(OPEN, "all extended streaming events MUST be prefixed with the implementor slug")
