"""What Cognito shows of an account and its pool, in words: the evidence that a check lays open."""

from collections.abc import Iterable

from bot.answer import Table
from bot.claims import ATTRIBUTE, claim_of, is_mapped, rewrites_address
from bot.cognito import Pool, Provider, User
from bot.diagnosis import Evidence
from bot.oddities import ADDRESS, NAME, oddities
from bot.words import Moment, Value, Words, listed, say

_DAY = "{date_short_pretty}"
_IN_A_SENTENCE = "{date_short}"
"""Never "Today" or "Yesterday", which Slack capitalises and no preposition goes with."""

_CROWD = 20
"""More accounts than anybody compares row by row."""


def facts(evidence: Evidence) -> dict[str, Value]:
    """Return a value for every placeholder that an explanation may use."""
    user, pool = evidence.user, evidence.pool
    assert user is not None
    owner = _owner(evidence) or user
    provider = _telling(evidence)
    lacking = sorted({name for each in evidence.providers for name in evidence.lacking(each)})
    return {
        "subject": user.email or user.username,
        "address": user.email or "no address",
        "account": user.username,
        "created": Moment(user.created, _IN_A_SENTENCE),
        "other": owner.username,
        "other_created": Moment(owner.created, _IN_A_SENTENCE),
        "newer": "a newer account" if owner.created > user.created else "another account",
        "variants": listed(other.email for other in evidence.variants),
        "provider": provider.name if provider else _owner_provider(evidence),
        "claim": (provider.mapping.get(ATTRIBUTE) or claim_of(provider).name) if provider else "",
        "advice": claim_of(provider).advice if provider else "",
        "lacking": ", ".join(lacking),
        "pool": pool.name,
        "failure": pool.email_failure.rstrip("."),
    }


def seen(evidence: Evidence) -> tuple[Words, ...]:
    """Return what can be seen, one fact an item."""
    user, pool = evidence.user, evidence.pool
    assert user is not None
    return (
        say(
            "account `{name}` · {status}, {enabled}",
            name=user.username,
            status=user.status,
            enabled="enabled" if user.enabled else "disabled: can't sign in at all",
        ),
        say("{address} · email_verified: {flag}", address=user.email or "no e-mail address", flag=_flag(user)),
        *oddities(user.email, what=ADDRESS),
        *(oddities(user.username, what=NAME) if user.username != user.email else ()),
        say(
            "created {created}, last changed in any way {modified}",
            created=Moment(user.created),
            modified=Moment(user.modified),
        ),
        _company(evidence),
        *(_federation(provider) for provider in evidence.providers),
        *((say("not federated"),) if not user.is_federated else ()),
        *_gone(evidence),
        *_pool(pool),
    )


def comparison(accounts: Iterable[Evidence]) -> Table:
    """Return the accounts side by side; the one that signs in with the address is marked."""
    rows = []
    for evidence in _in_sight(tuple(accounts)):
        user, holds = evidence.user, _holds(evidence)
        assert user is not None
        rows.append(
            (
                say("▸ {name}" if holds else "{name}", name=user.username),
                say("{created}", created=Moment(user.created, _DAY)),
                say("{status}", status=user.status if user.enabled else f"{user.status}, disabled"),
                say(_flag(user)),
                say("yes" if holds else "no"),
            )
        )
    return Table(("account", "created", "status", "verified", "signs in with this address"), tuple(rows))


def _in_sight(accounts: tuple[Evidence, ...]) -> Iterable[Evidence]:
    """Return the accounts of a crowd so that the one that signs in is not among the rows that a long table omits."""
    return accounts if len(accounts) <= _CROWD else sorted(accounts, key=lambda each: not _holds(each))


def _holds(evidence: Evidence) -> bool:
    user, owner = evidence.user, evidence.signs_in_with
    return user is not None and owner is not None and owner.sub == user.sub


def _flag(user: User) -> str:
    return "yes" if user.email_verified else "no"


def _owner(evidence: Evidence) -> User | None:
    """Return the one to name beside the account: who signs in with the address, or else a verified holder."""
    user, answering = evidence.user, evidence.signs_in_with
    if answering is not None and user is not None and answering.sub != user.sub:
        return answering
    verified = (rival for rival in evidence.rivals if rival.email_verified)
    return next(verified, evidence.rivals[0] if evidence.rivals else None)


def _owner_provider(evidence: Evidence) -> str:
    external = next((rival.provider for rival in evidence.rivals if rival.is_external), "")
    return external or (evidence.user.provider if evidence.user else "") or "a provider"


def _telling(evidence: Evidence) -> Provider | None:
    """Return the provider that the diagnosis speaks of: the one that loses the flag, or the first."""
    dropping = (each for each in evidence.providers if rewrites_address(each) and not is_mapped(each))
    lacking = (each for each in evidence.providers if evidence.lacking(each))
    return next(lacking, None) or next(dropping, None) or next(iter(evidence.providers), None)


def _company(evidence: Evidence) -> Words:
    if not evidence.user or not evidence.user.email:
        return say("nothing to sign in with by e-mail")
    names = listed(rival.username for rival in evidence.rivals)
    spelt = listed(f"{other.email} ({other.username})" for other in evidence.variants)
    alone = "nobody else has this address" if not names else "the same address is carried by {names}"
    return say(f"{alone}; spelt differently: {{spelt}}" if spelt else alone, names=names, spelt=spelt)


def _federation(provider: Provider) -> Words:
    return say(
        "signs in through {provider} ({type}) · mapped: e-mail ← {email}, email_verified ← {flag}",
        provider=provider.name,
        type=provider.type,
        email=provider.mapping.get("email", "nothing"),
        flag=provider.mapping.get(ATTRIBUTE, "nothing"),
    )


def _gone(evidence: Evidence) -> Iterable[Words]:
    known = {provider.name for provider in evidence.providers}
    for identity in evidence.user.identities if evidence.user else ():
        if identity.provider not in known:
            yield say("linked to {provider}, which the pool no longer has", provider=identity.provider)


def _pool(pool: Pool) -> Iterable[Words]:
    if pool.keeps_original:
        yield say("the pool keeps the old address until the new one's code is entered")
    elif pool.mails_codes:
        yield say("the pool mails a code when an address changes")
    else:
        yield say("the pool mails no code when an address changes")
    if pool.email_is_alias:
        yield say("in this pool one account at a time holds an address, and signs in with it")
    if pool.recovery == ("admin_only",):
        yield say("in this pool nobody can reset their own password")
    if "CustomEmailSender" in pool.triggers:
        yield say("the pool's own code sends the mail (CustomEmailSender), not Cognito")
    meddling = sorted(pool.triggers.keys() & {"PreSignUp", "PostConfirmation", "PostAuthentication"})
    if meddling:
        yield say("the pool's own code may set the flag too ({triggers})", triggers=", ".join(meddling))
