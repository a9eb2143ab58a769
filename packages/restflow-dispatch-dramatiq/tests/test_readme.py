"""The README gets a reader from nothing to a running worker: its files, written as they stand, do what it says."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from testsite import brokers

README = Path(__file__).resolve().parent.parent / "README.md"
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


def files(redis: str) -> dict[str, str]:
    """The README's files by name; addresses lead to the test's own Redis."""
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.MULTILINE | re.DOTALL)
    written = {}
    for block in [block for block in blocks if "RabbitmqBroker" not in block]:
        name = re.match(r"# (?:or, on Redis|(\S+\.py))", block)
        if name:
            text = re.sub(r"redis://127\.0\.0\.1:6379", redis, block)
            text = text.replace("[...,", '["django.contrib.contenttypes", "django.contrib.auth",')
            written[name[1] or "shop/__init__.py"] = text
    return written


def test_its_project_invalidates_in_a_worker(tmp_path: Path) -> None:
    server = brokers.private("redis", tmp_path / "redis")
    server.start()
    (tmp_path / "shop").mkdir()
    rest = REST.replace("FOLDER", str(tmp_path))
    for name, text in files(server.url.removesuffix("/0")).items():
        (tmp_path / name).write_text(text + (rest if name.endswith("settings.py") else ""))
    environment = {"DJANGO_SETTINGS_MODULE": "shop.settings", "PYTHONPATH": str(tmp_path)}
    command: list[Any] = [sys.executable, "-m", "dramatiq", "shop.worker", "--processes=1", "--threads=1"]
    worker = brokers.Program(command, environment, tmp_path / "worker.log")
    try:
        worker.start()
        web = subprocess.run(
            [sys.executable, "-c", WEB], env={**os.environ, **environment}, cwd=tmp_path, capture_output=True, text=True
        )
        assert web.returncode == 0, web.stderr + worker.said()
        assert "did not accept" not in web.stderr
    finally:
        worker.kill()
        server.stop()
