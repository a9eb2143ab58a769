"""The responses of success: status, body or stream, and headers."""

from typing import Any

from drf_spectacular.drainage import warn
from drf_spectacular.plumbing import build_basic_type, force_instance, is_serializer
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction

from restflow.spectacular import _caching, _errors, _streams, _views
from restflow.spectacular._operations.lists import WithLists
from restflow.spectacular._operations.view import Schema


class WithResponses(WithLists):
    """Describes what the operation answers when all is well."""

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        found, own = self._responses_asked()
        returned = self._returned_class() if own else None
        if returned is not None:
            responses = self._streamed(found, returned)
        elif not _views.speaks_restflow(self.view) or isinstance(found, dict):
            responses = super()._get_response_bodies(direction)
        else:
            responses = self._success(found, direction)
        if direction == "response":
            if own:
                self._describe_rendered_streams(responses, found)
            self._add_headers(responses)
        return responses

    def _success(self, serializer: Any, direction: Direction) -> Schema:
        status = _views.success_status(self.view, self.method)
        code = str(status)
        if status in _views.BODILESS:
            return {code: self._response_for(None, code, direction)}
        if serializer is None:
            warn(
                f"{self.method} {self.path}: {type(self.view).__qualname__} does not tell what it answers. Set "
                "serializer_class, or request_serializer_class and response_serializer_class, or use @extend_schema. "
                "Described as a free-form object."
            )
            serializer = build_basic_type(OpenApiTypes.OBJECT)
        return {code: self._response_for(serializer, code, direction)}

    def _response_for(self, serializer: Any, code: str, direction: Direction) -> Schema:
        drf_spectacular: Any = self
        found: Schema = drf_spectacular._get_response_for_code(serializer, code, direction=direction)
        return found

    def _streamed(self, serializer: Any, returned: Any) -> Schema:
        content = _streams.content(returned, self._item(serializer))
        response = {"description": "", **({"content": content} if content else {})}
        return {str(_views.success_status(self.view, self.method)): response}

    def _item(self, serializer: Any) -> Schema | None:
        if not is_serializer(serializer):
            return None
        component = self.resolve_serializer(serializer, "response")
        return component.ref if component else None

    def _describe_rendered_streams(self, responses: Schema, serializer: Any) -> None:
        for response in responses.values():
            for media_type in response.get("content", {}).keys() & _streams.RENDERED.keys():
                if "schema" in response["content"][media_type] and self._returned_class() is None:
                    item = self._item(force_instance(serializer))
                    response["content"][media_type] = _streams.stream(_streams.RENDERED[media_type], item)

    def _add_headers(self, responses: Schema) -> None:
        handler = self._handler()
        cached, limits = _caching.headers(handler), _errors.limit_headers(self.view)
        for status, response in responses.items():
            headers = {**limits, **(cached if status.startswith("2") else {})}
            if headers:
                response["headers"] = {**headers, **response.get("headers", {})}
        if _caching.revalidates(handler) and self.method == "GET":
            unchanged = {"description": "The client has the current version.", **_errors.with_headers(limits)}
            responses.setdefault("304", unchanged)
