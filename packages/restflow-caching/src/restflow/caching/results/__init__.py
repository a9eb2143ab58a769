"""Cached functions: the decorator, the wrapper, and how a call is answered."""
