"""One person for every cause: checked by e-mail, helped by the first button that fits, and read again at the end."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from sandbox.testing import CognitoServer, Message, Sample, seed
from tests.bot import wired
from tests.stories.floor import Floor, settings_for, workspace

if TYPE_CHECKING:
    from sandbox.testing import LivePool

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
        self.case: Message
        """The root of the check that was typed last."""

    def check(self) -> Message:
        """Type the check and return what stands in the channel then."""
        self.case = self.root(lambda: self.floor.types("agent", f"/cognito-check {self.sample.address}"))
        self.floor.quiet()
        return self.case

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

    def offered(self, check: Message) -> list[str]:
        """The buttons that start a scenario."""
        return [label for label in self.buttons(check) if label not in ("Hand over…", "Details")]

    def proves(self, user: str, to: str = "") -> None:
        """Fill in the form for a code with the customer's own token, and enter the code by the button under "sent"."""
        sent = self.reply(lambda: self.floor.submits("agent", token=self.pool.token(user)))
        assert "Cognito sent a code to" in sent.text
        self.enters(sent, to or self.sample.address, token=self.pool.token(user))

    def enters(self, sent: Message, to: str, **credential: str) -> None:
        """Enter the newest code by the button under "sent"."""
        self.floor.clicks("agent", "Enter the code", sent)
        self.floor.form("agent")
        code = self._mailbox.code(to, pool_id=self.pool.id)
        told = self.reply(lambda: self.floor.submits("agent", code=code, **credential))
        assert told.text.startswith("✅")
        assert "Tell the customer" in told.text

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
            self.floor.reads_card("needs 2 leads")
            self.floor.both_leads_approve("High risk")
        else:
            self.floor.reads_card("Needs a lead")
            self.floor.clicks("lead1", "Approve", self.floor.card)

    def code(self) -> str:
        """The newest code in the customer's mailbox."""
        return self._mailbox.code(self.sample.address, pool_id=self.pool.id)

    def reply(self, act: Callable[[], object]) -> Message:
        """What an act leaves in the thread of the check, and nowhere else in the channel."""
        before, roots = len(self.floor.slack.replies(self.case)), len(self.floor.roots)
        act()
        self.floor.slack.wait_for(lambda: len(self.floor.slack.replies(self.case)) > before)
        assert len(self.floor.roots) == roots
        return self.floor.slack.replies(self.case)[before]

    def root(self, act: Callable[[], object]) -> Message:
        before = len(self.floor.roots)
        act()
        self.floor.slack.wait_for(lambda: len(self.floor.roots) > before)
        return self.floor.roots[before]


def finishes_the_sign_up(call: Call) -> None:
    """A sign-up code needs nobody's sign-in, neither to be sent nor to be entered."""
    sent = call.reply(lambda: call.floor.submits("agent"))
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
    before = len(call.floor.cards)
    call.floor.submits("agent")
    call.floor.slack.wait_for(lambda: len(call.floor.cards) > before)
    call.floor.reads_card("owns dora@example.com. When dora.new's code is entered")
    call.approved(2)
    call.floor.reads_card("Accepted: Cognito sends the sign-up code to dora@example.com.")

    call.floor.clicks("agent", "Enter the code", card)
    call.floor.form("agent", "Enter the code")
    call.floor.submits("agent", code=call.code())
    call.floor.slack.wait_for(lambda: "✅ Done" in call.floor.slack.current(card).text)
    call.floor.reads_thread("Tell the customer", card)


def maps_the_claim(call: Call) -> None:
    """From then on no sign-in through Apple clears the flag."""
    call.asks(2, "✅ Done: email_verified of Apple is mapped")


def invited_again(call: Call) -> None:
    """A new password comes by mail, and signs the customer in."""
    before = len(call.pool.mail)
    call.asks(1, "Accepted: Cognito mails a new invitation")
    assert call.pool.mail[before].to == call.sample.address


def sends_with_leads(call: Call) -> None:
    """Another account has the address, so leads see who that is before a code is sent."""
    before = len(call.floor.cards)
    call.floor.submits("agent")
    call.floor.slack.wait_for(lambda: len(call.floor.cards) > before)
    call.floor.reads_card("uma.old")
    call.approved(2)
    call.floor.reads_card("Accepted: Cognito sends the sign-up code")


def confirmed_by(leads: int) -> Callable[[Call], None]:
    return lambda call: call.asks(leads, "✅ Done: ")


def maps_the_claim_and_signs_in(call: Call) -> None:
    """The flag is right from the customer's next sign-in on."""
    call.asks(2, "✅ Done: email_verified of Google is mapped")
    call.pool.sign_in("Google", GIL)


def changes_once_more(call: Call) -> None:
    """The change is made anew, and the customer enters the code that comes to the new address."""
    sent = call.reply(
        lambda: call.floor.submits(
            "agent", email="pia.new@example.com", how="As the customer", token=call.pool.token("pia")
        )
    )
    call.enters(sent, "pia.new@example.com", token=call.pool.token("pia"))


def gives_another_address(call: Call, address: str) -> None:
    """Two leads agree; the account that owns the old address keeps it."""
    call.asks(2, "✅ Done: ", email=address, how="Verified now, by us")


def lets_mail_through(call: Call) -> None:
    """A lead agrees that the mailbox works again."""
    call.asks(1, f"✅ Done: mail to {call.sample.address} is let through")


def verified_by(leads: int) -> Callable[[Call], None]:
    return lambda call: call.asks(leads, f" has {call.sample.address}, verified · approved by ")


def proved_by(user: str) -> Callable[[Call], None]:
    return lambda call: call.proves(user)


CONFIRMED, UNVERIFIED = (True, "CONFIRMED"), (False, "CONFIRMED")
HELPED: dict[str, tuple[str, Callable[[Call], None], State]] = {
    "ana@example.com": ("Send a new code", proved_by("ana"), {"ana": CONFIRMED}),
    "sina@example.com": ("Send the sign-up code", finishes_the_sign_up, {"sina": CONFIRMED}),
    "tess@example.com": ("Mark as verified…", verified_by(1), {"tess": (True, "FORCE_CHANGE_PASSWORD")}),
    "rosa@example.com": ("Mark as verified…", verified_by(1), {"rosa": (True, "RESET_REQUIRED")}),
    "tina@example.com": ("Resend the invitation…", invited_again, {"tina": (True, "FORCE_CHANGE_PASSWORD")}),
    "otto@example.com": ("Confirm the account…", confirmed_by(1), {"otto": CONFIRMED}),
    "ben@example.com": (
        "Give ben.old another address…",
        lambda call: gives_another_address(call, "ben.home@example.com"),
        {"ben.new": CONFIRMED},
    ),
    "lena@example.com": ("Map the claim…", maps_the_claim, {"lena": CONFIRMED}),
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
    "mo@example.com": ("Let mail through again…", lets_mail_through, {"mo": CONFIRMED}),
    "frida@example.com": (
        "Give frida another address…",
        lambda call: gives_another_address(call, "frida.home@example.com"),
        {"Okta_00u8": (True, "EXTERNAL_PROVIDER")},
    ),
    "lou@example.com": ("Mark as verified…", verified_by(1), {"lou": CONFIRMED}),
}
"""By address: the first button, what is done with it, and how everyone with that address stands afterwards."""

TAKING: dict[str, tuple[str, Callable[[Call], None], State]] = {
    "tri@example.com": (
        "Take the address for tri0…",
        verified_by(2),
        {"tri0": CONFIRMED, "tri1": UNVERIFIED, "tri2": UNVERIFIED},
    ),
    "dora@example.com": (
        "Enter the code of the sign-up…",
        moves_to_the_new_sign_up,
        {"dora": UNVERIFIED, "dora.new": CONFIRMED},
    ),
}
"""The same where another account owns the address: the button that takes it from there, which is never the first."""

HANDED_OVER = {
    "mike@example.com": "Hand over to the team that looks after the pool",
    "vera@example.com": "hand over to the team that looks after the app",
    "dana@example.com": "Hand it over to the team that disables and restores accounts",
    "hugo@example.com": "Hand it over to the team that disables and restores accounts",
    "rick@example.com": "The code comes as a text message",
    "igor@example.com": "“forgot password”, with the user name",
    "olga@example.com": "Hand over to",
    "fay@example.com": "Hand over to",
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
    assert samples.keys() == {*HELPED, *TAKING, *HANDED_OVER, "uma@example.com", "nobody@example.com"}


@pytest.mark.parametrize("address", HELPED)
def test_the_first_button_helps(seeded: Seeded, address: str) -> None:
    floor, server, samples = seeded
    call = Call(floor, server, samples[address])
    label, helps, after = HELPED[address]
    check = call.check()
    assert call.cause(check) == (call.sample.cause, call.sample.pool)
    assert call.buttons(check)[0] == label

    call.press(check, label)
    helps(call)
    assert call.accounts() == after


def test_a_second_sign_up_leads_to_the_first_account(seeded: Seeded) -> None:
    floor, server, samples = seeded
    call = Call(floor, server, samples["dora@example.com"])
    check = call.check()
    assert call.cause(check) == ("DUP_SIGNUP", "prod")
    assert call.buttons(check)[0] == "Check dora"
    place = floor.slack.replies(check)[0]
    first = call.root(lambda: floor.clicks("agent", "Check dora", place))
    assert (first.metadata or {})["event_payload"]["outlook"]["sign_in"] == "yes"


@pytest.mark.parametrize("address", TAKING)
def test_what_takes_an_address_from_its_owner_is_never_offered_first(seeded: Seeded, address: str) -> None:
    floor, server, samples = seeded
    call = Call(floor, server, samples[address])
    label, takes, after = TAKING[address]
    check = call.check()
    assert call.cause(check) == (call.sample.cause, call.sample.pool)
    assert not check.buttons
    assert label in call.buttons(check)[1:]

    call.press(check, label)
    takes(call)
    assert call.accounts() == after


@pytest.mark.parametrize(("address", "words"), HANDED_OVER.items())
def test_where_no_button_helps_it_says_what_does(seeded: Seeded, address: str, words: str) -> None:
    floor, server, samples = seeded
    call = Call(floor, server, samples[address])
    before = call.accounts()
    check = call.check()
    assert call.cause(check) == (call.sample.cause, call.sample.pool)
    assert "Hand over…" in call.buttons(check)
    floor.reads_thread(words, check)
    floor.reads_thread("Tell the customer", check)
    assert call.accounts() == before


def test_before_a_second_sign_up_is_sent_anything_the_older_account_is_named(seeded: Seeded) -> None:
    floor, server, samples = seeded
    call = Call(floor, server, samples["uma@example.com"])
    check = call.check()
    assert call.cause(check) == ("SIGNUP_OPEN", "prod")
    assert call.buttons(check)[0] == "Check uma.old"

    call.press(check, "Send the sign-up code")
    sends_with_leads(call)
    assert call.accounts() == {"uma.old": UNVERIFIED, "uma.new": (False, "UNCONFIRMED")}


def test_somebody_whom_nobody_knows_is_said_to_the_agent_alone(seeded: Seeded) -> None:
    floor, _, _ = seeded
    before = len(floor.roots)
    floor.types("agent", "/cognito-check nobody@example.com")
    told = floor.told("agent", 'has "nobody@example.com"')
    assert "I looked in every letter case" in told.text
    assert "Check the spelling, or ask the customer for the user name." in told.text
    assert "Don't create an account" in told.text
    assert len(floor.roots) == before
    floor.types("agent", "/cognito-check anna@example.com")
    floor.clicks("agent", "Check ana@example.com", floor.told("agent", "Close to it: ana@example.com."))
    floor.slack.wait_for(lambda: len(floor.roots) > before)
    assert floor.roots[-1].text.startswith(("⚠️ ana@example.com", "✅ ana@example.com"))
