"""What do issuing and verifying a JSON Web Token cost, and making a request's user of one without a query?"""

from benchmarks.question import Question, Ratio

RIVALS = ("pyjwt", "simplejwt", "drf_restflow")


def _question(title: str, work: str, algorithm: str, **limits: float) -> Question:
    return Question(
        title=f"{title}, {algorithm}",
        work=work,
        arguments={"algorithm": algorithm},
        contenders=("restflow", *RIVALS),
        figure="seconds",
        unit="µs",
        ratios=tuple(Ratio(subject="restflow", against=name, at_most=limit) for name, limit in limits.items()),
    )


QUESTIONS = {
    "verify": _question("Verify", "token_verify", "HS256", pyjwt=1.0, simplejwt=1.0, drf_restflow=1.0),
    "issue": _question("Issue", "token_issue", "HS256", pyjwt=1.2, simplejwt=1.15, drf_restflow=1.15),
    "verify_rsa": _question("Verify", "token_verify", "RS256", pyjwt=1.0, simplejwt=1.0, drf_restflow=1.0),
    # simplejwt keeps its parsed key too, so one signature is all that is left to compare: its bare cost is the limit.
    "issue_rsa": Question(
        title="Issue, RS256 (cryptography: the bare signature)",
        work="token_issue",
        arguments={"algorithm": "RS256"},
        contenders=("restflow", *RIVALS, "cryptography"),
        figure="seconds",
        unit="µs",
        ratios=(
            Ratio(subject="restflow", against="simplejwt", at_most=1.0),
            Ratio(subject="restflow", against="drf_restflow", at_most=0.05),
            Ratio(subject="restflow", against="cryptography", at_most=1.2),
        ),
    ),
    "stateless": Question(
        title="A stateless user on the event loop, against decoding the token",
        work="token_stateless",
        arguments={},
        contenders=("restflow", "pyjwt"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="pyjwt", at_most=2.5),),
    ),
}
