"""A dispatcher's README gets a reader from nothing to a running worker: its files, written as they stand, do it."""

import os
import re
import subprocess
import sys
from pathlib import Path

from testsite import brokers

REST = """
SECRET_KEY = "worth nothing"
USE_TZ = True
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "FOLDER/db.sqlite3"}}
"""
WEB = """
import sys, time, django
django.setup()
from django.core.management import call_command
from shop.caches import get_user_payload
call_command("check", verbosity=0)
call_command("migrate", verbosity=0)
from django.contrib.auth.models import User
user = User.objects.create(username="ann")
get_user_payload(user.pk)
before = get_user_payload.get_cached_metadata(user.pk)["cached_at"]
user.save()
deadline = time.monotonic() + 60
while (now := get_user_payload.get_cached_metadata(user.pk)) is None or now["cached_at"] in (before, None):
    assert time.monotonic() < deadline
    time.sleep(0.05)
"""


def files(readme: Path, redis: str, without: str) -> dict[str, str]:
    """The README's files by name, but for blocks that hold `without`; addresses lead to the test's own Redis."""
    blocks = re.findall(r"^```python\n(.*?)^```", readme.read_text(), re.MULTILINE | re.DOTALL)
    written = {}
    for block in blocks:
        name = re.match(r"# (?:or, on Redis|(\S+\.py))", block)
        if name and not (without and without in block):
            text = re.sub(r"redis://127\.0\.0\.1:6379", redis, block)
            text = text.replace("[...,", '["django.contrib.contenttypes", "django.contrib.auth",')
            written[name[1] or "shop/__init__.py"] = text
    return written


def its_project_invalidates_in_a_worker(
    readme: Path, folder: Path, command: list[str], *, without: str = "", python: str | Path = sys.executable
) -> None:
    """Fails where a save in the web process does not make the worker compute an entry again.

    `command`: how the worker is started, a module of Python's and its arguments; `python` runs both.
    """
    server = brokers.private("redis", folder / "redis")
    server.start()
    (folder / "shop").mkdir()
    rest = REST.replace("FOLDER", str(folder))
    for name, text in files(readme, server.url.removesuffix("/0"), without).items():
        (folder / name).write_text(text + (rest if name.endswith("settings.py") else ""))
    environment = {"DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONPATH": str(folder)}
    worker = brokers.Program([str(python), "-m", *command], environment, folder / "worker.log")
    try:
        worker.start()
        web = subprocess.run(
            [python, "-c", WEB], env={**os.environ, **environment}, cwd=folder, capture_output=True, text=True
        )
        assert web.returncode == 0, web.stderr + worker.said()
        assert "did not accept" not in web.stderr
    finally:
        worker.kill()
        server.stop()
