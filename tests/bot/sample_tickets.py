"""Tickets to draw, in every state."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.plan import Call, Change, Effect, Plan, Risk, Subject, SubjectKind
from bot.ticket import Outcome, Reading, State, Ticket, Vote
from bot.words import say

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LEADS = ("S0LEADS",)
HOSTILE = "<!channel> *bold* `code` <https://evil.example|good> \u202e <@U0LEAD1>"


def subject(name: str) -> Subject:
    created = NOON - timedelta(days=5 if name.endswith("new") else 800)
    return Subject(kind=SubjectKind.USER, id=f"sub-of-{name}", name=name, created=created)


CALL = Call(
    operation="AdminUpdateUserAttributes",
    parameters={
        "UserPoolId": "eu-west-1_AbC",
        "Username": "ben.old",
        "UserAttributes": [{"Name": "email_verified", "Value": "true"}],
    },
    shown="AdminUpdateUserAttributes(ben.old, email_verified=true)",
    effect=Effect.READABLE,
)
PLAN = Plan(
    summary=say(
        "take {address} from {loser}, give it to {name}", address="ben@example.com", loser="ben.new", name="ben.old"
    ),
    done=say("{name} has {address}, verified", address="ben@example.com", name="ben.old"),
    risk=Risk.HIGH,
    calls=(CALL,),
    changes=(
        Change(subject=subject("ben.old"), what="email_verified", before="false", after="true", note="gets it"),
        Change(
            subject=subject("ben.new"),
            what="email_verified",
            before="true",
            after="false",
            note="LOSES it: can't sign in or reset with it any more",
            loses=True,
        ),
    ),
    address="ben@example.com",
    tell_customer=say("Your e-mail address is confirmed."),
)
READINGS = (
    Reading(subject="ben.old", what="email_verified", planned="true", found="true"),
    Reading(subject="ben.new", what="email_verified", planned="false", found="false"),
)
OUTCOMES = {
    State.DONE: Outcome(sent_at=NOON, request_ids=("req-1",), reread_at=NOON, readings=READINGS),
    State.FAILED: Outcome(failed_call=1, words=say("Cognito says there is no such user any more.")),
    State.IN_DOUBT: Outcome(words=say("The answer was lost.")),
    State.STALE: Outcome(words=say("e-mail of {name} was {old}, is {new}.", name="ben", old="a@b.c", new="b@b.c")),
    State.DENIED: Outcome(by="U0LEAD1", reason="Call them back first"),
    State.WITHDRAWN: Outcome(by="U0AGENT"),
}


def ticket(state: State = State.PENDING, **changed: Any) -> Ticket:
    """Return a high-risk ticket; whoever had to agree has."""
    votes = (Vote(person="U0LEAD1", at=NOON), Vote(person="U0LEAD2", at=NOON))
    decided = state in {State.APPROVED, State.RUNNING, State.DONE, State.FAILED, State.IN_DOUBT}
    made = Ticket(
        id=7,
        state=state,
        scenario="verify-email",
        pool="prod",
        form={},
        plan=PLAN,
        observed={},
        needed=2,
        votes=votes if decided else (),
        requester="U0AGENT",
        reason="Knew the old invoice number",
        authors=frozenset({"U0AGENT"}),
        channel="C0SUPPORT",
        ts="1.0",
        origin="https://desk.example/archives/C0SUPPORT/p1",
        parent=None,
        conversation=1,
        created_at=NOON,
        expires_at=NOON + timedelta(hours=4),
        decided_at=NOON if decided else None,
        outcome=OUTCOMES.get(state, Outcome()),
    )
    return replace(made, **changed)
