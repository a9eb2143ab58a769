"""What do throttles, permissions, pages and the answer to an error cost?"""

from benchmarks.question import Bound, Question, Ratio

QUESTIONS = {
    "throttle_redis": Question(
        title="A hit of UserRateThrottle on Redis, 1 000 requests in the window",
        work="throttle_hit",
        arguments={"fill": 1_000},
        contenders=("restflow", "drf", "limits"),
        figure="seconds",
        unit="µs",
        ratios=(
            Ratio(subject="restflow", against="drf", at_most=0.5),
            Ratio(subject="restflow", against="limits", at_most=1.2),
        ),
        needs=("redis",),
    ),
    "throttle_growth": Question(
        title="The same with 10 000 in the window, over it with 10 (growth, at most 1.1)",
        work="throttle_growth",
        arguments={},
        contenders=("restflow",),
        figure="seconds",
        unit="µs",
        bounds=(Bound(contender="restflow", figure="growth", at_most=1.1, enforced=False),),
        needs=("redis",),
    ),
    "throttle_memory": Question(
        title="An async hit of UserRateThrottle on LocMemCache, 10 requests in the window",
        work="async_throttle_hit",
        arguments={"fill": 10},
        contenders=("restflow", "drf_restflow"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="drf_restflow", at_most=0.2),),
    ),
    "permissions": Question(
        title="An async request with three permissions composed (extra: over the three in a list, at most 15 µs)",
        work="permissions",
        arguments={},
        contenders=("restflow",),
        figure="seconds",
        unit="µs",
        bounds=(Bound(contender="restflow", figure="extra", at_most=15e-6, enforced=False),),
    ),
    "first_page": Question(
        title="Page 1 of 15 rows by number, 20 a page, async",
        work="first_page",
        arguments={},
        contenders=("restflow", "drf_restflow"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="drf_restflow", at_most=0.75),),
        bounds=(
            Bound(contender="restflow", figure="queries", at_most=1),
            Bound(contender="restflow", figure="crossings", at_most=1),
        ),
    ),
    "deep_page": Question(
        title="20 rows in the middle of 100 000 by a cursor over two fields, PostgreSQL",
        work="deep_page",
        arguments={},
        contenders=("restflow",),
        figure="seconds",
        unit="ms",
        bounds=(
            Bound(contender="restflow", figure="over_first", at_most=1.7, enforced=False),
            Bound(contender="restflow", figure="over_offset", at_most=0.3, enforced=False),
        ),
        needs=("postgres",),
    ),
    "invalid": Question(
        title="The answer to a validation error of 10 fields",
        work="invalid",
        arguments={},
        contenders=("restflow", "drf"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="drf", at_most=3.0),),
    ),
}
