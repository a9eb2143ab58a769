"""`manage.py restflow_cache`: what is cached, why, and how to get rid of it."""

import json
from argparse import ArgumentParser
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from restflow.caching.errors import CacheKeyError
from restflow.caching.management import inspection
from restflow.caching.rules.bulk import invalidate_model
from restflow.core.names import suggestion


class Command(BaseCommand):
    """Lists, explains, wipes and prunes cached functions."""

    help = "Lists cached functions, explains and wipes their entries, and prunes dead ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        listing = verbs.add_parser("list", help="cached functions and their rules")
        listing.add_argument("--json", action="store_true")
        explain = verbs.add_parser("explain", help="the key of a call, and the state of its entry")
        explain.add_argument("path", metavar="PATH")
        explain.add_argument("values", nargs="*", metavar="NAME=VALUE")
        explain.add_argument("--json", action="store_true")
        wipe = verbs.add_parser("wipe", help="wipe what agrees with the values")
        wipe.add_argument("path", nargs="?", metavar="PATH")
        wipe.add_argument("values", nargs="*", metavar="NAME=VALUE")
        wipe.add_argument("--all", action="store_true", help="everything of the function")
        wipe.add_argument("--model", metavar="app.Model", help="everything of every function with a rule on it")
        prune = verbs.add_parser("prune", help="delete entries that can never be served again (Redis)")
        prune.add_argument("paths", nargs="*", metavar="PATH")
        prune.add_argument("--dry-run", action="store_true")
        prune.add_argument("--batch", type=int, default=1000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs the verb."""
        inspection.discover()
        try:
            getattr(self, options["verb"])(options)
        except (CacheKeyError, TypeError, NotImplementedError) as error:
            raise CommandError(str(error)) from error

    def list(self, options: dict[str, Any]) -> None:
        """What is cached."""
        functions = inspection.functions()
        if options["json"]:
            self.stdout.write(json.dumps(functions, indent=1))
            return
        for function in functions:
            head = f"{function['path']}  [{function['alias']} v{function['version']}, ttl {function['ttl']}]"
            self.stdout.write(head)
            self.stdout.write(f"  key: {', '.join(function['fields'])}")
            for rule in function["rules"]:
                self.stdout.write(f"  {rule['model']} -> {rule['id']} ({rule['dispatcher']})")

    def explain(self, options: dict[str, Any]) -> None:
        """Why a call hits or misses."""
        explained = inspection.explain(_function(options["path"]), _values(options["values"]))
        if options["json"]:
            self.stdout.write(json.dumps(explained, indent=1))
            return
        for name, value in explained.items():
            if isinstance(value, dict):
                self.stdout.write(f"{name}:")
                for key, state in value.items():
                    self.stdout.write(f"  {key}: {state}")
            else:
                self.stdout.write(f"{name}: {value}")

    def wipe(self, options: dict[str, Any]) -> None:
        """Wipes by model, by function, or by values."""
        if options["model"]:
            try:
                model = apps.get_model(options["model"])
            except (LookupError, ValueError) as error:
                known = [model._meta.label for model in apps.get_models()]
                raise CommandError(f"{error} {suggestion(options['model'], known, what='models')}") from error
            invalidate_model(model)
            return
        if not options["path"]:
            raise CommandError("Name a cached function, or a model with --model.")
        wrapper = _function(options["path"])
        values = _values(options["values"])
        if options["all"]:
            wrapper.invalidate_all()
        elif not values:
            raise CommandError("Give NAME=VALUE to wipe by, or --all for everything of the function.")
        else:
            wrapper.delete_by_prefix(**values)

    def prune(self, options: dict[str, Any]) -> None:
        """Deletes the dead."""
        if options["batch"] < 1:
            raise CommandError("--batch must be positive.")
        wrappers = [_function(path) for path in options["paths"]] or inspection.all_functions()
        seen, dead = inspection.prune(wrappers, batch=options["batch"], dry_run=options["dry_run"])
        done = "would be deleted" if options["dry_run"] else "deleted"
        self.stdout.write(f"{seen} entries seen, {dead} dead ones {done}")


def _function(path: str) -> Any:
    wrapper = inspection.find(path)
    if wrapper is None:
        known = [known.path for known in inspection.all_functions()]
        raise CommandError(f"There is no cached function {path!r}. {suggestion(path, known, what='functions')}")
    return wrapper


def _values(words: "list[str]") -> dict[str, Any]:
    values = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not (name and equals):
            raise CommandError(f"{word!r} is not of the form NAME=VALUE.")
        try:
            values[name] = json.loads(text)
        except ValueError:
            values[name] = text
    return values
