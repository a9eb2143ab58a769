"""What do keys, hits, wipes and stampedes of cached functions cost?"""

from benchmarks.question import Bound, Question, Ratio

MEMORY = "django.core.cache.backends.locmem.LocMemCache"
REDIS = "django.core.cache.backends.redis.RedisCache"


def wipe(name: str, unrelated: int, *contenders: str) -> Question:
    """A wipe of one partition beside so many unrelated keys."""
    return Question(
        title=f"Wiping one partition in Redis beside {name} unrelated keys",
        work="cache_wipe",
        arguments={"unrelated": unrelated},
        contenders=("restflow", *contenders),
        figure="seconds",
        unit="ms",
        ratios=tuple(Ratio(subject="restflow", against=other, at_most=1.0) for other in contenders),
        bounds=(Bound(contender="restflow", figure="commands", at_most=1),),
        samples=7,
    )


def response(title: str, view: str, *others: str) -> Question:
    """A request to a cached view against one to the cheapest view of REST framework."""
    return Question(
        title=title,
        work="response_hit",
        arguments={"view": view},
        contenders=("restflow", "drf", *others),
        figure="seconds",
        unit="µs",
        ratios=(
            Ratio(subject="restflow", against="drf", at_most=0.5 if view == "plain" else 1.0),
            *(Ratio(subject="restflow", against=other, at_most=1.0) for other in others),
        ),
    )


QUESTIONS = {
    "key": Question(
        title="Building the key of two arguments and a constant",
        work="cache_key",
        arguments={},
        contenders=("restflow", "drf_restflow"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="drf_restflow", at_most=0.1),),
        bounds=(Bound(contender="restflow", figure="seconds", at_most=2e-6, enforced=False),),
    ),
    "hit": Question(
        title="A hit in LocMemCache (Django: a bare get)",
        work="cache_hit",
        arguments={"backend": MEMORY},
        contenders=("restflow", "django_cache", "drf_restflow"),
        figure="seconds",
        unit="µs",
        ratios=(
            Ratio(subject="restflow", against="django_cache", at_most=1.5),
            Ratio(subject="restflow", against="drf_restflow", at_most=0.5),
        ),
    ),
    "redis_hit": Question(
        title="A hit in Redis (Django: a bare get_many of as many keys)",
        work="cache_hit",
        arguments={"backend": REDIS},
        contenders=("restflow", "django_cache", "drf_restflow", "cacheops"),
        figure="seconds",
        unit="µs",
        ratios=(
            Ratio(subject="restflow", against="django_cache", at_most=1.3),
            Ratio(subject="restflow", against="drf_restflow", at_most=1.0),
            Ratio(subject="restflow", against="cacheops"),
        ),
        needs=("redis",),
    ),
    "async_hit": Question(
        title="A hit of an async function in memory",
        work="cache_async_hit",
        arguments={"backend": MEMORY},
        contenders=("restflow", "drf_restflow", "cashews", "aiocache"),
        figure="seconds",
        unit="µs",
        ratios=(
            Ratio(subject="restflow", against="drf_restflow", at_most=0.2),
            Ratio(subject="restflow", against="cashews"),
            Ratio(subject="restflow", against="aiocache"),
        ),
        bounds=(
            Bound(contender="restflow", figure="crossings", at_most=0),
            Bound(contender="restflow", figure="seconds", at_most=20e-6, enforced=False),
        ),
    ),
    "async_redis_hit": Question(
        title="A hit of an async function in Redis (Django: get_many in a thread)",
        work="cache_async_hit",
        arguments={"backend": REDIS},
        contenders=("restflow", "django_cache", "drf_restflow", "cashews", "aiocache"),
        figure="seconds",
        unit="µs",
        ratios=(
            Ratio(subject="restflow", against="django_cache", at_most=1.2),
            Ratio(subject="restflow", against="drf_restflow", at_most=1.0),
            Ratio(subject="restflow", against="cashews"),
            Ratio(subject="restflow", against="aiocache"),
        ),
        bounds=(Bound(contender="restflow", figure="crossings", at_most=1),),
        needs=("redis",),
    ),
    "wipe_1k": wipe("1,000", 1_000, "drf_restflow", "cashews"),
    "wipe_1m": wipe("1,000,000", 1_000_000, "drf_restflow", "cashews"),
    "wipe_growth": Question(
        title="Wiping one partition in Redis beside 1,000,000 keys, against the same beside 1,000",
        work="cache_wipe_growth",
        arguments={"small": 1_000, "large": 1_000_000},
        contenders=("restflow",),
        figure="seconds",
        unit="ms",
        bounds=(Bound(contender="restflow", figure="growth", at_most=1.2, enforced=False),),
        samples=7,
    ),
    "stampede": Question(
        title="A hundred threads on one cold key of 100 ms",
        work="cache_stampede",
        arguments={"callers": 100},
        contenders=("restflow",),
        figure="seconds",
        unit="ms",
        bounds=(
            Bound(contender="restflow", figure="executions", at_most=1),
            Bound(contender="restflow", figure="seconds", at_most=0.13, enforced=False),
        ),
    ),
    "task_stampede": Question(
        title="A hundred tasks on one cold key of 100 ms",
        work="cache_task_stampede",
        arguments={"callers": 100},
        contenders=("restflow", "cashews", "aiocache"),
        figure="seconds",
        unit="ms",
        bounds=(
            Bound(contender="restflow", figure="executions", at_most=1),
            Bound(contender="restflow", figure="seconds", at_most=0.13, enforced=False),
        ),
    ),
    "saves": Question(
        title="10,000 saves in one transaction, with one rule (Django: without)",
        work="cache_saves",
        arguments={"count": 10_000},
        contenders=("restflow", "django_cache", "drf_restflow", "cacheops"),
        figure="seconds",
        unit="ms",
        ratios=(
            Ratio(subject="restflow", against="django_cache", at_most=1.15),
            Ratio(subject="restflow", against="drf_restflow", at_most=1.0),
            Ratio(subject="restflow", against="cacheops"),
        ),
        bounds=(Bound(contender="restflow", figure="dispatches", at_most=20),),
        samples=7,
        needs=("redis",),
    ),
    "loads": Question(
        title="Making an instance of a model with a rule on two columns (Django: without)",
        work="cache_loads",
        arguments={"count": 10_000},
        contenders=("restflow", "django_cache"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="django_cache", at_most=1.25),),
    ),
    "response": response("A cached plain view (REST framework: its cheapest view)", "plain"),
    "view_response": response(
        "A cached view of REST framework, permissions and all (REST framework: its cheapest view)",
        "drf",
        "drf_extensions",
    ),
    "import": Question(
        title="A fresh interpreter with Django's cache and models, and with restflow.caching (goal: 10 ms more)",
        work="caching_import",
        arguments={},
        contenders=("restflow", "django_cache"),
        figure="seconds",
        unit="ms",
        ratios=(Ratio(subject="restflow", against="django_cache", at_most=1.1),),
    ),
}
