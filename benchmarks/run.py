"""Asks the benchmark's questions, and prints a table a question.

Every contender works in a process of its own, where needed in an environment of its own; samples are taken in turn,
round robin, so that a machine whose speed drifts drifts for all. Ratios are told; only counters can fail a run.
"""

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
import tomllib
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from benchmarks import services  # noqa: E402
from benchmarks.question import Question, Sample, maxima, medians  # noqa: E402

ENVIRONMENTS = HERE / ".environments"
SCALES = {"ns": 1e9, "µs": 1e6, "ms": 1e3, "s": 1.0}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one question's run gave: the samples of each contender, and the broken bounds."""

    name: str
    question: Question
    samples: dict[str, list[Sample]]

    def broken(self) -> list[str]:
        """The enforced bounds that do not hold, as sentences."""
        found = []
        for bound in self.question.bounds:
            value = maxima(self.samples[bound.contender])[bound.figure]
            if bound.enforced and value > bound.at_most:
                found.append(f"{self.name}: {bound.contender}: {bound.figure} is {value:g}, at most {bound.at_most:g}")
        return found


class Contender:
    """A contender's process, set up for one question."""

    def __init__(self, name: str, question: Question, interpreter: Path) -> None:
        self.name = name
        command = [str(interpreter), str(HERE / "worker.py"), name, question.work, json.dumps(question.arguments)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._line()

    def _line(self) -> str:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"benchmarks: the contender {self.name} ended with status {self.process.wait()}; see above.")
        return line

    def sample(self) -> Sample:
        """Takes one sample."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        sample: Sample = json.loads(self._line())
        return sample

    def close(self) -> None:
        """Ends the process after it has cleaned up."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(timeout=60)


def interpreter(contender: str) -> Path:
    """The contender's Python; makes its environment on first need, or anew when its requirements changed."""
    table = tomllib.loads((HERE / "contenders.toml").read_text())[contender]
    requirements: list[str] = table.get("requirements", [])
    if not requirements:
        return Path(sys.executable)
    folder = ENVIRONMENTS / contender
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / "requirements.json"
    if not stamp.exists() or json.loads(stamp.read_text()) != requirements:
        uv = [sys.executable, "-m", "uv"]
        subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)], check=True)
        subprocess.run([*uv, "pip", "install", "--quiet", "--python", str(python), *requirements], check=True)
        stamp.write_text(json.dumps(requirements))
    return python


def ask(name: str, question: Question, *, short: bool) -> Answer:
    """Sets every contender up, then takes their samples in turn."""
    samples: dict[str, list[Sample]] = {contender: [] for contender in question.contenders}
    with ExitStack() as running:
        processes = [
            running.enter_context(closing(Contender(contender, question, interpreter(contender))))
            for contender in question.contenders
        ]
        for _ in range(question.short_samples if short else question.samples):
            for process in processes:
                samples[process.name].append(process.sample())
    return Answer(name, question, samples)


def shown(value: float, unit: str) -> str:
    """A figure with three significant digits in its unit; rates are given as they are."""
    scaled = value * SCALES.get(unit, 1.0)
    return f"{scaled:,.0f} {unit}" if scaled >= 100 else f"{scaled:.3g} {unit}"


def table(answer: Answer) -> str:
    """The answer as Markdown: a row a contender, then the ratios and bounds."""
    question = answer.question
    counters = [key for key in answer.samples[question.contenders[0]][0] if key != question.figure]
    lines = [f"### {question.title}", "", "| contender | median | best | " + "".join(f"{c} | " for c in counters)]
    lines.append("|---|---|---|" + "---|" * len(counters))
    middle = {contender: medians(samples) for contender, samples in answer.samples.items()}
    for contender, samples in answer.samples.items():
        values = [sample[question.figure] for sample in samples]
        best = min(values) if question.unit in SCALES else max(values)
        cells = [shown(middle[contender][question.figure], question.unit), shown(best, question.unit)]
        counted = middle[contender]
        cells += [f"{counted[counter]:g}" if counter in counted else "-" for counter in counters]
        lines.append(f"| {contender.replace('_', '-')} | " + " | ".join(cells) + " |")
    for ratio in question.ratios:
        value = middle[ratio.subject][question.figure] / middle[ratio.against][question.figure]
        verdict = "met" if ratio.met(value) else "missed"
        lines += ["", f"{ratio.subject} against {ratio.against}: **{value:.2f}** (goal: {ratio}; {verdict})"]
    for bound in question.bounds:
        value = maxima(answer.samples[bound.contender])[bound.figure]
        if not bound.enforced:
            value = middle[bound.contender][bound.figure]
        unit = question.unit if bound.figure == question.figure else ""
        verdict = "met" if value <= bound.at_most else "missed"
        limit = shown(bound.at_most, unit).strip()
        lines += ["", f"{bound.contender}, {bound.figure}: {shown(value, unit).strip()} (at most {limit}; {verdict})"]
    return "\n".join(lines) + "\n"


def surroundings() -> dict[str, str]:
    """The machine and the versions that the figures belong to."""
    names = ("Django", "djangorestframework", "asgiref", "uvicorn", "psycopg", "orjson")
    versions = {name: metadata.version(name) for name in names}
    return {
        "python": platform.python_version(),
        "cores": str(os.cpu_count()),
        "load generator": services.load_generator(),
    } | versions


def main() -> int:
    """Asks the chosen questions; the status is 1 if an enforced bound is broken."""
    known = sorted(path.stem for path in (HERE / "questions").glob("*.py") if path.stem != "__init__")
    parser = argparse.ArgumentParser(prog="hatch run bench", description=__doc__)
    parser.add_argument("questions", nargs="*", metavar="QUESTION", help=f"of: {', '.join(known)}; all by default")
    parser.add_argument("--short", action="store_true", help="few samples: for a look, and for CI")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write every sample")
    options = parser.parse_args()
    if unknown := set(options.questions) - set(known):
        parser.error(f"no such question: {', '.join(sorted(unknown))}")
    around = surroundings()
    print(", ".join(f"{key} {value}" for key, value in around.items()) + "\n", flush=True)
    answers: list[Answer] = []
    for name in options.questions or known:
        questions: dict[str, Question] = importlib.import_module(f"benchmarks.questions.{name}").QUESTIONS
        for part, question in questions.items():
            missing = [service for service in question.needs if not services.available(service)]
            if missing:
                print(f"### {question.title}\n\nnot asked: no {missing[0]} answers\n")
                continue
            answer = ask(f"{name}.{part}", question, short=options.short)
            answers.append(answer)
            print(table(answer), flush=True)
    if options.json:
        report = {"surroundings": around, "samples": {answer.name: answer.samples for answer in answers}}
        options.json.write_text(json.dumps(report, indent=1) + "\n")
    broken = [sentence for answer in answers for sentence in answer.broken()]
    for sentence in broken:
        print(f"broken: {sentence}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
