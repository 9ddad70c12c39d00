"""The finish reason is none of `stop`, `length`, `content_filter`.

Clients compare with these three and take the rest for unknown.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_choices
from ..samples import TEXT
from ..view import CompletionsView

GOOD = TEXT
BAD = TEXT.swap('"finish_reason":"stop"', '"finish_reason":"eos"')


@rule(
    level=Level.ERROR,
    family=Family.TERMINATION,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "This will be `stop` if the model hit a natural stop point or a provided stop sequence",
    ),
    when=has_choices,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    for choice in stream.view.choices.values():
        for event, reason in choice.finishes:
            if reason not in ("stop", "length", "content_filter"):
                yield Fault(f"finish_reason is {reason!r}", event)
