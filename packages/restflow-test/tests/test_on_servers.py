"""The test cases and the live server where the database is PostgreSQL or MariaDB, under Django's own runner."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from testsite import services

pytest.importorskip("uvicorn")
pytest.importorskip("httpx")
ROOT = Path(__file__).resolve().parents[3]


def databases(server: str) -> set[str]:
    """The names of the server's databases."""
    if server == "postgres":
        import psycopg

        with psycopg.connect(services.url("postgres"), autocommit=True) as postgres:
            return {name for (name,) in postgres.execute("SELECT datname FROM pg_database")}
    import pymysql

    entry: dict[str, Any] = services.mariadb_database()
    reach = {"host": entry["HOST"], "port": int(entry["PORT"]), "user": entry["USER"], "password": entry["PASSWORD"]}
    connection = pymysql.connect(**reach)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW DATABASES")
            return {name for (name,) in cursor.fetchall()}
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("server", "driver"),
    [
        pytest.param("postgres", "psycopg", marks=pytest.mark.needs("postgres")),
        pytest.param("mariadb", "pymysql", marks=pytest.mark.needs("mariadb")),
    ],
)
def test_cases_and_live_server_leave_no_row_no_connection_and_no_database(server: str, driver: str) -> None:
    pytest.importorskip(driver)
    name = f"test_restflow_cases_{os.environ.get('RESTFLOW_TEST_RUN', '')}_{os.getpid()}"
    paths = [str(ROOT), str(Path(__file__).parent / "apps"), os.environ.get("PYTHONPATH", "")]
    surroundings = os.environ | {
        "DJANGO_SETTINGS_MODULE": "test_testapp.server_settings",
        "SERVER": server,
        "SERVER_DATABASE": name,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
    }
    command = [sys.executable, "-m", "django", "test", "test_testapp.server_cases", "--noinput", "--verbosity=2"]
    run = subprocess.run(command, env=surroundings, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "Ran 12 tests" in run.stderr
    # a connection that something still held would have kept PostgreSQL from dropping it
    assert f"Destroying test database for alias 'default' ('{name}')" in run.stderr
    assert name not in databases(server)
