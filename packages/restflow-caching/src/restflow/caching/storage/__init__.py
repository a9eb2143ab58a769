"""Entries and generations in Django's cache, and the doors that calls reach them through."""
