"""An error in the stream does not have the shape of one.

Clients look for a top-level `error` object with a string `message` and raise it. An error that is a bare string, a list
or an object without a message ends as an exception in the client's own code, or as an empty text nobody can act on.
`type`, `param` and `code` belong to it; that they are there is not asked, only that they are of their type.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import has_error
from conformance.protocols.openai_chat.samples import ROLE, TEXT, event, stream
from conformance.protocols.openai_chat.view import ChatView

ERROR = {"message": "overloaded", "type": "server_error", "param": None, "code": 503}
GOOD = (TEXT, stream(ROLE, event({"error": ERROR})))
BAD = (stream(ROLE, event({"error": "overloaded"})), stream(ROLE, event({"error": {"code": 503}})))


@rule(
    level=Level.ERROR,
    family=Family.ERRORS,
    statements=("C62",),
    cite=(
        Cite(
            "https://github.com/openai/openai-python/blob/main/src/openai/_streaming.py",
            'message = "An error occurred during streaming"',
        ),
        Cite(
            "https://github.com/BerriAI/litellm/pull/32237",
            "fix(streaming): surface in-body error payloads on OpenAI-compatible streams",
        ),
    ),
    when=has_error,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    return stream.shape_faults("error-shape")
