"""/cognito-history: one timeline, told in sentences, for people who are there and for people who are gone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.answer import Answer, Bullets, Paragraph, Refused
from bot.plan import Filed, History, Step
from bot.ticket import Event
from bot.tickets import audit
from bot.words import mentioning, say
from commands import history as told_by
from tests.commands.paper import ALIAS, NOTHING, Paper, PaperLedger, person, run

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
ANA = person("ana", "ana@example.com")
FILED = Filed(
    summary=say("mark {address} as verified for {name}", address="ana@example.com", name="ana"),
    reason="called back",
    proof="identity seen",
    state="done",
    card="https://desk.example/archives/C0SUPPORT/p7",
)


def step(event: str, *, by: str = "", ticket: int | None = 7, minute: int = 0, **detail: Any) -> Step:
    at, words = NOON + timedelta(minutes=minute), audit.said(detail)
    return Step(at=at, event=event, person=by, ticket=ticket, detail=detail, words=words)


def told(*steps: Step, user: str = "ana", earlier: int = 0, people: tuple[Any, ...] = (ANA,)) -> Answer:
    found = History(steps=steps, tickets={7: FILED} if steps else {}, earlier=earlier)
    answer = run("history", {"user": user}, Paper(ALIAS, *people), PaperLedger(history=found))
    assert isinstance(answer, Answer)
    return answer


def lines(answer: Answer) -> list[str]:
    every = [words.plain() for part in answer.thread if isinstance(part, Bullets) for words in part.items]
    return [line.partition(" · ")[2] for line in every]


def notes(answer: Answer) -> list[str]:
    return [part.words.plain() for part in answer.thread if isinstance(part, Paragraph)]


def test_a_request_is_told_from_asking_to_its_end_the_newest_last() -> None:
    answer = told(
        step("requested", by="U0AGENT", reason="called back", needed=1, plan={}),
        step("refused", by="U0AGENT", tried="approve", words="You asked for this."),
        step("approved", by="U0LEAD1", vote=1, needed=1),
        step("started"),
        step("sending", call=1, operation="AdminUpdateUserAttributes", shown="AdminUpdateUserAttributes(ana)"),
        step("sent", call=1, request_id="req-1", seen_only=False),
        step("re-read", readings=[{"subject": "ana", "what": "email_verified", "found": "true"}]),
        step("done", minute=4),
    )

    assert lines(answer) == [
        "#7 U0AGENT asked: mark ana@example.com as verified for ana. “called back” · proof: identity seen "
        "to the card ↗",
        "#7 U0AGENT could not approve: You asked for this.",
        "#7 U0LEAD1 approved (1 of 1)",
        "#7 sent to Cognito: AdminUpdateUserAttributes(ana)",
        "#7 Cognito accepted it · AWS request id req-1",
        "#7 re-read: ana, verified: yes",
        "#7 done",
    ]
    assert answer.headline.plain() == "ana: one request, latest step Nov 24, 2026, 12:04 UTC"


def test_what_was_done_with_the_customer_s_own_sign_in_is_told_as_such() -> None:
    about: dict[str, Any] = {"operation": "VerifyUserAttribute", "pool": "prod", "user": "ana"}
    answer = told(
        step("sending", by="U0AGENT", ticket=None, **about),
        step("sent", by="U0AGENT", ticket=None, request_id="req-2", **about),
        step("call failed", by="U0AGENT", ticket=None, code="CodeMismatchException", fate="no", **about),
        step("refused", by="U0AGENT", ticket=None, words="This token is another user's.", **about),
        step("done", by="U0AGENT", ticket=None, words="ana@example.com is verified for ana", **about),
    )

    assert lines(answer) == [
        "U0AGENT sent VerifyUserAttribute for ana, as the customer · AWS request id req-2",
        "Cognito answered VerifyUserAttribute for ana with CodeMismatchException",
        "U0AGENT was refused for ana: This token is another user's.",
        "U0AGENT: ana@example.com is verified for ana",
    ]


def texts(answer: Answer) -> list[str]:
    return [words.text() for part in answer.thread if isinstance(part, Bullets) for words in part.items]


def test_whoever_was_named_in_what_somebody_was_told_is_mentioned_and_a_group_called_what_it_is() -> None:
    told_people = mentioning("Only leads can approve. You can ask one of them: %s.", ["U0LEAD1"])
    told_group = mentioning("You asked for this, so someone else has to approve it. %s have been told.", ["S0LEADS"])
    one, two, old = texts(
        told(
            step("refused", by="U0AGENT", tried="approve", **audit.told(told_people)),
            step("refused", by="U0AGENT", tried="approve", **audit.told(told_group)),
            step("refused", by="U0AGENT", tried="approve", words=told_group.plain()),
        )
    )

    assert one.endswith("could not approve: Only leads can approve. You can ask one of them: <@U0LEAD1>.")
    for line in (two, old):
        # To mention the group would call all leads whenever somebody looks back.
        assert line.endswith("someone else has to approve it. The leads have been told.")


def test_what_was_tried_reads_as_people_say_it() -> None:
    assert lines(told(step("refused", by="U0AGENT", tried="nudge", words="Too soon."))) == [
        "#7 U0AGENT could not remind the leads: Too soon."
    ]
    assert lines(told(step("refused", by="U0AGENT", tried="verify-email", words="Too soon."))) == [
        "#7 U0AGENT could not ask for this again: Too soon."
    ]


def test_every_step_that_the_audit_knows_has_its_words() -> None:
    assert set(told_by.REQUEST) == {event.value for event in Event}
    assert set(told_by.CUSTOMER_ACTION) <= set(told_by.REQUEST)


def test_a_row_that_holds_less_than_expected_is_told_all_the_same() -> None:
    assert lines(told(step("denied", by="U0LEAD1"), step("brand new"))) == ["#7 U0LEAD1 denied it: “–”", "#7 brand new"]


def test_a_long_history_says_how_to_get_the_rest() -> None:
    (note,) = notes(told(step("done"), earlier=12))
    assert note == "12 earlier steps are not shown. The operator gets all of them with desk audit --user ana."


def test_an_address_names_its_accounts() -> None:
    twin = person("ana2", "ana@example.com")
    answer = told(step("done"), user="ana@example.com", people=(ANA, twin))
    assert answer.headline.plain().startswith("ana@example.com (ana, ana2): one request")


def test_somebody_who_is_gone_is_remembered() -> None:
    answer = told(step("done"), people=())
    assert notes(answer) == ["Cognito knows no ana any more; this is what the desk remembers."]
    assert answer.best is None


class ByName(PaperLedger):
    """A ledger on which everything is about one name."""

    def __init__(self, name: str) -> None:
        super().__init__(history=History(steps=(step("done", ticket=None),), tickets={}, earlier=0))
        self._name = name

    def history(self, reference: str, users: Any, *, most: int) -> History:
        return self._history if reference == self._name else NOTHING


@pytest.mark.parametrize(
    ("typed", "people", "audited_access", "found"),
    [
        # Somebody may be called what looks like italics around another customer's name.
        ("_ana_", (person("_ana_"),), "ana", False),
        ("_ana_", (person("_ana_"),), "_ana_", True),
        ("ana@example.com.", (), "ana@example.com", True),
        ("ana@example.com.", (), "ana@example.com.", True),
    ],
)
def test_a_name_that_looks_wrapped_brings_nobody_else_s_past(
    typed: str, people: tuple[Any, ...], audited_access: str, found: bool
) -> None:
    answer = run("history", {"user": typed}, Paper(ALIAS, *people), ByName(audited_access))
    assert isinstance(answer, Answer)
    assert ("nobody has asked" not in answer.headline.plain()) is found


def test_somebody_of_whom_nothing_is_on_record_is_told_so() -> None:
    answer = told()
    assert answer.headline.plain() == "ana: nobody has asked the desk for anything yet"
    assert answer.thread == ()


def test_somebody_whom_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused):
        told(people=())
