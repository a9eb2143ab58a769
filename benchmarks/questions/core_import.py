"""What does importing restflow.core add to a fresh interpreter that has Django's checks and asgiref?"""

from benchmarks.question import Question, Ratio

QUESTIONS = {
    "import": Question(
        title="A fresh interpreter with Django's checks and asgiref, and with restflow.core besides (goal: 30 ms more)",
        work="core_import",
        arguments={},
        contenders=("restflow", "asgiref"),
        figure="seconds",
        unit="ms",
        ratios=(Ratio(subject="restflow", against="asgiref", at_most=1.3),),
    )
}
