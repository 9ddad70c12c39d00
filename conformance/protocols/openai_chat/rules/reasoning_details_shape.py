"""An entry of `reasoning_details` does not fit its published shape.

OpenRouter, who introduced the list, gives each entry a `type` (`reasoning.summary`, `reasoning.encrypted`,
`reasoning.text` or `reasoning.server_tool_call`) and the member that goes with it. Clients have to send the entries
back unchanged; one of another shape is refused with the next request, or loses the thoughts. Other gateways speak the
same form.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_delta_member
from conformance.protocols.openai_chat.samples import REASONING_DETAILS
from conformance.protocols.openai_chat.view import ChatView

GOOD = REASONING_DETAILS
BAD = (
    REASONING_DETAILS.swap('"type":"reasoning.text"', '"type":"thinking"'),
    REASONING_DETAILS.swap('"data":"gAAAAA=="', '"text":"gAAAAA=="'),
)


@rule(
    level=Level.ERROR,
    family=Family.REASONING,
    statements=("C47",),
    cite=Cite(
        "https://openrouter.ai/docs/guides/best-practices/reasoning-tokens",
        "All reasoning detail objects share these common fields:",
    ),
    when=has_delta_member("reasoning_details"),
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("reasoning-details-shape")
