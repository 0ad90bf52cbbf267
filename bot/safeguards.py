"""What a plan that touches an address refuses, and what it says of those who lose it."""

from collections.abc import Iterable

from bot.claims import claim_of, is_mapped, rewrites_address
from bot.cognito import Directory, Pool, Provider, User
from bot.plan import Call, Change, Effect, Refused, Subject
from bot.words import Words, say


def refuse_rewritten(user: User, directory: Directory) -> None:
    """Refuse an account whose next sign-in through a provider would undo whatever is set by hand."""
    providers = directory.providers_of(user)
    for provider in providers:
        if rewrites_address(provider):
            raise Refused(
                say(
                    "{name} signs in through {provider}; the next sign-in would undo this. {way}",
                    name=user.username,
                    provider=provider.name,
                    way=_way(provider),
                ),
                field="user",
            )
    if user.is_external:
        raise Refused(
            say(
                "{name} is the profile of an identity provider ({provider}), and only the provider can change it. "
                "Map the provider's claim instead.",
                name=user.username,
                provider=user.provider or "unknown",
            ),
            field="user",
        )


def loss(user: User) -> Change:
    """Return the change of somebody who holds the address now and won't any more.

    Somebody may answer to the address at sign-in though the flag doesn't say so; then only that is lost.
    """
    before = user.attributes.get("email_verified", "")
    return Change(
        subject=Subject.of(user),
        what="email_verified",
        before=before,
        after="false" if user.email_verified else before,
        note="LOSES the address: can no longer sign in or reset with it",
        loses=True,
    )


def why_losing(losers: Iterable[User]) -> tuple[Words, ...]:
    """Say who loses the address, as a reason for high risk."""
    return tuple(say("{name} ({sub}) loses the address.", name=user.username, sub=user.sub) for user in losers)


def note_not_notified(losers: Iterable[User]) -> tuple[Words, ...]:
    """Say that somebody has to tell the losers."""
    return tuple(say("Cognito does not tell {name}. Somebody should.", name=user.username) for user in losers)


def give_back(pool: Pool, losers: tuple[User, ...]) -> tuple[Call, ...]:
    """Return the call that gives an address back to the one who lost it, which takes it from the present holder."""
    if len(losers) != 1:
        return ()
    return (Call.set_attributes(pool, losers[0], {"email_verified": "true"}, effect=Effect.READABLE),)


def note_disabled(user: User) -> tuple[Words, ...]:
    """Say so when the account can't be used anyhow."""
    return () if user.enabled else (say("{name} is disabled and can't sign in anyhow.", name=user.username),)


def _way(provider: Provider) -> str:
    claim = claim_of(provider)
    if is_mapped(provider):
        return f"The claim is mapped; {provider.name} itself has to send it as true."
    return "Map the provider's claim instead." if claim.exists else claim.advice
