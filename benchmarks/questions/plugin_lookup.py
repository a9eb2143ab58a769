"""What does it cost to find a plug-in: the first time among 200 distributions, and every time after?"""

from benchmarks.question import Bound, Question, Ratio

QUESTIONS = {
    "first": Question(
        title="The first lookup of a plug-in, 200 distributions installed",
        work="plugin_first_lookup",
        arguments={"distributions": 200},
        contenders=("restflow", "importlib"),
        figure="seconds",
        unit="ms",
        ratios=(Ratio(subject="restflow", against="importlib", at_most=1.5),),
        bounds=(Bound(contender="restflow", figure="scans", at_most=1),),
    ),
    "again": Question(
        title="A repeated lookup of a plug-in",
        work="plugin_lookup",
        arguments={"distributions": 200},
        contenders=("restflow", "importlib"),
        figure="seconds",
        unit="ns",
        ratios=(Ratio(subject="restflow", against="importlib", at_most=0.01),),
        bounds=(Bound(contender="restflow", figure="scans", at_most=0),),
    ),
}
