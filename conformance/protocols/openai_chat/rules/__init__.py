"""The rules of Chat Completions streams, one file each."""
