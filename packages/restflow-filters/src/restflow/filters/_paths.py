"""The paths of one filter set while it is compiled: each is checked against the model, and noted for requests."""

from typing import Any

from django.db import models

from restflow.core import ConfigError
from restflow.core.names import suggestion
from restflow.filters import _columns
from restflow.filters._columns import Nature, Path
from restflow.filters._field import Field


class Paths:
    """Checks paths on a set's model; `annotations` are the declared ones.

    Without a model nothing can be known of a path. `open_ended`: a preprocessor may add what the model lacks.
    """

    def __init__(self, model: type[models.Model] | None, annotations: Any, *, open_ended: bool) -> None:
        self.model = model
        self.annotations = annotations
        self.open_ended = open_ended
        self.natures: dict[tuple[Any, str], Nature] = {}
        self.columns: dict[str, Any] = {}

    def column_of(self, name: str, filt: Field, where: str) -> Path | None:
        """What the filter's own column is, where it has one and the model is known."""
        path = filt.db_field or name
        if self.model is None or ((filt.method or filt.filter_by) and not filt.db_field):
            return None
        if type(filt).apply_filter is not Field.apply_filter and not (filt.db_field or filt.lookups):
            return None
        found = _columns.resolve(self.model, path, where, annotations=self.annotations)
        if found is None and not self.open_ended:
            self._refuse(path, where)
        return found

    def check(self, path: str, where: str) -> Path | None:
        """What a path leads to; `None` where that is not known before a request."""
        if self.model is None:
            return None
        found = _columns.resolve(self.model, path, where, annotations=self.annotations)
        if found is not None:
            self.known(found)
        elif not self.open_ended:
            self._refuse(path, where)
        return found

    def known(self, found: Path) -> Path:
        """The path, having been noted for requests."""
        self.natures[self.model, found.text] = found.nature
        self.columns[found.text] = found.column
        return found

    def _refuse(self, path: str, where: str) -> None:
        first = path.partition("__")[0]
        opts: Any = self.model._meta  # type: ignore[union-attr]  # paths are checked where the model is known
        names = [column.name for column in opts.get_fields()] + list(self.annotations)
        raise ConfigError(
            f"{where}: {opts.label} has no field or declared annotation {first!r}.",
            hint=f"{suggestion(first, names, what='fields')} An annotation is declared in Meta.annotations.",
        )
