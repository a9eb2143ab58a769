"""Signals of the token views."""

from django.dispatch import Signal

token_reuse_detected = Signal()
"""A spent refresh token was presented again: `sender` the token's class, `token`, `request`; sent from the thread."""
