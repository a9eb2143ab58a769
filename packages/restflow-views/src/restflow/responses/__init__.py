"""`restflow.responses`: rendered and streaming responses, their JSON, and renderers."""

from restflow.responses.encoding import JSONEncoder
from restflow.responses.events import SSEResponse, last_event_id
from restflow.responses.renderers import EventStreamRenderer, JSONRenderer, NDJSONRenderer
from restflow.responses.response import Response
from restflow.responses.streaming import NDJSONResponse, StreamingJSONListResponse

__all__ = [
    # responses
    "Response",
    "StreamingJSONListResponse",
    "NDJSONResponse",
    "SSEResponse",
    # JSON
    "JSONEncoder",
    # renderers
    "JSONRenderer",
    "NDJSONRenderer",
    "EventStreamRenderer",
    # events
    "last_event_id",
]
