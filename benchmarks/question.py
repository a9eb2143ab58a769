"""What a question is: the work, who does it, and what the figures must show."""

from dataclasses import dataclass
from statistics import median

Sample = dict[str, float]
"""The figures of one sample, by name: the question's own figure, and counters beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A goal between two contenders of one run: `subject`'s median over `against`'s. It is time, so it is told only.

    Without `at_most` and `at_least` the ratio is told for comparison.
    """

    subject: str
    against: str
    at_most: float | None = None
    at_least: float | None = None

    def met(self, value: float) -> bool:
        """Whether a measured ratio reaches the goal."""
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    def __str__(self) -> str:
        if self.at_most is None and self.at_least is None:
            return "none"
        return f"at most {self.at_most}" if self.at_most is not None else f"at least {self.at_least}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a figure of one contender may come to. A counter (threads, connections, failed requests) fails the run;
    `enforced=False` is for a time, which is told only."""

    contender: str
    figure: str
    at_most: float
    enforced: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question of the benchmark; its file's name is its name.

    `work` names the function that each contender's adapter offers, `arguments` are handed to it, `figure` is the figure
    that is compared, in `unit`. `samples` is how often each contender is asked in a full run.
    """

    title: str
    work: str
    contenders: tuple[str, ...]
    figure: str
    unit: str
    arguments: dict[str, object]
    ratios: tuple[Ratio, ...] = ()
    bounds: tuple[Bound, ...] = ()
    samples: int = 15
    short_samples: int = 3
    needs: tuple[str, ...] = ()


def medians(samples: list[Sample]) -> Sample:
    """The median of each figure over the samples."""
    return {name: median(sample[name] for sample in samples) for name in samples[0]}


def maxima(samples: list[Sample]) -> Sample:
    """The largest value of each figure: what a bound is held against."""
    return {name: max(sample[name] for sample in samples) for name in samples[0]}
