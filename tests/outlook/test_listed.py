"""What is told of everybody of a pool from its listing is what a check of each tells, or what isn't seen is named."""

import random
from collections.abc import Mapping
from functools import partial
from itertools import islice
from typing import Any

import pytest

from bot.aws.gateway import Gateway
from bot.settings import PoolSettings
from sandbox.testing import Call, CognitoServer, Contested, LivePool, perform, seed
from tests.outlook.draw import SEED, drawn
from tests.outlook.listing import disagreements, listed
from tests.outlook.stage import CLAIMS, Cognito, Scene
from tests.outlook.states import DAYS, State, uniform

LONG = f"{'x' * 150}@example.com"
SPELLINGS = ("ida@example.com", "Ida@example.com", "IDA@EXAMPLE.COM", "olga@example.com", LONG)
STATUSES = ("CONFIRMED", "CONFIRMED", "UNCONFIRMED", "FORCE_CHANGE_PASSWORD", "RESET_REQUIRED")
FACTORS = ((), (), (), ("EMAIL_OTP",), ("SMS_MFA",), ("SOFTWARE_TOKEN_MFA",))
STATES, CROWDS = 250, 120


def test_of_the_sandbox_s_people(monkeypatch: pytest.MonkeyPatch) -> None:
    with CognitoServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        seed(server)
        pools = {
            pool.name: PoolSettings(id=pool.id, region=pool.region, client_id=pool.client_id, mail_evidence=True)
            for pool in server.pools
        }
        gateway = Gateway(pools, sends=frozenset(), mail_reads=10_000)
        try:
            for pool in server.pools:
                people = tuple(listed(partial(_call, server, pool.region), pool.id))
                assert people
                assert disagreements(people, partial(gateway.directory, pool.name)) == []
        finally:
            gateway.close()


def test_of_accounts_in_all_states() -> None:
    cognito = Cognito()
    wrong: list[str] = []
    for state in drawn(STATES, seed=SEED, pairs=False):
        with cognito.stands(state) as scene:
            wrong += [f"{each}\n{state}" for each in _wrong(scene)]
    cognito.world.close()
    assert not wrong, "\n\n".join(wrong[:3])


def test_of_crowds_with_one_address() -> None:
    draws = random.Random(SEED)  # noqa: S311 - a repeatable draw, no secret
    cognito = Cognito()
    wrong: list[str] = []
    for state in islice(uniform(SEED), CROWDS):
        with cognito.stands(state) as scene:
            for number in range(draws.randint(1, 7)):
                _join(scene.live, state, draws, number)
            cognito.world.contested = Contested(
                federated_flag_takes_alias=state.federated_holds_alias, listusers_ignores_case=draws.random() < 0.5
            )
            wrong += [f"{each}\n{state}" for each in _wrong(scene)]
    cognito.world.close()
    assert not wrong, f"{len(wrong)}\n" + "\n\n".join(wrong[:3])


def _call(server: CognitoServer, region: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    return perform(server.world, Call(operation=operation, parameters=parameters, region=region))


def _wrong(scene: Scene) -> list[str]:
    people = tuple(listed(scene.call, scene.live.id))
    return disagreements(people, scene.directory)


def _join(live: LivePool, state: State, draws: random.Random, number: int) -> None:
    address = draws.choice(SPELLINGS)
    verified = draws.choice((True, False, None))
    if draws.random() < 0.3:
        live.add_provider(f"More{number}", "Google", {"email": "email", "name": "name", "family_name": "family_name"})
        user = live.sign_in_earlier(f"More{number}", {**CLAIMS, "sub": f"9{number}", "email": address})
        if verified:
            live.write(user.username, {"email_verified": "true"})
        return
    called = address if state.kind == "plain" and draws.random() < 0.4 else f"user{number}"
    if any(user.username == called for user in live.users):
        return
    created = draws.randint(0, 200) * DAYS
    live.add(
        called,
        email=address,
        email_verified=verified,
        phone=draws.choice(("", "+15550009")),
        phone_verified=draws.choice((True, False)),
        status=draws.choice(STATUSES),
        enabled=draws.random() < 0.9,
        created=created,
        modified=created / 2,
        attributes={"name": "N", "family_name": "N"},
        mfa=draws.choice(FACTORS) if state.mfa != "OFF" else (),
    )
