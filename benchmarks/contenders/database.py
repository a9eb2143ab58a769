"""The benchmark's PostgreSQL database: one a contender, dropped when it ends."""

import os
from functools import cache

import psycopg

from testsite import services


@cache
def _server() -> psycopg.Connection:
    """Kept open from the beginning: under load the site may hold every connection that the server has to give."""
    return psycopg.connect(services.url("postgres"), autocommit=True)


def create(name: str, rows: int) -> None:
    """Makes the database with its tables and rows."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.site.settings")
    _server().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _server().execute(f'CREATE DATABASE "{name}"')
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection as own

    call_command("migrate", run_syncdb=True, verbosity=0)
    with own.cursor() as cursor:
        cursor.execute(
            "INSERT INTO benchmark_site_category (name) SELECT 'category ' || n FROM generate_series(1, 20) n"
        )
        cursor.execute(
            "INSERT INTO benchmark_site_product (name, sku, price, stock, active, created, category_id, description)"
            " SELECT 'product ' || n, 'sku-' || n, n / 7.0, n %% 500, n %% 3 > 0, now() - n * interval '1 minute',"
            " 1 + n %% 20, repeat('description ', 5) FROM generate_series(1, %s) n",
            [rows],
        )
        cursor.execute("ANALYZE")
    own.close()


def connections(name: str) -> int:
    """How many connections the server's process holds now."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND application_name = %s"
    row = _server().execute(query, [name, name]).fetchone()
    return int(row[0]) if row else 0


def drop(name: str) -> None:
    """Removes the database, whoever is still connected."""
    _server().execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
