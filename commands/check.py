"""/cognito-check: find out why an account's or an address's e-mail is not verified, and offer what mends it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from bot.answer import Answer, Bullets, Offer, Offers, Paragraph, Part, Quote
from bot.causes import Explanation, explanation
from bot.cognito import Directory, User
from bot.diagnosis import Cause, Evidence, Finding, diagnose, worst
from bot.scenario import Form, MenuLine, UserRef, scenario
from bot.seen import comparison, facts, seen
from bot.words import Value, Words, say

_MOST_EXPLAINED = 5
"""Accounts of one address that are explained one by one; the table shows them all."""

_EMOJI = {
    Cause.VERIFIED: "✅",
    Cause.ALIAS_MOVED: "⚠️",
    Cause.ALIAS_NOBODY: "⚠️",
    Cause.DUP_SIGNUP: "⚠️",
}


class Check(Form):
    """Whom to check."""

    user: Annotated[UserRef, Field(title="User", description="User name, e-mail address or sub.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    user: User
    evidence: Evidence
    finding: Finding
    values: dict[str, Value]

    @property
    def explained(self) -> Explanation:
        return explanation(self.finding)[0]

    def says(self, template: str) -> Words:
        return say(template, **self.values)


@scenario(
    "check",
    title="Find out why",
    usage="[user]",
    menu=(
        MenuLine(10, "A customer never gets the code, can't reset the password, or is “not verified”"),
        MenuLine(50, "Two accounts, one address"),
    ),
)
def check(form: Check, directory: Directory) -> Answer:
    """Find out why a customer's e-mail address is not verified."""
    found = directory.find(form.user)
    # One, or none: then `one` reads it afresh, or says who comes close.
    users = found if len(found) > 1 else (directory.one(form.user),)
    accounts = tuple(_examined(user, directory) for user in users)
    foremost = worst(account.finding for account in accounts)
    account = next(account for account in accounts if account.finding == foremost)
    offers = _offers(account)
    return Answer(
        emoji=_EMOJI.get(foremost.cause, "🔎"),
        headline=account.says(f"{{subject}}: {account.explained.headline}"),
        thread=_of_one(account) if len(accounts) == 1 else _of_many(accounts, account),
        best=next((offer for offer in offers if offer.best), None),
        event_type="desk_check",
        event={"cause": foremost.cause.value, "pool": directory.pool.name},
    )


def _examined(user: User, directory: Directory) -> _Account:
    evidence = Evidence(
        user=user,
        pool=directory.pool,
        others=directory.holders(user.email, other_than=user) if user.email else (),
        signs_in_with=directory.signs_in_with(user.email) if user.email else None,
        providers=directory.providers_of(user),
    )
    return _Account(user=user, evidence=evidence, finding=diagnose(evidence), values=facts(evidence))


def _of_one(account: _Account) -> tuple[Part, ...]:
    others = account.evidence.rivals
    return (
        Paragraph(account.says(f"*Why* ({account.finding.cause})\n{account.explained.why}")),
        *((comparison(_side_by_side(account)),) if others else ()),
        *_remarks(account),
        Paragraph(say("*Seen*")),
        Bullets(seen(account.evidence)),
        *_unseen(account),
        *_now(account),
    )


def _of_many(accounts: tuple[_Account, ...], foremost: _Account) -> tuple[Part, ...]:
    """Explain an address: all accounts side by side, then whoever came off worst, then every other in short."""
    rest = sorted(
        (account for account in accounts if account is not foremost),
        key=lambda account: account.finding.cause is Cause.VERIFIED,
    )
    told = [part for account in rest[:_MOST_EXPLAINED] for part in _in_short(account, foremost)]
    left = len(rest) - _MOST_EXPLAINED
    more = (Paragraph(say("{left} more accounts: check them by their user names.", left=left)),) if left > 0 else ()
    return (
        comparison(account.evidence for account in accounts),
        Paragraph(foremost.says(f"*{{account}}*: why ({foremost.finding.cause})\n{foremost.explained.why}")),
        *_remarks(foremost),
        Paragraph(say("*Seen*")),
        Bullets(seen(foremost.evidence)),
        *_unseen(foremost),
        *_now(foremost),
        *told,
        *more,
    )


def _in_short(account: _Account, foremost: _Account) -> tuple[Part, ...]:
    cause, offers = account.finding.cause, _offers(account)
    told = account.explained.headline if cause is foremost.finding.cause else account.explained.why
    buttons = (Offers(tuple(replace(offer, best=False) for offer in offers)),) if offers else ()
    return (Paragraph(account.says(f"*{{account}}* ({cause}): {told}")), *buttons)


def _side_by_side(account: _Account) -> tuple[Evidence, ...]:
    evidence = account.evidence
    everyone = sorted((account.user, *evidence.rivals), key=lambda user: user.created)
    return tuple(Evidence(user=user, pool=evidence.pool, signs_in_with=evidence.signs_in_with) for user in everyone)


def _remarks(account: _Account) -> tuple[Part, ...]:
    return tuple(Paragraph(account.says(remark)) for remark in explanation(account.finding)[1])


def _unseen(account: _Account) -> tuple[Part, ...]:
    unseen = account.explained.unseen
    return (Paragraph(account.says(f"*Can't be seen*: {'; '.join(unseen)}.")),) if unseen else ()


def _now(account: _Account) -> tuple[Part, ...]:
    offers = _offers(account)
    return (
        Paragraph(account.says(f"*What now*\n{account.explained.now}")),
        *((Offers(offers),) if offers else ()),
        Paragraph(say("*Tell the customer*")),
        Quote(account.says(account.explained.customer)),
    )


def _verify(account: _Account) -> Offer:
    name = account.user.username
    label = f"Mark {name} as verified…" if account.evidence.rivals else "Mark as verified…"
    return Offer(label=label, scenario="verify-email", fields={"user": name})


def _give_back(account: _Account) -> Offer:
    label = f"Give it back to {account.user.username}…"
    return Offer(label=label, scenario="verify-email", fields={"user": account.user.username})


def _change(account: _Account) -> Offer:
    return Offer(label="Change the e-mail…", scenario="change-email", fields={"user": account.user.username})


def _give_another(account: _Account) -> Offer:
    label = f"Give {account.user.username} another address…"
    return Offer(label=label, scenario="change-email", fields={"user": account.user.username})


def _map(account: _Account) -> Offer:
    provider, claim = str(account.values["provider"]), str(account.values["claim"])
    return Offer(label="Map the claim…", scenario="map-provider", fields={"provider": provider, "claim": claim})


def _send_code(account: _Account) -> Offer | None:
    """Offer the way that needs no lead, where the desk may take the customer's own sign-in for it."""
    pool, user = account.evidence.pool, account.user
    silent = pool.email_failure or (user.status == "UNCONFIRMED" and not pool.auto_verified)
    if not pool.customer_credentials or silent or not user.enabled:
        return None
    name = user.username
    label = f"Send a new code to {name}" if account.evidence.rivals else "Send a new code"
    return Offer(label=label, scenario="send-code", fields={"user": name})


def _enter_code(account: _Account) -> Offer | None:
    if not account.evidence.pool.customer_credentials or not account.user.enabled:
        return None
    return Offer(label="Enter a code", scenario="enter-code", fields={"user": account.user.username})


def _confirm(account: _Account) -> Offer | None:
    if not account.evidence.pool.customer_credentials:
        return None
    return Offer(label="Confirm the sign-up…", scenario="confirm-sign-up", fields={"user": account.user.username})


def _pool_settings(account: _Account) -> Offer | None:
    pool = account.evidence.pool
    if pool.email_failure or pool.update.managed_by:
        return None
    return Offer(label="Let the pool mail codes…", scenario="pool-email")


_REMEDIES: dict[Cause, tuple[Callable[[_Account], Offer | None], ...]] = {
    Cause.DUP_SIGNUP: (_confirm,),
    Cause.SIGNUP_OPEN: (_send_code, _confirm),
    Cause.FED_UNMAPPED: (_map,),
    Cause.ALIAS_MOVED: (_give_back, _give_another),
    Cause.ALIAS_NOBODY: (_send_code, _verify, _give_another),
    Cause.TEMP_PASSWORD: (_verify, _change),
    Cause.RESET_PENDING: (_verify, _change),
    Cause.NO_AUTOVERIFY: (_verify, _change, _pool_settings),
    Cause.PHONE_TOOK_CODE: (_send_code, _verify, _change),
    Cause.EMAIL_CHANGED: (_send_code, _verify, _change),
}

_NONE_IS_BEST = frozenset({Cause.DUP_SIGNUP})
"""Where the best way is none of ours: the customer signs in to the account that they have."""


def _offers(account: _Account) -> tuple[Offer, ...]:
    """Return the fitting scenarios, the best first."""
    cause, remarks = account.finding.cause, account.finding.remarks
    remedies = _REMEDIES.get(cause, ())
    addressless = cause is Cause.UNKNOWN and not account.user.email
    if Cause.PENDING_CHANGE in remarks or addressless:
        remedies = (_change, _enter_code) if Cause.PENDING_CHANGE in remarks else (_change,)
    offers = [offer for remedy in remedies if (offer := remedy(account))]
    return tuple(replace(offer, best=n == 0 and cause not in _NONE_IS_BEST) for n, offer in enumerate(offers))
