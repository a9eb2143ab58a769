"""Shows what happens to the cities: page by page, newest first, and live as server-sent events."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema

from demo.world.change_serializers import ChangeSerializer
from demo.world.feed import Behind, feed
from demo.world.models import Change
from demo.world.pagination import NewestFirst
from restflow.responses import EventStreamRenderer, JSONRenderer, SSEResponse, last_event_id
from restflow.views import AsyncAPIView, AsyncListAPIView

RETRY = 1000
"""Milliseconds after which a browser that has lost the connection comes back."""


class ChangesView(AsyncListAPIView):
    """What was changed, newest first. Following `next` neither skips nor repeats a line while others are added."""

    queryset = Change.objects.all()
    serializer_class = ChangeSerializer
    pagination_class = NewestFirst


class EventsView(AsyncAPIView):
    """What is being changed, live. A client that comes back with `Last-Event-ID` gets what it has missed.

    Events are called `change`; one called `reset` says that more was missed than is sent again: read everything anew.
    """

    renderer_classes = [EventStreamRenderer, JSONRenderer]
    response_serializer_class = ChangeSerializer

    @extend_schema(
        parameters=[
            OpenApiParameter("country", OpenApiTypes.STR, description="Only changes of this country's cities."),
            OpenApiParameter("after", OpenApiTypes.STR, description="As `Last-Event-ID`, where headers cannot be set."),
            OpenApiParameter("Last-Event-ID", OpenApiTypes.STR, OpenApiParameter.HEADER),
        ]
    )
    async def get(self, request: Any) -> SSEResponse:
        """Sends changes as they are committed, by whichever process."""
        seen = last_event_id(request) or request.query_params.get("after", "")
        after = int(seen) if seen.isascii() and seen.isdigit() else None
        return SSEResponse(_events(after, request.query_params.get("country")), retry=RETRY, heartbeat=15)


async def _events(after: int | None, country: str | None) -> AsyncIterator[dict[str, Any]]:
    while True:
        try:
            async with aclosing(feed.lines(after)) as lines:
                async for change in lines:
                    after = change.pk
                    if country in (None, "", change.country_code) or change.kind == Change.Kind.BULK:
                        yield {"id": change.pk, "event": "change", "data": await ChangeSerializer(change).adata}
        except Behind as behind:
            after = behind.latest
            yield {"id": after, "event": "reset", "data": {}}
