"""The meta package: no code of its own, core as its only dependency, one extra a distribution."""

import importlib.metadata


def test_holds_no_code() -> None:
    files = importlib.metadata.files("restflow") or []
    assert [str(file) for file in files if file.suffix == ".py"] == []


def test_alone_it_depends_on_core_only() -> None:
    always = [text for text in importlib.metadata.requires("restflow") or [] if "extra ==" not in text]
    assert [text.split("<")[0].split(">")[0] for text in always] == ["restflow-core"]
