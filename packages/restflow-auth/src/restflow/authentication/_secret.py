"""A string that is not shown."""


class Secret(str):
    """A password or key on its way: whatever shows the frames that it passes, an error report for one, shows stars."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"
