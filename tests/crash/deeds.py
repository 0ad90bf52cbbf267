"""What people do, over and over until it is done: whoever finds the desk dead comes back when it lives again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bot.ticket import State, Ticket
from sandbox.testing import Answer, Envelope, LivePool, Message, View
from tests.crash.place import Place

PROOF = "called back on the number on file"


@dataclass(frozen=True, slots=True)
class Party:
    """One agent with one customer, and the two leads who decide. Every verb may be repeated at any time."""

    place: Place
    n: int

    @property
    def agent(self) -> str:
        """Who asks."""
        return f"agent{self.n}"

    @property
    def leads(self) -> tuple[str, str]:
        """Who decide."""
        return f"lead{self.n}a", f"lead{self.n}b"

    @property
    def user(self) -> str:
        """The customer's user name."""
        return f"user{self.n}"

    @property
    def address(self) -> str:
        """The customer's address."""
        return f"{self.user}@example.com"

    @property
    def ticket(self) -> Ticket | None:
        """What was asked for, as its row is now."""
        return next((each for each in self.place.all_tickets() if each.form.get("user") == self.user), None)

    def asks(self, command: str, **values: Answer) -> None:
        """Type the command, fill in its form and submit it, unless that has come to a ticket already."""
        if self.ticket is None:
            self._types(f"{command} {self.user}")
            self._fills_in(f"the form of {command}", {"proof": PROOF, "reason": "Proved it on the phone", **values})
            self.place.until(lambda: self.ticket, f"{command} to become a ticket")

    def _fills_in(self, what: str, values: Mapping[str, Answer]) -> None:
        """Submit the agent's form until it shows its plan, and then once more: only then are the leads asked."""
        asks = False
        while not asks:
            view = self.place.until(lambda: self._form(self.agent), what)
            assert view
            if (choice := self._left_to_choose(view, values)) is not None:
                self._sends(lambda choice=choice: self.place.slack.chooses(self.agent, choice, values[choice]))  # type: ignore[misc]
                self.place.until(lambda view=view: self._redrawn(view), f"{what} to follow the choice")  # type: ignore[misc]
                continue
            there = {each.block_id for each in view.inputs}
            self._submits(self.agent, {name: value for name, value in values.items() if name in there})
            asks = view.submit == "Ask the leads"

    @staticmethod
    def _left_to_choose(view: View, values: Mapping[str, Answer]) -> str | None:
        """Return a choice that brings other fields and isn't made yet."""
        for each in view.inputs:
            chooses = each.block_id in values and each.dispatches and not each.told_when
            if chooses and view.values[each.block_id] != values[each.block_id]:
                return each.block_id
        return None

    def _redrawn(self, view: View) -> bool:
        now = self._form(self.agent)
        return now is not None and now.hash != view.hash

    def checks(self) -> None:
        """Ask what is wrong, unless the answer is there."""
        if self.answer is None:
            self._types(f"/cognito-check {self.address}")
            self.place.until(lambda: self.answer, "an answer")

    @property
    def answer(self) -> Message | None:
        """The root message of what the check found."""
        said = self.place.slack.messages("#support")
        return next((each for each in said if each.from_app and self.address in each.text), None)

    def approve(self, leads: int = 1) -> None:
        """Let this many leads approve who haven't, as long as it waits for them."""
        for lead in self.leads[:leads]:
            who = self.place.slack.person(lead).id
            if self._waits() and not self._has_vote(who):
                self._presses(lead, "Approve…" if leads > 1 else "Approve")
                if leads > 1:
                    self._confirms(lead)
                self.place.until(lambda who=who: self._has_vote(who) or not self._waits(), f"{lead}'s vote to count")  # type: ignore[misc]

    def denied(self) -> None:
        """Let a lead say no."""
        if self._waits():
            lead, _ = self.leads
            self._presses(lead, "Deny")
            self.place.until(lambda: self._form(lead), "being asked why")
            self._submits(lead, {"reason": "Not today"})
            self.place.until(lambda: not self._waits(), "the denial")

    def enters(self) -> None:
        """Let the agent enter the code that the customer was mailed, as often as it is asked for."""
        while (ticket := self.ticket) and not ticket.state.is_final:
            self._presses(self.agent, "Enter the code")
            self.place.until(lambda: self._form(self.agent), "being asked for the code")
            # Other rounds have customers of the same name, in pools of their own.
            code = self.place.cognito.mailbox.code(self.address, pool_id=self.place.pool.id)
            self._submits(self.agent, {"code": code})
            self.place.until(lambda: self.ticket and self.ticket.state.is_final, "the code to be taken")

    def withdrawn(self) -> None:
        """Let the agent think better of it."""
        if self._waits():
            self._presses(self.agent, "Withdraw")
            self.place.until(lambda: not self._waits(), "the withdrawal")

    def ended(self) -> None:
        """Wait for the end."""
        self.place.until(lambda: self.ticket and self.ticket.state.is_final, "the ticket's end")

    def _waits(self) -> bool:
        ticket = self.ticket
        return ticket is not None and ticket.state is State.PENDING

    def _has_vote(self, who: str) -> bool:
        ticket = self.ticket
        return ticket is not None and who in [vote.person for vote in ticket.votes]

    def _types(self, text: str) -> None:
        # Whatever a desk that died has left open is no use any more.
        self.place.slack.reloads(self.agent)
        self._sends(lambda: self.place.slack.types(self.agent, text))

    def _presses(self, person: str, label: str) -> None:
        self.place.slack.reloads(person)
        card = self.place.until(lambda: self.card(label), f"a card with {label} on it")
        assert card
        (button,) = (each for each in card.buttons if each.label == label)
        self._sends(lambda: self.place.slack.clicks(person, button, card))

    def card(self, label: str) -> Message | None:
        """Return the card as it stands now, if it has this button."""
        ticket = self.ticket
        if ticket is None or not ticket.ts:
            return None
        card = self.place.slack.conversations.known(ticket.channel, ticket.ts)
        return card if label in [button.label for button in card.buttons] else None

    def _confirms(self, lead: str) -> None:
        def confirmation() -> View | None:
            view = self.place.slack.view(lead)
            return view if view and view.submit and not view.busy else None

        self.place.until(confirmation, "the confirmation")
        self._submits(lead)

    def _form(self, person: str) -> View | None:
        view = self.place.slack.view(person)
        return view if view and view.inputs and not view.busy else None

    def _submits(self, person: str, values: Mapping[str, Answer] | None = None) -> None:
        self._sends(lambda: self.place.slack.submits(person, values))

    def _sends(self, send: Callable[[], Envelope | None]) -> None:
        """Send it until it is acknowledged: whoever isn't heard tries again."""
        sockets = self.place.server.sockets
        acked = False
        while not acked:
            envelope = send()
            assert envelope is not None, self.place.slack.seen()
            self.place.until(lambda sent=envelope: sent.outcome or sockets.has_lost(sent), "the acknowledgement")  # type: ignore[misc]
            acked = envelope.acked
            if not acked:
                # The desk is dying, even if it can still be seen, or it is about to connect anew.
                self.place.until(lambda: sockets.connections, f"the desk to connect ({envelope.outcome})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """Something that is asked for from beginning to end."""

    name: str
    customers: Callable[[LivePool, str], None]
    """Whoever has to be in the pool."""
    does: Callable[[Party], None]
    pool: str = "alias"
    expires_after: float = 14400.0
    mails: int = 0
    ends: frozenset[State] = field(default=frozenset({State.DONE}))


def _unverified(pool: LivePool, user: str) -> None:
    pool.add(user, email=f"{user}@example.com", email_verified=False)


def _verified(pool: LivePool, user: str) -> None:
    pool.add(user, email=f"{user}@example.com", email_verified=True)


def _two_owners(pool: LivePool, user: str) -> None:
    _verified(pool, user)
    pool.add(f"newer.{user}", email=f"{user}@example.com", email_verified=True)


def _signed_up_over(pool: LivePool, user: str) -> None:
    pool.add(f"older.{user}", email=f"{user}@example.com", email_verified=True)
    pool.sign_up(user, email=f"{user}@example.com")


def _signed_up(pool: LivePool, user: str) -> None:
    pool.sign_up(user, email=f"{user}@example.com")


def _verify(party: Party) -> None:
    party.asks("/cognito-verify-email")
    party.approve()
    party.ended()


def _case(party: Party) -> None:
    party.checks()
    _verify(party)


def _move(party: Party) -> None:
    party.asks("/cognito-verify-email")
    party.approve(2)
    party.ended()


def _two_calls(party: Party) -> None:
    party.asks("/cognito two-calls")
    party.approve()
    party.ended()


def _confirm(party: Party) -> None:
    party.asks("/cognito-confirm-account")
    party.approve()
    party.ended()


def _change(party: Party) -> None:
    party.asks("/cognito-change-email", email=f"new.{party.address}", how="The customer confirms by code")
    party.approve()
    party.ended()


def _take_over(party: Party) -> None:
    party.asks("/cognito-confirm-sign-up", taken="Move the e-mail to this account")
    party.approve(2)
    party.enters()


def _deny(party: Party) -> None:
    party.asks("/cognito-verify-email")
    party.denied()


def _withdraw(party: Party) -> None:
    party.asks("/cognito-verify-email")
    party.withdrawn()


def _expire(party: Party) -> None:
    party.asks("/cognito-verify-email")
    party.ended()


IN_DOUBT = frozenset({State.DONE, State.IN_DOUBT})

DEEDS = (
    Deed(name="check", customers=_unverified, does=Party.checks, ends=frozenset()),
    Deed(name="check and verify", customers=_unverified, does=_case),
    Deed(name="verify", customers=_unverified, does=_verify),
    Deed(name="verify, no alias", customers=_unverified, does=_verify, pool="plain"),
    Deed(name="move an address", customers=_two_owners, does=_move),
    Deed(name="two calls", customers=_unverified, does=_two_calls, pool="mails nothing"),
    Deed(name="confirm an account", customers=_signed_up, does=_confirm, pool="mails nothing"),
    Deed(name="change by code", customers=_verified, does=_change, mails=1, ends=IN_DOUBT),
    Deed(name="change, pending mode", customers=_verified, does=_change, pool="keeps", mails=1, ends=IN_DOUBT),
    Deed(name="sign-up with a code", customers=_signed_up_over, does=_take_over),
    Deed(name="deny", customers=_unverified, does=_deny, ends=frozenset({State.DENIED})),
    Deed(name="withdraw", customers=_unverified, does=_withdraw, ends=frozenset({State.WITHDRAWN})),
    Deed(name="expire", customers=_unverified, does=_expire, expires_after=2.5, ends=frozenset({State.EXPIRED})),
)
