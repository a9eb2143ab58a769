"""The order of things: options, data folder, port, servers, Django, data, server."""

import io
import os
import socket
import sys
import traceback
import webbrowser
from collections.abc import Sequence
from contextlib import ExitStack
from time import monotonic
from typing import TYPE_CHECKING

import django

from demo.launch import ports, services, smoke, stamp
from demo.launch.banner import Banner, has_colours
from demo.launch.failures import StartError
from demo.launch.folder import DataFolder
from demo.launch.options import Options, parse
from demo.launch.progress import Progress
from demo.launch.server import Server, address_of

if TYPE_CHECKING:
    from demo.launch.accounts import Accounts


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the demo; the exit status is 2 for what the user can put right, and 1 where `--check` found a fault."""
    begun = monotonic()
    options = parse(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # for terminals that lack the banner's characters
    try:
        return _run(options, begun)
    except StartError as failure:
        if options.traceback:
            traceback.print_exc()
        sys.stderr.write(f"demo: {failure}\n")
        return 2
    except KeyboardInterrupt:  # while loading: the folder holds what it held before
        return 0


def _run(options: Options, begun: float) -> int:
    stamp.data_version()
    folder = DataFolder(options.data)
    folder.create()
    port = 0 if options.check and options.port is None else options.port
    with ports.listen(options.host, port) as listening:
        if options.services:
            services.choose()
        if options.reset and not options.yes and folder.database.exists():
            _confirm(folder)
        progress = Progress(quiet=options.quiet)
        with folder.preparing(progress.say):
            folder.make_keys()
            _set_up_django(options)
            loaded = _prepare(folder, options, progress)
            folder.serve()
            accounts = _ensure_accounts(folder)
        return _serve(options, listening, folder, loaded, accounts, begun)


def _confirm(folder: DataFolder) -> None:
    if not sys.stdin.isatty():
        raise StartError("--reset deletes the data, edits included. Where nobody can be asked, add --yes.")
    answer = input(f"Delete the data in {folder.path}, edits included, and load them anew? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        raise StartError("Nothing was deleted. Leave --reset out to start with the data that are there.")


def _set_up_django(options: Options) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    os.environ["RESTFLOW_DEMO_DATA"] = str(options.data)
    os.environ["RESTFLOW_DEMO_HOST"] = options.host
    django.setup()


def _prepare(folder: DataFolder, options: Options, progress: Progress) -> bool:
    from demo.launch import database  # like all that needs models, not before Django is set up
    from demo.launch.workers import require_dispatcher
    from demo.settings import DISPATCHER
    from demo.world.geonames import LEAST_POPULATION, LEAST_POPULATION_OF_ALL

    require_dispatcher(DISPATCHER)
    least = LEAST_POPULATION_OF_ALL if options.all else LEAST_POPULATION
    return database.prepare(folder, progress, least_population=least, reset=options.reset)


def _ensure_accounts(folder: DataFolder) -> "Accounts":
    from demo.launch import accounts
    from demo.launch.database import damaged
    from demo.settings import DATABASE_URL, IS_LOOPBACK

    with damaged(folder):
        return accounts.ensure(folder.accounts, DATABASE_URL, known=IS_LOOPBACK)


def _serve(
    options: Options, listening: socket.socket, folder: DataFolder, loaded: bool, accounts: "Accounts", begun: float
) -> int:
    from demo.launch import workers
    from demo.launch.database import inspect
    from demo.settings import CACHE_URL, DATABASE_URL, DISPATCHER, IS_LOOPBACK, WORKERS

    cities, countries = inspect(folder)
    url = address_of(listening, options.host)

    def announce() -> None:
        database = "SQLite" if DATABASE_URL.startswith("sqlite") else "PostgreSQL"
        cache = "in-process cache" if CACHE_URL.startswith("locmem") else "Redis cache"
        told = [database, cache, f"{DISPATCHER} dispatcher", *([f"{WORKERS} workers"] if WORKERS > 1 else [])]
        banner = Banner(
            url=url,
            cities=cities,
            countries=countries,
            loaded=loaded,
            seconds=monotonic() - begun,
            passwords=accounts.passwords,
            is_loopback=IS_LOOPBACK,
            runs_on=" · ".join(told),
            port_note=ports.note(listening, options.port),
        )
        sys.stdout.write(banner.text(colour=has_colours(sys.stdout)) + "\n")
        sys.stdout.flush()
        if options.open:
            webbrowser.open(url)

    def checked() -> int:
        return smoke.run(url, cities, countries, accounts.passwords)

    def started() -> int | None:
        if options.check:
            return checked()
        announce()
        return None

    with ExitStack() as stack:
        if DISPATCHER == "celery":
            stack.enter_context(workers.celery(_log))
        if WORKERS > 1:
            return workers.serve(listening, url, WORKERS, _log, started)
        from demo.asgi import application

        server = Server(application, announce)
        if options.check:
            return server.serve_while(listening, checked)
        server.serve_until_stopped(listening)
    return 0


def _log(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()
