"""Cached responses of views."""
