"""Files are posted once in their thread, whatever breaks on the way, and deleted after their time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.web import SlackResponse
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot import slack_errors
from bot.slack.file_posting import FILE_WAITS, FileDeleter, FilePoster
from bot.slack_errors import Meaning
from bot.tickets import tables
from bot.tickets.files import Files, Made, Makers, Wanted
from bot.tickets.forgetting import Cleaner, Kept
from bot.tickets.message import Item
from sandbox.testing import Rates, SlackFile
from tests.bot.writing import SCOPES, SUPPORT, Office, words

ALL = [*SCOPES, "files:read", "files:write"]
WEEK = timedelta(days=7)
DAY = 86400.0
CSV = b"user name\r\nana\r\n"
LEASE = 20.0


def made(of: int) -> Made | None:
    pieces = [CSV, b"", b"of %d\r\n" % of]
    return Made(name=f"list-{of}.csv", title="The list", content=iter(pieces), alt_text="A list") if of else None


MAKERS: Makers = {"list": made, "empty": lambda _: Made(name="x.csv", title="x", content=())}


@dataclass
class Desk:
    """An office that posts files."""

    office: Office
    makers: Makers = field(default_factory=lambda: MAKERS)
    on: bool = True
    closed: Callable[[str], str] = lambda _: ""

    def __post_init__(self) -> None:
        self.files = Files(self.office.outbox, on=self.on, kept=WEEK)
        self.poster = FilePoster(
            self.files, self.office.deliveries, self.office.client, self.makers, closed=self.closed
        )
        self.send = self.office.hand(files=self.poster.deliver)

    def posts(self, *, kind: str = "list", of: int = 7, root: str = "root", then: str = "") -> tuple[int, bool]:
        """Have a file posted beneath a message."""
        with self.office.store.transaction() as connection:
            conversation = self.office.outbox.converse(connection, SUPPORT)
            self.office.outbox.enqueue(connection, conversation, words(root))
            done = self.files.post(connection, conversation, kind, of)
            if then:
                self.office.outbox.enqueue(connection, conversation, words(then))
        self.office.outbox.wake()
        return conversation, done

    @property
    def shared(self) -> list[SlackFile]:
        """The files that stand in the channel."""
        return [one for one in self.office.workspace.files.all() if one.channel]

    @property
    def row(self) -> Any:
        with self.office.store.reading() as connection:
            return connection.execute(select(tables.posted_file)).one()

    @property
    def count(self) -> int:
        """How many rows of files there are."""
        with self.office.store.reading() as connection:
            return len(connection.execute(select(tables.posted_file.c.id)).all())

    def delete(self) -> None:
        FileDeleter(self.files, self.office.client).delete()


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    place = Office(database_url, ALL, Rates.generous())
    yield place
    place.close()


@pytest.fixture
def light(sqlite_url: str) -> Iterator[Office]:
    place = Office(sqlite_url, ALL, Rates.generous())
    yield place
    place.close()


def test_a_file_stands_in_its_thread_between_what_was_written_before_and_after(office: Office) -> None:
    desk = Desk(office)
    desk.posts(then="after")
    desk.send()

    assert office.threads == [["root", "", "after"]]
    [file] = desk.shared
    assert (file.name, file.title, file.content) == ("list-7.csv", "The list", CSV + b"of 7\r\n")
    assert file.alt_text == "A list"
    [root] = office.workspace.messages()
    assert (file.channel, file.thread_ts) == (SUPPORT, root.ts)
    assert office.outbox.is_empty()
    assert desk.row.file == file.id
    assert desk.row.delete_at == pytest.approx(desk.row.posted_at + 7 * DAY)


def test_nothing_is_written_where_files_are_off(light: Office) -> None:
    desk = Desk(light, on=False)
    _, done = desk.posts()
    desk.send()

    assert not done
    assert light.threads == [["root"]]
    assert light.workspace.files.all() == ()
    with light.store.reading() as connection:
        assert connection.execute(select(tables.posted_file.c.id)).first() is None


def test_files_that_were_wanted_before_they_were_switched_off_are_not_posted(light: Office) -> None:
    Desk(light).posts()
    Desk(light, on=False).send()

    assert light.threads == [["root"]]
    assert light.outbox.is_empty()


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Life:
    """Ends at a moment."""

    ends_at: str
    passed: list[str] = field(default_factory=list)

    def __call__(self, moment: str) -> None:
        self.passed.append(moment)
        if moment == self.ends_at:
            raise Killed(moment)


class MortalClient(WebClient):
    life: Life

    def api_call(self, api_method: str, **given: Any) -> SlackResponse:
        self.life(f"before {api_method}")
        answer = super().api_call(api_method, **given)
        self.life(f"after {api_method}")
        assert isinstance(answer, SlackResponse)
        return answer


class MortalFiles(Files):
    life: Life

    def begin(self, item: Item, wanted: Wanted, file: str) -> bool:
        self.life("before begin")
        begun = super().begin(item, wanted, file)
        self.life("after begin")
        return begun

    def has_left(self, item: Item, wanted: Wanted) -> None:
        self.life("before has_left")
        super().has_left(item, wanted)
        self.life("after has_left")


MOMENTS = [
    f"{when} {what}"
    for what in (
        "chat.getPermalink",
        "files.getUploadURLExternal",
        "begin",
        "files.completeUploadExternal",
        "has_left",
    )
    for when in ("before", "after")
]


def mortal(office: Office, ends_at: str) -> Life:
    """Post what waits as a process that ends at a moment."""
    life = Life(ends_at)
    client = MortalClient(token=office.workspace.bot_token, base_url=office.slack.api_url, retry_handlers=[])
    files = MortalFiles(office.outbox, on=True, kept=WEEK)
    client.life = files.life = life
    poster = FilePoster(files, office.deliveries, client, MAKERS)
    try:
        office.hand(files=poster.deliver)()
    except Killed:
        office.outbox.in_hand.clear()
    return life


def test_the_moments_are_all_that_there_are(light: Office) -> None:
    Desk(light).posts()

    assert mortal(light, "never").passed == MOMENTS


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_file_is_posted_once_wherever_the_process_was_killed(office: Office, moment: str) -> None:
    desk = Desk(office)
    desk.posts(then="after")
    assert mortal(office, moment).passed[-1] == moment
    office.passes(LEASE)
    desk.send()

    assert office.threads == [["root", "", "after"]]
    assert len(desk.shared) == 1
    assert desk.row.file == desk.shared[0].id
    assert desk.row.posted_at is not None
    assert office.outbox.is_empty()


@pytest.mark.parametrize("fault", ["fail", "drop", "lose_answer"])
@pytest.mark.parametrize(
    "method", ["chat.getPermalink", "files.getUploadURLExternal", "upload", "files.completeUploadExternal"]
)
def test_a_file_is_posted_once_whatever_slack_answers(light: Office, fault: str, method: str) -> None:
    desk = Desk(light)
    desk.posts()
    getattr(light.workspace.faults, fault)(method)
    desk.send()
    light.passes(60)
    desk.send()

    assert len(desk.shared) == 1
    assert light.threads == [["root", ""]]
    assert light.outbox.is_empty()


def test_a_database_that_is_away_at_the_end_does_not_post_it_twice(light: Office) -> None:
    class Away(Files):
        def has_left(self, item: Item, wanted: Wanted) -> None:
            raise OperationalError("COMMIT", {}, Exception("the database is away"))

    desk = Desk(light)
    desk.posts()
    poster = FilePoster(Away(light.outbox, on=True, kept=WEEK), light.deliveries, light.client, MAKERS)
    light.hand(files=poster.deliver)()
    light.passes(60)
    desk.send()

    assert len(desk.shared) == 1
    assert light.outbox.is_empty()


def test_another_process_that_posts_it_meanwhile_is_left_to_it(light: Office) -> None:
    desk = Desk(light)
    desk.posts()

    def steals(of: int) -> Made | None:
        with light.store.transaction() as connection:
            connection.execute(tables.outbox.update().values(owner="another"))
        return made(of)

    poster = FilePoster(desk.files, light.deliveries, light.client, {"list": steals})
    light.hand(files=poster.deliver)()

    assert desk.shared == []
    assert not light.outbox.is_empty()
    assert light.outbox.in_hand == {}


REFUSALS = [
    each.name
    for each in slack_errors.TABLE
    if each.meaning is Meaning.PERSON and (each.of_file or each.name in ("not_in_channel", "is_archived"))
]


@pytest.mark.parametrize("error", [*REFUSALS, "missing_scope", "a_new_error"])
@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_refusal_is_said_in_the_thread_and_is_the_end(light: Office, error: str, method: str) -> None:
    desk = Desk(light)
    desk.posts()
    light.workspace.faults.refuse(method, error)
    for _ in range(2):
        desk.send()
        light.passes(DAY)

    [[root, told]] = light.threads
    assert root == "root"
    assert told == f"No file was posted here. {slack_errors.told(error, SUPPORT).text()}"
    assert desk.shared == []
    assert light.outbox.is_empty()
    assert len(light.workspace.calls.of("files.getUploadURLExternal")) == 1


def test_a_workspace_that_takes_no_files_says_so_in_words(light: Office) -> None:
    desk = Desk(light)
    desk.posts()
    light.workspace.rules = replace(light.workspace.rules, refuses_uploads="file_uploads_disabled")
    desk.send()

    assert light.threads[0][1] == (
        "No file was posted here. This workspace takes no such files. "
        "An administrator can allow them in the workspace's settings."
    )


def test_no_file_goes_where_another_organisation_reads_along(light: Office) -> None:
    desk = Desk(light, closed=lambda channel: "is_ext_shared" if channel == SUPPORT else "")
    desk.posts()
    desk.send()

    assert desk.shared == []
    assert "shared with another organisation" in light.threads[0][1]


def test_a_file_waits_for_as_long_as_slack_says(light: Office) -> None:
    desk = Desk(light)
    desk.posts()
    light.workspace.faults.rate_limit("files.getUploadURLExternal", retry_after=30)
    desk.send()
    light.passes(29)
    desk.send()
    assert desk.shared == []
    light.passes(2)
    desk.send()

    assert len(desk.shared) == 1


def test_a_file_that_slack_does_not_take_for_a_day_is_given_up(light: Office) -> None:
    desk = Desk(light)
    desk.posts()
    light.workspace.faults.fail("files.getUploadURLExternal", times=10)
    desk.send()
    light.passes(FILE_WAITS + 60)
    desk.send()

    assert light.threads == [["root", "No file was posted here: Slack has refused it for a day."]]
    assert light.outbox.is_empty()


@pytest.mark.parametrize(("kind", "of"), [("list", 0), ("empty", 1), ("of an older desk", 1)])
def test_what_there_is_no_file_for_is_left_out(light: Office, kind: str, of: int) -> None:
    desk = Desk(light)
    desk.posts(kind=kind, of=of, then="after")
    desk.send()

    assert light.threads == [["root", "after"]]
    assert light.workspace.files.all() == ()
    assert desk.row.deleted_at is not None


def test_a_file_is_not_posted_in_the_channel_when_its_thread_is_gone(light: Office) -> None:
    desk = Desk(light)
    conversation, _ = desk.posts()
    light.hand(files=lambda item: light.deliveries.postpone(item, seconds=1, unknown=False))()
    light.delete(light.workspace.messages()[0])
    light.passes(2)
    desk.send()

    assert light.workspace.messages() == ()
    assert desk.shared == []
    assert light.outbox.root_of(conversation)[0] == conversation
    assert light.outbox.is_empty()


def test_a_file_follows_its_card_when_that_is_posted_anew(office: Office) -> None:
    desk = Desk(office)
    ticket = office.ask()
    desk.send()
    with office.store.transaction() as connection:
        assert desk.files.post(connection, office.outbox.card_of(ticket)[0], "list", 7)
    office.delete(office.workspace.messages()[0])
    desk.send()
    office.passes(2)
    desk.send()

    assert office.threads == [["Ticket 1 waits", ""]]
    [file] = desk.shared
    assert file.thread_ts == office.workspace.messages()[0].ts


def test_a_maker_that_breaks_is_tried_again(light: Office) -> None:
    broken = iter([True, False])

    def sometimes(of: int) -> Made | None:
        if next(broken):
            raise ValueError("no")
        return made(of)

    desk = Desk(light, makers={"list": sometimes})
    desk.posts()
    desk.send()
    light.passes(60)
    desk.send()

    assert len(desk.shared) == 1


def test_no_other_thread_waits_for_a_file_that_takes_long(office: Office) -> None:
    desk = Desk(office)
    gate = office.workspace.faults.hold("upload")
    writer = office.write()
    writer.files = desk.poster.hand
    desk.poster.start()
    try:
        desk.posts(then="after")
        office.workspace.wait_for(lambda: gate.has_somebody)
        office.converse("another")
        office.workspace.wait_for_message("another")

        assert office.threads == [["root"], ["another"]]
        gate.open()
        office.settle()
        assert office.threads == [["root", "", "after"], ["another"]]
    finally:
        gate.open()
        desk.poster.stop(60)


def test_a_file_is_deleted_after_its_time_and_no_earlier(office: Office) -> None:
    desk = Desk(office)
    desk.posts()
    desk.send()
    office.passes(7 * DAY - 60)
    desk.delete()
    assert desk.shared[0].is_there
    office.passes(120)
    desk.delete()

    assert desk.shared[0].deleted
    assert desk.row.deleted_at is not None
    desk.delete()
    assert len(office.workspace.calls.of("files.delete")) == 1


@pytest.mark.parametrize("error", ["file_not_found", "file_deleted"])
def test_a_file_that_is_gone_counts_as_deleted(light: Office, error: str) -> None:
    desk = old(light)
    light.workspace.faults.refuse("files.delete", error)
    desk.delete()

    assert desk.row.deleted_at is not None


def old(office: Office) -> Desk:
    """A desk with a file that is to be deleted."""
    desk = Desk(office)
    desk.posts()
    desk.send()
    office.passes(8 * DAY)
    return desk


def test_a_file_that_cannot_be_deleted_is_left_and_the_next_is_deleted(light: Office) -> None:
    desk = old(light)
    desk.posts(of=8)
    desk.send()
    light.passes(8 * DAY)
    light.workspace.faults.refuse("files.delete", "cant_delete_file")
    desk.delete()
    desk.delete()

    assert [one.deleted for one in desk.shared] == [False, True]


@pytest.mark.parametrize("error", ["missing_scope", "fatal_error"])
def test_what_slack_does_not_delete_now_is_deleted_later(light: Office, error: str) -> None:
    desk = old(light)
    light.workspace.faults.refuse("files.delete", error)
    desk.delete()
    assert not desk.shared[0].deleted
    desk.delete()

    assert desk.shared[0].deleted


def test_deleting_waits_when_slack_asks_for_it(light: Office) -> None:
    desk = old(light)
    light.workspace.faults.rate_limit("files.delete", retry_after=7)
    waited: list[float] = []

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        return False

    FileDeleter(desk.files, light.client, wait=wait).delete()

    assert waited == [7]
    assert desk.shared[0].deleted


def test_of_a_deleted_file_and_of_one_that_never_came_no_row_is_left(office: Office) -> None:
    cleaner = Cleaner(office.store, Kept(messages=timedelta(days=30), details=timedelta(days=365)))
    desk = old(office)
    desk.posts(of=8)
    with office.store.transaction() as connection:
        connection.execute(tables.outbox.delete())
    desk.delete()
    office.passes(29 * DAY)
    cleaner.clean()
    assert desk.count == 2
    office.passes(2 * DAY)
    cleaner.clean()

    assert desk.count == 0


def test_a_file_that_stands_in_slack_keeps_its_row(light: Office) -> None:
    desk = old(light)
    light.passes(100 * DAY)
    Cleaner(light.store, Kept(messages=timedelta(days=30), details=timedelta(days=365))).clean()

    assert desk.row.file


def test_a_file_of_which_nobody_learnt_that_it_arrived_is_deleted_too(light: Office) -> None:
    desk = Desk(light)
    desk.posts()
    assert mortal(light, "after files.completeUploadExternal").passed
    with light.store.transaction() as connection:
        # Whoever is forgotten, what waits in their threads goes.
        connection.execute(tables.outbox.delete())
    light.passes(8 * DAY)
    desk.delete()

    assert desk.shared[0].deleted
