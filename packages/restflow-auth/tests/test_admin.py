"""The admin of revoked tokens: rows are added and deleted, never changed."""

import subprocess
import sys

SCRIPT = """
import django
from django.conf import settings
settings.configure(
    SECRET_KEY="x", USE_TZ=True, DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
        "django.contrib.messages", "django.contrib.sessions", "restflow.authentication"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
        "context_processors": ["django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}],
    ROOT_URLCONF="__main__", ALLOWED_HOSTS=["testserver"], STATIC_URL="/static/",
)
django.setup()
from django.contrib import admin
from django.urls import path
urlpatterns = [path("admin/", admin.site.urls)]
from django.core.management import call_command
call_command("check"); call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
from django.test import Client
from restflow.authentication.models import BlacklistedToken
client = Client()
client.force_login(User.objects.create_superuser("root"))
url = "/admin/restflow_authentication/blacklistedtoken/"
assert client.get(url + "add/").status_code == 200
form = {"jti": "stolen", "expires_at_0": "2099-01-01", "expires_at_1": "00:00:00"}
assert client.post(url + "add/", form).status_code == 302
row = BlacklistedToken.objects.get()
assert row.reason == "revoked"
listed = client.get(url, {"q": "sto", "reason__exact": "revoked"})
assert b"stolen" in listed.content
assert b"stolen" not in client.get(url, {"q": "len"}).content
assert client.post(f"{url}{row.pk}/change/", {**form, "jti": "other"}).status_code == 403
assert client.post(f"{url}{row.pk}/delete/", {"post": "yes"}).status_code == 302
assert not BlacklistedToken.objects.exists()
print("fine")
"""


def test_rows_are_listed_added_and_deleted():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("fine\n"), done.stderr
