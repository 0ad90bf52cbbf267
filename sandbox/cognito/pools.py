"""The Python face of the sandbox's pools: make them, people them, look into them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.cognito.livepool import LivePool

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sandbox.cognito.calllog import CallLog
    from sandbox.cognito.world import World

FLOWS = ("ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH")


class Pools:
    """All pools of one server, by name."""

    def __init__(self, world: World, calls: CallLog) -> None:
        self._world = world
        self._calls = calls

    def create(
        self,
        name: str,
        *,
        region: str = "us-east-1",
        alias: bool = True,
        email_login: bool = False,
        case_sensitive: bool = True,
        auto_verify: Iterable[str] = ("email",),
        keep_original: bool = False,
        required: Iterable[str] = (),
        client_secret: bool = False,
        read_attributes: Iterable[str] = (),
        write_attributes: Iterable[str] = (),
        flows: Iterable[str] = FLOWS,
        hides_users: bool = True,
        settings: Mapping[str, Any] | None = None,
    ) -> LivePool:
        """Create a pool with one app client. ``alias`` and ``email_login`` say what an address is here.

        ``settings`` are further settings in the shape of DescribeUserPool, ``EmailConfigurationFailure`` included.
        """
        config: dict[str, Any] = {
            "AutoVerifiedAttributes": list(auto_verify),
            "UsernameConfiguration": {"CaseSensitive": case_sensitive},
            "Schema": [
                {"Name": attribute, "AttributeDataType": "String", "Required": True, "Mutable": True}
                for attribute in required
            ],
        }
        if email_login:
            config["UsernameAttributes"] = ["email"]
        elif alias:
            config["AliasAttributes"] = ["email"]
        if keep_original:
            config["UserAttributeUpdateSettings"] = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
        with self._world.lock:
            pool = self._world.create_pool(region, name, {**config, **(settings or {})})
            client: dict[str, Any] = {
                "ClientName": f"{name}-app",
                "ExplicitAuthFlows": list(flows),
                "PreventUserExistenceErrors": "ENABLED" if hides_users else "LEGACY",
            }
            if list(read_attributes):
                client["ReadAttributes"] = list(read_attributes)
            if list(write_attributes):
                client["WriteAttributes"] = list(write_attributes)
            pool.backend.create_user_pool_client(pool.id, client_secret, client)
        return LivePool(self._world, self._calls, pool)

    def __iter__(self) -> Iterator[LivePool]:
        return iter([LivePool(self._world, self._calls, pool) for pool in self._world.pools()])

    def __getitem__(self, name: str) -> LivePool:
        """Return a pool by its name or its id."""
        for pool in self._world.pools():
            if name in {pool.name, pool.id}:
                return LivePool(self._world, self._calls, pool)
        raise LookupError(f"The sandbox has no pool {name}.")
