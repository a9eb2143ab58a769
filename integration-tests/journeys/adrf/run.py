"""The viewset and the function of the page's two files: prints the answer to each request as JSON."""

import json

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="the journey's own, worth nothing",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "journey.sqlite3"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "shop"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="site_urls",
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    },
)
django.setup()

from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.test import AsyncClient

call_command("migrate", verbosity=0)
call_command("migrate", run_syncdb=True, verbosity=0)

import rows  # noqa: F401

REQUESTS = [
    ("GET", "/api/", None),
    ("GET", "/api/books/", None),
    ("GET", "/api/books/1/", None),
    ("GET", "/api/books/99/", None),
    ("POST", "/api/books/", {"title": "Fiasco", "author": 2}),
    ("POST", "/api/books/", {"title": "Eden", "author": 2, "price": 6}),
    ("POST", "/api/books/", {"title": "", "author": 99}),
    ("POST", "/api/books/", {"author": "Lem"}),
    ("GET", "/statistics/", None),
    ("POST", "/statistics/", {}),
    ("PUT", "/api/books/2/", {"title": "Rocannon", "author": 1, "price": 5}),
    ("PUT", "/api/books/2/", {"title": "Rocannon"}),
    ("PATCH", "/api/books/2/", {"price": 4}),
    ("PATCH", "/api/books/2/", {"price": "cheap"}),
    ("PATCH", "/api/books/99/", {"price": 4}),
    ("DELETE", "/api/books/3/", None),
    ("DELETE", "/api/books/99/", None),
    ("GET", "/api/books/?", None),
    ("GET", "/api/books/3/", None),
    ("OPTIONS", "/statistics/", None),
]


async def main() -> None:
    client = AsyncClient()
    answers = {}
    for method, path, body in REQUESTS:
        for office in ("yes", "no"):
            answer = await client.generic(
                method,
                path,
                "" if body is None else json.dumps(body),
                content_type="application/json",
                headers={"X-Office": office},
            )
            said = json.loads(answer.content) if answer.content else None
            answers[f"{method} {path} {json.dumps(body)} {office}"] = [answer.status_code, said]
    print(json.dumps(answers))


async_to_sync(main)()
