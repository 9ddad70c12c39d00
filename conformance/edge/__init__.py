"""The only code that touches a socket, a file or a clock: cassettes, redaction, recorder, replay, proxy.

Law: what happens here ends as a `Recording`, or as an exception that says whose fault it was and what to do next.
Nothing here judges a stream, and nothing here knows a single API. Modules load their heavy libraries when first used.
"""
