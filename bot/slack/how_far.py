"""How far something is, and how long it takes, as messages show it."""

_CELLS = 20
_MINUTE, _HOUR = 60.0, 3600.0


def bar(percent: int) -> str:
    """Return a bar. Its empty part can be seen too, so that it is one at 0 % as well."""
    filled = _CELLS * percent // 100
    return "█" * filled + "░" * (_CELLS - filled)


def duration(seconds: float) -> str:
    """Say about how long something takes: ``about 22 min``."""
    if seconds < _MINUTE:
        return "less than a minute"
    if seconds < _HOUR:
        return f"about {round(seconds / _MINUTE)} min"
    return f"about {seconds / _HOUR:.1f} h".replace(".0 ", " ")
