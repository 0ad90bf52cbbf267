"""The operator's settings: secrets from the environment (and ``.env``), everything else from ``desk.toml``.

A wrong setting stops the start with the key, the problem and an example.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_EXAMPLES = {
    "people": '[people]\nagents = ["S0SUPPORT"]\nleads = ["S0LEADS", "U0LEAD"]',
    "channels": '[channels]\nallowed = ["C0SUPPORT"]',
    "approvals": '[approvals]\nexpires_after = "4h"\nleads_needed = { normal = 1, high = 2 }',
    "pools": '[pools.prod]\nid = "us-east-1_AbC123"\nregion = "us-east-1"\nclient_id = "4example"',
}


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the key, the problem and an example."""


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)\s*([mhd])", value.strip())
    if not match or int(match[1]) == 0:
        raise ValueError('must be a time such as "30m", "4h" or "2d"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


PersonOrGroup = Annotated[str, Field(pattern=r"^[SUW][A-Z0-9]+$")]


class People(_Table):
    """Who may ask and who may approve: Slack user ids (U…, W…) or user groups (S…). An empty list means nobody."""

    agents: tuple[PersonOrGroup, ...]
    leads: tuple[PersonOrGroup, ...]


class Channels(_Table):
    """Where the commands work."""

    allowed: Annotated[tuple[Annotated[str, Field(pattern=r"^[CG][A-Z0-9]+$")], ...], Field(min_length=1)]


class LeadsNeeded(_Table):
    """How many different leads have to agree, by risk."""

    normal: Annotated[int, Field(ge=1)] = 1
    high: Annotated[int, Field(ge=1)] = 2


class Approvals(_Table):
    """How long a request waits for a decision, and how many leads it needs."""

    expires_after: Annotated[timedelta, BeforeValidator(_duration)] = timedelta(hours=4)
    leads_needed: LeadsNeeded = LeadsNeeded()


class PoolSettings(_Table):
    """One user pool."""

    id: Annotated[str, Field(pattern=r"^[\w-]+_[0-9a-zA-Z]+$", max_length=55)]
    region: Annotated[str, Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")]
    client_id: Annotated[str, Field(min_length=1, max_length=128)]
    customer_credentials: bool = False
    client_secret: SecretStr | None = None
    """Never in the file: from ``DESK_POOL_<NAME>_CLIENT_SECRET``."""


class File(_Table):
    """``desk.toml``."""

    people: People
    channels: Channels
    approvals: Approvals = Approvals()
    pools: Annotated[dict[str, PoolSettings], Field(min_length=1)]

    @field_validator("pools")
    @classmethod
    def _names(cls, pools: dict[str, PoolSettings]) -> dict[str, PoolSettings]:
        for name in pools:
            if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", name):
                raise ValueError(f"a pool's name is lower-case letters, digits and dashes, not {name!r}")
        return pools


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the program is told from outside. Tokens stay `SecretStr`, so that no repr shows them."""

    bot_token: SecretStr
    app_token: SecretStr
    slack_api_url: str
    database_url: SecretStr
    people: People
    channels: Channels
    approvals: Approvals
    pools: Mapping[str, PoolSettings]


def load(environ: Mapping[str, str], *, env_file: Path | None = Path(".env")) -> Settings:
    """Read the settings. Variables of the process win over those of ``env_file``. Raises `SettingsError`."""
    written = dotenv_values(env_file) if env_file else {}
    env = {**{name: value for name, value in written.items() if value is not None}, **environ}
    path = Path(env.get("DESK_CONFIG", "desk.toml"))
    file = _file(path, env)
    return Settings(
        bot_token=_token(env, "SLACK_BOT_TOKEN", "xoxb-"),
        app_token=_token(env, "SLACK_APP_TOKEN", "xapp-"),
        slack_api_url=env.get("SLACK_API_URL", "https://slack.com/api/"),
        database_url=SecretStr(env.get("DESK_DATABASE_URL", "sqlite:///desk.db")),
        people=file.people,
        channels=file.channels,
        approvals=file.approvals,
        pools=file.pools,
    )


def _file(path: Path, env: Mapping[str, str]) -> File:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path}: can't be read ({error.strerror}). Copy desk.example.toml to {path} and fill it in."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    pools: Any = raw.get("pools")
    for name, pool in pools.items() if isinstance(pools, dict) else ():
        if not isinstance(pool, dict):
            continue
        if "client_secret" in pool:
            raise SettingsError(
                f"{path}: pools.{name}.client_secret: secrets don't belong in this file. "
                f"Set {_secret_name(name)} in .env instead."
            )
        if secret := env.get(_secret_name(name)):
            pool["client_secret"] = secret
    try:
        return File.model_validate(raw)
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(path, error))) from None


def _problems(path: Path, error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"])
        example = _EXAMPLES.get(str(problem["loc"][0]), "") if problem["loc"] else ""
        lines.append(f"{path}: {key}: {problem['msg']}." + (f" For example:\n{example}" if example else ""))
    return lines


def _secret_name(pool: str) -> str:
    return f"DESK_POOL_{pool.upper().replace('-', '_')}_CLIENT_SECRET"


def _token(env: Mapping[str, str], name: str, prefix: str) -> SecretStr:
    token = env.get(name, "")
    if not token.startswith(prefix):
        problem = "is not set" if not token else f"doesn't begin with {prefix}"
        raise SettingsError(f"{name}: {problem}. Put it in .env, for example: {name}={prefix}…")
    return SecretStr(token)
