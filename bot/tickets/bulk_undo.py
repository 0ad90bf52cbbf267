"""The undo of a run over many people: another run, for approval like any other."""

from dataclasses import replace

from bot.answer import refused
from bot.plan import Act, Everyone, Plan, Risk
from bot.ticket import Ticket
from bot.words import Words, say


def plan(original: Ticket, everyone: Everyone) -> Plan:
    """Return the plan of the run that takes it back. Raises `Refused` where there is nobody left."""
    undone = original.plan
    listing = everyone.done(original.id)
    many = listing.many(Act.UNVERIFY, say("It takes back what an earlier run did."))
    if not many.people:
        raise refused("There is nobody for whom this could be undone any more.")
    [call] = undone.undo
    n = f"{many.people:,}"
    return Plan(
        summary=_summary(many.people, undone.summary),
        risk=Risk.HIGH,
        why_high=(say("Each of them loses the verified address, and may not be able to sign in with it any more."),),
        calls=(replace(call, shown=f"AdminUpdateUserAttributes(each of the {n}, email_verified=false)"),),
        changes=(),
        undo_limits=say("An undo has no undo of its own; ask for the change again instead."),
        authors=original.authors,
        many=many,
        everyone=tuple(listing.everyone),
    )


def _summary(people: int, undone: Words) -> Words:
    # What it does stands first: a lead in a hurry must not read that addresses become verified.
    what = "one address" if people == 1 else "{n} addresses"
    return say(f"mark {what} as not verified, to undo “{{undone}}”", n=f"{people:,}", undone=undone.plain())
