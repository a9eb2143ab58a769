"""The foundation of restflow: errors, settings, plug-ins, the sync/async bridge, annotations, checks and the doctor."""

import restflow.core.checks  # noqa: F401  (registers the system checks)
from restflow.core.annotations import (
    BlankableString,
    Constraints,
    Email,
    IPAddress,
    NotRequired,
    TypeSpec,
    class_annotations,
    describe_annotation,
)
from restflow.core.bridge import (
    AsyncIO,
    SyncIO,
    finish,
    in_thread,
    is_async_callable,
    maybe_await,
    require_sync,
    run_sync,
)
from restflow.core.diagnostics import Report, diagnose
from restflow.core.errors import AnnotationError, ConfigError, PluginError, RestflowError
from restflow.core.plugins import PluginInfo, Plugins
from restflow.core.settings import SettingsSection, option, restflow_settings
from restflow.core.subsystems import Subsystem, subsystems

__all__ = [
    # errors
    "RestflowError",
    "ConfigError",
    "AnnotationError",
    "PluginError",
    # settings
    "SettingsSection",
    "option",
    "restflow_settings",
    # plug-ins
    "Plugins",
    "PluginInfo",
    "Subsystem",
    "subsystems",
    # sync and async
    "maybe_await",
    "require_sync",
    "run_sync",
    "in_thread",
    "is_async_callable",
    "SyncIO",
    "AsyncIO",
    "finish",
    # annotations
    "Email",
    "IPAddress",
    "BlankableString",
    "NotRequired",
    "TypeSpec",
    "Constraints",
    "class_annotations",
    "describe_annotation",
    # diagnostics
    "diagnose",
    "Report",
]
