"""Prints the names of the library's filters."""

from django_filters import filters

print(*filters.__all__)
