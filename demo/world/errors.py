"""Shows an error of the project's own: its status, its code, and what it tells in `details`."""

from demo.world.changes import state
from demo.world.models import City
from restflow.exceptions import APIException, ErrorCode


class StaleCity(APIException):  # named as its code: what it tells, not that it is an error
    """Somebody else has saved the city since the client read it. `details` holds both versions."""

    status_code = 409
    code = ErrorCode.CONFLICT.value
    default_code = "stale_city"
    default_detail = "Somebody else has changed this city since you read it."

    def __init__(self, sent: int, current: City) -> None:
        super().__init__(
            details={"sent_version": sent, "current_version": current.version, "current": state(current)},
        )
