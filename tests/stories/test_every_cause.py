"""One person for every cause: checked by e-mail, helped by the first button that fits, and read again at the end."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sandbox.cognito.seed import Sample, seed
from sandbox.cognito.server import CognitoServer
from sandbox.slack.model import Message
from tests.bot import wired
from tests.stories.floor import Floor, settings_for, workspace

if TYPE_CHECKING:
    from sandbox.cognito.livepool import LivePool

State = dict[str, tuple[bool, str]]
"""How everyone with an address stands: the flag and the status, by user name, or by address where that is the name."""

MOVE = "Move the e-mail to this account"
GIL = {"sub": "104", "email": "gil@example.com", "email_verified": True, "name": "Gil"}


class Call:
    """One customer on the telephone. All of them call at the same desk."""

    def __init__(self, floor: Floor, server: CognitoServer, sample: Sample) -> None:
        self.floor = floor
        self.sample = sample
        self.pool: LivePool = server.pools[sample.pool]
        self._mailbox = server.mailbox

    def check(self) -> Message:
        """Type the check and return what stands in the channel then."""
        root = self.root(lambda: self.floor.types("agent", f"/cognito-check {self.sample.address}"))
        self.floor.quiet()
        return root

    def buttons(self, check: Message) -> list[str]:
        """The buttons of a check: the best way first, then what its thread offers."""
        return [button.label for each in (check, *self.floor.slack.replies(check)) for button in each.buttons]

    def press(self, check: Message, label: str) -> None:
        """Press a button of a check, which opens a form."""
        places = (check, *self.floor.slack.replies(check))
        self.floor.clicks("agent", label, next(p for p in places if label in [button.label for button in p.buttons]))
        self.floor.form("agent")

    def cause(self, check: Message) -> tuple[str, str]:
        """The cause and the pool, where a program reads them."""
        told = check.metadata or {}
        assert told["event_type"] == "desk_check"
        return told["event_payload"]["cause"], told["event_payload"]["pool"]

    def accounts(self) -> State:
        """Everyone who carries the address, in any letter case, read from the pool itself."""
        wanted = self.sample.address.lower()
        users = [user for user in self.pool.users if user.email.lower() == wanted]
        named = {user.email if user.username == user.sub else user.username: user for user in users}
        return {name: (user.email_verified, user.status) for name, user in named.items()}

    def proves(self, user: str, to: str = "") -> None:
        """Fill in the form for a code with the customer's own token, and enter the code by the button under "sent"."""
        sent = self.root(lambda: self.floor.submits("agent", token=self.pool.token(user)))
        assert "Cognito sent a code to" in sent.text
        self.enters(sent, to or self.sample.address, token=self.pool.token(user))

    def enters(self, sent: Message, to: str, **credential: str) -> None:
        """Enter the newest code by the button under "sent"."""
        self.floor.clicks("agent", "Enter the code", sent)
        self.floor.form("agent")
        code = self._mailbox.code(to, pool_id=self.pool.id)
        told = self.root(lambda: self.floor.submits("agent", code=code, **credential))
        assert told.text.startswith("✅")
        self.floor.reads_thread("Tell the customer", told)

    def asks(self, leads: int, done: str, **values: str) -> None:
        """Fill in the form, have it approved by as many leads as it takes, and read what came of it."""
        before = len(self.floor.cards)
        self.floor.submits("agent", reason="Called back on the number on file", **values)
        self.floor.slack.wait_for(lambda: len(self.floor.cards) > before)
        self.approved(leads)
        self.floor.reads_card(done)
        self.floor.reads_thread("Tell the customer")

    def approved(self, leads: int) -> None:
        """Have the newest card approved."""
        if leads == 2:
            self.floor.reads_card("waits for 2 leads")
            self.floor.both_leads_approve("High risk")
        else:
            self.floor.reads_card("waits for a lead")
            self.floor.clicks("lead1", "Approve", self.floor.card)

    def code(self) -> str:
        """The newest code in the customer's mailbox."""
        return self._mailbox.code(self.sample.address, pool_id=self.pool.id)

    def root(self, act: Callable[[], object]) -> Message:
        before = len(self.floor.roots)
        act()
        self.floor.slack.wait_for(lambda: len(self.floor.roots) > before)
        return self.floor.roots[before]


def finishes_the_sign_up(call: Call) -> None:
    """A sign-up code needs nobody's sign-in, neither to be sent nor to be entered."""
    sent = call.root(lambda: call.floor.submits("agent"))
    call.enters(sent, call.sample.address)


def moves_to_the_new_sign_up(call: Call) -> None:
    """Two leads agree that the address moves; a code is sent, since the first is long lost, and entered."""
    before = len(call.floor.cards)
    call.floor.submits("agent", taken=MOVE, reason="Lost the old account's password and its telephone")
    call.floor.slack.wait_for(lambda: len(call.floor.cards) > before)
    call.approved(2)
    card = call.floor.reads_card("to enter the customer's code")

    call.floor.types("agent", "/cognito-send-code dora.new")
    call.floor.form("agent")
    sent = call.root(lambda: call.floor.submits("agent", pool=call.sample.pool))
    call.floor.reads_thread("dora holds dora@example.com at present.", sent)

    call.floor.clicks("agent", "Enter code", card)
    call.floor.form("agent", "Enter code")
    call.floor.submits("agent", code=call.code())
    call.floor.reads_card("✅ Done")
    call.floor.reads_thread("Tell the customer")


def maps_the_claim_and_signs_in(call: Call) -> None:
    """The flag is right from the customer's next sign-in on."""
    call.asks(2, "✅ Done: email_verified of Google is mapped")
    call.pool.sign_in("Google", GIL)


def changes_once_more(call: Call) -> None:
    """The change is made anew, and the customer enters the code that comes to the new address."""
    sent = call.root(
        lambda: call.floor.submits(
            "agent", email="pia.new@example.com", how="As the customer", token=call.pool.token("pia"), reason="Asked us"
        )
    )
    call.enters(sent, "pia.new@example.com", token=call.pool.token("pia"))


def verified_by(leads: int) -> Callable[[Call], None]:
    return lambda call: call.asks(leads, f"✅ Done: {call.sample.address} is verified for ")


def proved_by(user: str) -> Callable[[Call], None]:
    return lambda call: call.proves(user)


CONFIRMED, UNVERIFIED = (True, "CONFIRMED"), (False, "CONFIRMED")
HELPED: dict[str, tuple[str, Callable[[Call], None], State]] = {
    "ana@example.com": ("Send a new code", proved_by("ana"), {"ana": CONFIRMED}),
    "sina@example.com": ("Send a new code", finishes_the_sign_up, {"sina": CONFIRMED}),
    "tess@example.com": ("Mark as verified…", verified_by(1), {"tess": (True, "FORCE_CHANGE_PASSWORD")}),
    "rosa@example.com": ("Mark as verified…", verified_by(1), {"rosa": (True, "RESET_REQUIRED")}),
    "ben@example.com": (
        "Give it back to ben.old…",
        verified_by(2),
        {"ben.old": CONFIRMED, "ben.new": UNVERIFIED},
    ),
    "tri@example.com": (
        "Give it back to tri0…",
        verified_by(2),
        {"tri0": CONFIRMED, "tri1": UNVERIFIED, "tri2": UNVERIFIED},
    ),
    "dora@example.com": (
        "Confirm the sign-up…",
        moves_to_the_new_sign_up,
        {"dora": UNVERIFIED, "dora.new": CONFIRMED},
    ),
    "nora@example.com": (
        "Send a new code to nora.home",
        proved_by("nora.home"),
        {"nora.home": CONFIRMED, "nora.work": UNVERIFIED},
    ),
    "Cara@example.com": ("Send a new code", proved_by("cara.phone"), {"cara": CONFIRMED, "cara.phone": CONFIRMED}),
    "gil@example.com": ("Map the claim…", maps_the_claim_and_signs_in, {"Google_104": (True, "EXTERNAL_PROVIDER")}),
    "phil@example.com": ("Send a new code", proved_by("phil"), {"phil": CONFIRMED}),
    "eli@example.com": ("Send a new code", proved_by("eli@example.com"), {"eli@example.com": CONFIRMED}),
    "pia@example.com": ("Change the e-mail…", changes_once_more, {}),
    "lou@example.com": ("Mark as verified…", verified_by(1), {"lou": CONFIRMED}),
}
"""By address: the first button, what is done with it, and how everyone with that address stands afterwards."""

HANDED_OVER = {
    "vera@example.com": "There is nothing to mend here.",
    "olga@example.com": "Hand over to",
    "fay@example.com": "Hand over to",
    "frida@example.com": "Hand over to",
    "rena@example.com": "Hand over to",
}
"""Whom none of the scenarios helps, and what a check says instead."""


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Floor, CognitoServer, dict[str, Sample]]]:
    """A floor with the sandbox's own people."""
    with wired.cognito() as server, workspace() as (slack, http):
        samples = seed(server)
        pools = {pool.name: pool for pool in server.pools}
        floor = Floor(slack, http, settings_for(slack, http, pools, tmp_path_factory.mktemp("seeded") / "desk.db"))
        floor.opens()
        yield floor, server, {sample.address: sample for sample in samples}
        assert floor.blocks_are_sound() == []
        floor.closes()


Seeded = tuple[Floor, CognitoServer, dict[str, Sample]]


def test_nobody_is_left_out(seeded: Seeded) -> None:
    _, _, samples = seeded
    assert samples.keys() == {*HELPED, *HANDED_OVER, "nobody@example.com"}


@pytest.mark.parametrize("address", HELPED)
def test_the_first_button_mends_what_is_wrong(seeded: Seeded, address: str) -> None:
    floor, server, samples = seeded
    call = Call(floor, server, samples[address])
    label, mend, after = HELPED[address]
    check = call.check()
    assert call.cause(check) == (call.sample.cause, call.sample.pool)
    assert call.buttons(check)[0] == label

    call.press(check, label)
    mend(call)
    assert call.accounts() == after


@pytest.mark.parametrize(("address", "words"), HANDED_OVER.items())
def test_where_no_button_helps_it_says_what_does(seeded: Seeded, address: str, words: str) -> None:
    floor, server, samples = seeded
    call = Call(floor, server, samples[address])
    before = call.accounts()
    check = call.check()
    assert call.cause(check) == (call.sample.cause, call.sample.pool)
    assert call.buttons(check) == []
    floor.reads_thread(words, check)
    floor.reads_thread("Tell the customer", check)
    assert call.accounts() == before


def test_somebody_whom_nobody_knows_is_said_to_the_agent_alone(seeded: Seeded) -> None:
    floor, _, _ = seeded
    before = len(floor.roots)
    floor.types("agent", "/cognito-check nobody@example.com")
    floor.told("agent", 'matches "nobody@example.com"')
    assert len(floor.roots) == before
