"""A process of its own that serves the token views, for races between processes.

It is started with its settings as JSON (`databases`, `caches`, `jwt`), does what each line of standard input says
(`["name", {arguments}]`) and answers each with a line of JSON.
"""

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from django.conf import settings

KEY = "a secret for the tests, long enough for HS256"


def set_up(databases: dict[str, Any], caches: dict[str, Any], jwt: dict[str, Any]) -> None:
    if any(database["ENGINE"].endswith("mysql") for database in databases.values()):
        import pymysql

        pymysql.install_as_MySQLdb()
    settings.configure(
        SECRET_KEY="the test suite's own, worth nothing",
        ALLOWED_HOSTS=["testserver"],
        ROOT_URLCONF="auth_test_urls",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "rest_framework",
            "restflow.authentication",
        ],
        USE_TZ=True,
        DATABASES=databases,
        CACHES=caches,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGGING_CONFIG=None,
        RESTFLOW_SETTINGS={"JWT": {"SIGNING_KEY": KEY, **jwt}},
    )
    django.setup()


async def _post(path: str, refresh: str) -> tuple[int, dict[str, str]]:
    """One request with a thread and connections of its own, as under an ASGI server."""
    from asgiref.sync import ThreadSensitiveContext, sync_to_async
    from django.db import connections

    from restflow.test import AsyncAPIClient

    async with ThreadSensitiveContext():
        try:
            client = AsyncAPIClient(raise_request_exception=False)
            answer = await client.post(path, {"refresh": refresh})
        finally:
            await sync_to_async(connections.close_all)()
    return answer.status_code, json.loads(answer.content or "{}")


def _request(method: str, path: str, **kwargs: Any) -> tuple[int, dict[str, str]]:
    from django.db import connections
    from django.test import Client

    try:
        answer = getattr(Client(raise_request_exception=False), method)(path, **kwargs)
    finally:
        connections.close_all()
    return answer.status_code, json.loads(answer.content or "{}")


def _blocking_post(path: str, refresh: str) -> tuple[int, dict[str, str]]:
    return _request("post", path, data=json.dumps({"refresh": refresh}), content_type="application/json")


def create() -> str:
    """Makes the database; its name."""
    from django.db import connection

    return connection.creation.create_test_db(verbosity=0, autoclobber=True)


def destroy() -> None:
    from django.db import connection

    connection.creation.destroy_test_db("", verbosity=0)


def user(name: str) -> int:
    from django.contrib.auth.models import User

    return User.objects.create_user(name).pk


def issue(user: int) -> str:
    from django.contrib.auth.models import User

    from restflow.authentication import RefreshToken

    return str(RefreshToken.for_user(User(pk=user, is_active=True)))


def redeem(refresh: str, times: int, how: str) -> list[tuple[int, dict[str, str]]]:
    """As many refreshes at once: in one event loop, or in threads of WSGI."""
    if how == "threads":
        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(_blocking_post, ["/refresh/"] * times, [refresh] * times))

    async def together() -> list[tuple[int, dict[str, str]]]:
        return list(await asyncio.gather(*(_post("/refresh/", refresh) for _ in range(times))))

    return asyncio.run(together())


def rotate(refresh: str, limit: int) -> tuple[int, list[dict[str, str]]]:
    """Refreshes with each new token until one is refused: the last status, and all that was given."""
    pairs: list[dict[str, str]] = []
    while len(pairs) < limit:
        status, body = asyncio.run(_post("/refresh/", refresh))
        if status != 200:
            return status, pairs
        pairs.append(body)
        refresh = body["refresh"]
    return 200, pairs


def log_out(refresh: str) -> int:
    return asyncio.run(_post("/blacklist/", refresh))[0]


def revoke_user(user: int) -> None:
    from django.contrib.auth.models import User

    from restflow.authentication import revoke_user_tokens

    revoke_user_tokens(User(pk=user))


def try_out(pairs: list[dict[str, str]]) -> list[int]:
    """What each token of the pairs gets: the access tokens first."""
    bearers = [{"headers": {"authorization": f"Bearer {pair['access']}"}} for pair in pairs]
    return [
        *(_request("get", "/sync/", **bearer)[0] for bearer in bearers),
        *(_blocking_post("/refresh/", pair["refresh"])[0] for pair in pairs),
    ]


def migrations() -> list[str]:
    """The reasons of a row of the first migration and of one of today, after the second one has been applied again."""
    from django.core.management import call_command
    from django.db import connection

    from restflow.authentication import ModelBlacklistBackend
    from restflow.authentication.models import BlacklistedToken

    call_command("migrate", "restflow_authentication", "0001", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO restflow_authentication_blacklistedtoken (jti, expires_at, created_at) VALUES (%s, %s, %s)",
            ["old", "2099-01-01 00:00:00", "2026-01-01 00:00:00"],
        )
    call_command("migrate", "restflow_authentication", verbosity=0)
    call_command("makemigrations", "restflow_authentication", "--check", "--dry-run", verbosity=0)
    store = ModelBlacklistBackend()
    assert store.is_blacklisted("old")
    assert store.consume("new", expires_at=4_000_000_000)
    assert not store.consume("new", expires_at=4_000_000_000)
    found = BlacklistedToken.objects.filter(jti__in=["old", "new"]).order_by("jti")
    answer = [row.reason for row in found]
    found.delete()
    return answer


def main() -> None:
    set_up(**json.loads(sys.argv[1]))
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps("ready"), file=answers, flush=True)
    for line in sys.stdin:
        name, arguments = json.loads(line)
        print(json.dumps(globals()[name](**arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
