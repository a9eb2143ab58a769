"""Views are generic in their model: for type checkers, and readable in `__orig_bases__` at run time."""

from types import GenericAlias
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Generic

    from django.db.models import Model
    from typing_extensions import TypeVar

    M = TypeVar("M", bound=Model, default=Any)

    class OfModel(Generic[M]):
        """A class of some model, of any where none is named."""

else:
    M = object()

    class OfModel:
        """A class of some model, of any where none is named."""

        def __class_getitem__(cls, model: Any) -> Any:
            return cls if model is M else GenericAlias(cls, model)
