"""/cognito-bulk-verify: mark the addresses of everyone as verified whose provider's claim is mapped, in one run."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bot.scenario import (
    Act,
    AdminForm,
    Choice,
    Directory,
    Everyone,
    MenuLine,
    Plan,
    Prefill,
    Prepare,
    Provider,
    Risk,
    Words,
    refused,
    say,
    scenario,
    undo_of_each,
    verifying_each,
)


class BulkVerify(AdminForm):
    """On whose word."""

    provider: Annotated[
        str,
        Field(
            title="Identity provider",
            description="Those whose claim on the address is mapped. The request is for people who sign in through it.",
            min_length=1,
            max_length=32,
        ),
    ]


def _offered(directory: Directory) -> Mapping[str, Prefill]:
    """List the providers whose word can be relied on."""
    vouching = [each for each in directory.providers() if each.vouches]
    if not vouching:
        raise refused(
            "No identity provider of pool {pool} says whether an address is verified, or its claim isn't mapped. Map "
            "the claim first.",
            pool=directory.pool.name,
        )
    choices = tuple(Choice(each.name, each.name) for each in vouching)
    return {"provider": Prefill(choices=choices, value=vouching[0].name if len(vouching) == 1 else "")}


@scenario(
    "bulk-verify",
    title="Verify many",
    usage="[provider]",
    sends=("AdminUpdateUserAttributes",),
    prepare=Prepare(fields=("provider",), read=_offered),
    menu=(MenuLine(170, "Many addresses are not verified, and their provider's claim is mapped now"),),
)
def bulk_verify(form: BulkVerify, directory: Directory, everyone: Everyone) -> Plan:
    """Mark many addresses as verified whose provider's claim is mapped."""
    provider, pool = directory.provider(form.provider), directory.pool
    _refuse(provider)
    listing = everyone.unverified(provider.name)
    many = listing.many(Act.VERIFY, _ground(provider), provider=provider.name)
    if not many.people:
        raise refused(
            "Of those who sign in through {provider}, there is nobody whose address could be marked as verified.",
            field="provider",
            provider=provider.name,
        )
    undo, undo_limits = undo_of_each(pool, many.people)
    return Plan(
        summary=_summary(many.people),
        risk=Risk.HIGH,
        why_high=(say("It concerns {n} people at once.", n=f"{many.people:,}"),),
        calls=(verifying_each(pool, many.people),),
        changes=(),
        notes=_notes(provider),
        undo=undo,
        undo_limits=undo_limits,
        many=many,
        everyone=tuple(listing.everyone),
    )


def _refuse(provider: Provider) -> None:
    if provider.vouches:
        return
    if provider.claim.exists and provider.claim.name and not provider.is_mapped:
        raise refused(
            "{provider}'s claim {claim} isn't mapped, so what it says doesn't reach the pool. Map it first.",
            field="provider",
            provider=provider.name,
            claim=provider.claim.name,
        )
    raise refused(
        "The desk can't rely on what {provider} says of an address. {advice}",
        field="provider",
        provider=provider.name,
        advice=provider.claim.advice,
    )


def _summary(people: int) -> Words:
    if people == 1:
        return say("mark one address as verified")
    return say("mark {n} addresses as verified", n=f"{people:,}")


def _ground(provider: Provider) -> Words:
    return say(
        "{provider}'s claim {claim} is mapped: at each sign-in, the pool writes down what {provider} says of the "
        "address.",
        provider=provider.name,
        claim=provider.claim.name,
    )


def _notes(provider: Provider) -> tuple[Words, ...]:
    return (
        say(
            "This is for those who have not signed in since the claim was mapped: of them, {provider} has said nothing "
            "yet. Accounts that have changed since, and are still not verified, are left out at their turn: {provider} "
            "itself may have said no.",
            provider=provider.name,
        ),
    )
