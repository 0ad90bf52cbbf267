"""Every scenario in every kind of pool: what an address is there, whether its letter case counts, when codes come."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import pytest

from bot.answer import Offers
from bot.aws.gateway import Gateway
from bot.plan import Plan
from sandbox.testing import CognitoServer
from tests.commands.customer_actions import Desk, wire
from tests.commands.paper import REASON

pytestmark = pytest.mark.slow

NOW, CODE, CUSTOMER = "Verified now, by us", "The customer confirms by code", "As the customer"
STOP, MOVE = "Stop and tell me", "Move the e-mail to this account"
ANA, OTHER, NEW = "ana@example.com", "Ana@Example.com", "new@example.com"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of pool. Cognito keeps old addresses only where it mails codes."""

    address: str
    """What an address is: ``alias``, ``login`` or ``plain``."""
    cased: bool
    codes: bool
    keeps: bool

    def __str__(self) -> str:
        said = (("", "folded")[not self.cased], ("", "silent")[not self.codes], ("", "keeps")[self.keeps])
        return "-".join([self.address, *filter(None, said)])

    @property
    def settings(self) -> dict[str, Any]:
        """What the sandbox makes such a pool from; half of them are in another Region."""
        return {
            "alias": self.address == "alias",
            "email_login": self.address == "login",
            "case_sensitive": self.cased,
            "auto_verify": ("email",) if self.codes else (),
            "keep_original": self.keeps,
            "region": "us-east-1" if self.cased else "eu-west-1",
        }

    @property
    def shares(self) -> bool:
        """Whether two accounts can carry one address at all."""
        return self.address != "login"

    @property
    def takes(self) -> bool:
        """Whether verifying an address takes it from whoever has it."""
        return self.address == "alias"

    def same(self, one: str, another: str) -> bool:
        """Whether these are one address to the pool."""
        return one == another if self.cased else one.lower() == another.lower()


EVERY = [
    Kind(address, cased, codes, keeps)
    for address, cased, codes, keeps in product(
        ("alias", "login", "plain"), (True, False), (True, False), (False, True)
    )
    if codes or not keeps
]
every = pytest.mark.parametrize("kind", EVERY, ids=str)
rival = pytest.mark.parametrize("address", [ANA, OTHER])
"""The address that another account carries: the very same, or one that differs in letter case."""
beside = pytest.mark.parametrize(
    ("kind", "address"),
    [(kind, address) for kind in EVERY for address in (ANA, OTHER) if kind.shares or not kind.same(address, ANA)],
    ids=str,
)
"""The same, where two accounts can carry both."""


@pytest.fixture(scope="module")
def pools() -> Iterator[tuple[CognitoServer, Gateway]]:
    with wire({str(kind): kind.settings for kind in EVERY}) as both:
        yield both


@pytest.fixture
def desk(pools: tuple[CognitoServer, Gateway], kind: Kind) -> Iterator[Desk]:
    server, gateway = pools
    opened = Desk(server, gateway, str(kind))
    yield opened
    server.mailbox.clear()
    server.calls.clear()
    for user in opened.pool.users:
        opened.pool.delete(user.sub)


def losers(plan: Plan) -> list[str]:
    return [change.subject.name for change in plan.changes if change.loses]


# The check.


@every
def test_the_cause_of_an_account_alone(desk: Desk, kind: Kind) -> None:
    ana = desk.add("ana", ANA, verified=False)
    assert desk.checked(ana) == ("EMAIL_CHANGED" if kind.codes else "NO_AUTOVERIFY")
    sina = desk.add("sina", "sina@example.com", verified=False, status="UNCONFIRMED")
    assert desk.checked(sina) == "SIGNUP_OPEN"
    tess = desk.add("tess", "tess@example.com", verified=False, status="FORCE_CHANGE_PASSWORD")
    assert desk.checked(tess) == "TEMP_PASSWORD"
    vera = desk.add("vera", "vera@example.com", verified=True)
    # Whether "forgot password" works in a pool that verifies nothing by itself, AWS doesn't say.
    assert desk.checked(vera) == ("VERIFIED" if kind.codes else "UNSURE")


@beside
def test_the_cause_where_somebody_else_has_the_address(desk: Desk, kind: Kind, address: str) -> None:
    old = desk.add("old", ANA, verified=False)
    new = desk.add("new", address, verified=True)
    moved = kind.takes and kind.same(address, ANA)
    alone = "EMAIL_CHANGED" if kind.codes else "NO_AUTOVERIFY"
    assert desk.checked(old) == ("ALIAS_MOVED" if moved else alone)
    desk.pool.write(new, {"email_verified": "false"})
    assert desk.checked(old) == ("ALIAS_NOBODY" if moved else alone)
    desk.pool.set_status(old, "UNCONFIRMED")
    desk.pool.write(new, {"email_verified": "true"})
    assert desk.checked(old) == ("DUP_SIGNUP" if moved else "SIGNUP_OPEN")


@every
def test_the_cause_of_a_federated_account(desk: Desk, kind: Kind) -> None:
    desk.pool.add_provider("Google", "Google", {"email": "email"})
    gil = desk.pool.sign_in("Google", {"sub": "104", "email": "gil@example.com", "email_verified": True})
    assert desk.checked(gil.username) == "FED_UNMAPPED"


@every
def test_the_outlook_of_an_account_alone(desk: Desk, kind: Kind) -> None:
    ana = desk.add("ana", ANA, verified=False)
    by_address = {"alias": "no", "login": "yes", "plain": "no"}[kind.address]
    assert desk.check(ana).event["outlook"] == {
        "sign_in": by_address,
        "sign_in_username": "yes",
        "reset": "no",
        "sign_up_code": "none",
        "verify_code": "email" if kind.codes else "unknown",
        "flag_next": "stays",
    }
    vera = desk.add("vera", "vera@example.com", verified=True)
    assert desk.check(vera).event["outlook"] == {
        "sign_in": "no" if kind.address == "plain" else "yes",
        "sign_in_username": "yes",
        "reset": "email" if kind.codes else "unknown",
        "sign_up_code": "none",
        "verify_code": "email" if kind.codes else "unknown",
        "flag_next": "stays",
    }


@every
def test_no_check_ends_without_a_way_on(desk: Desk, kind: Kind) -> None:
    desk.pool.add_provider("Google", "Google", {"email": "email"})
    names = [
        desk.add("ana", ANA, verified=False),
        desk.add("sina", "sina@example.com", verified=False, status="UNCONFIRMED"),
        desk.add("tess", "tess@example.com", verified=True, status="FORCE_CHANGE_PASSWORD"),
        desk.add("rita", "rita@example.com", verified=True, status="RESET_REQUIRED"),
        desk.add("dan", "dan@example.com", verified=True, enabled=False),
        desk.pool.sign_in("Google", {"sub": "104", "email": "gil@example.com"}).username,
    ]
    for name in names:
        ways = next(part for part in desk.check(name).thread if isinstance(part, Offers))
        assert ways.offers or ways.hand_over


# What leads approve.


@beside
def test_verifying(desk: Desk, kind: Kind, address: str) -> None:
    ana = desk.add("ana", ANA, verified=False)
    other = desk.add("other", address, verified=True)
    moves = kind.takes and kind.same(address, ANA)
    plan = desk.done("verify-email", user=ana)
    assert losers(plan) == (["other"] if moves else [])
    assert desk.pool.user(ana).email_verified
    assert desk.pool.user(other).email_verified is not moves


@every
def test_changing_the_address_verified_by_us(desk: Desk, kind: Kind) -> None:
    ana = desk.add("ana", ANA, verified=True)
    desk.done("change-email", user=ana, email=NEW, how=NOW)
    assert desk.accounts[ana][:2] == (NEW, True)
    assert desk.mailed == []


@every
@rival
def test_changing_to_an_address_that_somebody_has(desk: Desk, kind: Kind, address: str) -> None:
    desk.add("owner", address, verified=True)
    eve = desk.add("eve", "eve@example.com", verified=True)
    taken = kind.same(address, ANA)
    if taken and not kind.shares:
        for how in (NOW, CODE, CUSTOMER):
            desk.refuses("change-email", "no two accounts can share", user=eve, email=ANA, how=how, reason=REASON)
        return
    if kind.codes and taken and kind.takes:
        desk.refuses("change-email", "owner owns", user=eve, email=ANA, how=CODE, reason=REASON)
    plan = desk.done("change-email", user=eve, email=ANA, how=NOW)
    assert losers(plan) == (["owner"] if taken and kind.takes else [])
    assert desk.accounts[eve][:2] == (ANA, True)


@every
def test_changing_the_address_with_a_code_to_come(desk: Desk, kind: Kind) -> None:
    ana = desk.add("ana", ANA, verified=True)
    if not kind.codes:
        desk.refuses("change-email", "mails no code", user=ana, email=NEW, how=CODE, reason=REASON)
        return
    desk.done("change-email", user=ana, email=NEW, how=CODE)
    assert desk.mailed == [NEW]
    assert desk.accounts[ana][:2] == ((ANA, True) if kind.keeps else (NEW, False))
    desk.answer("enter-code", user=ana, token=desk.pool.token(ana), code=desk.code(NEW))
    assert desk.accounts[ana][:2] == (NEW, True)


@every
def test_creating_an_account_with_a_free_address(desk: Desk, kind: Kind) -> None:
    desk.done("create-user", username="nina" if kind.shares else NEW, email=NEW, verified=True)
    ((_, verified, status),) = desk.accounts.values()
    assert (verified, status) == (True, "FORCE_CHANGE_PASSWORD")
    assert desk.mailed == [NEW]


@every
@rival
def test_creating_an_account_with_an_address_that_somebody_has(desk: Desk, kind: Kind, address: str) -> None:
    owner = desk.add("owner", address, verified=True)
    form: dict[str, Any] = {"username": "nina" if kind.shares else ANA, "email": ANA, "verified": True}
    taken = kind.same(address, ANA)
    if taken and kind.address != "plain":
        desk.refuses("create-user", "already owns", taken=STOP, reason=REASON, **form)
    if taken and not kind.shares:
        desk.refuses("create-user", "no two accounts can share", taken=MOVE, reason=REASON, **form)
        return
    plan = desk.done("create-user", taken=MOVE, **form)
    assert losers(plan) == (["owner"] if taken and kind.takes else [])
    assert desk.pool.user(owner).email_verified is not (taken and kind.takes)


@every
def test_mapping_a_provider(desk: Desk, kind: Kind) -> None:
    desk.pool.add_provider("Google", "Google", {"email": "email"})
    claims = {"sub": "104", "email": "gil@example.com", "email_verified": True}
    assert not desk.pool.sign_in("Google", claims).email_verified
    desk.done("map-provider", provider="Google")
    assert desk.pool.sign_in("Google", claims).email_verified


@every
def test_setting_the_pool_up(desk: Desk, kind: Kind) -> None:
    if kind.keeps:
        desk.refuses("pool-email", "is set like that already", codes=True, keep=True, reason=REASON)
        return
    before = {"AutoVerifiedAttributes": ["email"] if kind.codes else [], "UserAttributeUpdateSettings": {}}
    desk.done("pool-email", codes=True, keep=True)
    ana = desk.add("ana", ANA, verified=True)
    assert desk.pool.change_own(ana, {"email": NEW}).email == ANA
    assert desk.mailed == [NEW]
    desk.pool.configure(before)


# What the customer's own credential allows.


@every
def test_a_code_is_sent_and_entered(desk: Desk, kind: Kind) -> None:
    ana = desk.add("ana", ANA, verified=False)
    desk.answer("send-code", user=ANA, token=desk.pool.token(ana))
    desk.answer("enter-code", user=ANA, token=desk.pool.token(ana), code=desk.code(ANA))
    assert desk.accounts[ana][:2] == (ANA, True)


@beside
def test_entering_a_code_while_somebody_has_the_address(desk: Desk, kind: Kind, address: str) -> None:
    ana = desk.add("ana", ANA, verified=False)
    desk.add("owner", address, verified=True)
    told = desk.answer("send-code", user=ana, token=desk.pool.token(ana))
    taken = kind.takes and kind.same(address, ANA)
    assert ("two leads would have to agree" in str(told)) is taken
    result = desk.run("enter-code", user=ana, token=desk.pool.token(ana), code=desk.code(ANA))
    assert isinstance(result, Plan) is taken
    assert desk.pool.user(ana).email_verified is not taken


@every
def test_changing_the_address_as_the_customer(desk: Desk, kind: Kind) -> None:
    ana = desk.add("ana", ANA, verified=True)
    form = {"user": ana, "email": NEW, "how": CUSTOMER, "token": desk.pool.token(ana), "reason": REASON}
    if not kind.codes:
        desk.refuses("change-email", "mails no code", **form)
        return
    desk.answer("change-email", **form)
    assert desk.accounts[ana][:2] == ((ANA, True) if kind.keeps else (NEW, False))
    desk.answer("enter-code", user=ana, token=desk.pool.token(ana), code=desk.code(NEW))
    assert desk.accounts[ana][:2] == (NEW, True)


@every
def test_a_sign_up_is_made_sent_another_code_and_confirmed(desk: Desk, kind: Kind) -> None:
    name = "nina" if kind.shares else NEW
    if not kind.codes:
        desk.refuses("sign-up", "mails no codes", username=name, email=NEW)
        return
    desk.answer("sign-up", username=name, email=NEW)
    desk.answer("send-code", user=NEW)
    desk.answer("confirm-sign-up", user=NEW, code=desk.code(NEW))
    ((_, verified, status),) = desk.accounts.values()
    assert (verified, status) == (True, "CONFIRMED")
    assert desk.mailed == [NEW, NEW]


@every
@rival
def test_a_sign_up_with_an_address_that_somebody_has(desk: Desk, kind: Kind, address: str) -> None:
    owner = desk.add("owner", address, verified=True)
    name, taken = "nina" if kind.shares else ANA, kind.same(address, ANA)
    if not kind.codes:
        desk.refuses("sign-up", "mails no codes", username=name, email=ANA)
        return
    if taken and not kind.shares:
        desk.refuses("sign-up", "no two accounts can share", username=name, email=ANA)
        return
    told = desk.answer("sign-up", username=name, email=ANA)
    moves = taken and kind.takes
    assert ("owns" in str(told)) is moves
    (made,) = (user for user in desk.pool.users if user.username != owner)
    if not moves:
        desk.answer("confirm-sign-up", user=made.username, code=desk.code(ANA))
        assert [user.email_verified for user in desk.pool.users] == [True, True]
        return
    desk.refuses("confirm-sign-up", "owns", user=made.username, code=desk.code(ANA), taken=STOP)
    plan = desk.done("confirm-sign-up", user=made.username, secret=desk.code(ANA), taken=MOVE)
    assert losers(plan) == [owner]
    assert (desk.pool.user(made.username).email_verified, desk.pool.user(owner).email_verified) == (True, False)
