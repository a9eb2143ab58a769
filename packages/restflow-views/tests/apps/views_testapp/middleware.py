from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction


class EditsTheData:
    """Sees a response before it is rendered, and replaces its data."""

    async_capable = sync_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        return self.get_response(request)

    def process_template_response(self, request: Any, response: Any) -> Any:
        response.data = {"rows": len(response.data["results"])}
        return response
