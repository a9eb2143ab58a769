"""Shows nothing of restflow: the Django app of the page at `/`."""

from django.apps import AppConfig


class PageConfig(AppConfig):
    """The page to play with the API."""

    name = "demo.page"
    label = "page"
