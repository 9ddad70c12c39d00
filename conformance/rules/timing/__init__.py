"""Rules about when the bytes came: silence, bursts, the end."""
