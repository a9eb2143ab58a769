"""The skeleton of a dispatcher for third parties: rendered, built and installed afresh, it keeps the contract."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

TEMPLATE = Path(__file__).resolve().parent.parent / "template"

CHECK = """
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
)
import django, sys
django.setup()
from restflow.caching import registered_dispatcher_names
from restflow.caching.dispatchers import resolve
assert "acme_queue" in registered_dispatcher_names()
assert not any(name.startswith("restflow_dispatch_") for name in sys.modules)
print(resolve("acme_queue").__name__)
"""


def test_the_skeleton_becomes_a_wheel_that_keeps_the_contract(
    make_environment: Callable[..., Any], run: Callable[..., str], uv: Callable[..., str], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    run(sys.executable, TEMPLATE / "render.py", "acme_queue", project)
    left = [path for path in project.rglob("*") if "skeleton" in path.name.lower()]
    assert not left
    assert not [path for path in project.rglob("*.*") if path.is_file() and "skeleton" in path.read_text().lower()]
    uv("build", "--quiet", "--wheel", "--out-dir", project / "dist", project)
    (wheel,) = (project / "dist").glob("restflow_dispatch_acme_queue-*.whl")
    environment = make_environment("restflow-caching", wheel, "pytest>=9,<10")
    assert environment.installed() & {"restflow-core", "restflow-dispatch-acme-queue"} == {
        "restflow-core",
        "restflow-dispatch-acme-queue",
    }
    assert environment.run(CHECK).strip() == "AcmeQueueDispatcher"
    # without the sources: what is tested is the wheel
    tests = (project / "tests").rename(tmp_path / "tests")
    said = run(environment.python, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", tests, cwd=tmp_path)
    assert " passed" in said
    assert "failed" not in said
    assert "1 skipped" not in said  # a skipped promise is one that was not shown


def test_a_name_that_is_taken_or_no_name_is_refused(run: Callable[..., str], tmp_path: Path) -> None:
    for name in ("celery", "Acme", "acme-queue", "9"):
        run(sys.executable, TEMPLATE / "render.py", name, tmp_path / "project", status=1)
        assert not (tmp_path / "project").exists()
