"""What `restflow.core` offers is what its documentation lists, and nothing besides."""

import ast
import inspect

import restflow.core
import restflow.core.asgi

PUBLIC = [
    # errors
    *("RestflowError", "ConfigError", "AnnotationError", "PluginError"),
    # settings
    *("SettingsSection", "option", "restflow_settings"),
    # plug-ins
    *("Plugins", "PluginInfo", "Subsystem", "subsystems"),
    # sync and async
    *("maybe_await", "require_sync", "run_sync", "in_thread", "is_async_callable", "SyncIO", "AsyncIO", "finish"),
    # annotations
    *("Email", "IPAddress", "BlankableString", "NotRequired", "TypeSpec", "Constraints"),
    *("class_annotations", "describe_annotation"),
    # diagnostics
    *("diagnose", "Report"),
]


def test_the_names_are_the_documented_ones_in_their_order():
    assert restflow.core.__all__ == PUBLIC


def test_every_name_is_there():
    assert [name for name in PUBLIC if not hasattr(restflow.core, name)] == []


def test_the_init_module_holds_imports_and_all_and_nothing_else():
    docstring, *statements, names = ast.parse(inspect.getsource(restflow.core)).body

    assert isinstance(docstring, ast.Expr)
    assert {type(statement) for statement in statements} == {ast.Import, ast.ImportFrom}
    assert ast.unparse(names).startswith("__all__ = [")


def test_the_middleware_is_public_in_a_module_of_its_own():
    assert callable(restflow.core.asgi.PersistentThreads)
