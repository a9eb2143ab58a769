"""What do persistent threads give the same application under uvicorn, with PostgreSQL and no pool?"""

from benchmarks.question import Bound, Question, Ratio


def question(work: str, connections: int) -> Question:
    """One work at one number of connections. The stock handler's counters stand beside, unbounded."""
    return Question(
        title=f"{work} at {connections} connections: requests per second under uvicorn",
        work="persistent_threads",
        arguments={"work": work, "connections": connections},
        contenders=("restflow", "stock_asgi"),
        figure="requests_per_second",
        unit="req/s",
        ratios=(Ratio(subject="restflow", against="stock_asgi", at_least=1.5 if connections == 128 else 1.0),),
        bounds=(
            Bound(contender="restflow", figure="failed", at_most=0),
            Bound(contender="restflow", figure="threads_per_request", at_most=0),
            Bound(contender="restflow", figure="database_connections", at_most=16),
        ),
        samples=5,
        short_samples=1,
        needs=("postgres",),
    )


QUESTIONS = {f"{work}_{n}": question(work, n) for work in ("ping", "list20") for n in (1, 32, 128)}
