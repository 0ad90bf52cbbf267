"""What the table wants predicted comes true in the sandbox's Cognito, so that no row contradicts another."""

import json
from collections.abc import Iterator

import pytest

from sandbox.testing import CognitoServer, Contested, SignInFailed
from tests.facts import attempts as tries
from tests.facts.answers import Challenge, Refused, Sent, SignedIn
from tests.facts.rows import ROWS, Row
from tests.facts.scene import Scene, Stage

# The facts say yes to a linked account's own password, "with a doubt": this is the play of the doubt.
DOUBT = Contested(linked_waits_for_provider=True)
ACCOUNTS = [row for row in ROWS if row.outlook and row.plays != DOUBT]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with CognitoServer() as server:
        yield Stage(server)


@pytest.mark.parametrize("row", ACCOUNTS, ids=str)
def test_what_is_predicted_for_a_row_comes_true(stage: Stage, row: Row) -> None:
    tell = {
        "sign_in": lambda scene: yes_or_no(scene, tries.their_address),
        "sign_in_username": lambda scene: yes_or_no(scene, tries.their_username),
        "reset": lambda scene: contact(tries.forget()(scene)),
        "sign_up_code": sign_up_code,
        "verify_code": verify_code,
        "flag_next": flag_next,
    }
    assert set(row.outlook) <= set(tell)
    predicted = {key: value for key, value in row.outlook.items() if value != "unknown"}
    # Each is tried on an account of its own, since trying changes what is tried next.
    assert {key: tell[key](stage.set(row)) for key in predicted} == predicted


def yes_or_no(scene: Scene, name: tries.Name) -> str:
    answer = tries.sign_in(name)(scene)
    if isinstance(answer, Refused) and "flow not enabled" in answer.message:
        # Apps of such a client sign in without sending the password, which ends alike; the sandbox has no such flow.
        return "yes"
    return "yes" if isinstance(answer, SignedIn | Challenge) else "no"


def contact(answer: object) -> str:
    return {"email": "email", "phone_number": "phone"}[answer.attribute] if isinstance(answer, Sent) else "no"


def sign_up_code(scene: Scene) -> str:
    if scene.pool.user(scene.username).status != "UNCONFIRMED":
        return "none"
    return contact(tries.resend()(scene))


def verify_code(scene: Scene) -> str:
    comes_in = yes_or_no(scene, tries.their_username) == "yes" or _through(scene) != "refused"
    return contact(tries.ask_for_code(scene)) if comes_in else "no"


def flag_next(scene: Scene) -> str:
    became = _through(scene)
    return "stays" if became == "refused" else became


def _through(scene: Scene) -> str:
    """Sign in through the account's first provider; without one it is refused, as where it fails."""
    before = scene.pool.user(scene.username)
    identities = json.loads(before.attributes.get("identities", "[]"))
    if not identities:
        return "refused"
    claims = {"sub": identities[0]["userId"], "email": scene.who.address, "email_verified": True, "name": "Gil"}
    try:
        after = scene.pool.sign_in(identities[0]["providerName"], claims, through_client=True)
    except SignInFailed:
        return "refused"
    assert after.username == before.username
    if after.email_verified == before.email_verified:
        return "stays"
    return "set" if after.email_verified else "cleared"
