"""What AWS's own sources disagree about, either way: each scenario to which it matters tells what has happened."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.aws.failure import CallFailed, Fate
from bot.aws.gateway import Gateway
from bot.plan import Plan
from bot.tickets import verification
from sandbox.testing import CognitoServer, Contested
from tests.commands.customer_actions import Desk, told, wire
from tests.commands.paper import REASON

ADDRESS = "ben@example.com"
ENTRA = "https://login.microsoftonline.com/tenant/v2.0"
MOVE = "Move the e-mail to this account"
KINDS: dict[str, dict[str, Any]] = {"alias": {}, "folded": {"case_sensitive": False}}


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[CognitoServer, Gateway]]:
    with wire(KINDS) as both:
        yield both


@pytest.fixture
def open_desk(pools: tuple[CognitoServer, Gateway]) -> Iterator[Callable[..., Desk]]:
    """Open a pool where one question has this answer."""
    server, gateway = pools

    def opened(kind: str = "alias", **answers: Any) -> Desk:
        server.contested = replace(Contested(), **answers)
        return Desk(server, gateway, kind)

    yield opened
    server.contested = Contested()
    server.mailbox.clear()
    server.calls.clear()
    for pool in server.pools:
        for user in pool.users:
            pool.delete(user.sub)


Open = Callable[..., Desk]


def two_of_ben(desk: Desk, address: str = ADDRESS) -> None:
    desk.add("old", ADDRESS, verified=False)
    desk.add("new", address, verified=True)


@pytest.mark.parametrize("taken", ["steals", "alias_exists"])
@pytest.mark.parametrize(
    ("scenario", "form"),
    [
        ("verify-email", {"user": "old"}),
        ("change-email", {"user": "eve", "email": ADDRESS, "how": "Verified now, by us"}),
    ],
)
def test_an_administrator_who_verifies_a_taken_address(
    open_desk: Open, taken: str, scenario: str, form: dict[str, str]
) -> None:
    desk = open_desk(admin_verify_on_taken_alias=taken)
    two_of_ben(desk)
    desk.add("eve", "eve@example.com", verified=True)
    before = desk.accounts
    if taken == "steals":
        plan = desk.done(scenario, **form)
        assert [change.subject.name for change in plan.changes if change.loses] == ["new"]
        assert not desk.pool.user("new").email_verified
        return
    with pytest.raises(CallFailed) as failed:
        desk.done(scenario, **form)
    assert failed.value.fate is Fate.REFUSED
    assert "Another account already owns this address." in failed.value.words.plain()
    assert desk.accounts == before


@pytest.mark.parametrize("replaces", [True, False])
def test_an_older_code(open_desk: Open, replaces: bool) -> None:
    desk = open_desk(newer_code_replaces=replaces)
    desk.add("ana", "ana@example.com", verified=False)
    form = {"user": "ana", "token": desk.pool.token("ana")}
    desk.answer("send-code", **form)
    older = desk.code("ana@example.com")
    assert "the newest one counts" in told(desk.answer("send-code", **form))
    if replaces:
        refused = desk.refused("enter-code", code=older, **form)
        assert refused.field == "code"
        assert not desk.pool.user("ana").email_verified
    answer = desk.answer("enter-code", code=desk.code("ana@example.com") if replaces else older, **form)
    assert "email_verified is true now" in told(answer)
    assert desk.pool.user("ana").email_verified


@pytest.mark.parametrize("burns", [True, False])
def test_the_code_of_a_sign_up_that_was_refused(open_desk: Open, burns: bool) -> None:
    desk = open_desk(refused_confirmation_burns_code=burns)
    desk.add("owner", ADDRESS, verified=True)
    desk.answer("sign-up", username="nina", email=ADDRESS)
    code = desk.code(ADDRESS)
    assert "The code may be used up by this" in str(desk.refused("confirm-sign-up", user="nina", code=code))
    form = {"user": "nina", "taken": MOVE}
    if burns:
        with pytest.raises(CallFailed) as failed:
            desk.done("confirm-sign-up", secret=code, **form)
        assert "too old or was used already" in failed.value.words.plain()
        assert desk.pool.user("owner").email_verified
        again = desk.run("send-code", user="nina")
        assert isinstance(again, Plan), "what a code may cost the owner, leads decide"
        desk.gateway.send(desk.pool.name, again.calls[0])
        code = desk.code(ADDRESS)
    desk.done("confirm-sign-up", secret=code, **form)
    assert (desk.pool.user("nina").email_verified, desk.pool.user("owner").email_verified) == (True, False)


@pytest.mark.parametrize("moves", [True, False])
def test_the_date_of_whoever_lost_an_address(open_desk: Open, moves: bool) -> None:
    desk = open_desk(loser_modified_date=moves)
    desk.add("old", ADDRESS, verified=True)
    desk.add("new", ADDRESS, verified=True)
    assert desk.checked(ADDRESS) == "ALIAS_MOVED"
    plan = desk.done("verify-email", user="old")
    assert [change.subject.name for change in plan.changes if change.loses] == ["new"]
    assert desk.checked("new") == "ALIAS_MOVED"


@pytest.mark.parametrize("ignores", [True, False])
def test_the_letter_case_of_listed_addresses(open_desk: Open, ignores: bool) -> None:
    desk = open_desk("folded", listusers_ignores_case=ignores)
    two_of_ben(desk, "Ben@Example.com")
    assert desk.checked("BEN@example.com") == "ALIAS_MOVED"
    assert desk.checked("old") == "ALIAS_MOVED"
    plan = desk.done("verify-email", user="old")
    assert [change.subject.name for change in plan.changes if change.loses] == ["new"]
    assert desk.accounts["new"][1] is False


@pytest.mark.parametrize("omitted", ["resets", "measured"])
@pytest.mark.parametrize("texts", ["accepted", "refused"])
def test_the_settings_of_a_pool_with_texts_of_its_own(open_desk: Open, omitted: str, texts: str) -> None:
    desk = open_desk(update_pool_omitted=omitted, default_sender_texts=texts)
    own = {"EmailMessage": "{####}", "EmailSubject": "Code", "DefaultEmailOption": "CONFIRM_WITH_CODE"}
    desk.pool.configure({"VerificationMessageTemplate": own, "UserAttributeUpdateSettings": {}})
    form: dict[str, Any] = {"codes": True, "keep": True}
    assert "AWS may refuse to take such texts back" in " ".join(map(str, desk.planned("pool-email", **form).notes))
    if texts == "accepted":
        desk.done("pool-email", **form)
    else:
        with pytest.raises(CallFailed, match="refused") as failed:
            desk.done("pool-email", **form)
        assert "Nothing was changed by this call." in failed.value.words.plain()
    found = desk.gateway.directory(desk.pool.name).pool
    assert found.keeps_original is (texts == "accepted")
    assert found.update.parameters["VerificationMessageTemplate"] == own
    desk.pool.configure({"VerificationMessageTemplate": {}, "UserAttributeUpdateSettings": {}})


@pytest.mark.parametrize("update", ["replaces", "merges"])
def test_a_mapping_that_is_sent_and_taken_back(open_desk: Open, update: str) -> None:
    desk = open_desk(mapping_update=update)
    desk.pool.add_provider("Google", "Google", {"email": "email"})
    plan = desk.done("map-provider", provider="Google")
    mapped = {"username": "sub", "email": "email", "email_verified": "email_verified"}
    assert desk.pool.providers["Google"] == mapped
    for call in plan.undo:
        desk.gateway.send(desk.pool.name, call)
    (reading,) = verification.read(desk.gateway.directory(desk.pool.name), verification.readable(plan))
    # What an undo reads again is what is there, whether or not Cognito has taken the key out.
    assert reading.found == desk.pool.providers["Google"].get("email_verified", "")
    assert reading.found == ("" if update == "replaces" else "email_verified")


@pytest.mark.parametrize("values", ["lenient", "strict"])
def test_a_claim_that_is_a_one(open_desk: Open, values: str) -> None:
    desk = open_desk(claim_values=values)
    desk.pool.add_provider("Entra", "OIDC", {"email": "email"}, details={"oidc_issuer": ENTRA})
    claims = {"sub": "7", "email": "enno@example.com", "xms_edov": 1}
    desk.pool.sign_in("Entra", claims)
    desk.done("map-provider", provider="Entra", claim="xms_edov")
    assert desk.pool.sign_in("Entra", claims).email_verified is (values == "lenient")
    assert desk.checked("enno@example.com") == ("VERIFIED" if values == "lenient" else "FED_CLAIM")


@pytest.mark.parametrize("takes", [True, False])
def test_a_federated_profile_with_a_true_flag(open_desk: Open, takes: bool) -> None:
    desk = open_desk(federated_flag_takes_alias=takes)
    desk.pool.add_provider("Okta", "OIDC", {"email": "email", "email_verified": "email_verified"})
    desk.add("frida", "frida@example.com", verified=True)
    desk.pool.sign_in("Okta", {"sub": "8", "email": "frida@example.com", "email_verified": True})
    assert desk.pool.user("frida").email_verified is not takes
    assert desk.checked("frida") == ("FED_TWIN" if takes else "VERIFIED")

    desk.pool.write("frida", {"email_verified": "false"})
    plan = desk.planned("verify-email", user="frida")
    assert [change.subject.name for change in plan.changes if change.loses] == ["Okta_8"]
    for call in plan.calls:
        desk.gateway.send(desk.pool.name, call)
    readings = verification.read(desk.gateway.directory(desk.pool.name), verification.readable(plan))
    assert [(each.subject, each.found) for each in readings] == [
        ("frida", "true"),
        ("Okta_8", "false" if takes else "true"),
    ]


@pytest.mark.parametrize("flag", ["accepted", "refused"])
@pytest.mark.parametrize("code", ["verifies", "refused"])
def test_a_federated_profile_is_never_verified_by_hand_or_by_code(open_desk: Open, flag: str, code: str) -> None:
    desk = open_desk(federated_admin_flag=flag, federated_code=code)
    desk.pool.add_provider("Google", "Google", {"email": "email"})
    gil = desk.pool.sign_in("Google", {"sub": "104", "email": "gil@example.com", "email_verified": True})
    desk.server.calls.clear()
    undone = "the next sign-in would undo this"
    desk.refuses("verify-email", undone, user=gil.username, reason=REASON)
    desk.refuses("send-code", undone, user=gil.username, token=desk.pool.token(gil.username))
    desk.refuses("enter-code", undone, user=gil.username, token=desk.pool.token(gil.username), code="123456")
    assert desk.sent == []
