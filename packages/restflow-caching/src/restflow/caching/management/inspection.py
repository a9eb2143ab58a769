"""Looking at cached functions, their entries and generations, without running anything."""

import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.cache import caches

from restflow.caching.keys import _signature
from restflow.caching.keys._address import Address, mark_key
from restflow.caching.rules._registry import registry
from restflow.caching.rules.register import CacheRegister
from restflow.caching.storage import _listing
from restflow.caching.storage._entries import FORMAT, Entry, servable


def discover() -> None:
    """Imports what holds cached functions: the discovered modules, and the URLconf with the views."""
    CacheRegister.auto_discover()
    if urlconf := getattr(settings, "ROOT_URLCONF", None):
        import_module(urlconf)


def all_functions() -> list[Any]:
    """The cached functions, sorted by path."""
    return [wrapper for _, wrapper in sorted(registry.wrappers.items())]


def find(path: str) -> Any:
    """The cached function of a path; `None` where there is none."""
    return registry.wrappers.get(path)


def functions() -> list[dict[str, Any]]:
    """What each function is cached by, as JSON."""
    return [
        {
            "path": wrapper.path,
            "alias": wrapper.alias,
            "version": wrapper.version,
            "ttl": _ttl(wrapper.options.ttl),
            "fields": list(wrapper.key_constructor.fields),
            "rules": [
                {"id": rule.id, "model": rule.model_label, "dispatcher": _dispatcher(rule.rule)}
                for rule in registry.all()
                if rule.wrapper is wrapper
            ],
        }
        for wrapper in all_functions()
    ]


def _ttl(ttl: Any) -> Any:
    if callable(ttl):
        return "callable"
    return ttl.total_seconds() if hasattr(ttl, "total_seconds") else ttl


def _dispatcher(rule: Any) -> str:
    if rule.invalidator is not None:
        return "invalidator"
    named = rule.dispatcher
    if named is None or isinstance(named, str):
        return named or "default"
    return str(named.name)


def explain(wrapper: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The key of a call, its parts, what wipes can name, the generations, and the state of the entry.

    A cached response's key depends on its request too: its parts are those of a request without query parameters, and
    in place of one entry every variant that is cached for these URL arguments is told.
    """
    shape, alias, version = wrapper.plan.shape, wrapper.alias, wrapper.version
    if wrapper.is_response:
        values = {**{name: None for name in shape.required if name in _signature.CONTEXT}, **values}
    bound = shape.bind(**values)
    address = wrapper.base_address((), values) if wrapper.is_response else wrapper.address((), values)
    found = caches[alias].get_many([address.key, *address.tokens], version=version)
    entry = _entry(found.get(address.key))
    explained = {
        "key": address.key,
        "version": version,
        "alias": alias,
        "partition": wrapper.plan.partition(bound, (), values),
        "suffix": wrapper.plan.suffix(bound, (), values),
        "fields": list(wrapper.key_constructor.fields),
        "dimensions": [dimension.name for dimension in wrapper.plan.dimensions],
        "generations": {key: _generation(key, found, address, entry) for key in address.tokens},
    }
    if wrapper.is_response:
        # a converter of the URL may have made a number of what is a string elsewhere
        spoken = {name: value if value is None else str(value) for name, value in values.items()}
        build = wrapper.key_constructor.build_key_prefix
        prefixes = {build(wrapper.func, (), given): None for given in (values, spoken)}
        variants = [_variants(alias, version, f"{prefix}::", address.tokens[:-1]) for prefix in prefixes]
        return explained | {"variants": {key: state for found in variants for key, state in found.items()}}
    state, cause = _state(address, found, entry)
    return explained | {"entry": state, "dead by": cause}


def _variants(alias: str, version: int, prefix: str, generations: tuple[str, ...]) -> dict[str, str]:
    """The state of every response under a prefix. Raises `NotImplementedError` where keys cannot be listed."""
    cache = caches[alias]
    states: dict[str, str] = {}
    for batch in _listing.batches(alias, prefix, version):
        for key in [_listing.plain_key(cache, name, version) for name in batch]:
            # a variant's last part stands for what of its request made it differ; its mark is that of all of them
            address = Address(key, (*generations, mark_key(key.rpartition("::")[0])), True)
            found = cache.get_many([key, *address.tokens], version=version)
            entry = _entry(found.get(key))
            if entry is not None:
                state, cause = _state(address, found, entry)
                states[key] = state if cause is None else f"{state} by {cause}"
    return states


def _entry(packed: Any) -> Entry | None:
    if type(packed) is tuple and len(packed) == len(Entry._fields) + 1 and packed[0] == FORMAT:
        return Entry._make(packed[1:])
    return None


def _generation(key: str, found: dict[str, Any], address: Any, entry: Entry | None) -> str:
    is_mark = address.marked and key == address.tokens[-1]
    present = found.get(key)
    if present is None and not is_mark:
        return "absent"
    if entry is None:
        return "present" if present is not None else "no mark"
    same = entry.tokens[address.tokens.index(key)] == present
    return "as the entry's" if same else "newer than the entry"


def _state(address: Any, found: dict[str, Any], entry: Entry | None) -> tuple[str, str | None]:
    if entry is None:
        return "absent", None
    now = time.time()
    if servable(address, found, now) is not None:
        return ("fresh" if entry.is_fresh(now) else "stale"), None
    for key, token in zip(address.tokens, entry.tokens, strict=False):
        if found.get(key) != token:
            return "dead", key
    return "dead", "its time is over"


def prune(wrappers: Iterable[Any], *, batch: int, dry_run: bool) -> tuple[int, int]:
    """Deletes entries that can never be served again; how many were seen, and how many of them were dead.

    An entry is dead where a generation that it was computed under is gone: tokens are random, so it never comes back.
    Generations are listed once more after the entries were read, and an entry is compared again before it is deleted:
    what writers do meanwhile is left alone. Raises `NotImplementedError` for backends other than Redis.
    """
    seen = dead = 0
    for alias, version, prefix in sorted({(w.alias, w.version, w.plan.prefix) for w in wrappers}):
        cache = caches[alias]
        if _listing.redis_client(cache) is None:
            raise NotImplementedError(f"The cache {alias!r} ({type(cache).__name__}) cannot be pruned; Redis can.")
        alive = _living_tokens(alias, version, prefix, batch)
        suspects: dict[str, Any] = {}
        for keys in _listing.batches(alias, f"{prefix}::", version, batch):
            names = [_listing.plain_key(cache, key, version) for key in keys]
            found = cache.get_many(names, version=version)
            seen += len(found)
            suspects.update((name, packed) for name, packed in found.items() if _is_dead(packed, alive))
        alive = _living_tokens(alias, version, prefix, batch) if suspects else alive
        doomed = [name for name, packed in suspects.items() if _is_dead(packed, alive)]
        dead += len(doomed)
        while doomed and not dry_run:
            portion, doomed = doomed[:batch], doomed[batch:]
            now = cache.get_many(portion, version=version)
            cache.delete_many([name for name in portion if now.get(name) == suspects[name]], version=version)
    return seen, dead


def _living_tokens(alias: str, version: int, prefix: str, batch: int) -> set[str]:
    alive: set[str] = set()
    for start in (f"@{prefix}::", "@#", f"@@{prefix}::", "@@#"):
        for keys in _listing.batches(alias, start, version, batch):
            names = [_listing.plain_key(caches[alias], key, version) for key in keys]
            alive.update(v for v in caches[alias].get_many(names, version=version).values() if isinstance(v, str))
    return alive


def _is_dead(packed: Any, alive: set[str]) -> bool:
    entry = _entry(packed)
    if entry is None:
        return False  # not ours to judge
    if entry.dies_at is not None and time.time() >= entry.dies_at:
        return True
    return any(token is not None and token not in alive for token in entry.tokens)
