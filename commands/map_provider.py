"""/cognito-map-provider: let a provider's word on an address reach the pool, so that federation keeps the flag."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from bot.scenario import (
    AdminForm,
    Call,
    Case,
    Cause,
    Change,
    Choice,
    Directory,
    Effect,
    MenuLine,
    Plan,
    Pool,
    Prefill,
    Prepare,
    Provider,
    Remedy,
    Risk,
    Subject,
    SubjectKind,
    Words,
    refused,
    say,
    scenario,
)


class MapProvider(AdminForm):
    """Which provider, and what it calls its word on the address."""

    provider: Annotated[
        str,
        Field(title="Identity provider", description="As it is called in the pool.", min_length=1, max_length=32),
    ]
    claim: Annotated[
        str,
        Field(
            title="Claim",
            description="What the provider calls it. Left empty: the usual one for its kind, mostly email_verified.",
            max_length=256,
        ),
    ] = ""


def offered(directory: Directory) -> Mapping[str, Prefill]:
    """List the pool's providers with their present mapping, and say what each calls the claim."""
    providers = directory.providers()
    if not providers:
        raise refused("Pool {pool} has no identity providers.", pool=directory.pool.name)
    unmapped = [provider for provider in providers if _is_open(provider)]
    return {
        "provider": Prefill(
            choices=tuple(Choice(f"{each.name} · {_mapped(each)}", each.name) for each in providers),
            value=unmapped[0].name if len(unmapped) == 1 else "",
            hint="\n".join(_mapping(provider) for provider in providers),
        ),
        "claim": Prefill(hint="\n".join(["Left empty, the usual one.", *map(_usual, providers)])),
        "reason": Prefill(hint="Why it is to change for everyone who signs in through it. Kept in the audit log."),
    }


def _unmapped(case: Case) -> Provider:
    """Return the provider whose claim is there to be mapped, and isn't."""
    return next(each for each in case.evidence.at_work if each.clears_flag and each.claim.exists)


@scenario(
    "map-provider",
    title="Map a provider",
    usage="[provider]",
    sends=("UpdateIdentityProvider",),
    prepare=Prepare(fields=("provider", "claim", "reason"), read=offered),
    remedies=(
        Remedy(
            findings={Cause.FED_UNMAPPED: 10},
            label="Map the claim…",
            fills={
                "provider": lambda case: _unmapped(case).name,
                "claim": lambda case: _unmapped(case).claim.name,
            },
        ),
    ),
    menu=(MenuLine(150, "Everyone who signs in through Google, Okta or the like is “not verified”"),),
)
def map_provider(form: MapProvider, directory: Directory) -> Plan:
    """Map a provider's e-mail verified claim, so that sign-ins keep the flag."""
    provider, pool = directory.provider(form.provider), directory.pool
    claim = form.claim or provider.claim.name
    _refuse(provider, claim)
    before = dict(provider.mapping)
    after = {**before, "email_verified": claim}
    return Plan(
        summary=say("map {claim} of {provider} to email_verified", claim=claim, provider=provider.name),
        done=say("{claim} of {provider} is mapped to email_verified", claim=claim, provider=provider.name),
        risk=Risk.HIGH,
        calls=(_call(pool, provider, after, f"email_verified ← {claim}"),),
        changes=(
            Change(
                subject=Subject(kind=SubjectKind.PROVIDER, id=provider.name, name=provider.name),
                what="AttributeMapping.email_verified",
                before=before.get("email_verified", ""),
                after=claim,
                note="from each person's next sign-in on",
            ),
        ),
        why_high=(say("It concerns everyone who signs in through {provider}.", provider=provider.name),),
        notes=tuple(_notes(provider, claim, pool)),
        undo=(_call(pool, provider, before, f"email_verified ← {before.get('email_verified', 'nothing')}"),),
        undo_limits=say(
            "Undo sends the former mapping. Flags that were set in the meantime stay until the next sign-in."
        ),
        tell_customer=say("Please sign out, then sign in through {provider}.", provider=provider.name),
    )


def _call(pool: Pool, provider: Provider, mapping: Mapping[str, str], shown: str) -> Call:
    return Call(
        operation="UpdateIdentityProvider",
        # The mapping is replaced as a whole; what isn't sent at all, secrets among it, stays as it is.
        parameters={"UserPoolId": pool.id, "ProviderName": provider.name, "AttributeMapping": dict(mapping)},
        shown=f"UpdateIdentityProvider({provider.name}, {shown}; {len(mapping)} attributes in all)",
        effect=Effect.READABLE,
    )


def _refuse(provider: Provider, claim: str) -> None:
    usual = provider.claim
    if provider.mapping.get("email_verified") == claim and claim:
        raise refused(
            "{claim} of {provider} is mapped already. If the flag is still “no”, {provider} itself says so, or "
            "says nothing: hand over to the people who run it.",
            field="claim",
            claim=claim,
            provider=provider.name,
        )
    if not usual.exists and not usual.name:
        raise refused("{advice} There is nothing to map.", field="provider", advice=usual.advice)
    if not claim:
        raise refused("{advice}", field="claim", advice=usual.advice)


def _notes(provider: Provider, claim: str, pool: Pool) -> list[Words]:
    usual = provider.claim
    notes = [
        say("Nobody is signed out. The flag changes at each person's next sign-in; it takes about a minute to work.")
    ]
    if usual.name != claim or not usual.exists:
        notes.append(say("{advice}", advice=usual.advice))
    if not provider.rewrites_address:
        notes.append(
            say("{provider}'s e-mail itself is not mapped, so there is no address to verify.", provider=provider.name)
        )
    missing = sorted(pool.required - provider.mapping.keys())
    if missing:
        notes.append(
            say("Signing in still fails: the pool requires {missing}, which is not mapped.", missing=", ".join(missing))
        )
    if pool.email_is_alias:
        notes.append(
            say("Where another account has the same address, a sign-in may take it from there; AWS doesn't say.")
        )
    return notes


def _is_open(provider: Provider) -> bool:
    return provider.clears_flag and provider.claim.exists


def _mapped(provider: Provider) -> str:
    return (
        f"email_verified ← {provider.mapping['email_verified']}"
        if provider.is_mapped
        else "email_verified is not mapped"
    )


def _usual(provider: Provider) -> str:
    claim = provider.claim
    return f"{provider.name}: {claim.name or 'none'}. {claim.advice}"


def _mapping(provider: Provider) -> str:
    pairs = ", ".join(f"{attribute} ← {claim}" for attribute, claim in sorted(provider.mapping.items()))
    return f"{provider.name} ({provider.type}): {pairs or 'nothing mapped'}"
