"""/cognito-verify-list: mark the addresses of everyone on a list as verified, in one run."""

from bot.scenario import (
    Act,
    AdminForm,
    Attached,
    AttachedLists,
    Directory,
    Everyone,
    Listing,
    MenuLine,
    Plan,
    Risk,
    Words,
    listed,
    refused,
    say,
    scenario,
    undo_of_each,
    verifying_each,
)

_MOST_TOLD = 5
"""Bad lines that are told one by one, and lines that nobody goes by."""


class VerifyList(AdminForm):
    """Who is on the list, and why it is right."""

    list: Attached


@scenario(
    "verify-list",
    title="Verify a list",
    sends=("AdminUpdateUserAttributes",),
    menu=(MenuLine(172, "A list says whose addresses are proved, by a letter or a contract"),),
)
def verify_list(form: VerifyList, directory: Directory, everyone: Everyone, lists: AttachedLists) -> Plan:
    """Mark the addresses of everyone on a list as verified."""
    pool, lines = directory.pool, lists.lines(form.list)
    named = {each.user: each.line for each in lines.entries}
    found = everyone.listed(named)
    many = found.many(Act.VERIFY, say("A list was attached, for the reason that stands above."))
    if not many.people:
        raise refused(
            "There is nobody on this list whose address could be marked as verified.",
            field="list",
        )
    undo, undo_limits = undo_of_each(pool, many.people)
    bad = [each.words for each in lines.bad]
    return Plan(
        summary=_summary(many.people),
        risk=Risk.HIGH,
        why_high=(say("It concerns {n} people at once, on the word of a list.", n=f"{many.people:,}"),),
        calls=(verifying_each(pool, many.people),),
        changes=(),
        notes=(*bad[:_MOST_TOLD], *_more(len(bad) - _MOST_TOLD), *_lost(found, named)),
        undo=undo,
        undo_limits=undo_limits,
        many=many,
        everyone=tuple(found.everyone),
    )


def _summary(people: int) -> Words:
    if people == 1:
        return say("mark one address of a list as verified")
    return say("mark {n} addresses of a list as verified", n=f"{people:,}")


def _more(lines: int) -> tuple[Words, ...]:
    return (say("{n} more lines could not be understood.", n=lines),) if lines > 0 else ()


def _lost(found: Listing, named: dict[str, int]) -> tuple[Words, ...]:
    """Say by number which lines nobody goes by."""
    lines = [str(named[each.name]) for each in found.everyone if not each.sub and each.name in named]
    if not lines:
        return ()
    return (say("Nobody was found by what stands in these lines: {lines}.", lines=listed(lines, most=_MOST_TOLD)),)
