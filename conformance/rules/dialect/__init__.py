"""Rules about what the dialect promises beyond the protocol."""
