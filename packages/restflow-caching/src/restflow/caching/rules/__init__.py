"""Invalidation rules: which changes of which models make entries invalid, and where the work runs."""
