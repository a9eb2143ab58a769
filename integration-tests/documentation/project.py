"""The throw-away project of one page: its settings, files, database and live server."""

import ast
import copy
import importlib
import os
import pprint
import sys
import threading
import time
import types
import warnings
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from documentation.blocks import Block, is_settings
from testsite import services

SETTINGS = """\
from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "a page's own, worth nothing"
DEBUG = True
USE_TZ = True
ROOT_URLCONF = "page_urls"
ALLOWED_HOSTS = ["*"]
DATABASES = {{
    "default": {{
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": Path(__file__).with_name("db.sqlite3"),
        "OPTIONS": {{"transaction_mode": "IMMEDIATE", "timeout": 20}},
    }}
}}
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}}]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "/static/"
MIDDLEWARE = []
CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}}
REST_FRAMEWORK = {{}}
RESTFLOW_SETTINGS = {{}}
INSTALLED_APPS = {apps}
"""
BASE_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions"]
if find_spec("rest_framework"):
    BASE_APPS.append("rest_framework")


class Project:
    """What the page's blocks build up in `folder`, which is on `sys.path`."""

    def __init__(
        self, folder: Path, page: list[Block], before: list[Block], database: dict[str, object] | None = None
    ) -> None:
        """`before`: the blocks of the chapters that the page goes on from; `folder` may hold files already.

        `database` is an entry of `DATABASES`, without which the project has one of SQLite.
        """
        self.folder = folder
        sys.path.insert(0, str(folder))
        sys.dont_write_bytecode = True  # a file may be written twice in one second
        for block in before:
            if block.file and not is_settings(block) and not block.skipped:
                self.write(block.file, block.source)
        for block in reversed(page):  # a model is there before the first block runs, in the first form that it is given
            if block.file and block.file.endswith("models.py") and not block.skipped:
                self.write(block.file, block.source)
        named = [app for block in [*before, *page] if is_settings(block) for app in self._apps(block)]
        own = sorted(path.parent.name for path in folder.glob("*/models.py"))
        apps = list(dict.fromkeys([*BASE_APPS, *named, *own]))
        # what the page sets before its first code is there from the start, as in a project
        first = next((number for number, block in enumerate(page) if _is_code(block)), len(page))
        known = [*before, *page[:first]]
        earlier = "".join(_appended(block.source) for block in known if is_settings(block))
        given = f"DATABASES = {{'default': {database!r}}}\n" if database else ""
        (folder / "page_settings.py").write_text(SETTINGS.format(apps=pprint.pformat(apps)) + given + earlier)
        for block in [*before, *page]:  # what a page calls them, a command finds
            if is_settings(block) and block.file and "/" in block.file:
                self.write(block.file, "from page_settings import *\n")
        urls = [block.file for block in before if block.file and block.file.endswith("urls.py")]
        taken = f"from {urls[-1][:-3].replace('/', '.')} import urlpatterns\n" if urls else "urlpatterns = []\n"
        (folder / "page_urls.py").write_text(taken)
        manage = "import sys\nfrom django.core.management import execute_from_command_line\n"
        (folder / "manage.py").write_text(manage + "execute_from_command_line(sys.argv)\n")
        os.environ["DJANGO_SETTINGS_MODULE"] = "page_settings"
        os.environ["PYTHONPATH"] = str(folder)
        os.environ.setdefault("JWT_SIGNING_KEY", "a page's own signing key, worth nothing")
        os.environ.setdefault("REDIS_URL", services.url("redis"))
        self._live: str | None = None
        self._imported: dict[str, Any] = {}  # what earlier blocks of settings imported

    @staticmethod
    def _apps(block: Block) -> list[str]:
        """The apps that a block of settings names, read without running it: earlier blocks may have to run first."""
        found = []
        for node in ast.walk(ast.parse(block.source)):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(getattr(target, "id", "") == "INSTALLED_APPS" for target in targets):
                constants = [part for part in ast.walk(node) if isinstance(part, ast.Constant)]
                found += [part.value for part in constants if isinstance(part.value, str)]
        return found

    def set_up(self) -> None:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)  # first: PostgreSQL wants the tables that foreign keys point to
        call_command("migrate", run_syncdb=True, verbosity=0)

    def write(self, name: str, source: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        for parent in path.relative_to(self.folder).parents:
            if parent.name and path.suffix == ".py":
                (self.folder / parent / "__init__.py").touch()
        path.write_text(source)

    def use(self, name: str, source: str, namespace: dict[str, Any]) -> None:
        """Writes a file of the project and imports it; its names are the page's from then on."""
        path = self.folder / name
        changed = not path.exists() or path.read_text() != source
        self.write(name, source)
        if path.suffix != ".py":
            return
        module_name = name.removesuffix(".py").replace("/", ".")
        importlib.invalidate_caches()
        known = sys.modules.get(module_name)
        module = importlib.reload(known) if known and changed else importlib.import_module(module_name)
        namespace.update({key: value for key, value in vars(module).items() if not key.startswith("__")})
        self.adopt_urls(vars(module))

    def adopt_urls(self, names: dict[str, Any]) -> None:
        """Serves the `urlpatterns` that a block has just defined."""
        if "urlpatterns" not in names:
            return
        import page_urls
        from django.urls import clear_url_caches

        page_urls.urlpatterns = names["urlpatterns"]
        clear_url_caches()

    def configure(self, source: str) -> None:
        """Merges a block of settings into the project's, for this process and those that it starts."""
        from django.conf import settings
        from django.test import override_settings

        with warnings.catch_warnings(action="ignore"):  # some settings say when they are read that they are deprecated
            known = {name: getattr(settings, name) for name in dir(settings) if name.isupper()}
        names = {
            name: copy.deepcopy(value) if isinstance(value, dict | list) else value for name, value in known.items()
        }
        names |= self._imported
        exec(compile(source, "settings.py", "exec"), names)
        self._imported = {name: value for name, value in names.items() if not name.isupper()}
        fixed = ("INSTALLED_APPS", "DATABASES")  # all apps are installed from the start; a database is open by now
        changed = {}
        for name, value in names.items():
            if not name.isupper() or name in fixed or known.get(name, names) == value:
                continue
            if isinstance(value, list) and ... in value:  # `MIDDLEWARE = [..., "shop.middleware.Timing"]`
                before = known.get(name, [])
                value = [*before, *(entry for entry in value if entry is not ... and entry not in before)]
            changed[name] = value
        with (self.folder / "page_settings.py").open("a") as file:
            file.write(_appended(source))
        override_settings(**changed).enable()

    def live(self) -> str:
        """The address of the page's server (uvicorn), started when it is first asked for."""
        if self._live is None:
            import uvicorn
            from django.core.asgi import get_asgi_application

            server = uvicorn.Server(uvicorn.Config(get_asgi_application(), port=0, log_level="error", lifespan="off"))
            threading.Thread(target=server.run, daemon=True).start()
            while not server.started:
                time.sleep(0.01)
            host, port = server.servers[0].sockets[0].getsockname()[:2]
            self._live = f"http://{host}:{port}"
        return self._live


def _is_code(block: Block) -> bool:
    return block.language == "python" and not is_settings(block) and not block.skipped


def _appended(source: str) -> str:
    """The block's settings with `[..., "more"]` meaning what stood there before."""
    lines = [f"\n_before = dict(globals())\n{source}\n"]
    lines.append("for _name in [n for n in list(globals()) if n.isupper()]:\n")
    lines.append("    _value = globals()[_name]\n")
    lines.append("    if isinstance(_value, list) and ... in _value:\n")
    lines.append("        globals()[_name] = [*_before.get(_name, []), *(e for e in _value if e is not ...)]\n")
    lines.append("INSTALLED_APPS = list(dict.fromkeys(INSTALLED_APPS))\n")
    return "".join(lines)


def namespace_module(name: str = "page") -> types.ModuleType:
    """The module in which the page's blocks run."""
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module
