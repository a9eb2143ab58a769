"""Log-in, refresh and log-out under the settings and URLs beside it: prints the answer at each step as JSON."""

import json
import os
import time

import django
from django.conf import settings

os.environ["JWT_SIGNING_KEY"] = "thirty-two bytes at the very least, for HS256"

import project_settings

settings.configure(
    SECRET_KEY="the journey's own, worth nothing",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    ROOT_URLCONF="site_urls",
    ALLOWED_HOSTS=["testserver"],
    USE_TZ=True,
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    **{name: value for name, value in vars(project_settings).items() if name.isupper()},
)
django.setup()

import jwt
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client

EACH_TIME_ANOTHER = ("exp", "iat", "jti", "sid", "sxp", "auth_time")
answers = {}


def shown(name, value):
    """A token by its claims, everything else as it is."""
    if name not in ("access", "refresh"):
        return value
    claims = jwt.decode(value, os.environ["JWT_SIGNING_KEY"], algorithms=["HS256"], options={"verify_iss": False})
    lifetime = claims["exp"] - claims["iat"]
    return {key: claims[key] for key in claims if key not in EACH_TIME_ANOTHER} | {"lifetime": lifetime}


def ask(name, path, body=None, token=None, scheme="Bearer"):
    """Notes the answer to one request; its body."""
    headers = {} if token is None else {"Authorization": f"{scheme} {token}"}
    client = Client(headers=headers)
    answer = client.get(path) if body is None else client.post(path, body, content_type="application/json")
    data = answer.json() if answer.content else {}
    # a refusal's words are each library's own
    answers[name] = [
        answer.status_code,
        {key: shown(key, data[key]) for key in data} if answer.status_code < 400 else None,
    ]
    return data


def crafted(**changed):
    """An access token of another issuer's making, signed with the project's key."""
    now = int(time.time())
    claims = {"token_type": "access", "exp": now + 300, "iat": now, "jti": "a" * 32, "user_id": "1", "iss": "bookshop"}
    claims = {key: value for key, value in (claims | changed).items() if value is not None}
    return jwt.encode(claims, changed.get("key", os.environ["JWT_SIGNING_KEY"]), algorithm="HS256")


call_command("migrate", verbosity=0)
User.objects.create_user("ada", password="correct horse")
User.objects.create_user("gone", password="correct horse", is_active=False)
credentials = {"username": "ada", "password": "correct horse"}

first = ask("log in", "/token/", credentials)
ask("a wrong password", "/token/", credentials | {"password": "wrong"})
ask("a user who is not there", "/token/", credentials | {"username": "nobody"})
ask("a user who is inactive", "/token/", credentials | {"username": "gone"})
ask("no password", "/token/", {"username": "ada"})
ask("nothing", "/token/", {})
ask("log in by GET", "/token/")

ask("who am I", "/me/", token=first["access"])
ask("no token", "/me/")
ask("no token, only the scheme", "/me/", token="")
ask("another scheme", "/me/", token=first["access"], scheme="Token")
ask("something else than a token", "/me/", token="abc")
ask("three words", "/me/", token=f"{first['access']} more")
ask("a refresh token as access token", "/me/", token=first["refresh"])
ask("a token of the same making", "/me/", token=crafted())
ask("an expired token", "/me/", token=crafted(exp=int(time.time()) - 1))
ask("another issuer", "/me/", token=crafted(iss="elsewhere"))
ask("no issuer", "/me/", token=crafted(iss=None))
ask("no user", "/me/", token=crafted(user_id=None))
ask("a user who never was", "/me/", token=crafted(user_id="77"))
ask("an inactive user's token", "/me/", token=crafted(user_id="2"))
ask("no type", "/me/", token=crafted(token_type=None))
ask("another key", "/me/", token=jwt.encode({"user_id": "1"}, "x" * 32, algorithm="HS256"))

second = ask("refresh", "/token/refresh/", {"refresh": first["refresh"]})
ask("who am I, after a refresh", "/me/", token=second["access"])
ask("the first access token, after a refresh", "/me/", token=first["access"])
ask("refresh with an access token", "/token/refresh/", {"refresh": second["access"]})
ask("refresh with nothing", "/token/refresh/", {})
ask("refresh with something else", "/token/refresh/", {"refresh": "abc"})

other = ask("log in again", "/token/", credentials)
ask("log out", "/token/blacklist/", {"refresh": other["refresh"]})
ask("refresh after log-out", "/token/refresh/", {"refresh": other["refresh"]})
ask("the access token after log-out", "/me/", token=other["access"])
ask("log out with something else", "/token/blacklist/", {"refresh": "abc"})

ask("a spent refresh token", "/token/refresh/", {"refresh": first["refresh"]})
ask("its successor", "/token/refresh/", {"refresh": second["refresh"]})
print(json.dumps(answers))
