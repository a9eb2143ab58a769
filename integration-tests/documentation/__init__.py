"""Runs what the documentation shows: see `test_pages.py`."""
