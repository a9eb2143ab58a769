"""The README's Python samples run, in order, as one program; its `shop` is the test app."""

import re
import sys
from pathlib import Path

import pytest
from filters_testapp import models

README = Path(__file__).parent.parent / "README.md"
SAMPLES = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def test_the_samples_run(monkeypatch):
    pytest.importorskip("annotated_types")
    shop = type(sys)("shop")
    shop.models = models
    monkeypatch.setitem(sys.modules, "shop", shop)
    monkeypatch.setitem(sys.modules, "shop.models", models)
    text = README.read_text()
    samples = list(SAMPLES.finditer(text))
    assert len(samples) > 10
    namespace = {"__name__": "shop.filters"}
    monkeypatch.setitem(sys.modules, "shop.filters", type(sys)("shop.filters"))
    for sample in samples:
        line = text.count("\n", 0, sample.start(1))
        exec(compile("\n" * line + sample[1], str(README), "exec"), namespace)


def test_every_option_is_told():
    from restflow.filters.options import OPTION_NAMES

    text = README.read_text()
    untold = {name for name in OPTION_NAMES if name not in text}
    assert untold == set()
