"""The installed subsystems."""

import sys
from dataclasses import FrozenInstanceError

import pytest

from restflow.core import PluginError, Subsystem, subsystems
from restflow.core.subsystems import descriptors

SOURCE = """
from restflow.core import Subsystem
GOOD = Subsystem(name="aaa", summary="first of all", checks="acme.checks", settings=("ACME",))
WRONG = "not a subsystem"
"""


@pytest.fixture
def third_party(make_distribution):
    claims = {"aaa": "acme_sub:GOOD", "wrong": "acme_sub:WRONG", "cls": "acme_sub:Subsystem", "gone": "acme_none:X"}
    make_distribution("acme", entry_points={"restflow.subsystems": claims}, modules={"acme_sub": SOURCE})
    descriptors.reset()
    yield
    descriptors.reset()


def test_core_is_a_subsystem():
    core = next(subsystem for subsystem in subsystems() if subsystem.name == "core")

    assert core.checks == "restflow.core.checks"
    assert core.app is None


def test_third_parties_register_their_own_and_broken_ones_are_left_out(third_party):
    names = [subsystem.name for subsystem in subsystems()]

    assert names == sorted(names)
    assert names[0] == "aaa"
    assert not {"wrong", "cls", "gone"} & set(names)


def test_a_subsystem_is_loaded_once(third_party):
    assert subsystems()[0] is subsystems()[0]


def test_a_descriptor_is_frozen_and_keyword_only():
    subsystem = Subsystem(name="x", summary="y")

    assert (subsystem.checks, subsystem.app, subsystem.settings) == (None, None, ())
    with pytest.raises(FrozenInstanceError):
        subsystem.name = "z"
    with pytest.raises(TypeError):
        Subsystem("x", "y")


def test_listing_imports_no_package_of_a_subsystem(make_distribution):
    source = "from restflow.core import Subsystem\nGOOD = Subsystem(name='heavy', summary='takes long')\n"
    make_distribution(
        "acme",
        entry_points={"restflow.subsystems": {"heavy": "acme_heavy._subsystem:GOOD"}},
        modules={"acme_heavy.__init__": "raise RuntimeError('no settings')", "acme_heavy._subsystem": source},
    )
    descriptors.reset()
    try:
        assert Subsystem(name="heavy", summary="takes long") in subsystems()
        assert "acme_heavy" not in sys.modules
    finally:
        descriptors.reset()


@pytest.mark.parametrize("value", ["acme_part._gone:GOOD", "acme_part._subsystem:GONE", "acme_none._subsystem:GOOD"])
def test_a_descriptor_in_a_package_that_is_not_there_is_answered_as_any_other(make_distribution, value):
    make_distribution(
        "acme",
        entry_points={"restflow.subsystems": {"part": value}},
        modules={"acme_part.__init__": "", "acme_part._subsystem": ""},
    )
    descriptors.reset()
    try:
        with pytest.raises(PluginError, match=r"acme 1\.0 cannot be loaded"):
            descriptors.get("part")
    finally:
        descriptors.reset()
