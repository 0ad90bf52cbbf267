"""Who is left out of a request over many people, each for a reason that its card says; and on what ground it may be."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.addresses import caseless
from bot.answer import Refused
from bot.cognito import Identity, Provider, User
from bot.ticket import State, Ticket
from bot.tickets import bulk_lists
from bot.tickets.bulk_lists import Listings
from bot.tickets.bulk_people import ANOTHER_HAS_IT
from bot.tickets.store import Store
from tests.bot.office import LEAD1
from tests.bot.tickets.many_people import DONE, GOOGLE, LEFT_OUT, UNMAPPED, Desk, Pool, checked

_NAMES = ["user", "a@x.example", "A@X.example", "b@x.example", "d@x.example"]


@pytest.fixture
def pool() -> Pool:
    found = Pool()
    found.through("fits")
    return found


@pytest.fixture
def desk(database: Store, pool: Pool) -> Iterator[Desk]:
    opened = Desk(database, pool)
    yield opened
    opened.close()


def asked(desk: Desk, pool: Pool) -> Ticket:
    checked(desk.store, pool)
    return desk.verify_all()


def reasons(ticket: Ticket) -> dict[str, int]:
    assert ticket.plan.many is not None
    return {each.words.template: each.people for each in ticket.plan.many.left_out}


@given(
    accounts=st.lists(
        st.tuples(
            st.sampled_from(["", "a@x.example", "A@x.example", "b@x.example", "c@x.example"]), st.sampled_from(_NAMES)
        ),
        min_size=1,
        max_size=5,
    )
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whoever_shares_an_address_is_found_however_they_are_called(
    database: Store, accounts: list[tuple[str, str]]
) -> None:
    pool = Pool()
    for n, (address, name) in enumerate(accounts):
        pool.through(name + ("" if "@" in name else str(n)), email=address)
    checked(database, pool)

    def others(user: User) -> bool:
        mine = {caseless(each) for each in (user.username, user.email) if "@" in each}
        return any(
            caseless(each) in mine
            for other in pool.users.values()
            if other is not user
            for each in (other.username, other.email)
        )

    listing = Listings(database, "prod", lambda _: 25.0).unverified("Google")
    assert {each.name for each in listing.everyone if each.left_out == ANOTHER_HAS_IT} == {
        name for name, user in pool.users.items() if user.email and others(user)
    }


def test_who_comes_after_a_full_list_is_only_counted(
    database: Store, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.crowd(9)
    checked(database, pool)
    monkeypatch.setattr(bulk_lists, "_AT_ONCE", 2)
    monkeypatch.setattr(bulk_lists, "_MOST_WEIGHED", 4)
    listing = Listings(database, "prod", lambda _: 25.0).unverified("Google")
    assert (len(listing.everyone), listing.later) == (4, 6)


def test_who_is_verified_is_not_meant_at_all(desk: Desk, pool: Pool) -> None:
    pool.through("verified", verified=True)
    ticket = asked(desk, pool)
    assert (desk.states(ticket), reasons(ticket)) == ({"fits": "todo"}, {})


def test_who_signs_in_another_way_is_not_meant_at_all(desk: Desk, pool: Pool) -> None:
    pool.add("native", "native@example.com")
    assert desk.states(asked(desk, pool)) == {"fits": "todo"}


def test_who_signs_in_through_another_provider_first_is_meant_too(desk: Desk, pool: Pool) -> None:
    both = pool.through("both")
    facebook = Identity(provider="Facebook", provider_type="Facebook", subject="both")
    pool.users["both"] = replace(both, identities=(facebook, *both.identities))
    assert desk.states(asked(desk, pool)) == {"both": "todo", "fits": "todo"}


@pytest.mark.parametrize("address", ["fits@example.com", "FITS@example.com"])
def test_an_address_that_several_have_in_any_letter_case(desk: Desk, pool: Pool, address: str) -> None:
    pool.add("other", address, verified=True)
    with pytest.raises(Refused, match="nobody whose address"):
        asked(desk, pool)


def test_an_address_that_somebody_is_called(desk: Desk, pool: Pool) -> None:
    pool.add("Fits@example.com", "else@example.com")
    pool.through("another")
    ticket = asked(desk, pool)
    assert desk.states(ticket) == {"fits": LEFT_OUT, "another": "todo"}
    assert reasons(ticket) == {"another account has the same address": 1}


def test_an_account_without_an_address_a_disabled_one_and_one_that_never_finished(desk: Desk, pool: Pool) -> None:
    pool.through("empty", email="")
    pool.through("off", enabled=False)
    pool.through("unfinished", status="UNCONFIRMED")
    ticket = asked(desk, pool)
    assert desk.states(ticket) == {"fits": "todo", "empty": LEFT_OUT, "off": LEFT_OUT, "unfinished": LEFT_OUT}
    assert reasons(ticket) == {
        "there is no address": 1,
        "the account is disabled": 1,
        "the sign-up is not finished": 1,
    }


def test_who_was_denied_before(desk: Desk, pool: Pool) -> None:
    pool.add("native", "native@example.com")
    denied = desk.ask("verify-email", user="native")
    assert desk.decisions.deny(denied.id, who=LEAD1, channel=denied.channel, ts=denied.ts, reason="no").accepted
    pool.through("native2", email="other@example.com")
    pool.users["native"] = replace(pool.users["native"], identities=pool.users["native2"].identities)
    assert reasons(asked(desk, pool)) == {"a request for it was denied before": 1}


def test_whose_own_request_waits(desk: Desk, pool: Pool) -> None:
    pool.providers = {}
    desk.ask("verify-email", user="fits")
    pool.providers = {"Google": GOOGLE}
    pool.through("another")
    assert reasons(asked(desk, pool)) == {"another request for it waits or runs": 1}


def test_the_digest_tells_lists_apart(desk: Desk, pool: Pool) -> None:
    first = asked(desk, pool)
    with pytest.raises(Refused, match="Already asked"):
        desk.verify_all()
    pool.through("another")
    assert asked(desk, pool).id != first.id


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        (UNMAPPED, "isn't mapped"),
        (Provider(name="Google", type="Facebook", mapping={"email_verified": "x"}), "can.t rely on"),
        (Provider(name="Google", type="LoginWithAmazon", mapping={"email_verified": "x"}), "can.t rely on"),
        (Provider(name="Google", type="SAML", mapping={"email_verified": "email_verified"}), "can.t rely on"),
        (
            Provider(
                name="Google",
                type="OIDC",
                mapping={"email_verified": "email_verified"},
                issuer="https://login.microsoftonline.com/t/v2.0",
            ),
            "can.t rely on",
        ),
    ],
)
def test_a_provider_whose_word_is_none(desk: Desk, pool: Pool, provider: Provider, words: str) -> None:
    pool.providers = {"Google": provider}
    with pytest.raises(Refused, match=words):
        asked(desk, pool)


@pytest.mark.parametrize(
    "provider",
    [
        Provider(name="Google", type="SignInWithApple", mapping={"email_verified": "email_verified"}),
        Provider(name="Google", type="OIDC", mapping={"email_verified": "email_verified"}, issuer="https://x.okta.com"),
        Provider(
            name="Google",
            type="OIDC",
            mapping={"email_verified": "xms_edov"},
            issuer="https://login.microsoftonline.com/t/v2.0",
        ),
    ],
)
def test_a_provider_whose_word_counts(desk: Desk, pool: Pool, provider: Provider) -> None:
    pool.providers = {"Google": provider}
    assert desk.states(asked(desk, pool)) == {"fits": "todo"}


# What is found only right before the call.


def test_the_address_is_another_ones_by_now(desk: Desk, pool: Pool) -> None:
    ticket = desk.agree(asked(desk, pool))
    pool.add("thief", "fits@example.com", verified=True)
    assert desk.carried(ticket).state is State.STALE
    assert desk.why(ticket) == {"fits": "another account has the same address"}
    assert pool.sent == []


def test_the_provider_itself_may_say_no(desk: Desk, pool: Pool) -> None:
    later = pool.through("later")
    pool.providers["Google"] = replace(GOOGLE, modified=later.modified - timedelta(hours=1))
    ticket = desk.agree(asked(desk, pool))
    assert desk.carried(ticket).state is State.DONE
    assert desk.states(ticket) == {"fits": DONE, "later": LEFT_OUT}
    assert desk.why(ticket) == {"later": "it has changed since the claim was mapped, so the provider itself may say no"}


def test_another_provider_would_undo_it(desk: Desk, pool: Pool) -> None:
    ticket = desk.agree(asked(desk, pool))
    pool.providers["Corp"] = replace(UNMAPPED, name="Corp")
    corp = Identity(provider="Corp", provider_type="OIDC", subject="1")
    fits = pool.users["fits"]
    pool.users["fits"] = replace(fits, identities=(*fits.identities, corp))
    assert desk.carried(ticket).state is State.STALE
    assert desk.why(ticket) == {"fits": "the next sign-in through a provider would undo it"}


def test_a_request_of_their_own_has_come_since(desk: Desk, pool: Pool) -> None:
    ticket = desk.agree(asked(desk, pool))
    pool.providers = {"Google": replace(GOOGLE, mapping={"email_verified": "email_verified"})}
    desk.ask("verify-email", user="fits")
    assert desk.carried(ticket).state is State.STALE
    assert desk.why(ticket) == {"fits": "another request for it waits or runs"}


# Invitations.


def invited(pool: Pool, name: str, *, days: int) -> None:
    pool.add(name, f"{name}@example.com")
    when = datetime.now(UTC).replace(microsecond=0)
    when = when.fromtimestamp(when.timestamp() - days * 86_400, UTC)
    pool.users[name] = replace(pool.users[name], status="FORCE_CHANGE_PASSWORD", created=when, modified=when)


def test_an_invitation_is_sent_again_once_where_the_last_one_has_certainly_expired(desk: Desk, pool: Pool) -> None:
    invited(pool, "late", days=30)
    invited(pool, "fresh", days=1)
    checked(desk.store, pool)
    ticket = desk.agree(desk.ask("bulk-invite", who=LEAD1))
    assert desk.carried(ticket).state is State.DONE
    assert pool.sent == ["AdminCreateUser(late, MessageAction=RESEND)"]
    assert desk.why(ticket) == {"fresh": "the last invitation may still work"}
    # It is no thing to be undone, and what has left today counts.
    assert desk.read(ticket).plan.undo == ()


def test_no_more_invitations_than_mails_may_leave_a_day(desk: Desk, pool: Pool) -> None:
    pool.pool = replace(pool.pool, mails_a_day=3)
    for n in range(5):
        invited(pool, f"late{n}", days=30)
    checked(desk.store, pool)
    ticket = desk.ask("bulk-invite", who=LEAD1)
    assert ticket.plan.many is not None
    assert (ticket.plan.many.people, ticket.plan.many.later) == (3, 2)
    desk.carried(desk.agree(ticket))
    with pytest.raises(Refused, match="No more than 3 mails leave a day"):
        desk.ask("bulk-invite", who=LEAD1)


def test_the_undo_takes_the_flag_back_in_another_run(desk: Desk, pool: Pool) -> None:
    ticket = desk.carried(desk.agree(asked(desk, pool)))

    form = {"reason": "the wrong ones"}
    undo = desk.post(desk.asks(scenario="undo", form=form, parent=ticket.id, who=LEAD1))
    summary = desk.read(undo).plan.summary.plain()
    assert summary == "mark one address as not verified, to undo “mark one address as verified”"
    assert desk.carried(desk.agree(undo)).state is State.DONE
    assert pool.unverified == ["fits"]
    assert desk.states(undo) == {"fits": DONE}
