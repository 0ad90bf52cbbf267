"""The operator's settings: secrets from the environment, everything else from ``desk.toml``.

A wrong setting stops the start with the key, the problem and an example.

It is long because it is one list: each setting with its check, its problem and its example.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from bot import OperatorError, slash
from bot.answer import Team
from bot.weekly import Weekly
from bot.words import is_unseen

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}
_REPORT = '[pools.prod]\nreport = "mon 09:00 Asia/Tokyo"\nreport_channel = "C0SUPPORT"'
_EXAMPLES = {
    "slack.files": "[slack]\nfiles = true",
    "slack": '[slack]\ncommand = "/cognito-staging"\nname = "Cognito Desk Staging"',
    "people": '[people]\nagents = ["S0SUPPORT"]\nleads = ["S0LEADS", "U0LEAD"]',
    "channels": '[channels]\nallowed = ["C0SUPPORT"]',
    "channels.shared": '[channels]\nallowed = ["C0SUPPORT", "C0PARTNER"]\nshared = ["C0PARTNER"]',
    "teams": '[teams]\napp = "S0APP"\ncloud = "S0CLOUD"\nidentity = "S0IDP"\naccounts = "U0TRUST"',
    "approvals": '[approvals]\nexpires_after = "4h"\nleads_needed = { normal = 1, high = 2 }',
    "approvals.escalate_to": '[approvals]\nescalate_to = ["S0MANAGERS"]\nescalate_after = "2h"',
    "approvals.escalate_after": '[approvals]\nescalate_to = ["S0MANAGERS"]\nescalate_after = "2h"',
    "audit": '[audit]\nexport = "s3://example-audit/desk"\nbucket_owner = "123456789012"\nregion = "us-east-1"',
    "retention": '[retention]\nmessages = "30d"\ndetails = "365d"\nfiles = "7d"',
    "health": '[health]\nlisten = "127.0.0.1:8080"',
    "pools.people": '[pools.shop.people]\nagents = ["S0SHOP"]\nleads = ["S0SHOPLEADS", "U0LEAD"]',
    "pools.channels": '[pools.shop.channels]\nallowed = ["C0SHOP"]',
    "pools.report": _REPORT,
    "pools.report_channel": _REPORT,
    "pools": '[pools.prod]\nid = "us-east-1_AbC123"\nregion = "us-east-1"\nclient_id = "4example"',
}

_DEFAULT = Path("desk.toml")
_TEXT = "DESK_CONFIG_TEXT"
"""The variable with the whole text of ``desk.toml``, for a container that is given no file."""

LONGEST_NAME = 35
"""Characters of an app's name; a bot's may have 80 (https://docs.slack.dev/reference/app-manifest)."""

_SAID = {
    "missing": "is missing",
    "extra_forbidden": "is no setting of the desk",
    "too_short": "needs at least one entry",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "greater_than_equal": "must be at least 1",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "string_type": "must be a text in quotes",
    "model_type": "must be a table",
    "dict_type": "must be a table",
    "enum": "is no setting of the desk",
}
"""What is wrong, for people who never saw pydantic, by its name for the problem."""


class SettingsError(OperatorError):
    """A setting is missing or wrong; the message names the key, the problem and an example."""


def _duration(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = re.fullmatch(r"(\d+)\s*([mhd])", value.strip())
    if not match or int(match[1]) == 0:
        raise ValueError('must be a time such as "30m", "4h" or "2d"')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _weekly(value: object) -> object:
    return Weekly.read(value) if isinstance(value, str) else value


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _matching(pattern: str, otherwise: str) -> AfterValidator:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"{value!r} is not {otherwise}")
        return value

    return AfterValidator(check)


def _slash_command(value: str) -> str:
    if not re.fullmatch(r"/[a-z0-9]+(-[a-z0-9]+)*", value):
        raise ValueError(
            f"{value!r} is not a slash command: a slash, then lower-case letters and digits, and dashes between them"
        )
    if len(value) > slash.LONGEST:
        raise ValueError(f"{value!r} has {len(value)} characters, and Slack takes {slash.LONGEST}")
    return value


def _app_name(value: str) -> str:
    # People type it after an @, and Slack shows it as it is.
    if value != value.strip() or any(each in "@#<>&`" or is_unseen(each) for each in value):
        raise ValueError(f"{value!r} has blanks around it, or characters that can't be in the name of an app")
    if not 1 <= len(value) <= LONGEST_NAME:
        raise ValueError(f"{value!r} has {len(value)} characters, and Slack takes 1 to {LONGEST_NAME}")
    return value


PersonOrGroup = Annotated[
    str, _matching(r"[SUW][A-Z0-9]+", "the id of a Slack user (U…) or user group (S…); names don't count")
]
ChannelId = Annotated[str, _matching(r"[CG][A-Z0-9]+", "the id of a Slack channel (C…); names don't count")]
PoolId = Annotated[
    str, _matching(r"(?=.{1,55}$)[\w-]{1,53}_[0-9a-zA-Z]{1,53}", "a user pool's id, such as us-east-1_AbC123")
]
Region = Annotated[str, _matching(r"[a-z]{2}(-[a-z]{1,20}){1,4}-\d{1,3}", "an AWS Region, such as us-east-1")]
RoleArn = Annotated[
    str,
    _matching(
        r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}",
        "the ARN of an IAM role, such as arn:aws:iam::444455556666:role/cognito-desk",
    ),
]
ExternalId = Annotated[
    str,
    _matching(r"[A-Za-z0-9_+=,.@:/-]{2,1224}", "an external id: 2 to 1224 letters, digits and characters of +=,.@:/-_"),
]
PoolName = Annotated[
    str, _matching(r"[a-z][a-z0-9-]{0,29}", "a name of lower-case letters, digits and dashes, such as prod")
]


class SlackApp(_Table):
    """What the app is called in Slack. Two desks of one workspace are two apps, and need different ones of both."""

    command: Annotated[str, AfterValidator(_slash_command)] = slash.DEFAULT
    """The prefix of every slash command; by itself it opens the menu."""
    name: Annotated[str, AfterValidator(_app_name)] = "Cognito Desk"
    files: bool = False
    """Whether the desk posts files and takes lists that people attach; the app needs two more scopes for that."""

    @property
    def invite(self) -> str:
        """What people type in a channel to let the desk in."""
        return f"/invite @{self.name}"

    @property
    def commands(self) -> slash.SlashCommands:
        """The slash commands with this prefix."""
        return slash.SlashCommands(self.command)


class People(_Table):
    """Who may ask and who may approve: Slack user ids (U…, W…) or user groups (S…). An empty list means nobody.

    On Enterprise Grid either id of a person will do.
    """

    agents: tuple[PersonOrGroup, ...]
    leads: tuple[PersonOrGroup, ...]


class Channels(_Table):
    """Where the commands work."""

    allowed: Annotated[tuple[ChannelId, ...], Field(min_length=1)]
    shared: tuple[ChannelId, ...] = ()
    """Those of them in which the desk works even if another organisation shares them and can read along."""

    @field_validator("shared")
    @classmethod
    def _are_allowed(cls, shared: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        # Without `allowed` in the data that one is wrong itself, which is said by itself.
        if others := [each for each in shared if each not in info.data.get("allowed", shared)]:
            raise ValueError(f"{', '.join(others)} must be among channels.allowed too")
        return shared


NOBODY = People(agents=(), leads=())
NOWHERE = Channels.model_construct(allowed=(), shared=())
"""What counts for a pool that isn't in the settings: nobody may ask or approve anything of it, in no channel."""


class LeadsNeeded(_Table):
    """How many different leads have to agree, by risk."""

    normal: Annotated[int, Field(ge=1)] = 1
    high: Annotated[int, Field(ge=1)] = 2

    @model_validator(mode="after")
    def _higher_for_high(self) -> "LeadsNeeded":
        if self.normal > self.high:
            raise ValueError(f"a high risk can't need fewer leads ({self.high}) than a normal one ({self.normal})")
        return self


class Approvals(_Table):
    """How long a request waits for a decision, and how many leads it needs."""

    expires_after: Annotated[timedelta, BeforeValidator(_duration)] = timedelta(hours=4)
    leads_needed: LeadsNeeded = LeadsNeeded()
    open_requests: Annotated[int, Field(ge=1)] = 20
    """How many requests of one person may wait for a decision at a time."""
    direct_messages: bool = False
    """Whether leads who aren't in a request's channel are told directly that it waits."""
    escalate_to: tuple[PersonOrGroup, ...] = ()
    """Who is mentioned in the thread of a request that nobody decides; it gives them no right. Empty for nobody."""
    escalate_after: Annotated[timedelta | None, BeforeValidator(_duration)] = None
    """How long a request waits before that."""

    @model_validator(mode="after")
    def _escalates_in_time(self) -> "Approvals":
        if bool(self.escalate_to) != (self.escalate_after is not None):
            raise ValueError("escalate_to and escalate_after belong together: set both, or neither")
        if self.escalate_after is not None and self.escalate_after >= self.expires_after:
            raise ValueError("escalate_after must be shorter than expires_after, or nothing is left to decide")
        return self


_LEAST_KEPT = timedelta(days=2)
"""What happened today is shown in the Home tab, and a check of yesterday is gone on with."""


def _long_enough(value: timedelta) -> timedelta:
    if value < _LEAST_KEPT:
        raise ValueError(f"must be at least {_LEAST_KEPT.days}d: until then the desk needs it itself")
    return value


KeptFor = Annotated[timedelta, BeforeValidator(_duration), AfterValidator(_long_enough)]


class Retention(_Table):
    """For how long what may name customers and nobody needs any more is kept. Audit rows always stay."""

    messages: KeptFor = timedelta(days=30)
    """What checks have found, and what Slack has delivered."""
    details: KeptFor = timedelta(days=365)
    """What requests that are over asked for and changed; without it they can't be undone."""
    files: KeptFor = timedelta(days=7)
    """The files that the desk has posted in Slack."""


class Bucket(_Table):
    """Where in Amazon S3 the audit is exported to."""

    name: str
    prefix: str
    """What the names of the objects begin with; empty, or with a slash at its end."""
    owner: str
    """The twelve digits of the AWS account that the bucket belongs to."""
    region: Region

    def __str__(self) -> str:
        return f"s3://{self.name}/{self.prefix}"


STDOUT = "stdout"


class Audit(_Table):
    """Whether the audit is exported as it grows, and where to."""

    export: Annotated[
        str,
        _matching(
            rf"|{STDOUT}|s3://[a-z0-9][a-z0-9.-]{{1,61}}[a-z0-9](/[A-Za-z0-9_./-]{{0,400}})?",
            'where an audit can go: "stdout", or an Amazon S3 bucket and a prefix such as "s3://example-audit/desk"',
        ),
    ] = ""
    """Empty: it isn't."""
    bucket_owner: Annotated[str, _matching(r"|\d{12}", "the twelve digits of an AWS account")] = ""
    region: Region | None = None
    """Of the bucket."""

    @model_validator(mode="after")
    def _whole(self) -> "Audit":
        is_bucket = self.export not in ("", STDOUT)
        if is_bucket and not (self.bucket_owner and self.region):
            raise ValueError("a bucket needs bucket_owner (the AWS account it belongs to) and region, too")
        if not is_bucket and (self.bucket_owner or self.region):
            raise ValueError('bucket_owner and region belong to an export to "s3://…"')
        return self

    @property
    def bucket(self) -> Bucket | None:
        """The bucket; None where the export goes to none."""
        if self.region is None:
            return None
        name, _, prefix = self.export.removeprefix("s3://").partition("/")
        return Bucket(
            name=name,
            prefix=f"{prefix.strip('/')}/" if prefix.strip("/") else "",
            owner=self.bucket_owner,
            region=self.region,
        )


class PoolSettings(_Table):
    """One user pool."""

    id: PoolId
    region: Region
    client_id: Annotated[str, Field(min_length=1, max_length=128)]
    customer_credentials: bool = False
    mail_evidence: bool = False
    mails_a_day: int = Field(default=50, ge=1, le=1_000_000)
    """Whether the desk looks into Amazon SES, where the pool sends with it: why mail doesn't arrive."""
    scan_share: Annotated[float, Field(gt=0, le=1)] = 1 / 3
    """Which part of AWS's rate a check of the whole pool, or a run over many people, may use up."""
    role_arn: RoleArn | None = None
    """The role with which everything is read and sent in this pool; None for the desk's own credentials."""
    external_id: ExternalId | None = None
    """What the role's trust policy asks for as sts:ExternalId; None where it asks for nothing."""
    client_secret: SecretStr | None = None
    """Never in the file: from ``DESK_POOL_<NAME>_CLIENT_SECRET``."""
    people: People | None = None
    """The pool's own, in the place of the general ones; None where those count. See `Settings.people_of`."""
    channels: Channels | None = None
    """The same of its channels; see `Settings.channels_of`."""
    list_addresses: bool = False
    """Whether the list of a report of the whole pool has whole addresses; otherwise they are masked."""
    report: Annotated[Weekly | None, BeforeValidator(_weekly)] = None
    """When everybody in the pool is checked, week by week; None for never by itself."""
    report_channel: Annotated[ChannelId | None, Field(validate_default=True)] = None
    """Where the report of that is posted: one of the pool's channels."""

    @field_validator("report_channel")
    @classmethod
    def _is_one_of_its_own(cls, channel: str | None, info: ValidationInfo) -> str | None:
        # Without `report` or `channels` in the data those are wrong themselves, which is said by itself.
        if "report" in info.data and (channel is None) != (info.data["report"] is None):
            raise ValueError("report and report_channel belong together: set both, or neither")
        if (own := info.data.get("channels")) and channel and channel not in own.allowed:
            raise ValueError(f"{channel} must be among the pool's channels.allowed too")
        return channel

    @model_validator(mode="after")
    def _external_id_is_a_role_s(self) -> "PoolSettings":
        if self.external_id is not None and self.role_arn is None:
            raise ValueError("external_id is said when a role is assumed, so it needs role_arn beside it")
        return self


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the program listens."""

    host: str
    """A name or an address; one of IPv6 without its brackets."""
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


_LISTEN = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9.-]+)):(?P<port>\d{1,5})", re.ASCII)


def _listen(value: object) -> object:
    if not isinstance(value, str):
        return value
    match = _LISTEN.fullmatch(value)
    if not match or not 1 <= int(match["port"]) <= 65535:
        raise ValueError('must be a host and a port from 1 to 65535, such as "127.0.0.1:8080" or "[::1]:8080"')
    return Listen(match["six"] or match["host"], int(match["port"]))


class HealthSettings(_Table):
    """Where the desk says how it is."""

    listen: Annotated[Listen | None, BeforeValidator(_listen)] = None
    """None: nowhere, which is what it does unless it is asked to."""


_Given = TypeVar("_Given")


class File(_Table):
    """``desk.toml``."""

    slack: SlackApp = SlackApp()
    # Before what may be left out where every pool has its own.
    pools: Annotated[dict[PoolName, PoolSettings], Field(min_length=1)]
    people: Annotated[People | None, Field(validate_default=True)] = None
    channels: Annotated[Channels | None, Field(validate_default=True)] = None
    approvals: Approvals = Approvals()
    retention: Retention = Retention()
    audit: Audit = Audit()
    teams: dict[Team, PersonOrGroup] = {}
    """Who is mentioned when something is handed over; a team that is left out isn't mentioned."""
    health: HealthSettings = HealthSettings()

    @field_validator("people", "channels")
    @classmethod
    def _may_be_left_out(cls, given: _Given, info: ValidationInfo) -> _Given:
        assert info.field_name is not None, "it is of one field"
        # Without `pools` in the data those are wrong themselves, which is said by itself.
        pools: Mapping[str, PoolSettings] = info.data.get("pools", {})
        if given is None and not all(getattr(pool, info.field_name) for pool in pools.values()):
            raise PydanticCustomError("missing", "is missing")
        return given

    @field_validator("channels")
    @classmethod
    def _has_those_of_reports(cls, channels: Channels | None, info: ValidationInfo) -> Channels | None:
        pools: Mapping[str, PoolSettings] = info.data.get("pools", {})
        for name, pool in pools.items():
            channel = pool.report_channel
            if channels and channel and not pool.channels and channel not in channels.allowed:
                raise ValueError(f"{channel}, where the report of pools.{name} is posted, must be among allowed too")
        return channels


class _SlackAlone(_Table):
    slack: SlackApp


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the program is told from outside. Tokens stay `SecretStr`, so that no repr shows them."""

    bot_token: SecretStr
    app_token: SecretStr
    slack_api_url: str
    database_url: SecretStr
    people: People | None
    """The general ones; None where every pool has its own. Who counts for a pool says `people_of` alone."""
    channels: Channels | None
    """The same of the channels; see `channels_of`."""
    approvals: Approvals
    pools: Mapping[str, PoolSettings]
    slack: SlackApp = field(default_factory=SlackApp)
    retention: Retention = field(default_factory=Retention)
    audit: Audit = field(default_factory=Audit)
    teams: Mapping[Team, str] = field(default_factory=dict)
    """Slack ids by team; see `bot.answer.Team`. A team without one is mentioned nowhere."""
    health: HealthSettings = field(default_factory=HealthSettings)
    json_log: bool = False
    """Whether each line of the log is a JSON object."""

    def people_of(self, pool: str) -> People:
        """Return who may ask and who may approve in a pool: nobody in one that isn't in the settings."""
        found = self.pools.get(pool)
        return (found and (found.people or self.people)) or NOBODY

    def channels_of(self, pool: str) -> Channels:
        """Return where a pool may be asked about: nowhere for one that isn't in the settings."""
        found = self.pools.get(pool)
        return (found and (found.channels or self.channels)) or NOWHERE

    def pools_in(self, channel: str) -> tuple[str, ...]:
        """Return the pools that may be asked about in a channel, in the settings' order."""
        return tuple(pool for pool in self.pools if channel in self.channels_of(pool).allowed)

    @property
    def all_channels(self) -> tuple[str, ...]:
        """Every channel in which some pool may be asked about, in the settings' order."""
        return tuple(dict.fromkeys(each for pool in self.pools for each in self.channels_of(pool).allowed))

    @property
    def shared_channels(self) -> tuple[str, ...]:
        """The channels that may be shared with other organisations: those of every pool that works there may."""
        return tuple(
            each
            for each in self.all_channels
            if all(each in self.channels_of(pool).shared for pool in self.pools_in(each))
        )

    def tables(self, name: Literal["people", "channels"]) -> dict[str, str]:
        """Return each table of people or channels that counts, by its name in the file, with a pool that it is of."""
        found: dict[str, str] = {}
        for pool, given in self.pools.items():
            found.setdefault(f"pools.{pool}.{name}" if getattr(given, name) else name, pool)
        return found


def load(environ: Mapping[str, str]) -> Settings:
    """Read the settings; ``environ`` holds what ``.env`` says too. Raises `SettingsError`."""
    file = load_file(environ)
    return Settings(
        bot_token=_token(environ, "SLACK_BOT_TOKEN", "xoxb-"),
        app_token=_token(environ, "SLACK_APP_TOKEN", "xapp-"),
        slack_api_url=_slack_api_url(environ),
        database_url=load_database_url(environ),
        people=file.people,
        channels=file.channels,
        approvals=file.approvals,
        pools=file.pools,
        slack=file.slack,
        retention=file.retention,
        audit=file.audit,
        teams=file.teams,
        health=file.health,
        json_log=_json_log(environ),
    )


def load_database_url(environ: Mapping[str, str]) -> SecretStr:
    """Return where the database is, for what needs nothing else."""
    return SecretStr(environ.get("DESK_DATABASE_URL") or "sqlite:///desk.db")


def load_file(environ: Mapping[str, str]) -> File:
    """Read ``desk.toml`` alone, for what needs no token. Raises `SettingsError`."""
    path, raw = _read(environ)
    pools: Any = raw.get("pools")
    for name, pool in pools.items() if isinstance(pools, dict) else ():
        if not isinstance(pool, dict):
            continue
        if "client_secret" in pool:
            raise SettingsError(
                f"{path}: pools.{name}.client_secret: secrets don't belong in this file. "
                f"Set {secret_name(name)} in .env instead."
            )
        if secret := environ.get(secret_name(name)):
            pool["client_secret"] = secret
    try:
        return File.model_validate(raw)
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(path, error))) from None


def load_slack(environ: Mapping[str, str]) -> SlackApp:
    """Read what the app is called, whatever else is still missing in ``desk.toml``. Raises `SettingsError`.

    The manifest comes first: without a file, and without ``DESK_CONFIG…``, everything has its default.
    """
    if not (_DEFAULT.exists() or environ.get("DESK_CONFIG") or environ.get(_TEXT)):
        return SlackApp()
    path, raw = _read(environ)
    try:
        return _SlackAlone.model_validate({"slack": raw.get("slack", {})}).slack
    except ValidationError as error:
        raise SettingsError("\n".join(_problems(path, error))) from None


def _read(environ: Mapping[str, str]) -> tuple[Path, dict[str, Any]]:
    """Return what the settings are called in messages, and what is in them. Raises `SettingsError`."""
    path = Path(environ.get("DESK_CONFIG") or _DEFAULT)
    text = environ.get(_TEXT)
    if text and environ.get("DESK_CONFIG"):
        raise SettingsError(f"DESK_CONFIG and {_TEXT} are both set, and only one can count. Leave one of them out.")
    if text:
        path = Path(_TEXT)
    try:
        return path, tomllib.loads(text or path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(
            f"{path}: can't be read ({error.strerror}). Copy desk.example.toml to {path} and fill it in."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from None


def _problems(path: Path, error: ValidationError) -> list[str]:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in problem["loc"] if part != "[key]")
        example = _example(problem["loc"])
        said = _SAID.get(problem["type"], problem["msg"].removeprefix("Value error, "))
        lines.append(f"{path}: {key}: {said}." + (f" For example:\n{example}" if example else ""))
    return lines


def _example(loc: Sequence[str | int]) -> str:
    """Return the example of a setting, or of the table that it is in; empty where there is none."""
    names = [str(part) for part in loc]
    if names[:1] == ["pools"] and (own := _EXAMPLES.get(f"pools.{'.'.join(names[2:3])}")):
        return own
    return _EXAMPLES.get(".".join(names[:2])) or _EXAMPLES.get(".".join(names[:1]), "")


def secret_name(pool: str) -> str:
    """Return the variable that holds the client secret of the pool of this name."""
    return f"DESK_POOL_{pool.upper().replace('-', '_')}_CLIENT_SECRET"


def _token(environ: Mapping[str, str], name: str, prefix: str) -> SecretStr:
    token = environ.get(name, "")
    problem = ""
    if not token:
        problem = "is not set"
    elif not token.startswith(prefix):
        problem = f"doesn't begin with {prefix}"
    elif not re.fullmatch(r"[!-~]{6,}", token):
        # Such as the example's: HTTP couldn't even carry it.
        problem = "is not a whole token"
    if problem:
        raise SettingsError(f"{name}: {problem}. Put it in .env, for example: {name}={prefix}…")
    return SecretStr(token)


def _json_log(environ: Mapping[str, str]) -> bool:
    form = environ.get("DESK_LOG") or "text"
    if form not in ("text", "json"):
        raise SettingsError(f"DESK_LOG: {form!r} is neither text nor json. Leave it out, or for example: DESK_LOG=json")
    return form == "json"


def _slack_api_url(environ: Mapping[str, str]) -> str:
    url = environ.get("SLACK_API_URL") or "https://slack.com/api/"
    if not re.match(r"https?://[^/]", url):
        raise SettingsError(
            f"SLACK_API_URL: {url!r} is no web address. Leave it out, or for example: SLACK_API_URL=https://slack.com/api/"
        )
    return url
