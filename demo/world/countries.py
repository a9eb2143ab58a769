"""Shows `PostFetch`, nested rows with the fewest queries, and two kinds of cache: of an answer and of a function."""

from typing import Any

from django.db.models import Count, Sum
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.serializers import BooleanField

from demo.world.caches import country_report
from demo.world.filters import CountryFilterSet
from demo.world.models import City, Continent, Country
from demo.world.pagination import CountedPages
from demo.world.permissions import EDITORS
from demo.world.serializers import (
    ContinentSerializer,
    CountryListSerializer,
    CountryRowSerializer,
    CountrySerializer,
    ReportSerializer,
)
from demo.world.throttles import ByScope
from restflow.caching import cache_mode, cache_response, set_response_cache_header
from restflow.filters import RestflowFilterBackend
from restflow.permissions import AllowAny
from restflow.responses import Response, StreamingJSONListResponse
from restflow.spectacular import raises
from restflow.views import ActionConfig, AsyncListAPIView, AsyncReadOnlyModelViewSet, PostFetch

LARGEST_CITIES = PostFetch(
    City.objects.all(),
    to_attr="largest_cities",
    values=["id", "name", "population"],
    order_by=("-population", "pk"),
    limit=3,
    country_id="code",
)
TOTALS = PostFetch(
    City.objects.all(),
    to_attr="totals",
    values=[],
    values_dict={"number": Count("pk"), "inhabitants": Sum("population")},
    order_by=(),
    limit=1,
    country_id="code",
)


class ContinentsView(AsyncListAPIView):
    """The continents. The answer is made once an hour for everybody, and a client that has it is told so (304)."""

    queryset = Continent.objects.order_by("name")
    serializer_class = ContinentSerializer
    permission_classes = [AllowAny]
    pagination_class = None

    @cache_response(ttl=3600, public=True, set_cache_headers=True)  # type: ignore[untyped-decorator]
    async def get(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Lists the continents."""
        return await self.list(request, *args, **kwargs)


class CountryViewSet(AsyncReadOnlyModelViewSet):
    """The countries and territories of the world, by their ISO 3166 code."""

    queryset = Country.objects.all()
    serializer_class = CountrySerializer
    lookup_field = "code"
    lookup_value_regex = "[A-Z]{2}"
    filter_backends = [RestflowFilterBackend]
    filterset_class = CountryFilterSet
    pagination_class = CountedPages
    action_configs = {
        "list": ActionConfig(
            response_serializer_class=CountryListSerializer,
            post_fetches=[LARGEST_CITIES, TOTALS],
        ),
        "retrieve": ActionConfig(queryset=CountrySerializer.optimize_queryset(Country.objects.all())),
        "report": ActionConfig(response_serializer_class=ReportSerializer),
        "export": ActionConfig(
            response_serializer_class=CountryRowSerializer,
            pagination_class=None,
            throttle_classes=[ByScope],
            throttle_scope="export",
        ),
    }

    @extend_schema(  # type: ignore[type-var]
        parameters=[OpenApiParameter("fresh", OpenApiTypes.BOOL, description="For editors: compute it anew now.")],
        filters=False,
    )
    @raises(PermissionDenied, ValidationError)
    @action(detail=True)
    async def report(self, request: Any, code: str) -> Response:
        """How the cities of a country are distributed. It is kept for a minute, and wiped when a city changes."""
        fresh = BooleanField().run_validation(request.query_params.get("fresh", "false"))
        if fresh and EDITORS not in (request.auth or {}).get("groups", ()):
            raise PermissionDenied("Only editors may have the report computed anew.")
        with cache_mode("refresh" if fresh else "normal"):  # as `country_report.arefresh(code)`, with the metadata
            report, metadata = await country_report.aget_with_metadata(code)
        if not report["cities"] and not await Country.objects.filter(pk=code).aexists():
            raise NotFound
        return set_response_cache_header(Response(report), metadata)

    @action(detail=False)  # type: ignore[type-var]
    async def export(self, request: Any) -> StreamingJSONListResponse:
        """All countries as one JSON document, sent row by row."""
        rows = await self.afilter_queryset(self.get_queryset())
        return StreamingJSONListResponse(rows, serializer_class=CountryRowSerializer)
