"""Judges the people behind a ticket: whose approval counts today, how many are needed, and who could still give one."""

from collections.abc import Iterable, Mapping

from bot import mentions
from bot.desk.people import Unreadable
from bot.desk.rights import Rights
from bot.plan import Risk
from bot.settings import LeadsNeeded
from bot.ticket import Ticket
from bot.tickets.standing import Standing, Unjudged
from bot.words import Words, say

_NUMBERS = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}

_OWN = {
    "one": "A lead has to agree, and nobody else could: you asked for it yourself.",
    "some": "{number} leads have to agree, and only %s could: you asked for it yourself.",
    "none": "{number} leads have to agree, and nobody else could: you asked for it yourself.",
}
_FEW = {
    "one": "A lead has to agree, and nobody could.",
    "some": "{number} leads have to agree, and only %s could.",
    "none": "{number} leads have to agree, and nobody could.",
}
_OTHERS = {
    "one": "A lead has to agree, and nobody could. Those who asked for what this builds on don't count.",
    "some": "{number} leads have to agree, and only %s could. Those who asked for what this builds on don't count.",
    "none": "{number} leads have to agree, and nobody could. Those who asked for what this builds on don't count.",
}
"""Why a request is out of reach, by how many leads would have to agree and whether there is any."""

_ASK_ANOTHER = "Ask somebody who isn't a lead to ask for it, or have the operator name more leads."
_NAME_MORE = "Please have the operator name more leads."


class Judging:
    """Asks for the rights of people, never with a database transaction open: Slack may take its time."""

    def __init__(self, rights: Rights, needed: LeadsNeeded) -> None:
        self._rights = rights
        self._needed = needed

    def needed(self, risk: Risk) -> int:
        """Return how many leads have to agree to what is asked today."""
        return self._needed.high if risk is Risk.HIGH else self._needed.normal

    def standing(self, ticket: Ticket, *, voters: Iterable[str] = ()) -> Standing:
        """Judge everyone who voted, and ``voters`` besides, afresh. Raises `Unjudged`."""
        everyone = frozenset(voters) | {vote.person for vote in ticket.votes}
        try:
            may_ask = self._rights.may_ask(ticket.requester, fresh=True)
            # Last, since a read may have to wait for its turn, and what is read last is the freshest.
            lost = everyone - self._rights.able_leads(everyone, fresh=True)
            # Of what was just read: this alone tells who is the same person.
            keys = {each: self._rights.key(each) for each in everyone | ticket.authors}
        except Unreadable:
            raise Unjudged(_unread("approve")) from None
        # What stood when it was asked was shown to everyone; what stands today is what the operator wants.
        needed = max(ticket.needed, self.needed(ticket.plan.risk))
        return Standing(voters=everyone, lost=lost, needed=needed, may_ask=may_ask, keys=keys)

    def out_of_reach(self, risk: Risk, *, requester: str, authors: frozenset[str]) -> Words | None:
        """Return why not enough leads could ever agree to something, and what to do; None when enough could.

        ``authors`` are all whose votes wouldn't count, the requester among them. Raises `Unjudged`.
        """
        needed = self.needed(risk)
        # The card that is about to be drawn calls for the leads, and is to name nobody who can't be one.
        self._rights.to_mention(look=True)
        try:
            able = self._able(authors, needed)
            if len(able) >= needed:
                return None
            barred = self._rights.able_leads(authors)
        except Unreadable:
            raise Unjudged(_unread("ask")) from None
        why = _OWN if requester in barred else _OTHERS if barred else _FEW
        # Somebody else's request would set the requester's own vote free, if that is a lead's.
        would_do = requester in barred and len(able) + 1 >= needed
        return _explained(why, needed, able, _ASK_ANOTHER if would_do else _NAME_MORE)

    def is_within_reach(self, ticket: Ticket) -> bool:
        """Whether enough leads are left who could agree to a ticket. True, too, when Slack doesn't say."""
        needed = max(ticket.needed, self.needed(ticket.plan.risk))
        try:
            return len(self._able(ticket.authors, needed)) >= needed
        except Unreadable:
            return True

    def _able(self, authors: frozenset[str], enough: int) -> list[str]:
        """Return the leads who can in fact approve what these asked for, as they are listed, each person once.

        Not more than ``enough``: each is a question to Slack.
        """
        able: list[str] = []
        besides = {self._rights.key(each) for each in authors}
        for lead in self._rights.leads():
            if len(able) == enough:
                break
            key = self._rights.key(lead)
            if key not in besides and self._rights.able_leads([lead]):
                able.append(lead)
                besides.add(key)
        return able


def _unread(what: str) -> Words:
    return say("The list of people can't be read from Slack right now; nobody can {what} until it can.", what=what)


def _explained(why: Mapping[str, str], needed: int, able: list[str], way: str) -> Words:
    kind = "one" if needed == 1 else "some" if able else "none"
    told = mentions.within(why[kind], able, last=" and ")
    return Words(f"{told.template} {way}", (*told.values, ("number", _NUMBERS.get(needed, str(needed)))))
