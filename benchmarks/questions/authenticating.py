"""What does it cost on the event loop to find out who sends a request, and does a log-in stop the loop?"""

from benchmarks.question import Bound, Question, Ratio

CONTENDERS = ("restflow", "drf_restflow")


def _question(title: str, work: str, goal: float, **arguments: str) -> Question:
    return Question(
        title=title,
        work=work,
        arguments=dict(arguments),
        contenders=CONTENDERS,
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="drf_restflow", at_most=goal),),
        bounds=(Bound(contender="restflow", figure="crossings", at_most=1),),
        needs=("postgres", "redis"),
    )


QUESTIONS = {
    "jwt_redis": _question("JWTAuthentication, blacklist in Redis", "jwt_authenticate", 0.95, store="Cache"),
    "jwt_postgres": _question("JWTAuthentication, blacklist in PostgreSQL", "jwt_authenticate", 0.95, store="Model"),
    "session": _question("SessionAuthentication, sessions in the database", "session_authenticate", 0.7),
    "log_in": Question(
        title="The longest stall of the event loop during a log-in with Django's default hasher",
        work="log_in",
        arguments={},
        contenders=CONTENDERS,
        figure="seconds",
        unit="ms",
        bounds=(
            Bound(contender="restflow", figure="seconds", at_most=0.05, enforced=False),
            Bound(contender="restflow", figure="worked_seconds", at_most=0.05, enforced=False),
            Bound(contender="restflow", figure="unknown_over_known", at_most=1.1, enforced=False),
        ),
        needs=("postgres", "redis"),
        samples=9,
    ),
}
