"""What do the test client, the plug-in and the live server cost the tests of a project?"""

from benchmarks.question import Bound, Question, Ratio

QUESTIONS = {
    "client": Question(
        title="A request of the test client for an empty view (plain: Django's AsyncClient)",
        work="client_get",
        arguments={},
        contenders=("restflow", "plain"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="plain", at_most=1.1),),
    ),
    "plugin": Question(
        title="An async database test by the plug-in (over_case: over AsyncAPITestCase, at most 1.2)",
        work="plugin_tests",
        arguments={},
        contenders=("restflow",),
        figure="seconds",
        unit="ms",
        bounds=(Bound(contender="restflow", figure="over_case", at_most=1.2, enforced=False),),
        samples=5,
        short_samples=1,
    ),
    "live_server": Question(
        title="Set-up and tear-down of a live server; event: from a view's yield to the client",
        work="live_server",
        arguments={},
        contenders=("restflow",),
        figure="seconds",
        unit="ms",
        bounds=(
            Bound(contender="restflow", figure="seconds", at_most=0.5, enforced=False),
            Bound(contender="restflow", figure="event", at_most=0.05, enforced=False),
        ),
    ),
}
