"""/cognito-check: what it says for every cause, and what it offers."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.answer import Answer, Bullets, Offer, Offers, Paragraph, Quote, Refused, Table
from bot.cognito import Pool, PoolUpdate, Provider, User
from bot.diagnosis import Cause
from bot.mail import Mail, Sender, Suppression
from bot.scenario import ScenarioKind
from bot.slack import blocks
from sandbox.testing import check_message
from tests.commands.paper import (
    ALIAS,
    BEGAN,
    EMAIL_LOGIN,
    HIDES,
    KEEPS,
    PLAIN,
    REASON,
    SCENARIOS,
    Paper,
    answered,
    person,
    run,
)

ADDRESS = "ana@example.com"
GOOGLE = Provider(name="Google", type="Google", mapping={"email": "email"})


def offers(answer: Answer) -> tuple[Offer, ...]:
    return tuple(offer for part in answer.thread if isinstance(part, Offers) for offer in part.offers)


def words(answer: Answer) -> str:
    """Everything that is said, the details included."""
    said = [answer.headline.plain()]
    for part in (*answer.thread, *answer.details):
        match part:
            case Paragraph(text) | Quote(text):
                said.append(text.plain())
            case Bullets(items):
                said += [item.plain() for item in items]
            case Table(_, rows):
                said += [" · ".join(cell.plain() for cell in row) for row in rows]
            case _:
                pass
    return "\n".join(said)


def row(answer: Answer) -> Offers:
    """The ways on for the account that came off worst."""
    return next(part for part in answer.thread if isinstance(part, Offers))


def federated(mapping: dict[str, str], kind: str = "Google", pool: Pool = ALIAS) -> Paper:
    user = person("G_1", ADDRESS, status="EXTERNAL_PROVIDER", through="Google")
    return Paper(pool, user, providers=[Provider(name="Google", type=kind, mapping=mapping)])


PHONE_TOO = replace(ALIAS, auto_verified=frozenset({"email", "phone_number"}))
SILENT = replace(ALIAS, auto_verified=frozenset())
EVERY_CAUSE: dict[Cause, Paper] = {
    Cause.DISABLED: Paper(ALIAS, person("ana", ADDRESS, verified=True, enabled=False)),
    Cause.RESET_PENDING: Paper(ALIAS, person("ana", ADDRESS, status="RESET_REQUIRED")),
    Cause.RESET_REQUIRED: Paper(ALIAS, person("ana", ADDRESS, status="RESET_REQUIRED", verified=True)),
    Cause.TEMP_PASSWORD: Paper(ALIAS, person("ana", ADDRESS, status="FORCE_CHANGE_PASSWORD")),
    Cause.DUP_SIGNUP: Paper(
        ALIAS, person("ana", ADDRESS, verified=True), person("ana2", ADDRESS, status="UNCONFIRMED", day=3)
    ),
    Cause.SIGNUP_OPEN: Paper(ALIAS, person("ana", ADDRESS, status="UNCONFIRMED")),
    Cause.MFA_BLOCKED: Paper(
        replace(ALIAS, mfa_required=True, recovery=("verified_email",)), person("ana", ADDRESS, verified=True)
    ),
    Cause.FED_GONE: Paper(ALIAS, person("G_1", ADDRESS, status="EXTERNAL_PROVIDER", through="Google")),
    Cause.FED_REQUIRED: federated({"email": "email"}, pool=replace(ALIAS, required=frozenset({"family_name"}))),
    Cause.FED_FROZEN: federated({"email": "email"}, pool=replace(ALIAS, immutable=frozenset({"email"}))),
    Cause.FED_UNMAPPED: federated({"email": "email"}),
    Cause.FED_CLAIM: federated({"email": "email", "email_verified": "email_verified"}),
    Cause.FED_NOCLAIM: federated({"email": "email"}, "Facebook"),
    Cause.FED_TWIN: Paper(
        ALIAS,
        person("ana", ADDRESS),
        person("G_1", ADDRESS, status="EXTERNAL_PROVIDER", through="Google", day=1),
        providers=[replace(GOOGLE, mapping={"given_name": "given_name"})],
    ),
    Cause.ALIAS_MOVED: Paper(ALIAS, person("ana.old", ADDRESS), person("ana.new", ADDRESS, verified=True, day=9)),
    Cause.ALIAS_NOBODY: Paper(ALIAS, person("ana.old", ADDRESS), person("ana.new", ADDRESS, day=9)),
    Cause.RESET_BLOCKED: Paper(replace(ALIAS, recovery=("admin_only",)), person("ana", ADDRESS, verified=True)),
    Cause.NO_AUTOVERIFY: Paper(SILENT, person("ana", ADDRESS)),
    Cause.PHONE_TOOK_CODE: Paper(PHONE_TOO, person("ana", ADDRESS, phone_verified=True)),
    Cause.EMAIL_CHANGED: Paper(ALIAS, person("ana", ADDRESS)),
    Cause.UNSURE: Paper(SILENT, person("ana", ADDRESS, verified=True)),
    Cause.UNKNOWN: Paper(ALIAS, person("ana", ADDRESS, status="COMPROMISED")),
    Cause.VERIFIED: Paper(ALIAS, person("ana", ADDRESS, verified=True)),
}


def test_every_cause_that_leads_a_check_has_its_example() -> None:
    only_told_beside = {Cause.DELIVERY, Cause.CASE_VARIANT, Cause.PENDING_CHANGE, Cause.EMAIL_LOGIN, Cause.NO_ALIAS}
    assert set(EVERY_CAUSE) == set(Cause) - only_told_beside


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_every_cause_is_named_explained_and_comes_with_a_line_for_the_customer(cause: Cause) -> None:
    answer = answered(ADDRESS, EVERY_CAUSE[cause])
    assert answer.event_type == "desk_check"
    assert {name: answer.event[name] for name in ("cause", "pool")} == {"cause": cause, "pool": "prod"}
    assert answer.headline.plain().startswith(ADDRESS)
    said = words(answer)
    assert f"Found: {cause}" in said
    assert "{" not in said


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_the_thread_is_read_in_the_order_in_which_an_agent_needs_it(cause: Cause) -> None:
    thread = answered(ADDRESS, EVERY_CAUSE[cause]).thread
    if isinstance(thread[0], Bullets):
        # Several accounts have the address: first, a line for each.
        assert len(EVERY_CAUSE[cause].find(ADDRESS)) > 1
        thread = thread[1:]
    tell, quote, to_do, ways, works, attempts, why = thread[:7]
    assert isinstance(tell, Paragraph)
    assert tell.words.plain() == "Tell the customer"
    assert isinstance(quote, Quote)
    assert isinstance(to_do, Paragraph)
    assert isinstance(ways, Offers)
    assert isinstance(works, Paragraph)
    assert works.words.plain().startswith("What works")
    assert isinstance(attempts, Bullets)
    assert isinstance(why, Paragraph)
    assert why.words.plain().startswith("Why: ")


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_the_outlook_is_published_for_machines(cause: Cause) -> None:
    published = answered(ADDRESS, EVERY_CAUSE[cause]).event["outlook"]
    assert not isinstance(published, str)
    yes_or_no = {"yes", "no", "unknown"}
    code = {"email", "phone", "no", "unknown"}
    allowed = {
        "sign_in": yes_or_no,
        "sign_in_username": yes_or_no,
        "reset": code,
        "sign_up_code": {*code, "none"},
        "verify_code": code - {"phone"},
        "flag_next": {"stays", "cleared", "set", "unknown"},
    }
    assert published.keys() == allowed.keys()
    assert all(value in allowed[name] for name, value in published.items())


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_every_offer_opens_a_form_that_exists_filled_in_with_the_user_name(cause: Cause) -> None:
    answer = answered(ADDRESS, EVERY_CAUSE[cause])
    for offer in offers(answer):
        assert offer.scenario in SCENARIOS
        assert offer.fields.keys() <= set(SCENARIOS[offer.scenario].fields)
        assert ADDRESS not in offer.fields.values()
        assert offer.fields.get("user") in {None, *(user.username for user in EVERY_CAUSE[cause].find(ADDRESS))}
        assert "{" not in offer.label
        assert len(offer.label) <= 75
    assert [offer for offer in offers(answer) if offer.best] == ([answer.best] if answer.best else [])
    assert answer.best in (None, *row(answer).offers[:1])


THEIRS = (
    Cause.EMAIL_CHANGED,
    Cause.PHONE_TOOK_CODE,
    Cause.RESET_REQUIRED,
    Cause.DUP_SIGNUP,
    Cause.ALIAS_MOVED,
    Cause.ALIAS_NOBODY,
    Cause.FED_TWIN,
)


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_no_button_is_green_where_the_best_way_is_the_customers_own_or_somebody_has_the_address(cause: Cause) -> None:
    answer = answered(ADDRESS, EVERY_CAUSE[cause])
    assert bool(answer.best) is (bool(row(answer).offers) and cause not in THEIRS)


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_every_cause_ends_in_a_button_or_a_hand_over(cause: Cause) -> None:
    ways = row(answered(ADDRESS, EVERY_CAUSE[cause]))
    assert ways.offers or ways.hand_over


@pytest.mark.parametrize("cause", [Cause.SIGNUP_OPEN, Cause.DUP_SIGNUP, Cause.ALIAS_MOVED])
def test_a_day_in_a_sentence_is_a_date_and_never_a_word(cause: Cause) -> None:
    told = [part.words.text() for part in answered(ADDRESS, EVERY_CAUSE[cause]).thread if isinstance(part, Paragraph)]
    assert not [words for words in told if "_pretty" in words]


def test_the_line_for_the_customer_fits_however_many_accounts_there_are() -> None:
    third = person("ana.third", ADDRESS, day=5)
    directory = EVERY_CAUSE[Cause.ALIAS_MOVED]
    answer = answered(ADDRESS, Paper(directory.pool, *directory.find(ADDRESS), third))
    quoted = [part.words.plain() for part in answer.thread if isinstance(part, Quote)]
    assert quoted[0].startswith("More than one account has your address.")


def trusting(cause: Cause) -> Paper:
    """The same people, in a pool where the desk may ask for customers' credentials."""
    directory = EVERY_CAUSE[cause]
    pool = replace(directory.pool, customer_credentials=True)
    return Paper(pool, *directory.find(ADDRESS), providers=directory.providers())


@pytest.mark.parametrize(
    ("cause", "offered"),
    [
        (Cause.EMAIL_CHANGED, ["send-code", "verify-email", "change-email"]),
        (Cause.PHONE_TOOK_CODE, ["send-code", "verify-email", "change-email"]),
        (Cause.SIGNUP_OPEN, ["send-code", "confirm-account", "confirm-sign-up"]),
        (Cause.NO_AUTOVERIFY, ["verify-email", "change-email", "pool-email"]),
    ],
)
def test_where_the_customers_own_sign_in_will_do_the_way_without_a_lead_comes_first(
    cause: Cause, offered: list[str]
) -> None:
    answer = answered(ADDRESS, trusting(cause))
    assert [offer.scenario for offer in offers(answer)] == offered


@pytest.mark.parametrize("cause", [Cause.EMAIL_CHANGED, Cause.PHONE_TOOK_CODE])
def test_whoever_can_verify_in_the_app_is_told_so_and_with_what_name_to_sign_in(cause: Cause) -> None:
    (quoted,) = [part.words.plain() for part in answered(ADDRESS, EVERY_CAUSE[cause]).thread if isinstance(part, Quote)]
    assert "with your user name ana" in quoted
    assert "verify e-mail" in quoted


def test_a_second_sign_up_can_be_finished_but_the_older_account_comes_first() -> None:
    answer = answered(ADDRESS, trusting(Cause.DUP_SIGNUP))
    assert [offer.scenario for offer in row(answer).offers] == ["check", "confirm-sign-up", "confirm-account"]
    assert row(answer).offers[0].fields == {"user": "ana"}
    assert answer.best is None


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_no_customer_action_that_is_offered_is_refused_before_it_asks_for_a_credential(cause: Cause) -> None:
    directory = trusting(cause)
    for offer in offers(answered(ADDRESS, directory)):
        if SCENARIOS[offer.scenario].kind is ScenarioKind.CUSTOMER_ACTION:
            code = {"code": "123456"} if "code" in SCENARIOS[offer.scenario].fields else {}
            with pytest.raises(Refused, match="nobody would lose the address by it any more"):
                run(offer.scenario, {**code, **offer.fields}, directory)


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_no_offer_ends_in_a_refusal(cause: Cause) -> None:
    directory = EVERY_CAUSE[cause]
    for offer in offers(answered(ADDRESS, directory)):
        if SCENARIOS[offer.scenario].kind is ScenarioKind.PLAN:
            typed = {"reason": REASON, "email": "new@example.com", "how": "Verified now, by us", "codes": True}
            form = SCENARIOS[offer.scenario].form
            asked = {name: value for name, value in typed.items() if name in form.model_fields}
            run(offer.scenario, {**asked, **offer.fields}, directory)


@pytest.mark.parametrize(
    "cause",
    [
        Cause.DISABLED,
        Cause.MFA_BLOCKED,
        Cause.FED_GONE,
        Cause.FED_REQUIRED,
        Cause.FED_FROZEN,
        Cause.FED_CLAIM,
        Cause.FED_NOCLAIM,
        Cause.RESET_BLOCKED,
    ],
)
def test_where_no_scenario_fits_it_says_whom_to_hand_over_to(cause: Cause) -> None:
    answer = answered(ADDRESS, EVERY_CAUSE[cause])
    assert not offers(answer)
    assert re.search(r"[Hh]and (it )?over to the (team|people)", words(answer))
    handed = row(answer).hand_over
    assert handed is not None
    (user,) = EVERY_CAUSE[cause].find(ADDRESS)
    assert handed.sub == user.sub
    assert user.sub in handed.text.plain()
    assert user.username in handed.text.plain()
    assert ADDRESS not in handed.text.plain()
    assert "{" not in handed.text.plain()


def test_an_address_is_answered_with_all_its_accounts_and_remedies_for_each() -> None:
    users = [person(f"tri{n}", ADDRESS, verified=n == 2, day=n) for n in range(3)]
    answer = answered(ADDRESS, Paper(ALIAS, *users))
    company = answer.thread[0]
    assert isinstance(company, Bullets)
    assert [item.plain().partition(" · confirmed, ")[0] for item in company.items] == [
        "tri2 · owns it",
        "tri0 · has it, not verified",
        "tri1 · has it, not verified",
    ]
    assert [(offer.scenario, offer.fields["user"]) for offer in offers(answer)] == [
        ("change-email", "tri0"),
        ("check", "tri2"),
        ("verify-email", "tri0"),
        ("change-email", "tri1"),
        ("check", "tri2"),
        ("verify-email", "tri1"),
    ]
    assert answer.best is None
    assert f"tri2 · {ADDRESS} works" in words(answer)


def test_a_user_name_is_answered_for_that_account_beside_those_that_share_its_address() -> None:
    answer = answered("ana.old", EVERY_CAUSE[Cause.ALIAS_MOVED])
    company = answer.thread[0]
    assert isinstance(company, Bullets)
    assert len(company.items) == 2
    (table,) = [part for part in answer.details if isinstance(part, Table)]
    assert len(table.rows) == 2
    assert "the address signs in to ana.new, not to ana.old" in answer.headline.plain()


def test_taking_an_address_from_its_owner_is_never_offered_first() -> None:
    for directory in (EVERY_CAUSE[Cause.ALIAS_MOVED], trusting(Cause.ALIAS_MOVED)):
        ways = row(answered("ana.old", directory)).offers
        assert [offer.label for offer in ways] == [
            "Give ana.old another address…",
            "Check ana.new",
            "Take the address for ana.old…",
        ]


def test_more_accounts_than_can_be_explained_are_counted() -> None:
    answer = answered(ADDRESS, Paper(ALIAS, *(person(f"u{n}", ADDRESS, day=n) for n in range(20))))
    assert "14 more accounts" in words(answer)


def test_of_a_crowd_the_one_that_signs_in_stands_first_and_the_rest_is_counted() -> None:
    crowd = [person(f"u{n:03}", ADDRESS, day=n, verified=n == 59) for n in range(60)]
    answer = answered(ADDRESS, Paper(ALIAS, *crowd))
    company = answer.thread[0]
    assert isinstance(company, Bullets)
    assert company.items[0].plain().startswith("u059 · owns it")
    assert company.items[-1].plain() == "50 more accounts"
    assert "u008, u009, u010 and 49 more" in words(answer)
    alone = answered("u000", Paper(ALIAS, *crowd))
    assert "u010 and 49 more" in words(alone)
    for part in (*answer.thread, *alone.thread):
        drawn = blocks.drawn((part,), blocks.Topic("prod", 1))
        assert check_message(drawn) == []


def test_a_change_that_may_be_pending_is_never_called_healthy() -> None:
    answer = answered(ADDRESS, Paper(KEEPS, person("ana", ADDRESS, verified=True)))
    assert answer.event["cause"] == "VERIFIED"
    assert "may wait for its code" in answer.headline.plain()
    assert answer.emoji != "✅"
    assert [offer.scenario for offer in offers(answer)] == ["change-email"]


def test_a_verified_account_that_can_not_sign_in_any_more_is_not_called_healthy() -> None:
    user = person("G_1", ADDRESS, status="EXTERNAL_PROVIDER", through="Google", verified=True)
    answer = answered(ADDRESS, Paper(replace(ALIAS, required=frozenset({"family_name"})), user, providers=[GOOGLE]))
    assert "doesn't give what the pool requires" in answer.headline.plain()
    assert "family_name" in words(answer)


def _remarks() -> Iterator[tuple[str, str, Pool, tuple[User, ...]]]:
    ana = person("ana", ADDRESS)
    yield "DELIVERY", "can't send mail (SES is suspended)", replace(ALIAS, email_failure="SES is suspended"), (ana,)
    yield "CASE_VARIANT", "Ana@example.com is another address", ALIAS, (ana, person("ana2", "Ana@example.com"))
    yield "EMAIL_LOGIN", "sign in with their address, verified or not", EMAIL_LOGIN, (ana,)
    yield "NO_ALIAS", "nobody signs in with an address", PLAIN, (ana,)


@pytest.mark.parametrize(("key", "said", "pool", "users"), tuple(_remarks()))
def test_what_is_also_worth_knowing_is_said(key: str, said: str, pool: Pool, users: tuple[User, ...]) -> None:
    told = words(answered("ana", Paper(pool, *users)))
    assert f", {key}" in told
    assert said in told


def test_the_pools_settings_are_offered_only_where_the_desk_may_change_them() -> None:
    managed = replace(SILENT, update=PoolUpdate(managed_by="Terraform"))
    broken = replace(SILENT, email_failure="SES is suspended")
    offered = {
        pool.update.managed_by or pool.email_failure: [
            offer.scenario for offer in offers(answered(ADDRESS, Paper(pool, person("ana", ADDRESS))))
        ]
        for pool in (SILENT, managed, broken)
    }
    admin = ["verify-email", "change-email"]
    assert offered == {"": [*admin, "pool-email"], "Terraform": admin, "SES is suspended": admin}


def test_an_account_without_an_address_is_offered_one() -> None:
    answer = answered("ana", Paper(ALIAS, person("ana")))
    assert answer.headline.plain().startswith("ana")
    assert [offer.scenario for offer in offers(answer)] == ["change-email"]


def test_what_could_not_be_looked_at_is_said_and_the_check_goes_on() -> None:
    answer = answered("ana", Paper(ALIAS, person("ana", ADDRESS), client=None))
    assert answer.event["cause"] == "EMAIL_CHANGED"
    assert "⚠️ The app client's settings couldn't be looked at" in words(answer)
    assert "The app may say that a code was sent; none is." in words(answer)


def test_what_the_app_says_is_told_where_it_hides_who_has_an_account() -> None:
    hidden = answered("ana", Paper(ALIAS, person("ana", ADDRESS), client=HIDES))
    assert "The app will say that a code was sent; none is." in words(hidden)
    shown = answered("ana", Paper(ALIAS, person("ana", ADDRESS)))
    assert "none is." not in words(shown)


def test_a_name_that_nobody_has_is_refused_with_the_directorys_own_words() -> None:
    with pytest.raises(Refused, match="0 accounts"):
        answered("nobody", Paper(ALIAS))


def test_mail_that_is_held_back_is_told_beside_what_the_app_will_say() -> None:
    entry = Suppression(address=ADDRESS, reason="BOUNCE", since=BEGAN)
    mail = Mail(sender=Sender.SES, looked=True, list_read=True, suppressed=entry)
    answer = answered(ADDRESS, Paper(ALIAS, person("ana", ADDRESS, verified=True), mail=mail))
    assert answer.event["cause"] == "RESET_BLOCKED"
    assert "mail to the address doesn't arrive" in answer.headline.plain()
    assert "The app will say that a code was sent; none is." in words(answer)
    assert row(answer).offers[0].scenario == "unsuppress"
    assert row(answer).hand_over is None
