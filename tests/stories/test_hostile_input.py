"""Hostile and clumsy input by the ten thousand: it breaks nothing, leaks nothing, and reaches AWS never unasked."""

import json
import logging
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from slack_bolt import BoltResponse

import commands
from bot.aws.gateway import READS
from bot.aws.live_customer import OPERATIONS
from bot.scenario import ScenarioKind, load
from sandbox.testing import CognitoServer, check_message, check_view
from tests.bot import wired
from tests.long_runs import longer
from tests.stories.inline import SUPPORT, InlineDesk, desk

pytestmark = pytest.mark.timeout(longer(1800))

SCENARIOS = load(commands)
OPEN, CLOSED = "shop", "prod"
"""A pool in which the desk may ask for customers' credentials, and one in which it may not."""

MARK = "Mark-4711-"
"""What every secret that is typed begins with."""

_HIDDEN = {"Cc", "Cf", "Cs"}
_MENTIONS = ("<!channel>", "<@U0EVIL>", "<https://evil.example")


@pytest.fixture(scope="module")
def inline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InlineDesk]:
    with wired.cognito() as server:
        pools = {name: server.pools.create(name) for name in (CLOSED, OPEN)}
        for pool in pools.values():
            pool.add("ada", email="ada@example.com", email_verified=False)
            pool.add("<!channel>", email="evil@example.com", email_verified=True)
            pool.add("sina", email="sina@example.com", email_verified=False, status="UNCONFIRMED")
        known = {name: wired.settings(pool) for name, pool in pools.items()}
        known[CLOSED] = known[CLOSED].model_copy(update={"customer_credentials": False})
        with desk(server, known, tmp_path_factory.mktemp("inline") / "desk.db") as opened:
            yield opened


@pytest.fixture(autouse=True)
def _kept(inline: InlineDesk) -> Iterator[None]:
    """Nobody but a lead changes an account, and no secret is ever written down."""
    before = _accounts(inline.server)
    yield
    assert _accounts(inline.server) == before
    assert MARK not in inline.stored


def _accounts(server: CognitoServer) -> list[tuple[str, str, str, bool]]:
    everyone = [(pool.name, user) for pool in server.pools for user in pool.users if not _signed_up(user.username)]
    return [(name, user.username, user.email, user.email_verified) for name, user in everyone]


def _signed_up(name: str) -> bool:
    """Whether an account was made by a sign-up that was asked for here, in all form."""
    return name not in {"ada", "sina", "<!channel>"}


# What people type, and what somebody who means no good does.

PIECES = (
    *(
        "ada",
        "ada@example.com",
        "sina",
        "ADA@Example.COM",
        "<mailto:ada@example.com|ada@example.com>",
        "nobody@example.org",
    ),
    *("check", "verify-email", "send-code", "history", "requests", "nonsense", "-", "@", ".", " ", "  ", "\t", "\n"),
    *("<!channel>", "<@U0EVIL>", "<#C0SUPPORT>", "<https://evil.example|good>", "&lt;!channel&gt;", "*", "_", "`", "~"),
    *('"', "'", "\\", '" or ""="', "{", "}", "{address}", "{0}", "%s", "%(a)s", "$(id)", "../", "\x00", "\x1b[2J", ">"),
    *(
        "\ud800",
        "\u202e",
        "\u200b",
        "\u2028",
        "\ufeff",
        "“",
        "”",
        "é",
        "e\u0301",
        "ß",
        "İ",
        "𝒜",
        "\U0001f469\u200d\U0001f467",
    ),
    *("null", "true", "[]", "{}", "x" * 127, "y" * 400, "z" * 3000, "a@b.c", "a@b", "@b.c", "a@@b.c", 'email = "x"'),
    *("0" * 36, "00000000-0000-0000-0000-000000000000"),
)
TYPED = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=4).map("".join),
    st.text(max_size=30),
    st.text(st.characters(codec=None), max_size=10),
)
# Those that read at once take the most time, so they have half a chance.
_FORMS = [f"/cognito-{each.name}" for each in SCENARIOS.values() if each.kind is not ScenarioKind.ANSWER]
_READERS = [f"/cognito-{each.name}" for each in SCENARIOS.values() if each.kind is ScenarioKind.ANSWER]
COMMANDS = st.sampled_from(["/cognito", "/cognito-nonsense", *_FORMS, *_FORMS, *_READERS])

# What a form can hold when it is submitted: Slack says which kind of input it was, not that it was one of ours.

SECRET = st.one_of(st.just(None), TYPED.map(lambda text: MARK + text), st.just(f"{MARK}eyJhbGciOiJub25lIn0.e30.x"))


def held(kind: str, text: Any) -> dict[str, Any]:
    """Return what Slack says of one input."""
    if kind == "checkboxes":
        return {"type": kind, "selected_options": [{"value": "yes"}] if text else []}
    if kind == "radio_buttons":
        return {"type": kind, "selected_option": None if text is None else {"value": text}}
    return {"type": kind, "value": text}


LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "user": st.sampled_from(["ada", "sina", "ada@example.com", "evil@example.com", "<!channel>"]),
    "username": st.sampled_from(["nina", "ada"]),
    "email": st.sampled_from(["new@example.com", "ada@example.com", "evil@example.com"]),
    "how": st.sampled_from(["Verified now, by us", "The customer confirms by code", "As the customer"]),
    "taken": st.sampled_from(["Stop and tell me", "Move the e-mail to this account"]),
    "reason": st.just("They called back"),
    "pool": st.sampled_from([OPEN, CLOSED]),
}
"""What people who take care type or choose."""


def seldom(unlikely: st.SearchStrategy[Any], otherwise: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return one in four of the unlikely: a form full of nonsense would be turned away for its first field."""
    return st.integers(0, 3).flatmap(lambda n: otherwise if n else unlikely)


def states(scenario: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return what may be submitted for one scenario's form: fields left out, mixed up, filled in with anything."""
    found = SCENARIOS[scenario]
    anything = st.builds(held, st.sampled_from(["plain_text_input", "radio_buttons", "checkboxes"]), st.none() | TYPED)
    fields: dict[str, st.SearchStrategy[Any]] = {}
    for name in (*found.fields, "pool"):
        kind = "radio_buttons" if name in ("how", "taken", "pool") else "plain_text_input"
        sensible = st.builds(held, st.just(kind), LIKELY[name]) if name in LIKELY else anything
        secret = st.builds(held, st.just("plain_text_input"), SECRET)
        fields[name] = secret if name in found.secrets else seldom(anything | st.none(), sensible)
    blocks = st.fixed_dictionaries(fields, optional={"stranger": anything})
    return blocks.map(lambda blocks: {name: {"value": state} for name, state in blocks.items() if state is not None})


MEMORY = st.fixed_dictionaries(
    {"pool": st.sampled_from(["", OPEN, CLOSED, "gone"]), "channel": st.sampled_from([SUPPORT, "C0OTHER"])},
    optional={
        "origin": st.integers(0, 3),
        "parent": st.integers(0, 3),
        "ticket": st.integers(0, 3),
        "ts": st.just("1.0"),
    },
)
# Each is made once: making them takes longer than drawing from them.
FORMS = st.one_of([st.tuples(st.just(name), MEMORY, states(name)) for name in sorted(SCENARIOS)])
STEPS = st.tuples(
    st.sampled_from(["entry", "challenge", "denial", "confirmation"]),
    MEMORY,
    st.fixed_dictionaries(
        {},
        optional={
            **{
                name: SECRET.map(lambda text: {"value": held("plain_text_input", text)})
                for name in ("code", "answer", "token")
            },
            "reason": TYPED.map(lambda text: {"value": held("plain_text_input", text)}),
        },
    ),
)


def offers(scenario: str) -> st.SearchStrategy[str]:
    """Return what an offer's button may hold, whoever made it."""
    known = SCENARIOS[scenario].fields if scenario in SCENARIOS else ()
    fields = st.dictionaries(st.sampled_from([*known, "stranger"]), TYPED, max_size=2)
    pool, origin = st.sampled_from(["", OPEN, CLOSED, "gone"]), st.none() | st.integers(0, 3)
    held = st.fixed_dictionaries({"scenario": st.just(scenario), "pool": pool, "fields": fields, "origin": origin})
    return held.map(json.dumps)


OFFERS = st.one_of([offers(name) for name in (*SCENARIOS, "gone")])
PRESSES = st.one_of(
    st.tuples(st.just("offer:0"), OFFERS | TYPED),
    st.tuples(
        st.sampled_from(["approve", "deny", "withdraw", "undo", "again", "enter", "nudge", "value", "unheard"]),
        TYPED | st.integers(-1, 10**19).map(str),
    ),
)  # fmt: skip


def many(examples: int) -> settings:
    # The examples share one desk, so that shrinking one of them means little; each is told as it was found.
    return settings(
        max_examples=longer(examples),
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )


@given(COMMANDS, TYPED)
@many(1500)
def test_whatever_follows_a_command_is_answered_and_only_read(inline: InlineDesk, command: str, text: str) -> None:
    inline.forget()
    sound(inline, inline.types(command, text))
    assert set(inline.calls) <= READS


@given(FORMS)
@many(1500)
def test_whatever_a_form_holds_is_answered_and_sent_nowhere_unasked(
    inline: InlineDesk, form: tuple[str, Mapping[str, Any], Mapping[str, Any]]
) -> None:
    name, memory, values = form
    inline.forget()
    answer = inline.submits("form", {"scenario": name, **memory}, values, agrees=False)
    sound(inline, answer)
    if errors := _acknowledged(answer).get("errors"):
        assert errors.keys() <= {*SCENARIOS[name].fields, "pool"}
        assert inline.calls == []
    sent = set(inline.calls) - READS
    assert sent <= OPERATIONS
    if sent:
        assert SCENARIOS[name].acts_as_customer
        closed = {call.operation for call in inline.server.calls.list(pool_id=inline.server.pools[CLOSED].id)}
        # A sign-up code needs nothing that only the customer has.
        assert closed - READS <= {"ResendConfirmationCode"}


@given(STEPS)
@many(200)
def test_whatever_a_following_step_holds_is_answered_and_sent_nowhere(
    inline: InlineDesk, step: tuple[str, Mapping[str, Any], Mapping[str, Any]]
) -> None:
    inline.forget()
    sound(inline, inline.submits(*step))
    assert inline.calls == []


@given(PRESSES)
@many(400)
def test_whatever_a_button_holds_is_answered_and_only_read(inline: InlineDesk, press: tuple[str, str]) -> None:
    inline.forget()
    sound(inline, inline.presses(*press))
    assert set(inline.calls) <= READS


def sound(inline: InlineDesk, answer: BoltResponse) -> None:
    """Acknowledged, nothing broken, nothing that Slack would refuse, no markup but ours, and no secret anywhere."""
    assert answer.status == 200
    acknowledged = _acknowledged(answer)
    broken = [said for level, said in inline.log.said if level >= logging.WARNING]
    assert broken == []
    view = acknowledged.get("view")
    shown = [*([view] if view else []), *(told["view"] for _, told in inline.slack.told if "view" in told)]
    assert [problem for each in shown for problem in check_view(each)] == []
    said = [told for _, told in inline.slack.told if "text" in told]
    assert [problem for each in said for problem in check_message(each["blocks"], each["text"])] == []
    # What stands under a field is plain text, in which Slack reads no mention.
    assert not [mention for mention in _MENTIONS for each in said if mention in each["text"]]
    for text in (*(each["text"] for each in said), *acknowledged.get("errors", {}).values()):
        assert not [character for character in text if character != "\n" and unicodedata.category(character) in _HIDDEN]
    everywhere = json.dumps([answer.body, inline.slack.told, [said for _, said in inline.log.said]], default=str)
    assert MARK not in everywhere


def _acknowledged(answer: BoltResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(answer.body) if answer.body else {}
    return found
