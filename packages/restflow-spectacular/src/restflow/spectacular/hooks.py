"""The post-processing hook for projects that keep another schema class."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from drf_spectacular.plumbing import camelize_operation, is_versioning_supported, modify_for_versioning
from drf_spectacular.settings import spectacular_settings

from restflow.spectacular.parameters import (
    build_filterset_parameters,
    filterset_schema_applies,
    resolve_filterset_class,
)


def add_filterset_parameters(
    result: dict[str, Any], generator: Any, request: Any = None, public: Any = None, **kwargs: Any
) -> dict[str, Any]:
    """Adds the parameters of filter sets to the operations of `result`; an entry for `POSTPROCESSING_HOOKS`.

    Operations are found under trimmed, inserted, versioned and coerced paths. Applied twice it changes nothing.
    """
    for path, shown_path, method, view in _endpoints(generator):
        operation = result.get("paths", {}).get(shown_path, {}).get(method.lower())
        if operation is None or not filterset_schema_applies(view, method, path):
            continue
        parameters = build_filterset_parameters(resolve_filterset_class(view), view)
        present = operation.get("parameters", [])
        known = {(parameter.get("name"), parameter.get("in")) for parameter in present}
        added = [parameter for parameter in parameters if (parameter["name"], parameter["in"]) not in known]
        if added:
            operation["parameters"] = [*present, *added]
    return result


def _endpoints(generator: Any) -> Iterator[tuple[str, str, str, Any]]:
    """The path, the path in the document, the method and the view of each operation, as the generator makes them."""
    generator._initialise_endpoints()
    endpoints = generator._get_paths_and_endpoints()
    prefix = _prefix(endpoints)
    for path, _regex, method, view in endpoints:
        shown = path
        view.request = spectacular_settings.GET_MOCK_REQUEST(method, path, view, None)
        if view.versioning_class and is_versioning_supported(view.versioning_class):
            version = generator.api_version or view.versioning_class.default_version
            if not version:
                continue
            shown = modify_for_versioning(generator.inspector.patterns, method, shown, view, version)
        if spectacular_settings.SCHEMA_PATH_PREFIX_TRIM:
            shown = re.sub(prefix, "", shown, flags=re.IGNORECASE)
        if spectacular_settings.SCHEMA_PATH_PREFIX_INSERT:
            shown = spectacular_settings.SCHEMA_PATH_PREFIX_INSERT + shown
        if not shown.startswith("/"):
            shown = f"/{shown}"
        if spectacular_settings.CAMELIZE_NAMES:
            shown, _ = camelize_operation(shown, {"operationId": ""})
        yield path, shown, method, view


def _prefix(endpoints: list[Any]) -> str:
    prefix = spectacular_settings.SCHEMA_PATH_PREFIX
    if prefix is None:
        several = len({type(view) for _, _, _, view in endpoints}) > 1
        prefix = re.escape(posixpath.commonpath([path for path, _, _, _ in endpoints])) if several else "/"
    return prefix if prefix.startswith("^") else f"^{prefix}"
