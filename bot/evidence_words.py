"""What Cognito shows of an account and its pool, in words, and the values that explanations are filled in with."""

from collections.abc import Callable, Iterable, Iterator

from bot.addresses import masked_number
from bot.answer import Table
from bot.case import Case
from bot.causes import EXPLANATIONS
from bot.claims import ATTRIBUTE, claim_of, is_mapped, rewrites_address
from bot.cognito import Pool, Provider, User
from bot.diagnosis import Cause
from bot.evidence import Evidence
from bot.invitation import estimate
from bot.mail import COGNITO_SENDS, Sender, told
from bot.oddities import ADDRESS, NAME, oddities
from bot.outlook import Blocker, as_verified, asks_for_address, ways_of_reset
from bot.outlook_words import blocker_words
from bot.words import Moment, Value, Words, listed, say

_MOST_TOLD = 3
"""Other accounts that are told one by one beside a finding."""

_WAIT_FOR_MAIL = frozenset(
    {Cause.SIGNUP_OPEN, Cause.TEMP_PASSWORD, Cause.RESET_REQUIRED, Cause.EMAIL_CHANGED, Cause.PHONE_TOOK_CODE}
)
"""Findings of people who wait for a mail."""

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
_IN_A_SENTENCE = "{date_short}"
"""Never "Today" or "Yesterday", which Slack capitalises and no preposition goes with."""

_MOST_LISTED = 10
"""Accounts of one address that stand above everything else."""

_CROWD = 20
"""More accounts than anybody compares row by row."""


def facts(case: Case, cause: Cause | None = None) -> dict[str, Value]:
    """Return a value for every placeholder that an explanation may use, as seen from one finding (the headline's)."""
    evidence, user, pool = case.evidence, case.user, case.pool
    other = case.other or user
    provider = _meant(evidence, cause or case.cause)
    twin = next((rival for rival in evidence.rivals if rival.is_external), None)
    return {
        "subject": user.email or user.username,
        "address": user.email or "no address",
        "account": user.username,
        "created": Moment(user.created, _IN_A_SENTENCE),
        "other": other.username,
        "other_created": Moment(other.created, _IN_A_SENTENCE),
        "variants": listed(other.email for other in evidence.variants),
        "twin": twin.username if twin else "",
        "twin_provider": (twin.provider or twin.username.partition("_")[0]) if twin else "",
        "provider": provider.name if provider else user.provider or "its provider",
        "claim": (provider.mapping.get(ATTRIBUTE) or claim_of(provider).name) if provider else "",
        "advice": claim_of(provider).advice if provider else "",
        "lacking": ", ".join(evidence.lacking(provider)) if provider else "",
        "frozen": ", ".join(evidence.frozen(provider)) if provider else "",
        "pool": pool.name,
        "failure": pool.email_failure.rstrip("."),
        "reset_to": case.outlook.reset.destination,
    }


def beside(case: Case, cause: Cause) -> tuple[Words, ...]:
    """Return a finding that is told beside a worse one, as sentences."""
    mail = case.evidence.mail
    if cause is Cause.DELIVERY and mail is not None and mail.blocked is not None:
        return told(mail, case.user.email)
    return (say(EXPLANATIONS[cause].beside, **facts(case, cause)),)


def more(case: Case) -> tuple[Words, ...]:
    """Return what else there is to say on why it is so: what dates, other accounts and settings tell, and no more."""
    tells = _MORE.get(case.cause, _nothing)
    return (*tells(case), *_after_verifying(case), *_default_sender(case))


def _nothing(_: Case) -> Iterator[Words]:
    return iter(())


def _default_sender(case: Case) -> Iterator[Words]:
    """Say that Cognito's own sender has a limit, to those who may wait for its mail in vain."""
    mail = case.evidence.mail
    if case.cause in _WAIT_FOR_MAIL and mail is not None and mail.sender is Sender.COGNITO:
        yield COGNITO_SENDS


def _after_verifying(case: Case) -> Iterator[Words]:
    user = case.user
    if user.email and not user.email_verified and user.status == "CONFIRMED" and not case.pool.auto_verified:
        yield say(
            "Whether “forgot password” works once the address is verified can't be told: this pool verifies nothing by "
            "itself."
        )


def _owners_state(case: Case) -> Iterator[Words]:
    owner = case.evidence.owner
    if owner is None:
        return
    if not owner.enabled:
        yield say("`{other}` is disabled, so nobody can use that account either.", other=owner.username)
    elif owner.status != "CONFIRMED":
        yield say(
            "`{other}` can't be used with a password as it is ({status}).", other=owner.username, status=owner.status
        )


def _why_blocked(case: Case) -> Iterator[Words]:
    if case.outlook.reset.blocker is Blocker.MAIL:
        return
    if blocker := ways_of_reset(as_verified(case.user), case.pool)[-1].blocker:
        yield say(f"The reason: {blocker_words(blocker)}.")


def _where_to_look(case: Case) -> Iterator[Words]:
    client = case.evidence.client
    if client is not None and client.reads and ATTRIBUTE not in client.reads:
        yield say("This app may not read `email_verified` (`ReadAttributes`): it can't see the flag at all.")
    if case.pool.triggers.keys() & {"PreTokenGeneration", "PreTokenGenerationConfig"}:
        yield say("This pool has a `PreTokenGeneration` trigger, which may change what the app sees.")


def _company_of_sign_up(case: Case) -> Iterator[Words]:
    if not case.is_shared:
        return
    for rival in case.evidence.rivals[:_MOST_TOLD]:
        yield say(
            "`{name}` ({status}, created {created}) has the address too.",
            name=rival.username,
            status=rival.status if rival.enabled else f"{rival.status}, disabled",
            created=Moment(rival.created, _IN_A_SENTENCE),
        )


def _past(case: Case) -> Iterator[Words]:
    if case.user.modified == case.user.created:
        yield say("It was never verified: nothing about the account has changed since it was created.")
    else:
        yield say("It was changed, or never verified; Cognito doesn't say which.")


def _invitation(case: Case) -> Iterator[Words]:
    yield say(
        "In this pool the password of an invitation works for {days} days.", days=case.pool.temporary_password_days
    )
    yield estimate(case.user, case.pool, case.evidence.at)


def _scopes(case: Case) -> Iterator[Words]:
    for provider in case.evidence.at_work:
        if not asks_for_address(provider):
            yield say(
                "The pool asks {provider} for {scopes} only: without the scope email it sends neither the address nor "
                "the claim.",
                provider=provider.name,
                scopes=", ".join(sorted(provider.scopes)),
            )
        elif provider.type == "OIDC" and not provider.userinfo:
            yield say(
                "The pool reads the token of {provider} only, not its userinfo address, where some providers keep the "
                "claim.",
                provider=provider.name,
            )


_MORE: dict[Cause, Callable[[Case], Iterator[Words]]] = {
    Cause.TEMP_PASSWORD: _invitation,
    Cause.NO_AUTOVERIFY: _past,
    Cause.PHONE_TOOK_CODE: _past,
    Cause.EMAIL_CHANGED: _past,
    Cause.ALIAS_MOVED: _owners_state,
    Cause.DUP_SIGNUP: _owners_state,
    Cause.RESET_BLOCKED: _why_blocked,
    Cause.FED_CLAIM: _scopes,
    Cause.VERIFIED: _where_to_look,
    Cause.SIGNUP_OPEN: _company_of_sign_up,
}


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
        f"{template} · {{status}}, created {{created}}",
        name=user.username,
        status=user.status if user.enabled else f"{user.status}, disabled",
        created=Moment(user.created, _IN_A_SENTENCE),
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


def _meant(evidence: Evidence, cause: Cause) -> Provider | None:
    """Return the provider that a finding speaks of, or the first."""
    about: dict[Cause, Callable[[Provider], bool]] = {
        Cause.FED_REQUIRED: lambda each: bool(evidence.lacking(each)),
        Cause.FED_FROZEN: lambda each: bool(evidence.frozen(each)),
        Cause.FED_UNMAPPED: lambda each: rewrites_address(each) and not is_mapped(each) and claim_of(each).exists,
        Cause.FED_NOCLAIM: lambda each: rewrites_address(each) and not is_mapped(each) and not claim_of(each).exists,
        Cause.FED_CLAIM: is_mapped,
    }
    fits = about.get(cause, lambda _: True)
    return next(filter(fits, evidence.at_work), next(iter(evidence.providers), None))


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
        flag=provider.mapping.get(ATTRIBUTE, "nothing"),
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
        yield say("the mail of a sign-up holds a link, not a code")
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
    if client.reads and ATTRIBUTE not in client.reads:
        yield say("the app may not read `email_verified` (`ReadAttributes`)")
    if client.writes and "email" not in client.writes:
        yield say("the app may not write `email` (`WriteAttributes`)")
    if client.flows:
        yield say("ways to sign in that the app uses: {flows}", flows=", ".join(sorted(client.flows)))
