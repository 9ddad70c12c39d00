"""Rules about cancellation: what the client saw, and what an observer confirmed."""
