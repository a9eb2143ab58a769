"""Getting a plug-in: found by name, loaded once, and failing for its asker alone."""

import builtins
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module

import pytest

from restflow.core import PluginError, Plugins

GROUP = "restflow.testing_animals"
BUILTIN = "collections:OrderedDict"


def test_a_plugin_is_loaded_on_first_use_and_the_same_object_ever_after(make_distribution):
    make_distribution(
        "zoo", entry_points={GROUP: {"cat": "zoo_cat:Cat"}}, modules={"zoo_cat": "class Cat:\n    pass\n"}
    )
    animals = Plugins(GROUP)

    assert "cat" in animals
    assert "zoo_cat" not in sys.modules
    first = animals.get("cat")

    assert first is sys.modules["zoo_cat"].Cat
    assert animals.get("cat") is first


def test_a_plugin_may_be_a_subclass_or_an_instance_of_the_base(make_distribution):
    source = "class Sub(dict):\n    pass\ninstance = Sub()\n"
    make_distribution(
        "zoo",
        entry_points={GROUP: {"class": "zoo_base:Sub", "object": "zoo_base:instance"}},
        modules={"zoo_base": source},
    )
    animals = Plugins(GROUP, base=dict)

    assert animals.get("object") == {}
    assert issubclass(animals.get("class"), dict)


@pytest.mark.parametrize(
    ("value", "source", "cause"),
    [
        ("zoo_bad:Thing", "raise RuntimeError('no engine')", RuntimeError),
        ("zoo_bad:Thing", "import a_module_that_is_nowhere", ModuleNotFoundError),
        ("zoo_bad:Thing", "import sys; sys.exit(3)", SystemExit),
        ("zoo_bad:Missing", "", AttributeError),
        ("zoo_bad:thing", "thing = 1", type(None)),
        ("not a value", "", AttributeError),
    ],
    ids=["raises", "import-error", "exits", "no-attribute", "wrong-type", "malformed"],
)
def test_a_broken_plugin_fails_for_its_asker_alone(make_distribution, value, source, cause):
    make_distribution(
        "broken-zoo", "2.5", entry_points={GROUP: {"bad": value, "good": BUILTIN}}, modules={"zoo_bad": source}
    )
    animals = Plugins(GROUP, base=dict, kind="animal")

    with pytest.raises(PluginError) as caught:
        animals.get("bad")

    for part in ("broken-zoo 2.5", GROUP, "'bad'", value, "animal"):
        assert part in str(caught.value)
    assert isinstance(caught.value.__cause__, cause)
    assert (caught.value.group, caught.value.name, caught.value.distributions) == (GROUP, "bad", ("broken-zoo",))
    assert animals.names() == ("bad", "good")
    assert [info.loaded for info in animals.infos()] == [False, False]
    assert issubclass(animals.get("good"), dict)


def test_ctrl_c_during_an_import_goes_through(make_distribution):
    make_distribution(
        "zoo", entry_points={GROUP: {"slow": "zoo_slow:x"}}, modules={"zoo_slow": "raise KeyboardInterrupt"}
    )

    with pytest.raises(KeyboardInterrupt):
        Plugins(GROUP).get("slow")


def test_a_failed_load_is_tried_again(make_distribution, monkeypatch):
    source = "import os\nif 'ZOO_OPEN' not in os.environ:\n    raise RuntimeError('closed')\nCat = 'cat'\n"
    make_distribution("zoo", entry_points={GROUP: {"cat": "zoo_hours:Cat"}}, modules={"zoo_hours": source})
    animals = Plugins(GROUP)
    with pytest.raises(PluginError, match="closed"):
        animals.get("cat")

    monkeypatch.setenv("ZOO_OPEN", "1")

    assert animals.get("cat") == "cat"


def test_two_distributions_that_claim_a_name_fail_for_that_name_alone(make_distribution):
    make_distribution("zoo-a", "1.1", entry_points={GROUP: {"cat": BUILTIN, "dog": BUILTIN}})
    make_distribution("zoo-b", "2.2", entry_points={GROUP: {"cat": "builtins:dict"}})
    animals = Plugins(GROUP)

    with pytest.raises(PluginError) as caught:
        animals.get("cat")

    assert caught.value.distributions == ("zoo-a", "zoo-b")
    assert "zoo-a 1.1" in str(caught.value)
    assert "zoo-b 2.2" in str(caught.value)
    assert animals.get("dog")
    assert [(info.name, info.distribution) for info in animals.infos()] == [
        ("cat", "zoo-a"),
        ("cat", "zoo-b"),
        ("dog", "zoo-a"),
    ]


def test_a_claim_seen_twice_on_the_path_is_one_claim(make_distribution):
    make_distribution("My.Zoo", entry_points={GROUP: {"cat": BUILTIN}}, site="first")
    make_distribution("my_zoo", entry_points={GROUP: {"cat": BUILTIN}}, site="second")
    animals = Plugins(GROUP)

    assert issubclass(animals.get("cat"), dict)
    assert len(animals.infos()) == 1


def test_a_distribution_without_a_name_takes_part_and_harms_no_other(make_distribution):
    make_distribution(None, entry_points={GROUP: {"stray": BUILTIN, "lost": "nowhere_at_all:x"}})
    make_distribution("zoo", entry_points={GROUP: {"cat": BUILTIN}})
    animals = Plugins(GROUP)

    assert animals.get("cat") is animals.get("stray")
    assert [(info.name, info.distribution, info.version) for info in animals.infos()] == [
        ("cat", "zoo", "1.0"),
        ("lost", None, None),
        ("stray", None, None),
    ]
    with pytest.raises(PluginError, match="a distribution without a name"):
        animals.get("lost")


def test_an_unknown_name_is_answered_with_the_nearest_and_the_installed_ones(make_distribution):
    make_distribution("zoo", entry_points={GROUP: {"cat": BUILTIN, "elephant": BUILTIN}})

    with pytest.raises(PluginError) as caught:
        Plugins(GROUP).get("elefant")

    assert "Did you mean 'elephant'?" in str(caught.value)
    assert "Installed: cat, elephant." in str(caught.value)
    assert isinstance(caught.value, LookupError)


def test_an_unknown_name_that_is_known_elsewhere_says_what_to_install():
    animals = Plugins(GROUP, known={"celery": "restflow-dispatch-celery"})

    with pytest.raises(PluginError, match=r"pip install restflow-dispatch-celery\. None is installed\."):
        animals.get("celery")
    with pytest.raises(PluginError, match=r"Did you mean 'celery' \(pip install restflow-dispatch-celery\)\?"):
        animals.get("celry")


def test_fifty_threads_that_ask_at_once_import_once(make_distribution):
    source = "import builtins, time\nbuiltins.zoo_imports.append(1)\ntime.sleep(0.05)\nclass Cat:\n    pass\n"
    make_distribution("zoo", entry_points={GROUP: {"cat": "zoo_once:Cat"}}, modules={"zoo_once": source})
    animals = Plugins(GROUP)
    barrier = threading.Barrier(50)
    builtins.zoo_imports = []

    def ask(_):
        barrier.wait()
        return animals.get("cat")

    try:
        with ThreadPoolExecutor(50) as pool:
            got = set(pool.map(ask, range(50)))
        assert builtins.zoo_imports == [1]
    finally:
        del builtins.zoo_imports
    assert len(got) == 1


ASKING = "from restflow.core import Plugins\nimport sys\nThing = sys.modules['zoo_registry'].animals.get({!r})\n"
REGISTRY = f"from restflow.core import Plugins\nanimals = Plugins({GROUP!r})\n"


def test_a_plugin_may_ask_for_another_while_it_is_imported(make_distribution):
    make_distribution(
        "zoo",
        entry_points={GROUP: {"a": "zoo_asks:Thing", "b": BUILTIN}},
        modules={"zoo_asks": ASKING.format("b"), "zoo_registry": REGISTRY},
    )
    animals = import_module("zoo_registry").animals

    assert animals.get("a") is animals.get("b")


def test_a_plugin_that_asks_for_itself_gets_a_clear_error(make_distribution):
    make_distribution(
        "zoo",
        entry_points={GROUP: {"a": "zoo_selfish:Thing"}},
        modules={"zoo_selfish": ASKING.format("a"), "zoo_registry": REGISTRY},
    )
    with pytest.raises(PluginError, match="asks for itself while it is being imported"):
        import_module("zoo_registry").animals.get("a")


def test_two_threads_in_a_cycle_of_plugins_end(make_distribution):
    make_distribution(
        "zoo",
        entry_points={GROUP: {"a": "zoo_cycle_a:Thing", "b": "zoo_cycle_b:Thing"}},
        modules={
            "zoo_cycle_a": ASKING.format("b"),
            "zoo_cycle_b": ASKING.format("a"),
            "zoo_registry": REGISTRY,
        },
    )
    animals = import_module("zoo_registry").animals
    barrier = threading.Barrier(2)

    def ask(name):
        barrier.wait()
        with pytest.raises(PluginError):
            animals.get(name)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(ask, "ab")) == [None, None]
