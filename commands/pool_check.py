"""/cognito-pool-check: read everybody in a pool once, and count who has which trouble."""

from bot.scenario import Begun, EphemeralAnswer, Form, MenuLine, Paragraph, WholePool, Words, say, scenario

_MINUTE, _HOUR = 60, 3600


class PoolCheck(Form):
    """There is nothing to fill in but the pool, where there are several."""


@scenario(
    "pool-check",
    title="Check the whole pool",
    menu=(MenuLine(260, "Many customers have the same trouble: check everybody (leads ask)"),),
)
def pool_check(form: PoolCheck, pool: WholePool) -> EphemeralAnswer:
    """Check everybody in a pool, and count who has which trouble."""
    return EphemeralAnswer(parts=(Paragraph(_begun(pool.begin())),))


def _begun(begun: Begun) -> Words:
    if begun.seconds < _MINUTE:
        return say("I am reading everybody now. My message in the channel shows how far it is.")
    template = "I am reading about {users} users now, which takes {n} {unit} or so. My message in the channel shows it."
    if begun.seconds < _HOUR:
        return say(template, users=f"{begun.users:,}", n=round(begun.seconds / _MINUTE), unit="min")
    return say(template, users=f"{begun.users:,}", n=f"{begun.seconds / _HOUR:.1f}", unit="h")
