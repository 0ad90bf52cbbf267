"""The sample people: that each is what the welcome says."""

from collections.abc import Iterator

import pytest

from bot.aws.gateway import Gateway
from bot.cognito import Directory
from bot.diagnosis import cases, worst
from bot.diagnosis.findings import Finding
from bot.settings import PoolSettings
from sandbox.cognito.seed import CAREFUL, LEGACY, LOGIN, PROD, SHOP, Sample, seed
from sandbox.cognito.server import CognitoServer


@pytest.fixture(scope="module")
def seeded() -> Iterator[tuple[CognitoServer, tuple[Sample, ...]]]:
    with CognitoServer() as server:
        yield server, seed(server)


Seeded = tuple[CognitoServer, tuple[Sample, ...]]


def test_there_is_somebody_for_every_cause(seeded: Seeded) -> None:
    _, samples = seeded
    told = {sample.cause for sample in samples} | {remark for sample in samples for remark in sample.also}
    assert told == {
        "ALIAS_MOVED",
        "ALIAS_NOBODY",
        "CASE_VARIANT",
        "DELIVERY",
        "DISABLED",
        "DUP_SIGNUP",
        "EMAIL_CHANGED",
        "EMAIL_LOGIN",
        "FED_CLAIM",
        "FED_NOCLAIM",
        "FED_REQUIRED",
        "FED_TWIN",
        "FED_UNMAPPED",
        "NO_ALIAS",
        "NO_AUTOVERIFY",
        "NO_USER",
        "PENDING_CHANGE",
        "PHONE_TOOK_CODE",
        "RESET_BLOCKED",
        "RESET_PENDING",
        "RESET_REQUIRED",
        "SIGNUP_OPEN",
        "TEMP_PASSWORD",
        "VERIFIED",
    }


def test_every_address_is_an_example_and_says_something(seeded: Seeded) -> None:
    server, samples = seeded
    assert len({(sample.pool, sample.address) for sample in samples}) == len(samples)
    for sample in samples:
        assert sample.address.endswith("@example.com")
        assert sample.say.endswith(".")
        carriers = [user for user in server.pools[sample.pool].users if user.email == sample.address]
        assert bool(carriers) is (sample.cause != "NO_USER")


def test_one_verified_holder_at_most_where_the_address_is_an_alias(seeded: Seeded) -> None:
    server, _ = seeded
    for name in (PROD, SHOP, CAREFUL):
        verified = [user.email for user in server.pools[name].users if user.email_verified]
        assert len(verified) == len(set(verified))


def test_the_dates_tell_the_story(seeded: Seeded) -> None:
    server, _ = seeded
    prod = server.pools[PROD]
    assert prod.user("ben.old").created < prod.user("ben.new").created
    assert prod.user("ben.old").modified == prod.user("ben.new").created
    assert prod.user("ana").created < prod.user("ana").modified
    for pool in server.pools:
        for user in pool.users:
            assert user.created <= user.modified


def test_the_pools_differ_as_their_samples_say(seeded: Seeded) -> None:
    server, _ = seeded
    assert {pool.name for pool in server.pools} == {PROD, SHOP, LOGIN, CAREFUL, LEGACY}
    assert server.pools[CAREFUL].user("pia").pending == {"email": "pia.new@example.com"}
    assert server.mailbox.code("pia.new@example.com")
    assert server.pools[SHOP].client_secret
    assert not server.pools[PROD].client_secret
    assert len({pool.region for pool in server.pools}) > 1


def test_the_desk_finds_in_each_sample_what_the_seed_says(monkeypatch: pytest.MonkeyPatch) -> None:
    with CognitoServer() as server:
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        samples = seed(server)
        pools = {
            pool.name: PoolSettings(id=pool.id, region=pool.region, client_id=pool.client_id, mail_evidence=True)
            for pool in server.pools
        }
        gateway = Gateway(pools, sends=frozenset())
        try:
            for sample in samples:
                directory = gateway.directory(sample.pool)
                found = worst(_findings(directory, sample.address)) if sample.cause != "NO_USER" else None
                assert (found.cause if found else "NO_USER") == sample.cause, sample
                assert set(sample.also) <= set(found.also if found else ()), sample
        finally:
            gateway.close()


def _findings(directory: Directory, address: str) -> list[Finding]:
    found = directory.find(address)
    assert found, address
    return [case.finding for case in cases(found, directory)]
