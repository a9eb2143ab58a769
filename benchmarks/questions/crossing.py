"""What does `in_thread` add to a bare crossing from the event loop to a thread?"""

from benchmarks.question import Question, Ratio

QUESTIONS = {
    "crossing": Question(
        title="One crossing from the event loop to a worker thread",
        work="crossing",
        arguments={},
        contenders=("restflow", "asgiref"),
        figure="seconds",
        unit="µs",
        ratios=(Ratio(subject="restflow", against="asgiref", at_most=1.1),),
    )
}
