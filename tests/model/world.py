"""The people around one pool: who asks, who decides, whose account and whose mailbox is whose, and what each can do."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.aws.gateway import READS
from sandbox.testing import Call, CognitoError, SandboxUser, perform
from tests.model.bed import Bed, Filled
from tests.model.oracle import (
    GUESS,
    NEEDLESS,
    Account,
    Accounts,
    Deed,
    Record,
    Request,
    Violation,
    judge,
    mentions,
)

AGENTS = ("U0ALICE", "U0BERT", "U0CLEO")
LEADS = ("U0CLEO", "U0DORA", "U0EMIL")
"""Cleo is both."""

PEOPLE = ("ana", "bo", "tom")
"""Two customers, and somebody who is after their accounts and reads his own mail only."""

MAILBOXES = {
    "ana@example.com": "ana",
    "ana.new@example.com": "ana",
    "bo@example.com": "bo",
    "bo.new@example.com": "bo",
    "tom@example.net": "tom",
}

REASON = "They called back"
MOVE, STOP = "Move the e-mail to this account", "Stop and tell me"
BY_US, BY_CODE, AS_CUSTOMER = "Verified now, by us", "The customer confirms by code", "As the customer"


def password(person: str) -> str:
    """Return the password that somebody uses everywhere."""
    return f"Secret-1-{person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One account that is there from the beginning."""

    person: str
    name: str
    email: str
    verified: bool = True
    status: str = "CONFIRMED"


@dataclass(slots=True)
class World:
    """Everybody, and one pool; whatever is done in it is judged at once."""

    bed: Bed
    record: Record = field(init=False)
    counted: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.record = Record(mailboxes=MAILBOXES, ignores_case=self.bed.kind == "folded")

    def peopled(self, starts: tuple[Start, ...]) -> None:
        """Put the accounts there that are there from the beginning."""
        for start in starts:
            self.made_by_the_cloud_team(start)

    # What happens outside the desk.

    def made_by_the_cloud_team(self, start: Start) -> None:
        """Make an account, directly in the pool."""
        pool = self.bed.pool
        if self.bed.kind != "plain" and "@" in start.name:
            # Cognito takes no such user name where an address is a sign-in name.
            start = replace(start, name=f"{start.person}-k")
        named = start.email if self.bed.kind == "login" else start.name
        if pool.inner.find(named) or any(user.username == start.name for user in pool.users):
            return
        verified = start.verified
        if pool.holder(start.email) is not None:
            verified = False
        with self.outside():
            view = pool.add(
                start.name,
                email=start.email,
                email_verified=verified,
                status=start.status,
                password=password(start.person),
            )
            self.belongs(view.sub, start.person, start.email)

    def deleted_by_the_cloud_team(self, person: str) -> Start | None:
        """Delete somebody's account, and return what it was like."""
        account = self.account_of(person)
        if account is None:
            return None
        with self.outside():
            self.bed.pool.delete(account.sub)
        return Start(
            person=person, name=account.name, email=account.email, verified=account.verified, status=account.status
        )

    def belongs(self, sub: str, person: str, *addresses: str) -> None:
        """Note whose account it is, and that they chose these addresses themselves."""
        self.record.owners[sub] = person
        self.record.chosen.setdefault(sub, set()).update(addresses)

    @contextmanager
    def outside(self, **about: Any) -> Iterator[None]:
        """Do something in the pool that isn't the desk's doing."""
        before = self.accounts()
        yield
        self.judged(before, Deed(at_the_desk=False, **about))

    def in_the_app(self, person: str, operation: str, **parameters: Any) -> bool:
        """Let somebody do something with their own sign-in; return whether Cognito did it."""
        account = self.account_of(person)
        if account is None:
            return False
        return self._done(operation, AccessToken=self.bed.pool.token(account.sub), **parameters)

    def through_the_app(self, operation: str, **parameters: Any) -> bool:
        """Let anybody do something in the app that needs no sign-in; return whether Cognito did it."""
        return self._done(operation, ClientId=self.bed.pool.client_id, **parameters)

    def _done(self, operation: str, **parameters: Any) -> bool:
        # Cognito refuses much of what people try; that is no matter of the desk's.
        with suppress(CognitoError):
            perform(self._aws, Call(operation=operation, parameters=parameters))
            return True
        return False

    @property
    def _aws(self) -> Any:
        return self.bed.inline.server.world

    # What anybody can see of the pool.

    def accounts(self) -> dict[str, Account]:
        """Return the accounts as they are now."""
        return {user.sub: self._account(user) for user in self.bed.pool.inner.people}

    def _account(self, user: SandboxUser) -> Account:
        now, email = self._aws.now(), user.get("email")
        status = str(getattr(user.status, "value", user.status))
        keys = {
            code.destination
            for code in user.book.codes
            if code.kind != "attribute" and not code.used and now < code.expires and "@" in code.destination
        }
        # A verified address gets the code for a new password; an account that isn't finished gets its invitation or
        # sign-up code there, and may get it anew at any time.
        if email and (user.is_verified("email") or status in ("UNCONFIRMED", "FORCE_CHANGE_PASSWORD")):
            keys.add(email)
        if email and self.bed.kind == "mailed sign-in":
            keys.add(email)
        return Account(
            sub=user.sub,
            name=user.username,
            email=email,
            verified=user.is_verified("email"),
            status=status,
            pending=user.pending.get("email", ""),
            keys=frozenset(keys),
        )

    def account_of(self, person: str) -> Account | None:
        """Return the newest account of somebody."""
        mine = [each for each in self.accounts().values() if self.record.owners.get(each.sub) == person]
        return mine[-1] if mine else None

    def code_for(self, person: str) -> tuple[str, str]:
        """Return the newest code that somebody can read, and the address that it came to."""
        for mail in reversed(self.bed.pool.mail):
            if MAILBOXES.get(mail.to) == person and mail.code:
                return mail.code, mail.to
        return "000000", ""

    def meant(self, reference: str) -> list[Account]:
        """Return everyone whom a reference can mean in this pool."""
        folded = self.record.ignores_case
        return [
            each
            for each in self.accounts().values()
            if reference in (each.name, each.sub)
            or (folded and each.name.lower() == reference.lower())
            or self.record.same(each.email, reference)
        ]

    # What happens at the desk.

    def judged(self, before: Accounts, deed: Deed) -> None:
        """Judge what has changed since."""
        after = self.accounts()
        for sub, account in after.items():
            if sub not in before and sub not in self.record.owners:
                # Whoever reads the mail that an account begins with is its user.
                self.belongs(sub, MAILBOXES[account.email], account.email)
        judge(before, after, deed, self.record)

    def asks(
        self,
        agent: str,
        command: str,
        fields: dict[str, Any],
        *,
        deed: Deed | None = None,
        chooses: int = 0,
    ) -> tuple[int, ...]:
        """Let an agent fill in a form, and judge what comes of it at once; return the requests that it became."""
        before = self.accounts()
        meant = self.meant(fields["user"]) if "user" in fields else []
        filled = self.bed.fills(agent, f"/cognito-{command}", fields, chooses=chooses)
        self._noted(command, filled)
        for ticket in filled.asked:
            subject = meant[0].sub if len(meant) == 1 else ""
            self.record.requests[ticket] = Request(frozenset({agent}), command, agent, subject)
            self._not_guessed(fields.get("user", ""), meant, filled, ticket)
        self.judged(before, deed or Deed(at_the_desk=True, agent=agent))
        return filled.asked

    def follows(self, agent: str, action: str, ticket: int) -> tuple[int, ...]:
        """Let an agent undo a request or ask for it again."""
        before = self.accounts()
        filled = self.bed.follows(agent, action, ticket, {"reason": REASON})
        self._noted(action, filled)
        former = self.record.requests[ticket]
        for each in filled.asked:
            name = former.scenario if action == "again" else action
            self.record.requests[each] = Request(former.authors | {agent}, name, agent, former.subject)
        self.judged(before, Deed(at_the_desk=True, agent=agent))
        return filled.asked

    def approves(self, lead: str, ticket: int, *, in_list: bool = False) -> None:
        """Let a lead approve a request, on its card or from a list, and judge what comes of it."""
        before, request = self.accounts(), self.record.requests[ticket]
        if self.bed.slack.cards[ticket].state != "pending":
            self.counted["approve: too late"] += 1
            return
        touched = set(self.record.touched)
        # It is judged after the calls have left, which they do while the last lead approves.
        request.votes[lead] = self.bed.approves(lead, ticket, in_list=in_list)
        state = self.bed.slack.cards[ticket].state
        self.counted[f"approve{' from a list' * in_list}: then {state}"] += 1
        if state == "done":
            others = len(set(request.votes) - request.authors)
            self.counted[f"{request.scenario}: carried out, {others} leads"] += 1
        self.judged(before, Deed(at_the_desk=True, ticket=ticket))
        self.bed.inline.server.calls.clear()
        self._not_needless(before, lead, ticket, touched)

    def denies(self, lead: str, ticket: int) -> None:
        """Let a lead deny a request."""
        before = self.accounts()
        self.bed.denies(lead, ticket)
        self.counted[f"deny: then {self.bed.slack.cards[ticket].state}"] += 1
        self.judged(before, Deed(at_the_desk=True))

    def withdraws(self, ticket: int) -> None:
        """Let the one who asked take a request back."""
        before = self.accounts()
        self.bed.presses(self.record.requests[ticket].requester, "withdraw", ticket)
        self.counted[f"withdraw: then {self.bed.slack.cards[ticket].state}"] += 1
        self.judged(before, Deed(at_the_desk=True))

    def enters(self, ticket: int, caller: str) -> None:
        """Let the one who asked enter the code that an approved request waits for, with what a customer says."""
        request = self.record.requests[ticket]
        before, agent = self.accounts(), request.requester
        code, mailbox = self.code_for(caller)
        account = self.account_of(caller)
        filled = self.bed.follows(agent, "enter", ticket, {"code": code, "password": password(caller)})
        self._noted("enter", filled)
        if self.bed.slack.cards[ticket].state == "done":
            self.counted[f"{request.scenario}: carried out, {len(set(request.votes) - request.authors)} leads"] += 1
        self.judged(
            before,
            Deed(
                at_the_desk=True,
                ticket=ticket,
                agent=agent,
                entered=True,
                mailbox_of=MAILBOXES.get(mailbox, ""),
                signed_in=account.sub if account and request.scenario == "enter-code" else "",
            ),
        )

    def passes(self, time: timedelta) -> None:
        """Let time pass."""
        before = self.accounts()
        self.bed.passes(time)
        self.judged(before, Deed(at_the_desk=True))

    def _noted(self, what: str, filled: Filled) -> None:
        """Count what came of a form."""
        sent = {call.operation for call in self.bed.inline.server.calls.list() if call.outcome == "ok"} - READS
        self.bed.inline.server.calls.clear()
        came_of_it = "asked" if filled.asked else "sent" if sent else "refused" if filled.refused else "done"
        self.counted[f"{what}: {came_of_it}"] += 1

    def _not_guessed(self, reference: str, meant: list[Account], filled: Filled, ticket: int) -> None:
        if not reference or filled.chose:
            return
        if len(meant) != 1:
            names = " and ".join(each.name for each in meant) or "nobody"
            raise Violation(GUESS, f"{reference} can mean {names}, and the desk took one of them without asking")

    def _not_needless(self, before: Accounts, lead: str, ticket: int, touched: set[str]) -> None:
        """One lead is enough for the flag of an address that the desk didn't write and nobody else has."""
        request = self.record.requests[ticket]
        was = before.get(request.subject)
        if was is None or request.scenario != "verify-email" or lead in request.authors:
            return
        others = [each for each in before.values() if each.sub != was.sub]
        alone = was.email.lower() not in [each.email.lower() for each in others]
        told = [card.text for number, card in self.bed.slack.cards.items() if number != ticket]
        news = not [text for text in told if was.email in text or mentions(text, was)]
        if self.bed.slack.cards[ticket].state != "pending":
            self.counted["verify-email: one lead was enough"] += 1
        elif alone and news and not touched & {was.sub, was.email}:
            raise Violation(NEEDLESS, f"{was.email} is nobody else's, and one lead was not enough to verify it")
