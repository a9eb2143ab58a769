"""What does the OpenAPI document of many viewsets cost over drf-spectacular's own, without errors and with them?"""

from benchmarks.question import Question, Ratio


def question(title: str, at_most: float, *, viewsets: int, errors: bool) -> Question:
    return Question(
        title=title,
        work="openapi_document",
        arguments={"viewsets": viewsets, "errors": errors},
        contenders=("restflow", "drf_spectacular"),
        figure="seconds",
        unit="ms",
        ratios=(Ratio(subject="restflow", against="drf_spectacular", at_most=at_most),),
        samples=9,
    )


QUESTIONS = {
    "plain": question("50 viewsets of REST framework, errors off", 1.1, viewsets=50, errors=False),
    "errors": question("50 viewsets of REST framework, errors described", 1.25, viewsets=50, errors=True),
    "many": question("500 viewsets of REST framework, errors off", 1.1, viewsets=500, errors=False),
}
