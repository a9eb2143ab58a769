from rest_framework.pagination import PageNumberPagination

from restflow.views import AsyncModelViewSet, ModelViewSet
from views_testapp.models import Book
from views_testapp.serializers import BookSerializer


class TenPerPage(PageNumberPagination):
    page_size = 10


class Open:
    """Nothing but the action costs a crossing."""

    authentication_classes = []
    queryset = Book.objects.order_by("pk")
    serializer_class = BookSerializer
    pagination_class = TenPerPage


class AsyncBooks(Open, AsyncModelViewSet):
    pass


class Books(Open, ModelViewSet):
    pass
