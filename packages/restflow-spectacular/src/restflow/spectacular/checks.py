"""System checks: what keeps the document from being complete."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Warning, register
from rest_framework.settings import api_settings

from restflow.spectacular._errors import describes_itself, is_stock_handler
from restflow.spectacular.schema import RestflowAutoSchema


@register("restflow")
def check_schema(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`restflow.W601` for another schema class beside the app, `restflow.W602` for undescribed error bodies."""
    messages: list[CheckMessage] = []
    schema_class = api_settings.DEFAULT_SCHEMA_CLASS
    ours = isinstance(schema_class, type) and issubclass(schema_class, RestflowAutoSchema)
    if apps.is_installed("restflow.spectacular") and not ours:
        messages.append(
            Warning(
                f"REST_FRAMEWORK['DEFAULT_SCHEMA_CLASS'] is {_path(schema_class)}: action configs, errors and streams "
                "are not described.",
                hint="Set it to 'restflow.spectacular.RestflowAutoSchema' or a subclass.",
                obj="REST_FRAMEWORK['DEFAULT_SCHEMA_CLASS']",
                id="restflow.W601",
            )
        )
    handler = api_settings.EXCEPTION_HANDLER
    if ours and not is_stock_handler(handler) and not describes_itself(handler):
        messages.append(
            Warning(
                f"REST_FRAMEWORK['EXCEPTION_HANDLER'] is {_path(handler)}, which does not say what its bodies look "
                "like: error responses are described without content.",
                hint="Give it the attributes error_schema (a JSON Schema), schema_name and media_type, as "
                "functools.wraps copies them from the handler that it calls.",
                obj="REST_FRAMEWORK['EXCEPTION_HANDLER']",
                id="restflow.W602",
            )
        )
    return messages


def _path(value: Any) -> str:
    return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__name__)}".strip(".")
