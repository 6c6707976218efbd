"""Why an exchange came to nothing where asking again may help; the text is the reason, in one line of our own words."""

from __future__ import annotations


class Passing(Exception):
    """Asking the same again may help."""


class Incomplete(Passing):
    """No complete answer arrived: no connection, or a body that was cut."""


class Unsent(Incomplete):
    """There was no connection by which anything could have been asked."""


class NoNetwork(Unsent):
    """There is no way out of this machine yet: names are not resolved, or no route leads anywhere."""


class TooMuch(Incomplete):
    """What was asked for seems to be more than can be given: it took too long, or was too large."""


class TooSlow(TooMuch):
    """It was not over when it had to be, although something may have come all the time."""


class GatewayTimeout(TooMuch):
    """The answer was 504."""


class Unusable(Passing):
    """A complete answer that is not of the shape that was asked for."""
