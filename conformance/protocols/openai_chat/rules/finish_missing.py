"""A choice never gets a `finish_reason`.

Without it nobody can tell a finished answer from one that broke off: strict clients take the turn for aborted and ask
again, others show half an answer as whole. It is asked of every choice of a stream that the server ended; where an
error chunk or the network broke it off, or where a payload cannot be read, nothing is reported. `[DONE]` does not stand
for it.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Breaks, Cite, Fault, rule
from conformance.core.stream import Stream
from conformance.protocols.openai_chat.conditions import choices_of, ended_whole
from conformance.protocols.openai_chat.samples import FINISH, ROLE, TEXT, TWO_CHOICES, event, stream
from conformance.protocols.openai_chat.view import ChatView

GOOD = (TEXT, TWO_CHOICES, stream(ROLE, event({"error": {"message": "overloaded"}})))
BAD = (TEXT.swap(FINISH, ""), TWO_CHOICES.swap(FINISH, ""), stream())


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    statements=("C23", "C28", "C11"),
    cite=(
        Cite(
            "https://platform.openai.com/docs/api-reference/chat-streaming/streaming",
            "The reason the model stopped generating tokens.",
        ),
        Cite(
            "https://github.com/can1357/oh-my-pi/issues/9433",
            "OpenAI completions stream closed before a finish_reason was received — root-cause triggers",
        ),
    ),
    breaks=(
        Breaks("oh-my-pi", "https://github.com/can1357/oh-my-pi/issues/9433"),
        Breaks("opencode", "https://github.com/anomalyco/opencode/issues/43622"),
    ),
    complete=True,
    when=ended_whole,
)
def check(stream: Stream[ChatView]) -> Iterator[Fault]:
    view = stream.view
    for choice in choices_of(stream):
        if not choice.finishes:
            yield Fault(f"choice {choice.index}: the stream ends without a finish_reason", choice.last)
    if not view.choices and next(stream.shape_faults("choices-missing"), None) is None and (view.chunks or view.done):
        yield Fault("the stream ends without any choice", len(stream.events) - 1)
