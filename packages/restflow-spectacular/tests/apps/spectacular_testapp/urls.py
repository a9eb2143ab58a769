"""The sample project that the command describes."""

from django.urls import include, path
from rest_framework.decorators import action
from rest_framework.routers import SimpleRouter

from spectacular_testapp import fields, protocol


class Books(protocol.ModelViewSet):
    """Books and who wrote them."""

    queryset = protocol.Book.objects.all()
    serializer_class = protocol.BookSerializer
    filterset_class = protocol.BookFilterSet
    filter_backends = [protocol.FilterBackend]
    pagination_class = protocol.PagePagination
    action_configs = {
        "list": protocol.ActionConfig(
            response_serializer_class=protocol.BookRowSerializer, pagination_class=protocol.FastPageNumberPagination
        )
    }

    @action(detail=True, methods=["post"])
    async def archive(self, request, pk=None):
        raise AssertionError


class Authors(protocol.ModelViewSet[protocol.Author]):
    serializer_class = protocol.AuthorSerializer
    pagination_class = protocol.ByIdPagination

    async def get_queryset(self):
        raise AssertionError


class Events(protocol.APIView):
    response_serializer_class = protocol.NoteSerializer

    async def get(self, request) -> protocol.SSEResponse:
        raise AssertionError


class Payment(protocol.serializers.Serializer):
    amount = fields.UnionField(members=[protocol.serializers.IntegerField(), protocol.serializers.CharField()])


class Payments(protocol.APIView):
    request_serializer_class = Payment
    success_status = 204

    async def post(self, request):
        raise AssertionError


router = SimpleRouter()
router.register("books", Books)
router.register("authors", Authors, basename="author")
urlpatterns = [
    path("api/", include(router.urls)),
    path("api/events/", Events.as_view()),
    path("api/payments/", Payments.as_view()),
]
