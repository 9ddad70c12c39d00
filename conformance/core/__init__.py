"""The vocabulary: recordings, events, streams, rules, findings. No socket, file, clock, environment, thread or async.

Nothing here imports another room of the package; every other room may import this one.
"""
