"""Writes the recordings of the built-in server: `python cassettes/make_builtin`. One module per protocol."""
