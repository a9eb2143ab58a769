"""A registry as a whole: its names, its claims, what a process adds to it, and how often it scans."""

import importlib.metadata
import sys
from dataclasses import FrozenInstanceError

import pytest

from restflow.core import PluginError, PluginInfo, Plugins

GROUP = "restflow.testing_animals"
BUILTIN = "collections:OrderedDict"


@pytest.fixture
def scans(monkeypatch):
    """The groups that were scanned, in order."""
    groups = []
    scan = importlib.metadata.entry_points

    def counted(*, group):
        groups.append(group)
        return scan(group=group)

    monkeypatch.setattr(importlib.metadata, "entry_points", counted)
    return groups


def test_names_and_infos_import_no_plugin(make_distribution):
    make_distribution(
        "zoo", "3.1", entry_points={GROUP: {"b": "zoo_lazy:B", "a": "zoo_lazy:A"}}, modules={"zoo_lazy": "A = 1"}
    )
    animals = Plugins(GROUP)

    assert animals.names() == tuple(animals) == ("a", "b")
    assert len(animals) == 2
    assert "a" in animals
    assert "c" not in animals
    assert animals.infos()[0] == PluginInfo(
        group=GROUP, name="a", value="zoo_lazy:A", distribution="zoo", version="3.1", loaded=False
    )
    assert "zoo_lazy" not in sys.modules
    animals.get("a")
    assert [info.loaded for info in animals.infos()] == [True, False]
    with pytest.raises(FrozenInstanceError):
        animals.infos()[0].name = "z"


def test_constructing_scans_nothing_and_a_missing_name_scans_once(scans):
    animals = Plugins(GROUP)
    assert scans == []

    for _ in range(3):
        with pytest.raises(PluginError):
            animals.get("nobody")
        assert "nobody" not in animals

    assert scans == [GROUP]


def test_reset_finds_what_was_installed_since_and_keeps_what_was_registered(make_distribution, scans):
    animals = Plugins(GROUP)
    animals.register("own", dict)
    assert animals.names() == ("own",)
    make_distribution("zoo", entry_points={GROUP: {"cat": BUILTIN}})
    assert animals.names() == ("own",)

    animals.reset()

    assert animals.names() == ("cat", "own")
    assert scans == [GROUP, GROUP]


def test_reset_forgets_the_loaded_objects(make_distribution):
    make_distribution("zoo", entry_points={GROUP: {"cat": BUILTIN}})
    animals = Plugins(GROUP)
    animals.get("cat")

    animals.reset()

    assert [info.loaded for info in animals.infos()] == [False]


def test_a_registered_object_is_found_listed_and_removed():
    animals = Plugins(GROUP, base=dict)
    animals.register("own", dict)

    assert animals.get("own") is dict
    assert animals.infos() == (
        PluginInfo(group=GROUP, name="own", value="builtins.dict", distribution=None, version=None, loaded=True),
    )
    animals.unregister("own")
    assert animals.names() == ()


def test_a_taken_name_is_refused_unless_replaced_and_comes_back(make_distribution):
    make_distribution("zoo", entry_points={GROUP: {"cat": BUILTIN}})
    animals = Plugins(GROUP)
    installed = animals.get("cat")
    with pytest.raises(PluginError, match="replace=True"):
        animals.register("cat", dict)

    animals.register("cat", dict, replace=True)
    with pytest.raises(PluginError, match="exists already"):
        animals.register("cat", list)
    assert animals.get("cat") is dict

    animals.unregister("cat")
    assert animals.get("cat") is installed


def test_only_what_was_registered_can_be_unregistered(make_distribution):
    make_distribution("zoo", entry_points={GROUP: {"cat": BUILTIN}})
    animals = Plugins(GROUP)

    for name in ("cat", "nobody"):
        with pytest.raises(PluginError, match=name):
            animals.unregister(name)


def test_an_object_of_the_wrong_type_is_not_registered():
    with pytest.raises(PluginError, match=r"expected a subclass or an instance of builtins\.dict"):
        Plugins(GROUP, base=dict).register("own", 3)


def test_entry_points_that_do_not_parse_harm_no_other_distribution(make_distribution):
    make_distribution("zoo", entry_points={GROUP: {"cat": BUILTIN}})
    folder = make_distribution("garbled")
    (folder / "garbled-1.0.dist-info" / "entry_points.txt").write_text(f"[{GROUP}]\nno equals sign\n")
    animals = Plugins(GROUP)

    with pytest.warns(RuntimeWarning, match="garbled cannot be read"):
        assert animals.names() == ("cat",)

    assert issubclass(animals.get("cat"), dict)
