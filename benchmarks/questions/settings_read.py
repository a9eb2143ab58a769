"""What does a repeated read of one setting cost?"""

from benchmarks.question import Bound, Question, Ratio

QUESTIONS = {
    "read": Question(
        title="A repeated read of one setting",
        work="settings_read",
        arguments={},
        contenders=("restflow", "drf", "drf_restflow"),
        figure="seconds",
        unit="ns",
        ratios=(
            Ratio(subject="restflow", against="drf", at_most=2.0),
            Ratio(subject="restflow", against="drf_restflow", at_most=1.0),
        ),
        bounds=(Bound(contender="restflow", figure="seconds", at_most=1e-6, enforced=False),),
    )
}
