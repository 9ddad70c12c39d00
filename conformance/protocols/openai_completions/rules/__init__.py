"""The rules of legacy completions streams, one file each."""
