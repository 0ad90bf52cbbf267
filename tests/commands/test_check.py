"""/cognito-check: what it says for every cause, and what it offers."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.answer import Answer, Bullets, Offer, Offers, Paragraph, Quote, Table
from bot.cognito import Pool, PoolUpdate, Provider, User
from bot.diagnosis import Cause
from bot.plan import Refused
from bot.scenario import Kind
from bot.slack import blocks
from sandbox.slack.blockkit import check_message
from tests.commands.paper import ALIAS, EMAIL_LOGIN, KEEPS, PLAIN, REASON, SCENARIOS, Paper, answered, person, run

ADDRESS = "ana@example.com"
GOOGLE = Provider(name="Google", type="Google", mapping={"email": "email"})


def offers(answer: Answer) -> tuple[Offer, ...]:
    return tuple(offer for part in answer.thread if isinstance(part, Offers) for offer in part.offers)


def words(answer: Answer) -> str:
    said = [answer.headline.plain()]
    for part in answer.thread:
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


def federated(mapping: dict[str, str], kind: str = "Google", pool: Pool = ALIAS) -> Paper:
    user = person("G_1", ADDRESS, status="EXTERNAL_PROVIDER", through="Google")
    return Paper(pool, user, providers=[Provider(name="Google", type=kind, mapping=mapping)])


PHONE_TOO = replace(ALIAS, auto_verified=frozenset({"email", "phone_number"}))
EVERY_CAUSE: dict[Cause, Paper] = {
    Cause.VERIFIED: Paper(ALIAS, person("ana", ADDRESS, verified=True)),
    Cause.DUP_SIGNUP: Paper(
        ALIAS, person("ana", ADDRESS, verified=True), person("ana2", ADDRESS, status="UNCONFIRMED", day=3)
    ),
    Cause.SIGNUP_OPEN: Paper(ALIAS, person("ana", ADDRESS, status="UNCONFIRMED")),
    Cause.FED_REQUIRED: federated({"email": "email"}, pool=replace(ALIAS, required=frozenset({"family_name"}))),
    Cause.FED_UNMAPPED: federated({"email": "email"}),
    Cause.FED_CLAIM: federated({"email": "email", "email_verified": "email_verified"}),
    Cause.FED_NOCLAIM: federated({"email": "email"}, "Facebook"),
    Cause.FED_TWIN: Paper(
        ALIAS,
        person("ana", ADDRESS),
        person("G_1", ADDRESS, status="EXTERNAL_PROVIDER", through="Google", verified=True),
        providers=[GOOGLE],
    ),
    Cause.ALIAS_MOVED: Paper(ALIAS, person("ana.old", ADDRESS), person("ana.new", ADDRESS, verified=True, day=9)),
    Cause.ALIAS_NOBODY: Paper(ALIAS, person("ana.old", ADDRESS), person("ana.new", ADDRESS, day=9)),
    Cause.TEMP_PASSWORD: Paper(ALIAS, person("ana", ADDRESS, status="FORCE_CHANGE_PASSWORD")),
    Cause.RESET_PENDING: Paper(ALIAS, person("ana", ADDRESS, status="RESET_REQUIRED")),
    Cause.NO_AUTOVERIFY: Paper(replace(ALIAS, auto_verified=frozenset()), person("ana", ADDRESS)),
    Cause.PHONE_TOOK_CODE: Paper(PHONE_TOO, person("ana", ADDRESS, phone_verified=True)),
    Cause.EMAIL_CHANGED: Paper(ALIAS, person("ana", ADDRESS)),
    Cause.UNKNOWN: Paper(ALIAS, person("ana", ADDRESS, status="COMPROMISED")),
}


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_every_cause_is_named_explained_and_ends_with_a_line_for_the_customer(cause: Cause) -> None:
    answer = answered(ADDRESS, EVERY_CAUSE[cause])
    assert answer.event_type == "desk_check"
    assert answer.event == {"cause": cause, "pool": "prod"}
    assert answer.headline.plain().startswith(f"{ADDRESS}: ")
    said = words(answer)
    assert f"({cause})" in said
    assert "Seen" in said
    assert "What now" in said
    assert "Tell the customer" in said
    assert "{" not in said


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_every_offer_opens_a_form_that_exists_filled_in_with_the_user_name(cause: Cause) -> None:
    answer = answered(ADDRESS, EVERY_CAUSE[cause])
    for offer in offers(answer):
        assert offer.scenario in SCENARIOS
        assert offer.fields.keys() <= set(SCENARIOS[offer.scenario].fields)
        assert ADDRESS not in offer.fields.values()
        assert offer.fields.get("user") in {None, *(user.username for user in EVERY_CAUSE[cause].find(ADDRESS))}
    assert answer.best == next(iter(offers(answer)), None)
    assert sum(offer.best for offer in offers(answer)) == bool(offers(answer))
    assert all(SCENARIOS[offer.scenario].kind is Kind.PLAN for offer in offers(answer))


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
        (Cause.SIGNUP_OPEN, ["send-code", "confirm-sign-up"]),
        (Cause.NO_AUTOVERIFY, ["verify-email", "change-email", "pool-email"]),
    ],
)
def test_where_the_customers_own_sign_in_will_do_the_way_without_a_lead_comes_first(
    cause: Cause, offered: list[str]
) -> None:
    answer = answered(ADDRESS, trusting(cause))
    assert [offer.scenario for offer in offers(answer)] == offered
    assert answer.best == offers(answer)[0]


def test_a_second_sign_up_can_be_confirmed_but_that_is_not_the_best_way() -> None:
    answer = answered(ADDRESS, trusting(Cause.DUP_SIGNUP))
    assert [(offer.scenario, offer.best) for offer in offers(answer)] == [("confirm-sign-up", False)]
    assert answer.best is None


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_no_errand_that_is_offered_is_refused_before_it_asks_for_a_credential(cause: Cause) -> None:
    directory = trusting(cause)
    for offer in offers(answered(ADDRESS, directory)):
        if SCENARIOS[offer.scenario].kind is Kind.ERRAND:
            code = {"code": "123456"} if "code" in SCENARIOS[offer.scenario].fields else {}
            with pytest.raises(Refused, match="nobody would lose the address by it any more"):
                run(offer.scenario, {**code, **offer.fields}, directory)


@pytest.mark.parametrize("cause", EVERY_CAUSE)
def test_no_offer_ends_in_a_refusal(cause: Cause) -> None:
    directory = EVERY_CAUSE[cause]
    for offer in offers(answered(ADDRESS, directory)):
        if SCENARIOS[offer.scenario].kind is Kind.PLAN:
            typed = {"reason": REASON, "email": "new@example.com", "how": "Verified now, by us", "codes": True}
            form = SCENARIOS[offer.scenario].form
            asked = {name: value for name, value in typed.items() if name in form.model_fields}
            run(offer.scenario, {**asked, **offer.fields}, directory)


@pytest.mark.parametrize(
    "cause",
    [Cause.FED_REQUIRED, Cause.FED_CLAIM, Cause.FED_NOCLAIM, Cause.FED_TWIN, Cause.UNKNOWN],
)
def test_where_no_scenario_fits_it_says_whom_to_hand_over_to(cause: Cause) -> None:
    answer = answered(ADDRESS, EVERY_CAUSE[cause])
    assert not offers(answer)
    assert "Hand over to" in words(answer)


def test_an_address_is_answered_with_all_its_accounts_and_remedies_for_each() -> None:
    users = [person(f"tri{n}", ADDRESS, verified=n == 2, day=n) for n in range(3)]
    answer = answered(ADDRESS, Paper(ALIAS, *users))
    (table,) = [part for part in answer.thread if isinstance(part, Table)]
    assert [row[0].plain() for row in table.rows] == ["tri0", "tri1", "▸ tri2"]
    assert [(offer.scenario, offer.fields["user"]) for offer in offers(answer)] == [
        ("verify-email", "tri0"),
        ("change-email", "tri0"),
        ("verify-email", "tri1"),
        ("change-email", "tri1"),
    ]
    assert "tri2 (VERIFIED)" in words(answer)


def test_a_user_name_is_answered_for_that_account_beside_those_that_share_its_address() -> None:
    answer = answered("ana.old", EVERY_CAUSE[Cause.ALIAS_MOVED])
    (table,) = [part for part in answer.thread if isinstance(part, Table)]
    assert len(table.rows) == 2
    assert "a newer account took this address" in answer.headline.plain()


def test_more_accounts_than_can_be_explained_are_counted() -> None:
    answer = answered(ADDRESS, Paper(ALIAS, *(person(f"u{n}", ADDRESS, day=n) for n in range(20))))
    assert "14 more accounts" in words(answer)


def test_of_a_crowd_the_one_that_signs_in_stands_first_and_the_rest_is_counted() -> None:
    crowd = [person(f"u{n:03}", ADDRESS, day=n, verified=n == 299) for n in range(300)]
    answer = answered(ADDRESS, Paper(ALIAS, *crowd))
    (table,) = [part for part in answer.thread if isinstance(part, Table)]
    assert table.rows[0][0].plain() == "▸ u299"
    assert "u008, u009, u010 and 289 more" in words(answer)
    alone = answered("u000", Paper(ALIAS, *crowd))
    assert "u010 and 289 more" in words(alone)
    for part in (*answer.thread, *alone.thread):
        drawn = blocks.drawn((part,), pool="prod", origin=1)
        assert check_message(drawn) == []


def test_a_change_that_may_be_pending_is_never_called_healthy() -> None:
    answer = answered(ADDRESS, Paper(KEEPS, person("ana", ADDRESS, verified=True)))
    assert answer.event["cause"] == "VERIFIED"
    assert "may be waiting for its code" in answer.headline.plain()
    assert "nothing wrong" not in answer.headline.plain()
    assert [offer.scenario for offer in offers(answer)] == ["change-email"]


def test_a_verified_account_that_can_not_sign_in_any_more_is_not_called_healthy() -> None:
    user = person("G_1", ADDRESS, status="EXTERNAL_PROVIDER", through="Google", verified=True)
    answer = answered(ADDRESS, Paper(replace(ALIAS, required=frozenset({"family_name"})), user, providers=[GOOGLE]))
    assert "missing something that the pool requires" in answer.headline.plain()
    assert "family_name" in words(answer)


def _remarks() -> Iterator[tuple[str, Pool, tuple[User, ...]]]:
    ana = person("ana", ADDRESS)
    yield "(DELIVERY)", replace(ALIAS, email_failure="SES is suspended"), (ana,)
    yield "(CASE_VARIANT)", ALIAS, (ana, person("ana2", "Ana@example.com"))
    yield "(EMAIL_LOGIN)", EMAIL_LOGIN, (ana,)
    yield "(NO_ALIAS)", PLAIN, (ana,)


@pytest.mark.parametrize(("key", "pool", "users"), tuple(_remarks()))
def test_what_is_also_worth_knowing_is_said(key: str, pool: Pool, users: tuple[User, ...]) -> None:
    assert key in words(answered(ADDRESS, Paper(pool, *users)))


def test_the_pools_settings_are_offered_only_where_the_desk_may_change_them() -> None:
    silent = replace(ALIAS, auto_verified=frozenset())
    managed = replace(silent, update=PoolUpdate(managed_by="Terraform"))
    broken = replace(silent, email_failure="SES is suspended")
    offered = {
        pool.update.managed_by or pool.email_failure: [
            offer.scenario for offer in offers(answered(ADDRESS, Paper(pool, person("ana", ADDRESS))))
        ]
        for pool in (silent, managed, broken)
    }
    admin = ["verify-email", "change-email"]
    assert offered == {"": [*admin, "pool-email"], "Terraform": admin, "SES is suspended": admin}


def test_an_account_without_an_address_is_offered_one() -> None:
    answer = answered("ana", Paper(ALIAS, person("ana")))
    assert answer.headline.plain().startswith("ana: ")
    assert [offer.scenario for offer in offers(answer)] == ["change-email"]


def test_a_name_that_nobody_has_is_refused_with_the_directorys_own_words() -> None:
    with pytest.raises(Refused, match="0 accounts"):
        answered("nobody", Paper(ALIAS))
