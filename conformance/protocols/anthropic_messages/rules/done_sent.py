"""The stream holds `data: [DONE]`.

The sentinel belongs to OpenAI's APIs; a Messages stream ends with message_stop. The SDKs pass over an event without a
name; clients that parse every data line fail on it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.recording import Evidence
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_payload
from ..samples import TEXT
from ..view import MessagesView

GOOD = TEXT
BAD = TEXT.but(body=TEXT.raw + b"data: [DONE]\n\n")


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("M41",),
    cite=(
        Cite(
            "https://platform.claude.com/docs/en/build-with-claude/streaming",
            "A final `message_stop` event.",
        ),
        Cite(
            "https://platform.claude.com/docs/en/api/versioning",
            "Removed unnecessary data: [DONE] event.",
        ),
    ),
    needs=(Evidence.FRAMING,),
    when=has_payload,
)
def check(stream: Stream[MessagesView]) -> Iterator[Fault]:
    done = stream.view.done
    if done:
        yield Fault("`[DONE]` in a Messages stream, which ends with message_stop", done[0])
