"""One list of books under the filter set of `site_views.py`: prints the answer to each request as JSON."""

import json
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="the journey's own, worth nothing",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "shop"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="site_urls",
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    REST_FRAMEWORK={"DEFAULT_AUTHENTICATION_CLASSES": []},
)
django.setup()

from django.core.management import call_command
from django.test import Client

call_command("migrate", run_syncdb=True, verbosity=0)

import rows
from shop.models import Book

Book.objects.filter(title="Solaris").update(published="1961-06-01", in_stock=False)
Book.objects.create(title="Fiasco", author=rows.lem, price=12, pages=322, published="1986-01-01")

answers = {}
for query in json.loads(Path("requests.json").read_text()):
    answer = Client().get(f"/books/{query}")
    # a refusal's words are each library's own
    answers[query] = [answer.status_code, answer.json() if answer.status_code == 200 else None]
print(json.dumps(answers))
