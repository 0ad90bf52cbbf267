"""/cognito-check: find out what works for a customer, what stops them, and which way ends it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.scenario import (
    AccountNow,
    Answer,
    Bullets,
    Case,
    CaseSubject,
    Cause,
    Directory,
    Explained,
    Form,
    MenuLine,
    Offer,
    Offers,
    Paragraph,
    Part,
    Quote,
    Remedies,
    Remedy,
    User,
    UserRef,
    cases,
    company,
    comparison,
    paragraph,
    scenario,
    seen,
    worst,
)

_MOST_EXPLAINED = 5
"""Accounts of one address that are explained one by one; the table shows them all."""


_WORKS = "✅"


class Check(Form):
    """Whom to check."""

    user: UserRef


@dataclass(frozen=True, slots=True, kw_only=True)
class _Account:
    case: Case
    offers: tuple[Offer, ...]

    @property
    def words(self) -> Explained:
        return Explained(self.case)

    @property
    def row(self) -> Offers:
        """The ways on, as buttons; never an empty row."""
        return Offers(self.offers, hand_over=self.words.hand_over(helpless=not self.offers))


def _leads_on(case: Case) -> bool:
    """Whether another account with the address may be the one that the customer uses.

    Of two sign-ups that were never finished neither is, nor is any while this one owns the address: each would send
    the agent to the other.
    """
    if case.cause is Cause.SIGNUP_OPEN and case.user.email_verified:
        return False
    return case.is_owned or (case.is_shared and any(each.status != "UNCONFIRMED" for each in case.evidence.rivals))


@scenario(
    "check",
    title="Find out why",
    usage="[user]",
    remedies=(
        Remedy(
            findings={Cause.DUP_SIGNUP: 10, Cause.SIGNUP_OPEN: 5, Cause.ALIAS_MOVED: 30},
            label="Check {other}",
            fills={"user": lambda case: case.other.username if case.other else ""},
            fits=_leads_on,
        ),
    ),
    menu=(
        MenuLine(10, "A customer can't sign in, never gets the code, can't reset the password, or is “not verified”"),
        MenuLine(50, "Two accounts, one address"),
    ),
)
def check(form: Check, directory: Directory, remedies: Remedies) -> Answer:
    """Find out what works for a customer, what stops them, and what helps."""
    directory.look_ahead()
    found = directory.find(form.user)
    # One, or none: then `one` reads it afresh, or says who comes close.
    users = found if len(found) > 1 else (directory.one(form.user),)
    accounts = _examined(users, directory, remedies)
    finding = worst(account.case.finding for account in accounts)
    foremost = next(account for account in accounts if account.case.finding == finding)
    others = tuple(account for account in accounts if account is not foremost)
    return Answer(
        emoji=_emoji(foremost.case),
        headline=foremost.words.headline,
        thread=(*_compared(accounts), *_told(foremost, alone=not others), *_folded(others)),
        details=tuple(part for account in (foremost, *others[:_MOST_EXPLAINED]) for part in _details(account)),
        best=next((offer for offer in foremost.offers if offer.best), None),
        event_type="desk_check",
        event={
            "cause": finding.cause.value,
            "pool": directory.pool.name,
            "outlook": foremost.case.outlook.published,
        },
        subject=CaseSubject(
            accounts=tuple(_now(account, alone=not others) for account in (foremost, *others)),
            addresses=tuple(dict.fromkeys(user.email for user in users if user.email)),
            again={"user": users[0].sub if len(users) == 1 else form.user},
        ),
    )


def _now(account: _Account, *, alone: bool) -> AccountNow:
    user, words = account.case.user, account.words
    return AccountNow(
        sub=user.sub,
        name="" if user.username == user.sub else user.username,
        works=_emoji(account.case) == _WORKS,
        headline=words.headline if alone else words.headline_by_name,
    )


def _emoji(case: Case) -> str:
    if case.cause is Cause.VERIFIED:
        return "❓" if case.has(Cause.PENDING_CHANGE) else _WORKS
    return "❓" if case.cause is Cause.UNSURE else "⚠️"


def _examined(users: Iterable[User], directory: Directory, remedies: Remedies) -> tuple[_Account, ...]:
    return tuple(_Account(case=case, offers=remedies.fitting(case)) for case in cases(users, directory))


def _told(account: _Account, *, alone: bool) -> tuple[Part, ...]:
    case, words = account.case, account.words
    works_for = "*What works now*" if alone else "*What works for* `{account}` *now*"
    return (
        paragraph("*Tell the customer*"),
        Quote(words.for_the_customer),
        Paragraph(words.to_do([offer.scenario for offer in account.offers])),
        account.row,
        Paragraph(words.fill(works_for)),
        Bullets(words.works),
        *map(Paragraph, words.why),
        *((paragraph("*Also*"), Bullets(words.also)) if words.also else ()),
        *(paragraph("⚠️ {words}", words=unread.plain()) for unread in case.evidence.unread),
    )


def _compared(accounts: tuple[_Account, ...]) -> tuple[Part, ...]:
    """Show the accounts of an address side by side, or an account beside the others with its address."""
    if len(accounts) > 1:
        return (Bullets(company(account.case.evidence for account in accounts)),)
    beside = tuple(accounts[0].case.evidence.beside())
    return (Bullets(company(beside)),) if len(beside) > 1 else ()


def _folded(accounts: tuple[_Account, ...]) -> tuple[Part, ...]:
    """Tell the other accounts of an address in short."""
    ordered = sorted(accounts, key=lambda account: account.case.cause is Cause.VERIFIED)
    told: list[Part] = []
    for account in ordered[:_MOST_EXPLAINED]:
        told.append(Paragraph(account.words.headline_by_name))
        if account.offers or account.case.cause is not Cause.VERIFIED:
            told.append(replace(account.row, offers=tuple(replace(each, best=False) for each in account.offers)))
    if (left := len(ordered) - _MOST_EXPLAINED) > 0:
        told.append(paragraph("{left} more accounts: check them by their user names.", left=left))
    return tuple(told)


def _details(account: _Account) -> tuple[Part, ...]:
    case, words = account.case, account.words
    return (
        Paragraph(words.fill("*{account}*")),
        paragraph("Found: {keys}", keys=", ".join((case.cause, *case.finding.also))),
        *((comparison(case.evidence.beside()),) if case.evidence.rivals else ()),
        Bullets(seen(case.evidence)),
        *map(Paragraph, words.unseen),
    )
