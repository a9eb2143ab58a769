"""How soon does the demonstration site answer, and how soon and how heavy is its page in a browser?"""

from benchmarks.question import Bound, Question

QUESTIONS = {
    "start": Question(
        title="From the command to the banner over an empty folder (again: over a loaded one; goals 15 s and 3 s)",
        work="demo_start",
        arguments={},
        contenders=("restflow",),
        figure="seconds",
        unit="s",
        bounds=(
            Bound(contender="restflow", figure="seconds", at_most=15, enforced=False),
            Bound(contender="restflow", figure="again", at_most=3, enforced=False),
        ),
        samples=5,
        short_samples=1,
    ),
    "page": Question(
        title="The largest contentful paint of `/` in headless Chromium (goal: 1 s); bytes: all until its feed is on",
        work="demo_page",
        arguments={},
        contenders=("restflow",),
        figure="seconds",
        unit="ms",
        bounds=(
            Bound(contender="restflow", figure="seconds", at_most=1, enforced=False),
            Bound(contender="restflow", figure="bytes", at_most=120_000),
        ),
    ),
}
