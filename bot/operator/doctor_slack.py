"""The doctor's look at Slack: tokens, scopes, channels, people, and whether there are leads enough.

It is long because it is one list of checks, each with what is wrong and the cure.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import reach, slack_errors
from bot.answer import Team
from bot.desk.people import Roster, Unreadable
from bot.operator.doctor_result import DoctorResult, DoctorStatus, not_checked, ok, problem
from bot.operator.manifest import OPTIONAL_SCOPES, required
from bot.settings import LeadsNeeded, Settings, SlackApp
from bot.slack import troubles
from bot.slack.app import FOR_AN_ORGANISATION, IN_ONE_WORKSPACE, is_for_an_organisation
from bot.slack_errors import Meaning, is_slacks

_TIMEOUT_SECONDS = 10
_MOST_TRIED = 30
"""People whose right is tried, of the agents and of the leads: each is a question to Slack."""


_OF_SETTINGS = {
    "no_such_subteam": "Take the group's id from its link in Slack; a disabled group counts as none.",
    "plan_upgrade_required": "This workspace has no user groups: list people by their ids (U…) instead.",
    "user_not_found": "Take the id from the person's profile (⋮ > Copy member ID); guests and bots don't count.",
}
"""What ends a refusal of what the settings name."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What comes in an answer's place."""

    says: str
    """Slack's name for what is wrong, or what happened instead of an answer."""
    is_slacks: bool = True

    def of(self, token: str) -> str:
        """Say it of the token in this variable."""
        return f"Slack refuses {token}: {self.says}" if self.is_slacks else f"{token} can't be tried: {self.says}"

    @property
    def cure(self) -> str:
        """What ends it; of the app token, `troubles.cure` knows better."""
        if not self.is_slacks:
            return "Check that this machine reaches https://slack.com/api/, perhaps through a proxy (HTTPS_PROXY)."
        found = slack_errors.meaning(self.says)
        known = found.cure if found.meaning is Meaning.OPERATOR else _OF_SETTINGS.get(self.says)
        return known or "See the app's page under https://api.slack.com/apps."


def examine(settings: Settings) -> Iterator[DoctorResult]:
    """Look at everything in Slack that the settings name. Nothing is posted or changed."""
    unusable = reach.unusable(reach.OF_SLACK)
    if unusable:
        yield problem(reach.OF_SLACK, unusable.says, unusable.cure)
    try:
        yield from _everything(settings)
    except reach.Obstructed as error:
        if error.found != unusable:
            yield problem("way to Slack", error.found.says, error.found.cure)
        yield not_checked("Slack", "it can't be reached")


def _everything(settings: Settings) -> Iterator[DoctorResult]:
    client = WebClient(settings.bot_token.get_secret_value(), base_url=settings.slack_api_url, timeout=_TIMEOUT_SECONDS)
    answer = _said(client, "auth.test")
    if isinstance(answer, _Refusal):
        yield problem("bot token", answer.of("SLACK_BOT_TOKEN"), answer.cure)
        yield _app_token(settings)
        yield not_checked("scopes, people", "they need a bot token that works")
        return
    if is_for_an_organisation(answer):
        yield problem("bot token", f"SLACK_BOT_TOKEN: {FOR_AN_ORGANISATION}", IN_ONE_WORKSPACE)
        yield _app_token(settings)
        yield not_checked("scopes, people", "they need a bot token of one workspace")
        return
    yield ok("bot token", f"{answer['user']} in {answer['team']}")
    yield _app_token(settings)
    yield from _scopes(client, settings.slack)
    for channel in settings.all_channels:
        yield from _channel(client, channel, settings)
    roster = Roster(client, {pool: settings.people_of(pool) for pool in settings.pools}, home=str(answer["team_id"]))
    yield from _groups(client, settings)
    for table, pool in settings.tables("people").items():
        people = _People(client, roster, table, pool)
        yield _agents(people, settings.people_of(pool).agents)
        yield _leads(people, settings.people_of(pool).leads, settings.approvals.leads_needed)
    yield from _direct_messages(client, settings)
    yield from _escalation(client, settings)
    yield from _teams(client, settings)


def _app_token(settings: Settings) -> DoctorResult:
    # This opens nothing: it returns an address for one connection, which goes stale unused. There is no other way to
    # learn whether the token is good and Socket Mode is on.
    client = WebClient(settings.app_token.get_secret_value(), base_url=settings.slack_api_url, timeout=_TIMEOUT_SECONDS)
    answer = _said(client, "apps.connections.open")
    if isinstance(answer, _Refusal):
        cure = troubles.cure(answer.says) if answer.is_slacks else answer.cure
        return problem("app token", answer.of("SLACK_APP_TOKEN"), cure)
    return ok("app token", "Socket Mode is on")


def _scopes(client: WebClient, app: SlackApp) -> Iterator[DoctorResult]:
    headers = {name.lower(): value for name, value in client.auth_test().headers.items()}
    granted = {scope.strip() for scope in str(headers.get("x-oauth-scopes", "")).split(",") if scope.strip()}
    if not granted:
        yield not_checked("scopes", "Slack doesn't say which scopes the token has")
        return
    needed = required(app).keys()
    missing = sorted(needed - granted)
    more = sorted(granted - needed - OPTIONAL_SCOPES.keys())
    if missing:
        yield problem(
            "scopes",
            f"missing: {', '.join(missing)}",
            "Give the app the present manifest (`desk manifest`) and install it again.",
        )
    else:
        yield ok("scopes", f"all {len(needed)}" + (f", and more than the desk uses: {', '.join(more)}" if more else ""))
    declined = sorted(OPTIONAL_SCOPES.keys() - granted)
    if not declined:
        yield ok("optional scopes", f"all {len(OPTIONAL_SCOPES)}; when Slack's answer is lost, no message comes twice")
        return
    # It works without them, so that this is no problem; but nobody should find it out by a message that comes twice.
    yield DoctorResult(
        "optional scopes",
        DoctorStatus.OK,
        f"not granted: {', '.join(declined)}; when Slack's answer is lost, a message may come twice there",
        "To grant them, give the app the present manifest (`desk manifest`), install it again and decline nothing.",
    )


def _channel(client: WebClient, channel: str, settings: Settings) -> Iterator[DoctorResult]:
    app = settings.slack
    answer = _said(client, "conversations.info", channel=channel)
    if isinstance(answer, _Refusal):
        yield _unseen_channel(channel, answer, app)
        return
    tables = [
        table for table, pool in settings.tables("channels").items() if channel in settings.channels_of(pool).allowed
    ]
    may_be_shared = channel in settings.shared_channels
    wrong = list(wrong_with(channel, answer["channel"], app, may_be_shared=may_be_shared, tables=tables))
    yield from wrong
    if not wrong:
        yield ok(f"channel {channel}", "the desk is in it")


def _unseen_channel(channel: str, refusal: _Refusal, app: SlackApp) -> DoctorResult:
    name = f"channel {channel}"
    if refusal.says == "channel_not_found":
        return problem(
            name,
            "there is no such channel, or it is private and the desk is not in it",
            f"If it is private, type in it: {app.invite}. Otherwise take its id from the end of the channel's details.",
        )
    if refusal.says == "missing_scope":
        return problem(
            name,
            "without channels:read and groups:read it can't be seen whether it is shared, so nothing is posted there",
            refusal.cure,
        )
    return not_checked(name, f"Slack says {refusal.says}", refusal.cure)


def wrong_with(
    channel: str,
    shown: Mapping[str, Any],
    app: SlackApp,
    *,
    may_be_shared: bool = False,
    tables: Sequence[str] = ("channels",),
) -> Iterator[DoctorResult]:
    """Yield why the desk can't work in a channel, as ``conversations.info`` shows it.

    ``tables``: those of the settings that allow it, by their names.
    """
    name = f"channel {channel}"
    elsewhere = f"name another one in {' and '.join(f'{table}.allowed' for table in tables)}."
    sharing = " and ".join(f"{table}.shared" for table in tables)
    if shown.get("is_archived"):
        # Nobody can be invited there, so that nothing else matters.
        yield problem(
            name, "it is archived, so nobody can type or post there", f"Unarchive it in Slack, or {elsewhere}"
        )
        return
    if shown.get("is_ext_shared") and not may_be_shared:
        yield problem(
            name,
            "it is shared with another organisation, whose people would read customers' addresses",
            f"End the sharing in the channel's details in Slack, allow it with {sharing}, or {elsewhere}",
        )
    elif shown.get("is_pending_ext_shared") and not may_be_shared:
        yield problem(
            name,
            "another organisation has been invited to it, whose people would read customers' addresses",
            f"Take the invitation back in the channel's details in Slack, or {elsewhere}",
        )
    if not shown.get("is_member"):
        yield problem(name, "the desk is not in it", f"In the channel, type: {app.invite}")


def _groups(client: WebClient, settings: Settings) -> Iterator[DoctorResult]:
    people = [settings.people_of(pool) for pool in settings.pools]
    for group in sorted({one for each in people for one in (*each.agents, *each.leads) if one.startswith("S")}):
        answer = _said(client, "usergroups.users.list", usergroup=group)
        if isinstance(answer, _Refusal):
            says = f"it can't be read ({answer.says}), so nobody counts as its member"
            yield problem(f"group {group}", says, answer.cure)
        elif not answer["users"]:
            yield problem(f"group {group}", "it is empty", "Add members to the group, or list people by their ids.")


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of trying the people of a list."""

    able: int
    """How many different people are ours."""
    refused: dict[str, str]
    """Why the others don't count, by the id that they are listed by."""
    untried: int

    @property
    def remarks(self) -> str:
        """What has to be told beside their number; empty if nothing."""
        refused = "; ".join(f"{person}: {why}" for person, why in self.refused.items())
        left = f", {self.untried} more were not tried" if self.untried else ""
        return f"{left} ({refused})" if refused else left


@dataclass(frozen=True, slots=True)
class _People:
    """Tries people, members of groups among them, as the desk itself does."""

    client: WebClient
    roster: Roster
    table: str
    """Where the settings have them, by its name there."""
    pool: str
    """One of the pools for which they count."""

    def named(self, name: str) -> str:
        """Return what a list of them is called here."""
        return name if self.table == "people" else f"{name} of {self.pool}"

    def tried(
        self, name: str, listed: Sequence[str], everyone: Callable[[str], Sequence[str]]
    ) -> _Tried | DoctorResult:
        """Return who of a list counts, or what to tell when Slack doesn't say who they are."""
        try:
            members = everyone(self.pool)
        except Unreadable:
            return problem(name, "a group of them can't be read, so none of them counts", "Repair the group above.")
        # Those whom the operator wrote down come first.
        people = sorted(members, key=lambda person: (person not in listed, person))
        able: dict[str, str] = {}
        refused: dict[str, str] = {}
        for person in people[:_MOST_TRIED]:
            try:
                why, key = self.roster.rule(person), self.roster.key(person)
            except Unreadable:
                return self._unread(name, person)
            if why:
                refused[person] = why
            elif able.setdefault(key, person) != person:
                refused[person] = f"the same person as {able[key]}"
        return _Tried(len(able), refused, len(people[_MOST_TRIED:]))

    def _unread(self, name: str, person: str) -> DoctorResult:
        answer = _said(self.client, "users.info", user=person)
        refusal = answer if isinstance(answer, _Refusal) else _Refusal("no answer", is_slacks=False)
        says = f"Slack doesn't say who {person} is ({refusal.says}); of those of whom it doesn't, nobody counts"
        return (problem if refusal.is_slacks else not_checked)(name, says, refusal.cure)


def _agents(people: _People, listed: Sequence[str]) -> DoctorResult:
    name, setting = people.named("agents"), f"{people.table}.agents"
    if not listed:
        return problem(name, "nobody may ask", f'Fill in {setting}, for example: agents = ["S0SUPPORT"]')
    tried = people.tried(name, listed, people.roster.agents)
    if isinstance(tried, DoctorResult):
        return tried
    says = f"{', '.join(listed)}: {tried.able} may ask{tried.remarks}"
    if not tried.able or any(person in listed for person in tried.refused):
        return problem(name, says, f"In {setting}, list members of this workspace; guests and bots don't count.")
    return ok(name, says)


def _leads(people: _People, listed: Sequence[str], needed: LeadsNeeded) -> DoctorResult:
    name = people.named("leads")
    tried = people.tried(name, listed, people.roster.leads)
    if isinstance(tried, DoctorResult):
        return tried
    most = max(needed.normal, needed.high)
    if tried.able < most:
        return problem(
            name,
            f"{tried.able} can approve{tried.remarks}, but high risk needs {needed.high} and normal risk "
            f"{needed.normal}",
            f"Add people to {people.table}.leads, or lower approvals.leads_needed.",
        )
    # Nobody counts for what they asked for themselves.
    spare = " A lead who asks for a high-risk change needs one more." if tried.able == most else ""
    return ok(name, f"{tried.able} can approve{tried.remarks}.{spare}")


def _direct_messages(client: WebClient, settings: Settings) -> Iterator[DoctorResult]:
    """Say who is told directly of what waits, where the operator wants that."""
    if not settings.approvals.direct_messages:
        return
    answers = {each: _said(client, "conversations.members", channel=each) for each in settings.all_channels}
    unread = {channel: answer for channel, answer in answers.items() if isinstance(answer, _Refusal)}
    if not unread:
        yield ok("direct messages", "leads who aren't in a request's channel are told directly that it waits")
    for channel, refusal in unread.items():
        says = f"who is in {channel} can't be read ({refusal.says}), so all leads are told directly of what waits there"
        yield problem("direct messages", says, refusal.cure)


def _escalation(client: WebClient, settings: Settings) -> Iterator[DoctorResult]:
    """Say who is mentioned for what nobody decides, where the operator names somebody."""
    listed, after = settings.approvals.escalate_to, settings.approvals.escalate_after
    if after is None:
        return
    wrong = [found for each in listed if (found := _nobody(client, "escalation", each, "approvals.escalate_to"))]
    yield from wrong
    if not wrong:
        says = f"{', '.join(listed)} mentioned after {after} in the thread of what nobody decides; that gives no right"
        yield ok("escalation", says)


def _teams(client: WebClient, settings: Settings) -> Iterator[DoctorResult]:
    """Say whom **Hand over…** mentions, and what it does for the teams that are left out."""
    wrong = [
        found
        for team, named in settings.teams.items()
        if (found := _nobody(client, f"team {team}", named, f"teams.{team}"))
    ]
    yield from wrong
    left_out = ", ".join(team for team in Team if team not in settings.teams)
    without = f"not set: {left_out}; for these Hand over… shows a text to copy and mentions nobody" if left_out else ""
    named = ", ".join(f"{team} {settings.teams[team]}" for team in Team if team in settings.teams)
    if not wrong:
        yield ok("teams", "; ".join(filter(None, (named, without))))


def _nobody(client: WebClient, name: str, named: str, setting: str) -> DoctorResult | None:
    """Return what is wrong where a mention would reach nobody. ``setting`` is where it is named."""
    if named.startswith("S"):
        answer = _said(client, "usergroups.users.list", usergroup=named)
        if not isinstance(answer, _Refusal) and not answer["users"]:
            return problem(name, f"the group {named} is empty", f"Add members to it, or name others in {setting}.")
    else:
        answer = _said(client, "users.info", user=named)
        if not isinstance(answer, _Refusal) and answer["user"].get("deleted"):
            return problem(name, f"{named} is deactivated", f"Name somebody else in {setting}.")
    if isinstance(answer, _Refusal):
        return problem(name, f"Slack can't say who {named} is: {answer.says}", answer.cure)
    return None


def _said(client: WebClient, method: str, **arguments: str) -> dict[str, Any] | _Refusal:
    """Return what Slack answers. Raises `reach.Obstructed`."""
    try:
        answer = client.api_call(method, params=arguments)
    except (SlackClientError, HTTPException, OSError) as error:
        refusal = str(error.response["error"]) if isinstance(error, SlackApiError) else ""
        if is_slacks(refusal):
            return _Refusal(refusal)
        if known := troubles.obstacle(error, client.base_url, client):
            raise reach.Obstructed(known) from None
        instead = "no answer of Slack's" if refusal else f"no answer ({error.__class__.__name__})"
        return _Refusal(instead, is_slacks=False)
    assert isinstance(answer.data, dict)
    return answer.data
