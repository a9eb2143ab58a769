"""System check of the paginator that the settings name."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register
from rest_framework import pagination
from rest_framework.settings import api_settings


@register("restflow", deploy=True)
def check_page_sizes(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A default paginator whose clients may ask for any number of rows."""
    paginator: Any = api_settings.DEFAULT_PAGINATION_CLASS
    if paginator is None:
        return []
    if issubclass(paginator, pagination.LimitOffsetPagination):
        parameter, bound = paginator.limit_query_param, "max_limit"
    else:
        parameter, bound = getattr(paginator, "page_size_query_param", None), "max_page_size"
    if not parameter or getattr(paginator, bound, None) is not None:
        return []
    return [
        Warning(
            f"{paginator.__qualname__}, the DEFAULT_PAGINATION_CLASS, lets clients ask for pages of any size by "
            f"{parameter!r}: {bound} is None.",
            hint=f"Use a subclass of it that sets {bound}.",
            obj="REST_FRAMEWORK",
            id="restflow.W452",
        )
    ]
