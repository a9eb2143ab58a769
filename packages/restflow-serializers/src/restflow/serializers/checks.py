"""System checks: `restflow.E101`, an annotation that names nothing."""

from typing import Any

from django.core.checks import CheckMessage, Error, register

from restflow.serializers.pending import unresolved


@register("restflow")
def check_annotations(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """Resolves what annotations of serializers were waiting for, and reports what is still missing."""
    return [
        Error(error.message, hint=error.hint, obj=f"{cls.__module__}.{cls.__qualname__}", id="restflow.E101")
        for cls, error in unresolved()
    ]
