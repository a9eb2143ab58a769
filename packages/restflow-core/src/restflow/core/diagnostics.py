"""The doctor: what of restflow is installed, which settings are in effect, and what is wrong."""

import warnings

from restflow.core._report import Report

__all__ = ["Report", "diagnose"]


def diagnose() -> Report:
    """Examines this process's installation and project.

    Sets Django up where `DJANGO_SETTINGS_MODULE` says how and nobody has. It reads settings, imports plug-ins and runs
    the system checks tagged `restflow`; it makes no query and opens no connection. Nothing that is wrong with the
    project raises: whatever it is becomes a problem of the report.
    """
    # What only the doctor needs is imported here: every start of every project would pay for it.
    from restflow.core._distributions import UNREADABLE
    from restflow.core._effective import effective_settings
    from restflow.core._installed import (
        installed_plugins,
        requirement_problems,
        restflow_distributions,
        unreadable_problems,
        versions,
    )
    from restflow.core._project import Project, check_problems

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=UNREADABLE)  # a problem of the report instead
        project = Project.load()
        checked = check_problems() if project.ready else []
        plugins, broken = installed_plugins(project.excuses)
        told = {problem.message for problem in checked}
        return Report(
            versions=versions(),
            distributions=restflow_distributions(),
            plugins=plugins,
            settings=effective_settings() if project.configured else None,
            problems=(
                *project.problems,
                *checked,
                *(problem for problem in broken if problem.message not in told),
                *unreadable_problems(),
                *requirement_problems(),
            ),
        )
