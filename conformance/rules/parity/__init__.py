"""The same answer, streamed and not.

A rule of this folder reads two recordings: a stream, and the answer to the same request without `stream`. `conformance
run` makes such pairs (a scenario with a `twin`); a stream alone is passed over.
"""
