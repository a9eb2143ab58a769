"""Shows an async viewset that writes: one crossing to a thread per request, and one transaction in it."""

from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action

from demo.world import changes
from demo.world.errors import StaleCity
from demo.world.filters import CityFilterSet
from demo.world.models import Change, City
from demo.world.pagination import Pages
from demo.world.permissions import IsEditor
from demo.world.serializers import (
    CensusSerializer,
    CityListSerializer,
    CitySerializer,
    EditedCitySerializer,
    NewCitySerializer,
)
from demo.world.throttles import ByScope
from restflow.caching import invalidate_queryset
from restflow.filters import RestflowFilterBackend
from restflow.permissions import IsAdminUser
from restflow.responses import NDJSONResponse, Response
from restflow.spectacular import raises
from restflow.views import ActionConfig, AsyncModelViewSet, PostFetch

WITH_COUNTRY = City.objects.select_related("country")
IN_FULL = CitySerializer.optimize_queryset(City.objects.all())
TO_CHANGE = City.objects.select_for_update(of=("self",)).select_related("country")
LAST_CHANGE = PostFetch(Change.objects.all(), to_attr="last_change", order_by=("-pk",), limit=1, city_id="pk")
MOST_LINES = 200
CENSUS: dict[str, Any] = {"max_length": MOST_LINES, "allow_empty": False}
EDITING = ActionConfig(
    permission_classes=[IsEditor],
    request_serializer_class=EditedCitySerializer,
    queryset=TO_CHANGE,
    post_fetches=[LAST_CHANGE],
)


class CityViewSet(AsyncModelViewSet):
    """The cities of the world: everybody may read them, editors change them, and administrators delete them."""

    queryset = IN_FULL
    serializer_class = CitySerializer
    lookup_value_regex = "[0-9]{1,18}"
    filter_backends = [RestflowFilterBackend]
    filterset_class = CityFilterSet
    pagination_class = Pages
    atomic = True
    action_configs = {
        "list": ActionConfig(queryset=WITH_COUNTRY, response_serializer_class=CityListSerializer),
        "retrieve": ActionConfig(post_fetches=[LAST_CHANGE]),
        "create": ActionConfig(
            permission_classes=[IsEditor], request_serializer_class=NewCitySerializer, post_fetches=[LAST_CHANGE]
        ),
        "update": EDITING,
        "partial_update": EDITING,
        "destroy": ActionConfig(permission_classes=[IsAdminUser], queryset=TO_CHANGE),
        "bulk": ActionConfig(
            permission_classes=[IsEditor],
            request_serializer_class=CensusSerializer,
            response_serializer_class=CityListSerializer,
            queryset=TO_CHANGE,
            pagination_class=None,
            atomic=True,
        ),
        "export": ActionConfig(
            queryset=WITH_COUNTRY,
            response_serializer_class=CityListSerializer,
            pagination_class=None,
            throttle_classes=[ByScope],
            throttle_scope="export",
        ),
    }

    # These hooks query, and are plain `def`: restflow runs them within the action's one crossing and its transaction.

    def perform_create(self, serializer: Any) -> None:
        """Stores the city and its line in the log of changes, or neither."""
        city = serializer.save(updated_by=self.request.user)
        changes.record(Change.Kind.CREATED, city, self._by(), after=changes.state(city))

    @raises(StaleCity)
    def perform_update(self, serializer: Any) -> None:
        """Stores the city, one version on, and what changed; a request that changes nothing leaves no trace."""
        city = serializer.instance
        sent = serializer.validated_data.pop("version")
        if sent != city.version:
            raise StaleCity(sent, city)
        before = changes.state(city)
        for name, value in serializer.validated_data.items():
            setattr(city, name, value)
        after = changes.state(city)
        if before == after:
            return
        serializer.save(version=city.version + 1, updated_by=self.request.user, updated_at=timezone.now())
        changes.record(
            Change.Kind.UPDATED,
            city,
            self._by(),
            before=changes.difference(after, before),
            after=changes.difference(before, after),
        )

    def perform_destroy(self, instance: City) -> None:
        """Deletes the city, of which the log keeps the last state."""
        changes.record(Change.Kind.DELETED, instance, self._by(), before=changes.state(instance))
        instance.delete()

    @extend_schema(
        request=CensusSerializer(many=True, **CENSUS), responses=CityListSerializer(many=True), filters=False
    )
    @action(detail=False, methods=["patch"])
    def bulk(self, request: Any) -> Response:
        """Takes a census of up to 200 cities: their populations are written by one statement, all or none."""
        cities = list(self.get_queryset().filter(pk__in=_ids(request.data)))
        serializer = self.validated_serializer(instance=cities, many=True, **CENSUS)
        counted = serializer.save()
        touched = City.objects.filter(pk__in=[city.pk for city in counted])
        touched.update(version=F("version") + 1, updated_by=request.user, updated_at=timezone.now())
        invalidate_queryset(touched)  # bulk statements send no signals: the reports of these countries are stale now
        changes.add(Change(kind=Change.Kind.BULK, by=self._by(), after={"cities": len(counted)}))
        return self.serialized_response(touched.select_related("country").order_by("pk"), many=True)

    @action(detail=False)  # type: ignore[type-var]
    async def export(self, request: Any) -> NDJSONResponse:
        """The cities that the filters of the list select, one JSON document a line, read chunk by chunk."""
        rows = await self.afilter_queryset(self.get_queryset())
        named = {"country_name": F("country__name")}
        names = [name for name in CityListSerializer.Meta.fields if name not in named]
        return NDJSONResponse(rows.values(*names, **named), headers={"Content-Disposition": 'filename="cities.ndjson"'})

    def _by(self) -> str:
        return str(self.request.user.get_username())


def _ids(lines: Any) -> Sequence[int]:
    """The ids that the lines name; what else is wrong with them, the serializer tells."""
    found = (line.get("id") for line in lines[:MOST_LINES] if isinstance(line, dict)) if isinstance(lines, list) else ()
    return [number for number in found if type(number) is int and 0 < number < 2**63]
