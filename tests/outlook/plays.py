"""Everything that can come of an attempt in a state: it is tried under every play that matters there."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import product
from typing import Any

from sandbox.testing import Contested
from tests.outlook import attempts
from tests.outlook.attempts import Play
from tests.outlook.stage import ADDRESS, FIRST, Scene, mapping
from tests.outlook.states import State

Outcomes = Mapping[str, frozenset[str]]
"""By the keys of a check's metadata: every value that is possible."""


def outcomes(scene: Scene) -> Outcomes:
    """Try everything, under every play of what can't be seen beforehand."""
    state = scene.state
    address = "" if state.email == "none" else ADDRESS
    plain = tuple(_plays(state, invited=True))
    flags = {attempts.flag_next(scene, play, name) for name in scene.providers for play in _plays(state, provider=name)}
    return {
        "sign_in_username": frozenset(attempts.sign_in(scene, play, scene.username) for play in plain),
        "sign_in": frozenset(attempts.sign_in(scene, play, address) for play in plain),
        "reset": frozenset(attempts.reset(scene, play, scene.username) for play in _plays(state, reset=True)),
        "sign_up_code": frozenset(attempts.sign_up_code(scene, play) for play in _plays(state)),
        "verify_code": _codes(scene),
        "flag_next": frozenset(flags or {"stays"}),
    }


def _codes(scene: Scene) -> frozenset[str]:
    """Return what may come of asking for a code after a sign-in, by whichever way in there is.

    What matters after every sign-in is played alike for all ways; what matters to one of them, for that one alone.
    """
    possible = set()
    for shared in _chosen(_of_code(scene.state)):
        by_password = {attempts.code_after_password(scene, play) for play in _plays(scene.state, shared, invited=True)}
        through = [_after_provider(scene, shared, name) for name in scene.providers]
        for sent in product(by_password, *through):
            possible.add("email" if "email" in sent else "no")
    return frozenset(possible)


def _after_provider(scene: Scene, shared: Mapping[str, Any], provider: str) -> set[str]:
    known: dict[Any, str] = {}
    plays = _plays(scene.state, shared, provider=provider)
    return {attempts.code_after_provider(scene, play, provider, known) for play in plays}


def _plays(
    state: State,
    given: Mapping[str, Any] | None = None,
    *,
    invited: bool = False,
    reset: bool = False,
    provider: str = "",
) -> Iterator[Play]:
    """Yield every combination of what matters to an attempt in a state; ``provider`` is the one that is tried."""
    switches: dict[str, tuple[Any, ...]] = {}
    if reset:
        switches |= _of_reset(state)
    if provider:
        switches |= _of_provider(state, provider)
    lates = (False, True) if invited and state.status == "FORCE_CHANGE_PASSWORD" else (False,)
    said = _said(state) if provider == FIRST else ((True, None),)
    for chosen, late, (sends, says) in product(_chosen(switches), lates, said):
        named = {"federated_flag_takes_alias": state.federated_holds_alias, **(given or {}), **chosen}
        yield Play(
            contested=_contested(tuple(named.items())), invited_late=late, sends_address=sends, says_verified=says
        )


@cache
def _contested(chosen: tuple[tuple[str, Any], ...]) -> Contested:
    return Contested(**dict(chosen))


def _chosen(switches: Mapping[str, tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    for values in product(*switches.values()):
        yield dict(zip(switches, values, strict=True))


def _of_reset(state: State) -> Mapping[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    if "EMAIL_OTP" in state.factors:
        found["email_factor_bars_reset"] = ("preferred", "enabled")
    if "SMS_MFA" in state.factors:
        found["sms_factor_bars_reset"] = ("enabled", "preferred")
        # The guide's own sentence makes no exception for pools without the setting.
        found["sms_factor_bars_legacy_reset"] = ("never", "preferred")
    if not state.auto_verify:
        found["reset_without_auto_verify"] = ("sends", "refused")
    if state.status == "UNCONFIRMED":
        found["reset_of_unconfirmed"] = ("sends", "refused")
    return found


def _of_code(state: State) -> Mapping[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    if "email" not in state.auto_verify:
        found["code_without_auto_verify"] = ("sends", "refused")
    if state.identity != "none" and "email" in mapping(state):
        found["federated_code"] = ("verifies", "refused")
    return found


def _of_provider(state: State, provider: str) -> Mapping[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    if state.client_providers == "left out" or "deleted" in state.identity:
        # It isn't there to be chosen.
        return found
    if state.writes:
        found["unwritable_mapped"] = ("skipped", "fails")
    if not state.enabled:
        found["refused_sign_in_writes"] = (False, True)
    if state.family_name_required:
        found["required_unmapped"] = ("fails", "suffices")
    if provider == FIRST and "email_verified" in mapping(state):
        found["claim_left_out"] = ("keeps", "clears")
        if state.kind == "alias" and state.company != "nobody":
            found["taken_alias_at_provider"] = ("takes", "fails")
    return found


def _said(state: State) -> Iterable[tuple[bool, bool | None]]:
    """Return what the provider may send: the address or not, and what it says about it."""
    words: tuple[bool | None, ...] = (None, True, False) if "email_verified" in mapping(state) else (None,)
    sent = [(True, word) for word in words]
    return sent if state.asks_for_address or state.provider_kind == "SAML" else [*sent, (False, None)]
