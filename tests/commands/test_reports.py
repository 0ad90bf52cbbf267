"""Checks that went wrong for people who reported it, each state played against Cognito, with what is right.

Every state is played twice: with the settings as they are shipped, and where the desk may ask for customers' own
credentials.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest

from bot.answer import Answer, HandOver, Offer, Offers, Quote, Refused, Team
from bot.aws.gateway import Gateway
from bot.plan import Plan
from sandbox.testing import CognitoServer
from tests.bot import wired
from tests.commands.customer_actions import SENDS, Desk, told

pytestmark = pytest.mark.slow

ANA = "ana@example.com"
DAYS = timedelta(days=1)
POOLS: dict[str, dict[str, Any]] = {
    "alias": {},
    "silent": {"auto_verify": ()},
    "link": {"by_link": True},
    "migrates": {"settings": {"LambdaConfig": {"UserMigration": "arn:aws:lambda:us-east-1:1:function:migrate"}}},
}
FULL = {"email": "email", "email_verified": "email_verified"}

Open = Callable[[str], Desk]


@pytest.fixture(scope="module", params=["shipped", "trusting"])
def _wire(request: pytest.FixtureRequest) -> Iterator[tuple[CognitoServer, Gateway]]:
    with wired.cognito() as server:
        for name, kind in POOLS.items():
            server.pools.create(name, **kind)
        with wired.gateway(server, SENDS, trusting=request.param == "trusting") as gateway:
            yield server, gateway


@pytest.fixture
def trusting(_wire: tuple[CognitoServer, Gateway]) -> bool:
    """Whether the desk may ask for customers' own credentials; not so with the shipped settings."""
    return _wire[1].directory("alias").pool.customer_credentials


@pytest.fixture
def desk_in(_wire: tuple[CognitoServer, Gateway]) -> Iterator[Open]:
    server, gateway = _wire
    yield lambda kind: Desk(server, gateway, kind)
    server.mailbox.clear()
    server.calls.clear()
    server.default_sender.limit(None)
    for pool in server.pools:
        for user in pool.users:
            pool.delete(user.sub)
        for name in tuple(pool.providers):
            pool.remove_provider(name)


@pytest.fixture
def desk(desk_in: Open) -> Desk:
    return desk_in("alias")


def row(answer: Answer) -> Offers:
    """The buttons of the account that came off worst."""
    return next(part for part in answer.thread if isinstance(part, Offers))


def offered(answer: Answer) -> list[str]:
    return [offer.scenario for offer in row(answer).offers]


def handed(answer: Answer) -> HandOver:
    found = row(answer).hand_over
    assert found is not None
    return found


def quoted(answer: Answer) -> str:
    return next(part.words.plain() for part in answer.thread if isinstance(part, Quote))


def outlook(answer: Answer) -> Mapping[str, str]:
    found = answer.event["outlook"]
    assert not isinstance(found, str)
    return found


def is_found(answer: Answer, cause: str, *headline: str, **expected: str) -> None:
    """Hold the cause, what the headline says and must say, and the outlook."""
    assert answer.event["cause"] == cause
    for part in headline:
        assert part in answer.headline.plain()
    assert {name: outlook(answer)[name] for name in expected} == expected


def no_green(answer: Answer) -> None:
    assert answer.best is None
    assert not any(offer.best for part in answer.thread if isinstance(part, Offers) for offer in part.offers)


def green(answer: Answer) -> Offer:
    assert answer.best is not None
    assert answer.best == row(answer).offers[0]
    return answer.best


# 1 and 2: invitations.


def test_1_a_verified_account_that_never_signed_in_needs_its_invitation(desk: Desk) -> None:
    desk.add("tess", ANA, verified=True, status="FORCE_CHANGE_PASSWORD", created=20 * DAYS, modified=2 * DAYS)
    answer = desk.check(ANA)
    is_found(answer, "TEMP_PASSWORD", "can't reset the password", "first sign-in", reset="no")
    assert outlook(answer)["sign_in_username"] == "unknown"
    assert "invitation" in quoted(answer)
    assert "sign out" not in told(answer)
    assert green(answer).scenario == "resend-invitation"
    desk.done("resend-invitation", user="tess")
    assert desk.mailed == [ANA]


def test_1_while_the_password_of_the_invitation_works_the_way_is_the_customers_own(desk: Desk) -> None:
    desk.add("tess", ANA, verified=True, status="FORCE_CHANGE_PASSWORD")
    answer = desk.check(ANA)
    is_found(answer, "TEMP_PASSWORD", "first sign-in", sign_in="yes", sign_in_username="yes", reset="no")
    assert "sign in with the password in it" in quoted(answer)
    assert "resend-invitation" not in offered(answer)
    no_green(answer)
    assert handed(answer)


def test_2_an_invitation_that_has_run_out_is_sent_again_and_the_flag_is_not_the_way(desk: Desk) -> None:
    desk.add("tess", ANA, verified=False, status="FORCE_CHANGE_PASSWORD", created=30 * DAYS)
    answer = desk.check(ANA)
    is_found(answer, "TEMP_PASSWORD", "can't sign in", "has run out", sign_in="no", sign_in_username="no", reset="no")
    assert green(answer).scenario == "resend-invitation"
    assert "send you a new invitation" in quoted(answer)
    assert "works for 7 days" in told(answer)
    assert "stopped working" in told(answer)
    desk.done("resend-invitation", user="tess")
    assert outlook(desk.check(ANA))["sign_in_username"] != "no"


# 3 and 4: other states that a flag doesn't show.


def test_3_an_imported_account_has_to_set_a_new_password_first(desk: Desk) -> None:
    desk.add("rita", ANA, verified=True, status="RESET_REQUIRED")
    answer = desk.check(ANA)
    is_found(answer, "RESET_REQUIRED", "can't sign in", "new password", sign_in="no", reset="email")
    assert "“forgot password”" in quoted(answer)
    assert "comes by mail" in quoted(answer)
    no_green(answer)


def test_4_nothing_works_with_a_disabled_account(desk: Desk) -> None:
    desk.add("dan", ANA, verified=True, enabled=False)
    answer = desk.check(ANA)
    is_found(answer, "DISABLED", "disabled", sign_in="no", sign_in_username="no", reset="no", verify_code="no")
    assert offered(answer) == []
    assert handed(answer).team is Team.ACCOUNTS
    no_green(answer)


# 5: where no code can come.


def test_5_where_no_code_can_come_the_sign_up_is_confirmed_for_the_customer(desk_in: Open) -> None:
    desk = desk_in("silent")
    desk.pool.sign_up("nina", email=ANA)
    answer = desk.check(ANA)
    is_found(answer, "SIGNUP_OPEN", "never finished", sign_up_code="no", sign_in_username="no")
    assert "No code can reach you" in quoted(answer)
    assert "send-code" not in offered(answer)
    assert green(answer).scenario == "confirm-account"
    assert "pool-email" in offered(answer)
    desk.done("confirm-account", user="nina")
    assert outlook(desk.check(ANA))["sign_in"] == "yes"


# 6 and 7: providers.


def test_6_a_flag_set_by_hand_goes_with_the_next_sign_in(desk: Desk) -> None:
    desk.pool.add_provider("Google", "Google", {"email": "email"})
    gil = desk.pool.sign_in("Google", {"sub": "104", "email": ANA, "email_verified": True})
    desk.pool.write(gil.username, {"email_verified": "true"})
    answer = desk.check(ANA)
    is_found(answer, "FED_UNMAPPED", "is verified until the next sign-in through Google", flag_next="cleared")
    assert "sign out" not in quoted(answer).lower()
    assert green(answer).scenario == "map-provider"
    desk.done("map-provider", provider="Google")
    assert outlook(desk.check(ANA))["flag_next"] == "unknown"


def test_7_of_two_providers_each_is_told_by_its_name_with_what_its_next_sign_in_does(desk: Desk) -> None:
    desk.pool.add_provider("Okta", "OIDC", FULL)
    desk.pool.add_provider("Facebook", "Facebook", {"email": "email"})
    desk.add("lia", ANA, verified=False)
    desk.pool.link("lia", "Okta", "1")
    desk.pool.link("lia", "Facebook", "2")
    answer = desk.check(ANA)
    is_found(answer, "FED_CLAIM", "Okta doesn't say that it is", flag_next="unknown")
    said = told(answer)
    assert "What the next sign-in through Okta makes of the flag can't be told" in said
    assert "The next sign-in through Facebook sets the address to “not verified”" in said
    assert "whose claim email_verified is mapped" in said
    assert "claim  " not in said
    assert "Signing in through Facebook clears the flag every time" in said
    assert handed(answer).team is Team.IDENTITY
    assert "Okta" in handed(answer).text.plain()


# 8, 9, 11, 15: several accounts.


def test_what_only_the_account_itself_shows_counts_for_each_account_of_an_address(desk: Desk) -> None:
    desk.pool.add("old", email=ANA, email_verified=False, created=300 * DAYS, mfa=("EMAIL_OTP",))
    desk.add("ana", ANA, verified=True)
    answer = desk.check(ANA)
    is_found(answer, "ALIAS_MOVED", "signs in to ana")
    assert "“Forgot password” can't work, whatever is verified." in told(answer)


def test_8_before_a_second_sign_up_is_sent_anything_the_older_account_is_named(desk: Desk) -> None:
    desk.add("old", ANA, verified=False, created=300 * DAYS)
    desk.pool.sign_up("new", email=ANA)
    for reference in (ANA, "new"):
        answer = desk.check(reference)
        is_found(answer, "SIGNUP_OPEN", "never finished", sign_up_code="email")
        no_green(answer)
        assert "More than one account has your address" in quoted(answer)
        said = [words for words in told(answer).splitlines() if "old" in words]
        assert said
        assert any("before anything is sent" in words for words in said)
        first = row(answer).offers[0]
        assert (first.scenario, first.fields["user"]) == ("check", "old")
    assert isinstance(desk.run("send-code", user="new"), Plan), "the older one stands to lose: leads decide"
    assert desk.mailed == [ANA], "only what the sign-up itself had sent"


def test_9_who_stored_an_address_that_another_account_owns_never_owned_it(desk: Desk) -> None:
    desk.add("first", ANA, verified=True, created=300 * DAYS)
    desk.add("second", "second@example.com", verified=True, created=100 * DAYS)
    desk.pool.change_own("second", {"email": ANA})
    for reference in (ANA, "second"):
        answer = desk.check(reference)
        is_found(answer, "ALIAS_MOVED", "signs in to first, not to second", sign_in="no", sign_in_username="yes")
        no_green(answer)
        said = told(answer)
        assert "`first` (created" in said or "first (created" in said
        assert "or never" in said
        assert "give it back" not in said.lower()
        ways = row(answer).offers
        assert ways[0].scenario == "change-email"
        assert ways[-1].scenario == "verify-email"
        assert ways[-1].label == "Take the address for second…"


def test_11_a_native_account_beside_a_federated_twin_can_be_verified(desk: Desk) -> None:
    desk.pool.add_provider("Google", "Google", FULL)
    desk.add("nat", ANA, verified=False)
    desk.pool.sign_in("Google", {"sub": "104", "email": ANA, "email_verified": False})
    answer = desk.check("nat")
    is_found(answer, "FED_TWIN", "two accounts", "Google", sign_in="no", sign_in_username="yes")
    assert "verify-email" in offered(answer)
    assert handed(answer).team is Team.APP
    everyone = desk.check(ANA)
    buttons = [offer for part in everyone.thread if isinstance(part, Offers) for offer in part.offers]
    assert ("verify-email", "nat") in [(offer.scenario, offer.fields.get("user")) for offer in buttons]
    desk.done("verify-email", user="nat")
    assert outlook(desk.check("nat"))["sign_in"] == "yes"


def test_15_an_account_that_is_disabled_is_not_the_one_to_use(desk: Desk) -> None:
    desk.add("owner", ANA, verified=True, enabled=False, created=300 * DAYS)
    desk.add("second", ANA, verified=False)
    answer = desk.check("second")
    is_found(answer, "ALIAS_MOVED", "signs in to owner, not to second", sign_in="no")
    assert "owner is disabled, so nobody can use that account either" in told(answer)
    no_green(answer)
    everyone = desk.check(ANA)
    is_found(everyone, "DISABLED", "disabled")
    no_green(everyone)


def test_15_a_second_sign_up_is_not_sent_to_an_account_that_is_disabled(desk: Desk) -> None:
    desk.add("owner", ANA, verified=True, enabled=False, created=300 * DAYS)
    desk.pool.sign_up("second", email=ANA)
    answer = desk.check("second")
    is_found(answer, "DUP_SIGNUP", "second sign-up")
    assert "sign in with it" not in quoted(answer)
    assert "Nobody can sign in to `owner`" in told(answer) or "Nobody can sign in to owner" in told(answer)
    assert "Mostly the customer has forgotten" not in told(answer)


# 10, 12, 13: what the flag alone explains, and what it doesn't.


@pytest.mark.parametrize("mapping", [None, {"given_name": "given_name"}], ids=["gone", "maps no e-mail"])
def test_10_a_link_that_writes_no_address_makes_no_difference_to_the_flag(
    desk: Desk, mapping: Mapping[str, str] | None
) -> None:
    desk.pool.add_provider("Okta", "OIDC", mapping or FULL)
    desk.add("lia", ANA, verified=False)
    desk.pool.link("lia", "Okta", "1")
    if mapping is None:
        desk.pool.remove_provider("Okta")
    answer = desk.check(ANA)
    is_found(answer, "EMAIL_CHANGED", "not verified", flag_next="stays", sign_in_username="yes", reset="no")
    assert "verify-email" in offered(answer)
    desk.done("verify-email", user="lia")
    assert outlook(desk.check(ANA)) == {**outlook(answer), "sign_in": "yes", "reset": "email"}


def test_12_what_was_never_verified_is_not_said_to_have_changed(desk: Desk) -> None:
    desk.add("ana", ANA, verified=False, created=9 * DAYS)
    answer = desk.check(ANA)
    is_found(answer, "EMAIL_CHANGED", "not verified", reset="no", sign_in="no", verify_code="email")
    assert "It was never verified" in told(answer)
    assert "It was changed" not in told(answer)
    assert "mailed" not in told(answer)
    desk.pool.backdate("ana", created=9 * DAYS, modified=3 * DAYS)
    assert "It was changed, or never verified; Cognito doesn't say which." in told(desk.check(ANA))


def test_13_with_a_verified_number_the_reset_code_comes_as_a_text_message(desk: Desk) -> None:
    desk.add("rita", ANA, verified=False, status="RESET_REQUIRED", phone="+15550123", phone_verified=True)
    answer = desk.check(ANA)
    is_found(answer, "RESET_REQUIRED", "new password", reset="phone", sign_in_username="no")
    assert "text message to +*******0123" in quoted(answer)
    no_green(answer)


# 14 and 16: sign-ups.


def test_14_where_a_link_is_mailed_nobody_is_told_to_enter_a_code(desk_in: Open) -> None:
    desk = desk_in("link")
    desk.pool.sign_up("nina", email=ANA)
    answer = desk.check(ANA)
    is_found(answer, "SIGNUP_OPEN", "never finished", sign_up_code="email")
    assert "link" in quoted(answer)
    assert "code" not in quoted(answer)
    assert green(answer).scenario == "send-code"
    assert "code" not in green(answer).label
    assert "confirm-sign-up" not in offered(answer)
    assert "with a link" in told(answer)


def test_16_a_sign_up_code_is_sent_again_with_the_shipped_settings(desk: Desk) -> None:
    desk.pool.sign_up("nina", email=ANA)
    answer = desk.check(ANA)
    is_found(answer, "SIGNUP_OPEN", "never finished", sign_up_code="email")
    best = green(answer)
    assert best.scenario == "send-code"
    assert "new code by mail" in quoted(answer)
    desk.answer(best.scenario, **best.fields)
    assert desk.mailed == [ANA, ANA]


# 17 and 18: nobody yet, and somebody after all.


def test_17_where_customers_come_from_an_older_system_nobody_yet_is_said_to_be_that(desk_in: Open) -> None:
    with pytest.raises(Refused, match="may come into being only then"):
        desk_in("migrates").check(ANA)
    with pytest.raises(Refused) as elsewhere:
        desk_in("alias").check(ANA)
    assert "come into being" not in str(elsewhere.value)


def test_18_a_sign_up_that_met_the_limit_of_mails_leads_to_the_account_that_it_made(desk: Desk, trusting: bool) -> None:
    if not trusting:
        # Signing somebody up takes a password of theirs: not with the shipped settings.
        desk.refuses("sign-up", "may not ask", username="nina", email=ANA)
        return
    desk.server.default_sender.limit(0)
    answer = desk.answer("sign-up", username="nina", email=ANA)
    assert desk.accounts == {"nina": (ANA, False, "UNCONFIRMED")}
    assert "The account nina exists now, not confirmed, and no code was sent" in answer.headline.plain()
    assert "this person" not in told(answer)
    assert answer.best is not None
    assert answer.best.scenario == "send-code"
    again = desk.refused("sign-up", username="nina", email=ANA)
    assert "its sign-up was never finished" in str(again)
    assert "send-code" in [choice.scenario for choice in again.choices]
    desk.server.default_sender.limit(None)
    desk.answer("send-code", user="nina")
    assert desk.mailed == [ANA]


def test_no_row_offers_what_is_refused_at_once(desk: Desk) -> None:
    """The plans among the offers of a few rows can be asked for as they stand."""
    desk.add("tess", ANA, verified=False, status="FORCE_CHANGE_PASSWORD", created=30 * DAYS)
    for offer in row(desk.check(ANA)).offers:
        form: dict[str, Any] = {"reason": "They called back", **offer.fields}
        if offer.scenario == "change-email":
            form |= {"email": "new@example.com", "how": "Verified now, by us"}
        assert isinstance(desk.run(offer.scenario, **form), Plan)
