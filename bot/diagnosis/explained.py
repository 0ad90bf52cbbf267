"""A case in words: the headline, what to do and why, by the finding and by what else is known of the account."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from bot.answer import HandOver
from bot.cognito import Provider
from bot.diagnosis.advice import to_do
from bot.diagnosis.attempts import as_verified, asks_for_address, ways_of_reset
from bot.diagnosis.case import Case
from bot.diagnosis.evidence import Evidence, estimate
from bot.diagnosis.evidence_words import IN_A_SENTENCE
from bot.diagnosis.explanations import EXPLANATIONS, Hurt
from bot.diagnosis.findings import Cause
from bot.diagnosis.outlook import Blocker, Works, lines
from bot.diagnosis.passed_on import hand_over, sentence
from bot.mail import COGNITO_SENDS, Sender, told
from bot.words import Moment, Value, Words, listed, say

_MOST_TOLD = 3
"""Other accounts that are told one by one beside a finding."""

_WAIT_FOR_MAIL = frozenset(
    {Cause.SIGNUP_OPEN, Cause.TEMP_PASSWORD, Cause.RESET_REQUIRED, Cause.EMAIL_CHANGED, Cause.PHONE_TOOK_CODE}
)
"""Findings of people who wait for a mail."""


@dataclass(frozen=True, slots=True)
class Explained:
    """One case in words, for a check to compose its answer of."""

    case: Case

    @property
    def headline(self) -> Words:
        """The sentence that stands in the channel."""
        return self.fill(_headline(self.case))

    @property
    def headline_by_name(self) -> Words:
        """The same beside other accounts: with the user name before it."""
        return self.fill(f"*{{account}}* · {_headline(self.case)}")

    @property
    def for_the_customer(self) -> Words:
        """What the agent tells the customer, word for word."""
        return self.fill(sentence(self.case))

    def to_do(self, offered: Collection[str]) -> Words:
        """What the agent does. ``offered``: the scenarios that there are buttons for; nothing else is advised."""
        return self.fill(to_do(self.case, offered))

    @property
    def works(self) -> tuple[Words, ...]:
        """What the customer can try, a line each."""
        return tuple(lines(self.case.evidence, self.case.outlook))

    @property
    def why(self) -> tuple[Words, ...]:
        """Why it is so, a paragraph each: first what the finding means, then what dates, accounts and settings add."""
        tells = _MORE.get(self.case.cause, _nothing)
        why = self.fill(f"*Why*: {EXPLANATIONS[self.case.cause].why}")
        return (why, *tells(self.case), *_after_verifying(self.case), *_default_sender(self.case))

    @property
    def also(self) -> tuple[Words, ...]:
        """Everything else that was found, a sentence each."""
        return tuple(words for cause in self.case.finding.also for words in self._beside(cause))

    @property
    def unseen(self) -> tuple[Words, ...]:
        """What nobody can see of it, as one sentence; nothing where all can be seen."""
        unseen = EXPLANATIONS[self.case.cause].unseen
        return (self.fill(f"*Can't be seen*: {'; '.join(unseen)}."),) if unseen else ()

    def hand_over(self, *, helpless: bool) -> HandOver | None:
        """Return the hand-over; ``helpless``: no scenario is offered, so there has to be one."""
        return hand_over(self.case, facts(self.case), helpless=helpless)

    def fill(self, template: str) -> Words:
        """Fill a template of ours with what is known of the case (see `facts`)."""
        return say(template, **facts(self.case))

    def _beside(self, cause: Cause) -> tuple[Words, ...]:
        mail = self.case.evidence.mail
        if cause is Cause.DELIVERY and mail is not None and mail.blocked is not None:
            return told(mail, self.case.user.email)
        return (say(EXPLANATIONS[cause].beside, **facts(self.case, cause)),)


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
        "created": Moment(user.created, IN_A_SENTENCE),
        "other": other.username,
        "other_created": Moment(other.created, IN_A_SENTENCE),
        "variants": listed(other.email for other in evidence.variants),
        "twin": twin.username if twin else "",
        "twin_provider": (twin.provider or twin.username.partition("_")[0]) if twin else "",
        "provider": provider.name if provider else user.provider or "its provider",
        "claim": (provider.mapping.get("email_verified") or provider.claim.name) if provider else "",
        "advice": provider.claim.advice if provider else "",
        "lacking": ", ".join(evidence.lacking(provider)) if provider else "",
        "frozen": ", ".join(evidence.frozen(provider)) if provider else "",
        "pool": pool.name,
        "failure": pool.email_failure.rstrip("."),
        "reset_to": case.outlook.reset.destination,
    }


def hurt(case: Case) -> Hurt:
    """Return what the customer notices most."""
    seen = case.outlook
    if seen.signs_in is Works.NO:
        return Hurt.SIGN_IN
    if seen.reset.works is Works.NO and not case.user.is_external:
        return Hurt.RESET
    if seen.sign_in.works is Works.NO and case.pool.email_is_alias and not case.user.is_external:
        return Hurt.ADDRESS
    return Hurt.NOTHING if case.user.email_verified else Hurt.FLAG


def _headline(case: Case) -> str:
    """Return the template of the sentence that stands in the channel."""
    if case.cause is Cause.RESET_BLOCKED and case.outlook.reset.blocker is Blocker.MAIL:
        return "{subject} can't reset the password: mail to the address doesn't arrive"
    if case.cause is Cause.FED_REQUIRED and case.outlook.signs_in is not Works.NO:
        return "{subject}: signing in through {provider} may fail, since it doesn't give what the pool requires"
    if case.cause is Cause.VERIFIED and case.has(Cause.PENDING_CHANGE):
        return "{subject} works; a change of the address may wait for its code"
    explained = EXPLANATIONS[case.cause]
    return explained.headlines.get(hurt(case), explained.headline)


def _meant(evidence: Evidence, cause: Cause) -> Provider | None:
    """Return the provider that a finding speaks of, or the first."""
    about: dict[Cause, Callable[[Provider], bool]] = {
        Cause.FED_REQUIRED: lambda each: bool(evidence.lacking(each)),
        Cause.FED_FROZEN: lambda each: bool(evidence.frozen(each)),
        Cause.FED_UNMAPPED: lambda each: each.clears_flag and each.claim.exists,
        Cause.FED_NOCLAIM: lambda each: each.clears_flag and not each.claim.exists,
        Cause.FED_CLAIM: lambda each: each.is_mapped,
    }
    fits = about.get(cause, lambda _: True)
    return next(filter(fits, evidence.at_work), next(iter(evidence.providers), None))


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


def _where_to_look(case: Case) -> Iterator[Words]:
    client = case.evidence.client
    if client is not None and client.reads and "email_verified" not in client.reads:
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
            status=rival.standing,
            created=Moment(rival.created, IN_A_SENTENCE),
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


def _why_blocked(case: Case) -> Iterator[Words]:
    if case.outlook.reset.blocker is Blocker.MAIL:
        return
    if blocker := ways_of_reset(as_verified(case.user), case.pool)[-1].blocker:
        yield say(f"The reason: {blocker}.")


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
