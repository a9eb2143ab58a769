"""A project on plain REST framework that moves to restflow class by class; prints the answers at each step as JSON."""

import json
import warnings

import django
from django.conf import settings

warnings.simplefilter("error")
settings.configure(
    SECRET_KEY="the journey's own, worth nothing",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "file:journey?mode=memory&cache=shared"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "shop"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
    REST_FRAMEWORK={"PAGE_SIZE": 2, "DEFAULT_AUTHENTICATION_CLASSES": []},
)
django.setup()

from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.urls import clear_url_caches, include, path
from rest_framework import filters, pagination, permissions, serializers, throttling, viewsets
from rest_framework.routers import SimpleRouter
from rest_framework.test import APIClient
from shop.models import Author, Book

import restflow.pagination
import restflow.permissions
import restflow.serializers
import restflow.throttling
import restflow.views

urlpatterns = []
parts = {
    "serializer": serializers.ModelSerializer,
    "pagination": pagination.PageNumberPagination,
    "permission": permissions.IsAuthenticatedOrReadOnly,
    "throttle": throttling.SimpleRateThrottle,
    "viewset": viewsets.ModelViewSet,
}
STEPS = {
    "plain REST framework": {},
    "serializers": {"serializer": restflow.serializers.ModelSerializer},
    "pagination": {"pagination": restflow.pagination.PageNumberPagination},
    "permissions": {"permission": restflow.permissions.IsAuthenticatedOrReadOnly},
    "throttles": {"throttle": restflow.throttling.SimpleRateThrottle},
    "async viewsets": {"viewset": restflow.views.AsyncModelViewSet},
    "async viewsets with a plain serializer": {"serializer": serializers.ModelSerializer},
}


def site() -> list[object]:
    """The project's URLs, with the classes of the step."""

    class BookSerializer(parts["serializer"]):
        class Meta:
            model = Book
            fields = ["id", "title", "author", "price", "published"]

        def validate_title(self, value):
            if value.islower():
                raise serializers.ValidationError("Begin with a capital letter.")
            return value

    class Generous(parts["throttle"]):
        rate = "1000/min"

        def get_cache_key(self, request, view):
            return "everybody"

    class BookViewSet(parts["viewset"]):
        queryset = Book.objects.all()
        serializer_class = BookSerializer
        pagination_class = parts["pagination"]
        permission_classes = [parts["permission"]]
        throttle_classes = [Generous]
        filter_backends = [filters.SearchFilter, filters.OrderingFilter]
        search_fields = ["title", "author__name"]
        ordering_fields = ["price", "title"]

        def perform_create(self, serializer):
            serializer.save(price=serializer.validated_data["price"] + 1)

    router = SimpleRouter()
    router.register("books", BookViewSet)
    return [path("", include(router.urls))]


def answers() -> list[object]:
    """What a client sees of the site."""
    client = APIClient()
    asked = []

    def ask(method, url, body=None):
        answer = getattr(client, method)(url, body, format="json") if body is not None else getattr(client, method)(url)
        asked.append(
            [method, url, answer.status_code, json.loads(answer.content or "null"), answer.headers.get("Allow")]
        )

    ask("post", "/books/", {"title": "Solaris", "author": 1, "price": "8.00"})
    client.force_authenticate(User(username="ada"))
    ask("post", "/books/", {"title": "Solaris", "author": 1, "price": "8.00", "published": "1961-01-01"})
    ask("post", "/books/", {"title": "Solaris", "author": 1, "price": "8.00"})
    ask("post", "/books/", {"title": "eden", "author": 7, "price": "cheap", "published": "then"})
    ask("post", "/books/", [])
    ask("get", "/books/")
    ask("get", "/books/?page=2")
    ask("get", "/books/?page=9")
    ask("get", "/books/?search=sol&ordering=-price")
    ask("get", "/books/1/")
    ask("get", "/books/none/")
    ask("patch", "/books/1/", {"price": "5.55"})
    ask("put", "/books/1/", {"price": "5.55"})
    ask("options", "/books/")
    ask("delete", "/books/1/")
    ask("get", "/books/1/")
    ask("trace", "/books/1/")
    return asked


def main() -> None:
    call_command("migrate", run_syncdb=True, verbosity=0)
    author = Author.objects.create(name="Stanislaw Lem")
    for title in ("Fiasco", "Eden", "The Invincible"):
        Book.objects.create(title=title, author=author, price=7)
    results = {}
    for name, changed in STEPS.items():
        parts.update(changed)
        urlpatterns[:] = site()
        clear_url_caches()
        with transaction.atomic():
            point = transaction.savepoint()
            results[name] = answers()
            transaction.savepoint_rollback(point)
    print(json.dumps(results))


if __name__ == "__main__":
    main()
