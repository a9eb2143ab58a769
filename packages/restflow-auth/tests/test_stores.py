"""Both stores keep the same promises; the model's rows, their purge, their admin and migrations."""

import time
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import modify_settings

from restflow.authentication import (
    AccessToken,
    BlacklistBackend,
    CacheBlacklistBackend,
    ModelBlacklistBackend,
    RefreshToken,
    revoke_user_tokens,
)
from restflow.authentication.jwt import ATokenBlacklist
from restflow.authentication.models import BlacklistedToken

SOON = 4_000_000_000


@pytest.fixture
def ada():
    return User(pk=1, username="ada", is_active=True)


def test_an_id_is_recorded_once_and_for_all(store):
    assert not store.is_blacklisted("one")
    store.blacklist("one", expires_at=SOON)
    store.blacklist("one", expires_at=SOON)
    assert store.is_blacklisted("one")
    assert async_to_sync(store.ais_blacklisted)("one")
    async_to_sync(store.add)("two", expires_at=SOON)
    assert store.is_blacklisted("two")


@pytest.mark.parametrize("jti", ["x" * 255, "with space", "nul\0", "ünï", "\ud800", "line\n"], ids=range(6))
def test_any_id_can_be_kept(store, jti):
    assert store.consume(jti, expires_at=SOON)
    assert not store.consume(jti, expires_at=SOON)
    assert store.is_blacklisted(jti)


def test_a_token_is_spent_once_and_its_grace_ends_with_its_successor(store):
    assert store.consume("one", expires_at=SOON, grace=60)
    assert store.consume("one", expires_at=SOON, grace=60)
    assert not store.consume("one", expires_at=SOON)
    assert async_to_sync(store.aconsume)("two", expires_at=SOON, grace=60, previous="one")
    assert not store.consume("one", expires_at=SOON, grace=60)
    store.blacklist("three", expires_at=SOON)
    assert not store.consume("three", expires_at=SOON, grace=60)


def test_the_grace_ends_with_its_time(store, monkeypatch):
    assert store.consume("one", expires_at=SOON, grace=60)
    now, today = time.time(), datetime.now(UTC)

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):
            return today + timedelta(seconds=late)

    monkeypatch.setattr("restflow.authentication.model_backend.datetime", Later)
    monkeypatch.setattr(time, "time", lambda: now + late)
    late = 59
    assert store.consume("one", expires_at=SOON, grace=60)
    late = 61
    assert not store.consume("one", expires_at=SOON, grace=60)


def test_a_clock_that_steps_back_revives_nothing(store, ada, monkeypatch):
    refresh = RefreshToken.for_user(ada)
    revoke_user_tokens(ada)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 30)
    assert store.is_revoked(refresh)
    refresh.revoke_session()
    monkeypatch.setattr(time, "time", lambda: now)
    assert store.is_revoked(refresh)


def test_the_whole_check(store, ada):
    refresh = RefreshToken.for_user(ada)
    access = refresh.access_token
    assert not store.is_revoked(refresh)
    assert store.consume(refresh.jti, expires_at=refresh.exp)
    assert not store.is_revoked(refresh)  # consume() judges it
    access.blacklist()
    assert store.is_revoked(access)
    assert async_to_sync(store.ais_revoked)(access)
    refresh.revoke_session()
    assert store.is_revoked(refresh)
    assert store.is_revoked(refresh.rotate())


def test_the_facade(store):
    assert not ATokenBlacklist.is_blacklisted("")
    ATokenBlacklist.blacklist("one", expires_at=SOON)
    assert ATokenBlacklist.is_blacklisted("one")
    assert async_to_sync(ATokenBlacklist.ais_blacklisted)("one")


def test_what_is_revoked_stays_so_for_the_leeway(store, ada, jwt):
    jwt(BLACKLIST_BACKEND=store, LEEWAY=60)
    token = AccessToken.for_user(ada, lifetime=timedelta(seconds=1))
    token.blacklist()
    time.sleep(2.1)
    assert AccessToken.verify(str(token))
    BlacklistedToken.cleanup_expired()
    assert store.is_revoked(token)


class Minimal(BlacklistBackend):
    """A store of one's own, with what is required."""

    def __init__(self):
        self.ids = set()

    def blacklist(self, jti, *, expires_at):
        self.ids.add(jti)

    def is_blacklisted(self, jti):
        return jti in self.ids


class OnlyAsync(BlacklistBackend):
    """The same, on the loop."""

    def __init__(self):
        self.ids = set()

    async def ablacklist(self, jti, *, expires_at):
        self.ids.add(jti)

    async def ais_blacklisted(self, jti):
        return jti in self.ids


@pytest.mark.parametrize("cls", [Minimal, OnlyAsync])
def test_two_methods_of_either_face_make_a_store(cls, ada, jwt):
    store = cls()
    jwt(BLACKLIST_BACKEND=store)
    refresh = RefreshToken.for_user(ada)
    assert store.consume(refresh.jti, expires_at=SOON)
    assert not async_to_sync(store.aconsume)(refresh.jti, expires_at=SOON)
    assert not store.is_revoked(refresh)
    refresh.revoke_session()
    assert store.is_revoked(refresh.access_token)
    assert async_to_sync(store.ais_revoked)(refresh)
    with pytest.raises(NotImplementedError, match=cls.__name__):
        store.revoke_user("1", before=0, expires_at=SOON)


def test_entries_of_the_library_before_count(ada, jwt, db):
    token = AccessToken.for_user(ada)
    caches["default"].set(f"restflow:jwt:bl:{token.jti}", True, 60)
    assert CacheBlacklistBackend().is_revoked(token)
    BlacklistedToken.objects.create(jti=token.jti, expires_at=datetime.now(UTC))
    assert ModelBlacklistBackend().is_revoked(token)


@pytest.mark.parametrize(("backend", "allowed"), [("locmem.LocMemCache", True), ("dummy.DummyCache", False)])
def test_a_cache_that_cannot_hold_revocations_is_refused(settings, jwt, ada, backend, allowed):
    settings.CACHES = {"default": {"BACKEND": f"django.core.cache.backends.{backend}"}}
    jwt(BLACKLIST_ALLOW_LOCMEM=False)
    with pytest.raises(ImproperlyConfigured):
        AccessToken.for_user(ada).blacklist()
    jwt(BLACKLIST_ALLOW_LOCMEM=True)
    if allowed:
        AccessToken.for_user(ada).blacklist()
    else:
        with pytest.raises(ImproperlyConfigured):
            AccessToken.for_user(ada).blacklist()


def test_the_table_is_asked_for_where_the_app_is_missing(settings, jwt, ada):
    jwt(BLACKLIST_BACKEND=ModelBlacklistBackend)
    with (
        modify_settings(INSTALLED_APPS={"remove": "restflow.authentication"}),
        pytest.raises(ImproperlyConfigured, match="INSTALLED_APPS"),
    ):
        AccessToken.for_user(ada).blacklist()


@pytest.fixture
def rows(db):
    now = datetime.now(UTC)
    for number in range(5):
        BlacklistedToken.objects.create(jti=f"old{number}", expires_at=now - timedelta(hours=1))
    BlacklistedToken.objects.create(jti="new", expires_at=now + timedelta(hours=1))


def test_the_purge_leaves_what_is_needed(rows, jwt):
    jwt(LEEWAY=600)
    out = StringIO()
    call_command("flush_blacklisted_tokens", "--dry-run", stdout=out)
    assert out.getvalue() == "5 rows would be deleted.\n"
    call_command("flush_blacklisted_tokens", "--batch-size", "2", stdout=out)
    assert out.getvalue().endswith("5 rows deleted.\n")
    assert [row.jti for row in BlacklistedToken.objects.all()] == ["new"]
    assert async_to_sync(BlacklistedToken.acleanup_expired)() == 0
    assert "new" in str(BlacklistedToken.objects.get())
    with pytest.raises(CommandError):
        call_command("flush_blacklisted_tokens", "--batch-size", "0")
    with pytest.raises(ValueError, match="batch_size"):
        BlacklistedToken.cleanup_expired(0)


@pytest.mark.parametrize("auto", ["AutoField", "BigAutoField"])
def test_the_migrations_are_complete(db, settings, auto):
    settings.DEFAULT_AUTO_FIELD = f"django.db.models.{auto}"
    call_command("makemigrations", "restflow_authentication", "--check", "--dry-run", stdout=StringIO())


@pytest.mark.django_db(transaction=True)
def test_rows_of_the_first_migration_stay_revoked():
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    MigrationExecutor(connection).migrate([("restflow_authentication", "0001_initial")])
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO restflow_authentication_blacklistedtoken (jti, expires_at, created_at)"
                " VALUES (%s, %s, %s)",
                ["old", "2099-01-01 00:00:00", "2026-01-01 00:00:00"],
            )
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert BlacklistedToken.objects.get().reason == "revoked"
    assert ModelBlacklistBackend().is_blacklisted("old")
