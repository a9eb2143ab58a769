"""A Django application for a real server, whose streams wait for ever after they have asked PostgreSQL something."""

import asyncio
import os

import django
from django.conf import settings

from testsite import services

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={"UNAUTHENTICATED_USER": None, "DEFAULT_AUTHENTICATION_CLASSES": []},
    DATABASES={
        "default": services.postgres_database()
        | {"CONN_MAX_AGE": None, "OPTIONS": {"application_name": os.environ["RESTFLOW_STREAM_DATABASE_CLIENT"]}}
    },
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.urls import path  # noqa: E402

from restflow.core.asgi import PersistentThreads  # noqa: E402
from restflow.responses import Response, SSEResponse  # noqa: E402
from restflow.views import APIView, AsyncAPIView  # noqa: E402

THREADS = 4


async def silent():
    await asyncio.Event().wait()
    yield


class Asking(APIView):
    """Asks the database, in a thread."""

    def get(self, request):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            return Response(cursor.fetchone()[0])


class Waiting(AsyncAPIView):
    """The same, as a policy would, before it streams."""

    def initial(self, request, *args, **kwargs):
        super().initial(request, *args, **kwargs)
        Asking.get(self, request)

    async def get(self, request):
        return SSEResponse(silent(), retry=1)


urlpatterns = [path("waiting", Waiting.as_view()), path("asking", Asking.as_view())]
stock = get_asgi_application()
persistent = PersistentThreads(stock, threads=THREADS)
