"""Writes the pages of `docs/reference/` that are made of the code, when it is run."""

import ast
import importlib
import inspect
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import django
from django.http import Http404
from rest_framework import exceptions

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "documentation.command_settings")
django.setup()

from restflow.exceptions import ErrorCode, exception_handler  # noqa: E402
from restflow.exceptions.errors import Conflict, ServiceUnavailable  # noqa: E402

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "reference"
NOTE = "<!-- Made by integration-tests/documentation/reference.py: change the code, then run it. -->\n\n"


def modules() -> list[str]:
    """Every public module of every distribution, by its import path."""
    found = []
    for source in sorted(ROOT.glob("packages/*/src")):
        for path in sorted(source.glob("restflow/**/*.py")):
            parts = path.relative_to(source).with_suffix("").parts
            if parts[-1] == "__init__":
                parts = parts[:-1]
            hidden = {"tests", "migrations", "management", "apps", "admin", "__main__"}
            if not any(part.startswith("_") or part in hidden for part in parts):
                found.append(".".join(parts))
    return found


def public_names() -> dict[str, list[str]]:
    """What each public module says that it exports."""
    return {name: list(getattr(importlib.import_module(name), "__all__", ())) for name in modules()}


def module_pages() -> dict[str, str]:
    """One page a distribution's import package, each module by the line that the generator of the site reads."""
    packages: dict[str, list[str]] = {}
    for module in modules():
        words = module.split(".")
        packages.setdefault(".".join(words[: 3 if words[1] == "dispatch" else 2]), []).append(module)
    pages = {}
    for package, names in packages.items():
        text = f"# {package}\n\nAt the end of this page you know every public name of `{package}`.\n\n"
        pages[f"{package.removeprefix('restflow.')}.md"] = text + "\n".join(f"::: {name}\n" for name in names)
    return pages


def described_keys(section: type) -> list[tuple[str, str, str, str]]:
    """Name, type, default and the line under each field of a section, as they stand in its source."""
    tree = ast.parse(inspect.getsource(section)).body[0]
    assert isinstance(tree, ast.ClassDef)
    rows = []
    for statement, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
            continue
        text = following.value if isinstance(following, ast.Expr) else None
        said = inspect.cleandoc(text.value) if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""
        default = _default(statement.value)
        rows.append((statement.target.id, ast.unparse(statement.annotation), default, said.replace("\n", " ")))
    return rows


def _default(value: ast.expr | None) -> str:
    if isinstance(value, ast.Call) and getattr(value.func, "id", "") == "option":
        named = {keyword.arg: keyword.value for keyword in value.keywords}
        if "factory" in named:
            return f"{ast.unparse(named['factory'])}()"
        value = value.args[0] if value.args else None
    return ast.unparse(value) if value is not None else "required"


def settings_page() -> str:
    text = (
        "# Settings\n\nAt the end of this page you know every key of `RESTFLOW_SETTINGS`, its type and its default.\n\n"
    )
    sections = {entry.name: entry.load() for entry in entry_points(group="restflow.settings")}
    text += "All settings are one dictionary, a section each, and none is required. These are the defaults:\n\n"
    text += f'```python title="settings.py"\nimport datetime\n\n{whole_setting(sections)}```\n\n'
    text += "A misspelt key is told by `manage.py check`. What came later than the first release says so.\n"
    for name_of_section, section in sorted(sections.items()):
        text += (
            f"\n## {name_of_section}\n\n{inspect.getdoc(section)}\n\n`{section.__module__}.{section.__qualname__}`\n\n"
        )
        text += "| key | type | default | since | meaning |\n|---|---|---|---|---|\n"
        for name, kind, default, said in described_keys(section):
            since = re.search(r" \(since ([\d.]+)\)$", said)
            cells = (f"`{name}`", f"`{kind}`", f"`{default}`", since[1] if since else "0.1", said)
            text += "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"
    return text


def whole_setting(sections: dict[str, type]) -> str:
    """`RESTFLOW_SETTINGS` with every key at its default."""
    text = "RESTFLOW_SETTINGS = {\n"
    for name, section in sorted(sections.items()):
        defaults = section()
        text += f'    "{name}": {{\n'
        for key, *_ in described_keys(section):
            shown = repr(getattr(defaults, key)).replace("'", '"')
            text += f'        "{key}": {shown},\n'
        text += "    },\n"
    return text + "}\n"


def errors_page() -> str:
    text = "# Errors\n\nAt the end of this page you know what each error code and exception means.\n"
    text += "\n## Codes of the envelope\n\n"
    for code in ErrorCode:
        text += f"### {code.value}\n\n{_code_text(code.value)}\n\n"
    text += (
        "## Codes of fields, parameters and tokens\n\nWhat stands under `details`, or in `WWW-Authenticate`, beside "
    )
    text += "the codes of REST framework's fields.\n\n"
    for code, told in sorted(detail_codes().items()):
        said = [f"`{package}`: {message}\n\n" if message else f"`{package}`\n\n" for package, message in sorted(told)]
        text += f"### {code}\n\n{''.join(said)}"
    text += "## Exceptions\n\nEach names what is wrong, where, and in `hint` what to do.\n\n"
    classes: list[type] = []
    for module in modules():
        names = vars(importlib.import_module(module))
        for name in names.get("__all__", names):
            value = getattr(importlib.import_module(module), name, None)
            if inspect.isclass(value) and issubclass(value, Exception) and value.__module__.startswith("restflow."):
                classes.append(value)
    assert classes
    for cls in sorted(set(classes), key=lambda cls: (cls.__name__, cls.__module__)):
        if not any(part.startswith("_") for part in f"{cls.__module__}.{cls.__name__}".split(".")):
            text += f"### {cls.__name__}\n\n`{cls.__module__}`: {(inspect.getdoc(cls) or '').splitlines()[0]}\n\n"
    return text.rstrip("\n") + "\n"


def detail_codes() -> dict[str, set[tuple[str, str]]]:
    """Each code in the sources, in a table of messages or where an error is made, with its message if it is fixed."""
    found: dict[str, set[tuple[str, str]]] = {}
    for module in ("filters", "serializers", "authentication"):
        for path in ROOT.glob(f"packages/*/src/restflow/{module}/**/*.py"):
            for code, message in _coded(ast.parse(path.read_text())):
                if code:  # a table may take in another one
                    found.setdefault(code, set()).add((f"restflow.{module}", message))
    return found


def _coded(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
            (target,) = node.targets if isinstance(node, ast.Assign) else [node.target]
            if getattr(target, "id", "") in ("MESSAGES", "default_error_messages"):
                for key, value in zip(node.value.keys, node.value.values, strict=True):
                    yield _constant(key), _constant(value)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("ValidationError", "ErrorDetail"):
            yield from ((_constant(one.value), _constant(node.args[0])) for one in node.keywords if one.arg == "code")


def _constant(node: ast.expr | None) -> str:
    """The text of a literal, which may be marked for translation; empty for what is made when it is needed."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_constant(part) or "{...}" for part in node.values)
    if isinstance(node, ast.Call):
        return _constant(node.args[0]) if node.args else ""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


# of each code: an exception that has it, what causes it, what the caller does about it
CODES: dict[str, tuple[Exception, str, str]] = {
    "not_authenticated": (
        exceptions.NotAuthenticated(),
        "no credentials came with the request",
        "log in, and send them",
    ),
    "authentication_failed": (
        exceptions.AuthenticationFailed(),
        "the credentials are wrong, expired or revoked",
        "refresh the token, or log in again",
    ),
    "permission_denied": (exceptions.PermissionDenied(), "a permission said no", "ask somebody who may"),
    "validation_error": (
        exceptions.ValidationError({"email": ["Enter a valid email address."]}),
        "the body or a query parameter is not valid",
        "correct what `details` names, by field or parameter",
    ),
    "parse_error": (
        exceptions.ParseError(),
        "the body is no JSON, or not what its content type says",
        "repair the body",
    ),
    "not_found": (Http404(), "there is no such URL, row or page", "check the address"),
    "method_not_allowed": (exceptions.MethodNotAllowed("PUT"), "the endpoint has no such method", "see `Allow`"),
    "unsupported_media_type": (
        exceptions.UnsupportedMediaType("text/csv"),
        "no parser reads the body's content type",
        "send another one, mostly `application/json`",
    ),
    "not_acceptable": (exceptions.NotAcceptable(), "no renderer makes what `Accept` asks for", "ask for another type"),
    "throttled": (exceptions.Throttled(wait=12), "too many requests", "wait as long as `Retry-After` says (seconds)"),
    "conflict": (
        Conflict(),
        "the state of the server forbids it: a unique value that is taken, or an error of the project's own",
        "read the state again, then decide",
    ),
    "internal_error": (exceptions.APIException(), "a bug; the log has it, the answer does not", "report it"),
    "service_unavailable": (ServiceUnavailable(), "a database or another service is away", "try again later"),
}


def _code_text(code: str) -> str:
    error, cause, remedy = CODES[code]
    answer = exception_handler(error, {"view": None, "request": None})
    assert answer is not None
    assert answer.data["error"]["code"] == code, (code, answer.data)
    body = json.dumps(answer.data, indent=2, default=str)
    return f"Status {answer.status_code}: {cause}. Remedy: {remedy}.\n\n```json\n{body}\n```"


COMMANDS = (
    ("restflow", [sys.executable, "-m", "restflow.core"]),
    ("manage.py restflow_cache", [sys.executable, "-m", "django", "restflow_cache"]),
    ("manage.py flush_blacklisted_tokens", [sys.executable, "-m", "django", "flush_blacklisted_tokens"]),
)


def commands_page() -> str:
    text = "# Commands\n\nAt the end of this page you know the commands that restflow brings.\n"
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "documentation.command_settings", "COLUMNS": "100"}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parent.parent)
    for name, command in COMMANDS:
        done = subprocess.run([*command, "--help"], capture_output=True, text=True, check=True, env=environment)
        shown = done.stdout.replace("python -m django", "manage.py").replace("__main__.py", name.split()[0])
        text += f"\n## {name}\n\n```text\n{shown.rstrip()}\n```\n"
    return text


# of each group: what its names and values are, and when they are read
GROUPS = {
    "restflow.subsystems": (
        "the subsystem's name",
        "a `restflow.core.Subsystem`: what `manage.py check` and the doctor know of a package",
        "by `manage.py check` and `restflow`",
    ),
    "restflow.settings": (
        "the section's name in `RESTFLOW_SETTINGS`",
        "a subclass of `restflow.core.SettingsSection`",
        "when that section is first read",
    ),
    "restflow.dispatchers": (
        "what `dispatcher=` calls it",
        "a subclass of `restflow.caching.Dispatcher`",
        "when a rule first names it",
    ),
    "pytest11": ("pytest's", "the module of a pytest plug-in", "by pytest, at its start"),
}


def entry_points_page() -> str:
    found: dict[str, list[tuple[str, str, str]]] = {group: [] for group in GROUPS}
    for path in sorted(ROOT.glob("packages/*/pyproject.toml")):
        project = tomllib.loads(path.read_text())["project"]
        for group, table in project.get("entry-points", {}).items():
            found[group] += [(name, value, project["name"]) for name, value in table.items()]
    text = (
        "# Entry points\n\nAt the end of this page you know the groups of entry points that restflow reads, and what "
        "publishes into them.\n\nThey are open to third parties: what is installed is found by its name, and imported "
        "when it is first asked for. See [a dispatcher of your own](../guides/dispatchers/own.md).\n"
    )
    for group, (named, value, read) in GROUPS.items():
        text += f"\n## {group}\n\nName: {named}. Value: {value}. Read: {read}.\n\n| name | value | published by |\n"
        text += "|---|---|---|\n" + "".join(f"| `{a}` | `{b}` | {c} |\n" for a, b, c in sorted(found[group]))
    return text


def pages() -> dict[str, str]:
    """The text of each generated page, by its name in `docs/reference/`."""
    made = module_pages() | {"settings.md": settings_page(), "errors.md": errors_page(), "commands.md": commands_page()}
    made["entry-points.md"] = entry_points_page()
    return {name: NOTE + text for name, text in made.items()}


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text)


if __name__ == "__main__":
    main()
