"""What Cognito shows of an account and its pool, in words."""

from collections.abc import Iterable, Iterator

from bot.addresses import ADDRESS, NAME, masked_number, oddities
from bot.answer import Table
from bot.cognito import Pool, Provider, User
from bot.diagnosis.evidence import Evidence
from bot.mail import COGNITO_SENDS, Sender, told
from bot.words import Moment, Words, age, listed, say

_CHANGE_ANSWERS = frozenset(
    {
        "PreSignUp",
        "PostConfirmation",
        "PreAuthentication",
        "PostAuthentication",
        "PreTokenGeneration",
        "PreTokenGenerationConfig",
        "UserMigration",
        "CustomMessage",
        "DefineAuthChallenge",
        "InboundFederation",
    }
)
"""Triggers that can change an answer, the flag, or what a mail says."""

_DAY = "{date_short_pretty}"
IN_A_SENTENCE = "{date_short}"
"""Never "Today" or "Yesterday", which Slack capitalises and no preposition goes with."""

_MOST_LISTED = 10
"""Accounts of one address that stand above everything else."""

_CROWD = 20
"""More accounts than anybody compares row by row."""


def seen(evidence: Evidence) -> tuple[Words, ...]:
    """Return what can be seen, one fact an item."""
    user, pool = evidence.user, evidence.pool
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
        *_factors(user),
        *_pool(pool),
        *_client(evidence),
        *_mail(evidence),
        *evidence.unread,
    )


def company(accounts: Iterable[Evidence]) -> tuple[Words, ...]:
    """Return the accounts that have one address, a line each, the owner first; of a crowd the first of them."""
    found = sorted(accounts, key=lambda each: (not _holds(each), each.user.created))
    left = len(found) - _MOST_LISTED
    more = (say("{left} more accounts", left=left),) if left > 0 else ()
    return (*map(_standing, found[:_MOST_LISTED]), *more)


def _standing(evidence: Evidence) -> Words:
    user = evidence.user
    if _holds(evidence):
        template = "`{name}` · owns it" if evidence.pool.email_is_alias else "`{name}` · signs in with it"
    elif user.email_verified:
        template = "`{name}` · has it, verified"
    else:
        template = "`{name}` · has it, not verified"
    return say(
        f"{template} · {{status}}, {{age}}",
        name=user.username,
        status=user.standing,
        age=age(user.created, evidence.at),
    )


def comparison(accounts: Iterable[Evidence]) -> Table:
    """Return the accounts side by side; the one that signs in with the address is marked."""
    rows = []
    for evidence in _in_sight(tuple(accounts)):
        user, holds = evidence.user, _holds(evidence)
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
    owner = evidence.signs_in_with
    return owner is not None and owner.sub == evidence.user.sub


def _flag(user: User) -> str:
    return "yes" if user.email_verified else "no"


def _company(evidence: Evidence) -> Words:
    if not evidence.user.email:
        return say("nothing to sign in with by e-mail")
    names = listed(rival.username for rival in evidence.rivals)
    spelt = listed(f"{other.email} ({other.username})" for other in evidence.variants)
    alone = "nobody else has this address" if not names else "{names} has the same address"
    return say(f"{alone}; written differently: {{spelt}}" if spelt else alone, names=names, spelt=spelt)


def _federation(provider: Provider) -> Words:
    return say(
        "signs in through {provider} ({type}) · mapped: e-mail ← {email}, email_verified ← {flag}",
        provider=provider.name,
        type=provider.type,
        email=provider.mapping.get("email", "nothing"),
        flag=provider.mapping.get("email_verified", "nothing"),
    )


def _gone(evidence: Evidence) -> Iterable[Words]:
    known = {provider.name for provider in evidence.providers}
    for identity in evidence.user.identities:
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
        yield say("in this pool one account at a time owns an address, and signs in with it")
    if pool.recovery == ("admin_only",):
        yield say("in this pool nobody can reset their own password")
    else:
        ways = ", ".join(pool.recovery) or "none set: a verified number first, then a verified address"
        yield say("where codes for a forgotten password go (`AccountRecoverySetting`): {ways}", ways=ways)
    if pool.confirms_by_link:
        yield say("the mail of a sign-up has a link, not a code")
    if pool.mfa_required:
        yield say("a second step is required at every sign-in (`MfaConfiguration` is ON)")
    if pool.sms_failure:
        yield say("AWS says of this pool's text messages: {failure}", failure=pool.sms_failure)
    if "CustomEmailSender" in pool.triggers:
        yield say("the pool's own code sends the mail (CustomEmailSender), not Cognito")
    own_code = sorted(pool.triggers.keys() & _CHANGE_ANSWERS)
    if own_code:
        yield say("the pool's own code may change what happens ({triggers})", triggers=", ".join(own_code))


def _factors(user: User) -> Iterator[Words]:
    if user.mfa:
        yield say(
            "second steps of the sign-in: {factors}; preferred: {preferred}",
            factors=", ".join(sorted(user.mfa)),
            preferred=user.preferred_mfa or "none",
        )
    if user.phone:
        verified = "verified" if user.phone_verified else "not verified"
        yield say("telephone {number}, {verified}", number=masked_number(user.phone), verified=verified)


def _mail(evidence: Evidence) -> Iterator[Words]:
    mail = evidence.mail
    if mail is None:
        return
    if mail.sender is Sender.COGNITO:
        yield COGNITO_SENDS
    elif mail.sender is Sender.SES:
        looked = "looked into" if mail.looked else "not looked into (mail_evidence is off)"
        yield say("the pool sends its mail with Amazon SES: {looked}", looked=looked)
    yield from told(mail, evidence.user.email)


def _client(evidence: Evidence) -> Iterator[Words]:
    client = evidence.client
    if client is None:
        return
    if client.hides_users:
        yield say(
            "the app hides who has an account (`PreventUserExistenceErrors`): it may say “code sent” when none is"
        )
    if client.reads and "email_verified" not in client.reads:
        yield say("the app may not read `email_verified` (`ReadAttributes`)")
    if client.writes and "email" not in client.writes:
        yield say("the app may not write `email` (`WriteAttributes`)")
    if client.flows:
        yield say("ways to sign in that the app uses: {flows}", flows=", ".join(sorted(client.flows)))
