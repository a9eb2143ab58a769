"""Benchmarks: one file a question, one adapter file a contender, every contender in a process of its own."""
