"""How each value that a plan may change is read back, at planning and after it was carried out."""

from collections.abc import Callable, Iterator, Mapping

from bot.answer import Unread, refused
from bot.cognito import Directory, Pool, User
from bot.plan.plan import Change, Plan, SubjectKind, Unseen
from bot.words import say

_ATTRIBUTES = frozenset(
    {
        "address",
        "birthdate",
        "email",
        "email_verified",
        "family_name",
        "gender",
        "given_name",
        "locale",
        "middle_name",
        "name",
        "nickname",
        "phone_number",
        "phone_number_verified",
        "picture",
        "preferred_username",
        "profile",
        "website",
        "zoneinfo",
    }
)
"""The standard attributes of a user that can be set."""

_CUSTOM = "custom:"
"""What the name of every attribute begins with that a pool's own schema adds."""

_USER: Mapping[str, Callable[[User], str]] = {
    "Enabled": lambda user: str(user.enabled).lower(),
    "UserStatus": lambda user: user.status,
}
"""What AdminGetUser shows of a user beside the attributes, by its name in the API."""

_POOL: Mapping[str, Callable[[Pool], str]] = {
    "AutoVerifiedAttributes": lambda pool: ", ".join(sorted(pool.auto_verified)),
    "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate": lambda pool: ", ".join(
        sorted(pool.verified_before_update)
    ),
}
"""The settings of a pool that a change may name, by their path in the API."""

_SUPPRESSED = "SuppressedDestination"
"""The entry of an address on the suppression list of SES."""

_MAPPING = "AttributeMapping."
"""What the path of every setting of a provider begins with that a change may name."""


def value_now(directory: Directory, change: Change) -> str | None:
    """Return what a change is about as it is now, "" where there is no value; None where the subject isn't there.

    Raises `Refused` when Cognito can't be read.
    """
    subject, what = change.subject, change.what
    match subject.kind:
        case SubjectKind.USER:
            user = directory.read(subject.name)
            # Somebody else may go by the name by now; only a new account has no sub yet.
            return None if user is None or subject.id not in ("", user.sub) else _of_user(user, what)
        case SubjectKind.PROVIDER:
            return directory.provider(subject.name).mapping.get(what.removeprefix(_MAPPING), "")
        case SubjectKind.POOL:
            return _POOL[what](directory.pool) if subject.id == directory.pool.id else None
        case SubjectKind.MAIL:
            return _suppression(directory, subject.name)


def change_mistakes(plan: Plan, directory: Directory) -> Iterator[str]:
    """Read everything that a plan changes, and yield what its author got wrong, each with the cure.

    Raises `Refused` where it is not the author's doing: an account has gone meanwhile, or a list of Cognito's is late.
    """
    for change in plan.changes:
        if not change.readable:
            if change.unseen_because is None:
                yield lacks_reason(change.what)
        elif wrong := unreadable(change.what, change.subject.kind):
            yield wrong
        else:
            yield from _different(change, plan, directory)


def unreadable(what: str, kind: SubjectKind | None) -> str:
    """Return why ``what`` of a change can't be read back, with the cure; "" where it can. None: of any kind."""
    kinds = tuple(SubjectKind) if kind is None else (kind,)
    if any(_is_known(each, what) for each in kinds):
        return ""
    of = f" of a {kind}" if kind else ""
    known = " or ".join(map(_known, kinds))
    return f"the desk can't read {what!r}{of} back. Write {known} instead, or add a reader to bot/plan/read_back.py."


def lacks_reason(what: str) -> str:
    """Return what to tell the author of a change that can't be read back and doesn't say why."""
    ways = " or ".join(f"Unseen.{each.name} ({each.value})" for each in Unseen)
    return f"the change of {what} is not readable and doesn't say why. Write unseen_because={ways}."


def _different(change: Change, plan: Plan, directory: Directory) -> Iterator[str]:
    found, subject = value_now(directory, change), change.subject
    if subject.kind is SubjectKind.USER and not subject.id:
        if change.before:
            yield (
                f"the change of {change.what} says what it was before, of an account that doesn't exist yet. Write "
                'before="" for a new account, or subject=Subject.of(user) for one that is there.'
            )
        elif found is not None:
            raise refused("There is an account called {name} already.", name=subject.name)
    elif found is None:
        if subject.kind is SubjectKind.POOL:
            yield f"the change of {change.what} names another pool. Write Subject(…, id=directory.pool.id) instead."
        else:
            raise refused(
                "The account {name} can't be found by its user name any more. Please try again.", name=subject.name
            )
    elif found != change.before:
        if subject.kind is SubjectKind.USER and _was_listed(change, plan, directory):
            raise refused(
                "Cognito's list of accounts doesn't show the newest state of {name} yet. Please try again in a minute.",
                name=subject.name,
            )
        yield (
            f"the change of {change.what} has a `before` that is not what Cognito shows. Write the value as the API "
            f'gives it (for a user user.attributes.get("{change.what}", ""), never a word for it such as "yes").'
        )


def _was_listed(change: Change, plan: Plan, directory: Directory) -> bool:
    """Whether ListUsers, which may lag behind AdminGetUser, still shows the value that the plan was made from."""
    user = directory.read(change.subject.name)
    addresses = {plan.address, user.email if user else ""} - {""}
    return any(
        listed.sub == change.subject.id and _of_user(listed, change.what) == change.before
        for address in sorted(addresses)
        for listed in directory.holders(address)
    )


def _suppression(directory: Directory, address: str) -> str:
    mail = directory.mail(address)
    if not mail.list_read:
        # Not "nothing found": whether an entry is gone can only be said of a list that was read.
        raise Unread(mail.unread[0] if mail.unread else say("The mail system's list can't be read any more."))
    entry = mail.suppressed
    # Another spelling of the address may have an entry of its own.
    return entry.shown if entry is not None and entry.address == address else ""


def _of_user(user: User, what: str) -> str:
    return _USER[what](user) if what in _USER else user.attributes.get(what, "")


def _is_known(kind: SubjectKind, what: str) -> bool:
    match kind:
        case SubjectKind.USER:
            return what in _USER or what in _ATTRIBUTES or what.startswith(_CUSTOM)
        case SubjectKind.PROVIDER:
            return what.startswith(_MAPPING) and what != _MAPPING
        case SubjectKind.POOL:
            return what in _POOL
        case SubjectKind.MAIL:
            return what == _SUPPRESSED


def _known(kind: SubjectKind) -> str:
    match kind:
        case SubjectKind.USER:
            return f"an attribute's name (email, {_CUSTOM}…) or {' or '.join(sorted(_USER))}"
        case SubjectKind.PROVIDER:
            return f"{_MAPPING}… with the attribute's name"
        case SubjectKind.POOL:
            return " or ".join(sorted(_POOL))
        case SubjectKind.MAIL:
            return _SUPPRESSED
