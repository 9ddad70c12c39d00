"""Tests of the openai-chat protocol."""
