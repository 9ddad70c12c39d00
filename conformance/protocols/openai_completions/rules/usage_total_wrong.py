"""The total of the usage is not the sum of its parts.

Budgets count the total, and split it by its parts: where they differ, one of the two is billed wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Family, Level
from conformance.core.rule import Cite, Fault, rule
from conformance.core.stream import Stream

from ..conditions import has_usage
from ..samples import WITH_USAGE
from ..view import CompletionsView

GOOD = WITH_USAGE
BAD = WITH_USAGE.swap('"total_tokens":5', '"total_tokens":9')


@rule(
    level=Level.WARNING,
    family=Family.USAGE,
    cite=Cite(
        "https://platform.openai.com/docs/api-reference/completions/object",
        "Total number of tokens used in the request (prompt + completion).",
    ),
    when=has_usage,
)
def check(stream: Stream[CompletionsView]) -> Iterator[Fault]:
    for event, usage in stream.view.usages[-1:]:
        parts = (usage.get("prompt_tokens"), usage.get("completion_tokens"))
        total = usage.get("total_tokens")
        if all(isinstance(part, int) for part in (*parts, total)) and sum(parts) != total:  # type: ignore[arg-type]
            yield Fault(f"total_tokens is {total}, but {parts[0]} + {parts[1]} = {sum(parts)}", event)  # type: ignore[arg-type]
