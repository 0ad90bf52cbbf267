"""No check ends in a dead end: every state of an account in every kind of pool has a way on that isn't refused at once.

The matrix is built literally, on paper, so that thousands of checks take seconds.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from bot.answer import Answer, Offer, Offers, Paragraph, Quote, Refused
from bot.cognito import Client, Identity, Pool, PoolUpdate, Provider, User
from bot.diagnosis import Cause
from bot.mail import BOUNCE, COMPLAINT, Mail, Sender, Suppression
from bot.scenario import ScenarioKind
from tests.commands.paper import BEGAN, HIDES, REASON, SCENARIOS, SHOWS, Paper, answered, person, run

pytestmark = pytest.mark.slow

ADDRESS = "ana@example.com"
EMAIL = frozenset({"email"})
BOTH = frozenset({"email", "phone_number"})

ADDRESSES: dict[str, dict[str, Any]] = {
    "alias": {"aliases": EMAIL},
    "login": {"username_attributes": EMAIL},
    "plain": {},
}
CODES: dict[str, frozenset[str]] = {"codes": EMAIL, "both": BOTH, "silent": frozenset()}
RECOVERY: dict[str, tuple[str, ...]] = {
    "legacy": (),
    "by mail": ("verified_email",),
    "by phone": ("verified_phone_number",),
    "admin only": ("admin_only",),
}
RUN: dict[str, dict[str, Any]] = {
    "default": {},
    "ses": {"sends_with_ses": True},
    "broken": {"email_failure": "SES is suspended."},
    "managed": {"update": PoolUpdate(managed_by="CloudFormation")},
    "looked": {"sends_with_ses": True, "mail_evidence": True},
    "bounced": {"sends_with_ses": True, "mail_evidence": True},
    "complained": {"sends_with_ses": True, "mail_evidence": True},
    "paused": {"sends_with_ses": True, "mail_evidence": True},
}
"""How the pool is run: who sends its mail, what is seen of that, and who else sets the pool up."""

SEEN = Mail(sender=Sender.SES, looked=True, region="us-east-1", list_read=True, sending_enabled=True, sandboxed=False)
MAIL = {
    "looked": SEEN,
    "bounced": replace(SEEN, suppressed=Suppression(address=ADDRESS, reason=BOUNCE, since=BEGAN)),
    "complained": replace(SEEN, suppressed=Suppression(address=ADDRESS, reason=COMPLAINT, since=BEGAN)),
    "paused": replace(SEEN, sending_enabled=False),
}
"""What is seen of the mail with ``mail_evidence``; without, nothing."""
BY_MAIL = ("legacy", "by mail")
"""Where it makes a difference what is seen of the mail."""

GOOGLE = Provider(name="Google", type="Google", mapping={"email": "email"})
MAPPED = replace(GOOGLE, mapping={"email": "email", "email_verified": "email_verified"})
NAMES_ONLY = replace(GOOGLE, mapping={"given_name": "given_name"})
FACEBOOK = Provider(name="Facebook", type="Facebook", mapping={"email": "email"})
OTHERS_ONLY = Client(hides_users=False, providers=frozenset({"COGNITO"}))


def ana(**more: Any) -> User:
    return person("ana", ADDRESS, **more)


def late(user: User, *, changed: int = 0) -> User:
    return replace(user, modified=user.created + timedelta(days=changed))


def outside(provider: str, **more: Any) -> User:
    return person(f"{provider}_1", ADDRESS, status="EXTERNAL_PROVIDER", through=provider, day=1, **more)


def linked(user: User, *providers: str) -> User:
    return replace(user, identities=tuple(Identity(provider=p, provider_type="OIDC", subject="1") for p in providers))


def older(**more: Any) -> User:
    return person("older", ADDRESS, day=-300, **more)


def factor(user: User, preferred: str, *others: str) -> User:
    return replace(user, preferred_mfa=preferred, mfa=frozenset({preferred, *others}))


Scene = Callable[[Pool, Mail | None], Paper]


def of(*users: User, providers: tuple[Provider, ...] = (), client: Client | None = SHOWS, **settings: Any) -> Scene:
    def on(pool: Pool, mail: Mail | None) -> Paper:
        return Paper(replace(pool, **settings), *users, providers=providers, client=client, mail=mail)

    return on


SCENES: dict[str, Scene] = {
    "healthy": of(ana(verified=True)),
    "unverified": of(ana()),
    "unverified, app hides users": of(ana(), client=HIDES),
    "unverified, app client out of reach": of(ana(), client=None),
    "unverified, phone verified": of(ana(phone_verified=True)),
    "no address": of(person("ana")),
    "no address, phone verified": of(person("ana", phone_verified=True)),
    "in an odd state": of(ana(status="COMPROMISED")),
    "in an odd state, verified": of(ana(status="COMPROMISED", verified=True)),
    "disabled": of(ana(verified=True, enabled=False)),
    "disabled, unverified": of(ana(enabled=False)),
    "disabled sign-up": of(ana(enabled=False, status="UNCONFIRMED")),
    "reset, verified": of(ana(verified=True, status="RESET_REQUIRED")),
    "reset, unverified": of(ana(status="RESET_REQUIRED")),
    "reset, phone verified": of(ana(status="RESET_REQUIRED", phone_verified=True)),
    "reset, no address": of(person("ana", status="RESET_REQUIRED")),
    "reset, beside an owner": of(ana(status="RESET_REQUIRED"), older(verified=True)),
    "invited today": of(ana(status="FORCE_CHANGE_PASSWORD", day=59)),
    "invited today, verified": of(ana(status="FORCE_CHANGE_PASSWORD", day=59, verified=True)),
    "invited long ago": of(ana(status="FORCE_CHANGE_PASSWORD")),
    "invited long ago, verified": of(ana(status="FORCE_CHANGE_PASSWORD", verified=True)),
    "invited, changed lately": of(late(ana(status="FORCE_CHANGE_PASSWORD", verified=True), changed=58)),
    "invited, no address": of(person("ana", status="FORCE_CHANGE_PASSWORD")),
    "invited, beside an owner": of(ana(status="FORCE_CHANGE_PASSWORD"), older(verified=True)),
    "invited, disabled": of(ana(status="FORCE_CHANGE_PASSWORD", enabled=False)),
    "sign-up": of(ana(status="UNCONFIRMED")),
    "sign-up by phone": of(ana(status="UNCONFIRMED", phone_verified=True)),
    "sign-up by link": of(ana(status="UNCONFIRMED"), confirms_by_link=True),
    "sign-up, flag by hand": of(ana(status="UNCONFIRMED", verified=True)),
    "sign-up without an address": of(person("ana", status="UNCONFIRMED")),
    "sign-up beside an owner": of(ana(status="UNCONFIRMED"), older(verified=True)),
    "sign-up beside a disabled owner": of(ana(status="UNCONFIRMED"), older(verified=True, enabled=False)),
    "sign-up beside an older one": of(ana(status="UNCONFIRMED"), older()),
    "two sign-ups": of(ana(status="UNCONFIRMED"), older(status="UNCONFIRMED")),
    "beside an owner": of(ana(), older(verified=True)),
    "beside a disabled owner": of(ana(), older(verified=True, enabled=False)),
    "beside an owner who waits for a reset": of(ana(), older(verified=True, status="RESET_REQUIRED")),
    "beside an owner who signs in elsewhere": of(ana(), outside("Google", verified=True), providers=(MAPPED,)),
    "nobody owns it": of(ana(), older()),
    "another letter case": of(ana(), person("other", "Ana@Example.com", verified=True)),
    "Google clears it": of(outside("Google"), providers=(GOOGLE,)),
    "Google clears it, verified by hand": of(outside("Google", verified=True), providers=(GOOGLE,)),
    "Google says no": of(outside("Google"), providers=(MAPPED,)),
    "Google says yes": of(outside("Google", verified=True), providers=(MAPPED,)),
    "Google maps no address": of(outside("Google"), providers=(NAMES_ONLY,)),
    "Facebook clears it": of(outside("Facebook"), providers=(FACEBOOK,)),
    "provider gone": of(outside("Google")),
    "provider not offered": of(outside("Google"), providers=(GOOGLE,), client=OTHERS_ONLY),
    "provider lacks what is required": of(
        outside("Google"), providers=(GOOGLE,), required=frozenset({"email", "family_name"})
    ),
    "provider writes what can't change": of(outside("Google"), providers=(GOOGLE,), immutable=EMAIL),
    "linked to Google": of(linked(ana(), "Google"), providers=(GOOGLE,)),
    "linked to Google, verified": of(linked(ana(verified=True), "Google"), providers=(GOOGLE,)),
    "linked to two": of(linked(ana(), "Google", "Facebook"), providers=(MAPPED, FACEBOOK)),
    "linked to a provider that is gone": of(linked(ana(), "Gone")),
    "linked to a provider that isn't offered": of(linked(ana(), "Google"), providers=(GOOGLE,), client=OTHERS_ONLY),
    "linked, no address mapped": of(linked(ana(), "Google"), providers=(NAMES_ONLY,)),
    "twin": of(ana(), outside("Google"), providers=(MAPPED,)),
    "twin, no address mapped": of(ana(), outside("Google"), providers=(NAMES_ONLY,)),
    "code is the second factor": of(factor(ana(verified=True), "EMAIL_OTP")),
    "text is the second factor": of(factor(ana(verified=True, phone_verified=True), "SMS_MFA")),
    "both are second factors": of(factor(ana(verified=True, phone_verified=True), "SMS_MFA", "EMAIL_OTP")),
    "factor required, none there": of(ana(verified=True), mfa_required=True),
    "texts fail": of(ana(phone_verified=True, verified=True), sms_failure="InvalidSmsRoleAccessPolicyException"),
    "a change may wait": of(ana(verified=True), verified_before_update=EMAIL),
    "unverified where a change may wait": of(ana(), verified_before_update=EMAIL),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """One square of the matrix: an account's state in a kind of pool."""

    scene: str
    pool: Pool
    mail: Mail | None

    @property
    def paper(self) -> Paper:
        return SCENES[self.scene](self.pool, self.mail)

    def __str__(self) -> str:
        return f"{self.scene} in {self.pool.name}"


def kinds() -> Iterator[tuple[Pool, Mail | None]]:
    for address, codes, recovery, run_by, trusting in product(ADDRESSES, CODES, RECOVERY, RUN, (False, True)):
        if run_by in MAIL and recovery not in BY_MAIL:
            continue
        kind: dict[str, Any] = {**ADDRESSES[address], **RUN[run_by]}
        pool = Pool(
            name="-".join((address, codes, recovery, run_by, "trusting" if trusting else "shipped")),
            id="us-east-1_Paper",
            region="us-east-1",
            client_id="client",
            auto_verified=CODES[codes],
            recovery=RECOVERY[recovery],
            customer_credentials=trusting,
            **kind,
        )
        yield pool, MAIL.get(run_by)


POOLS = tuple(kinds())


Checked = tuple[tuple[Square, Answer], ...]


@pytest.fixture(scope="module", params=SCENES)
def checked(request: pytest.FixtureRequest) -> Checked:
    """One account, checked by its user name in every kind of pool."""
    squares = (Square(scene=request.param, pool=pool, mail=mail) for pool, mail in POOLS)
    return tuple((square, answered(_asked(square.paper), square.paper)) for square in squares)


def _asked(paper: Paper) -> str:
    """The user name of the account that a scene is about."""
    return next(name for name in ("ana", "Google_1", "Facebook_1") if paper.read(name))


def rows(answer: Answer) -> list[Offers]:
    return [part for part in answer.thread if isinstance(part, Offers)]


def quoted(answer: Answer) -> str:
    return next(part.words.plain() for part in answer.thread if isinstance(part, Quote))


ACTS = {
    r"[Mm]ark(ing)? (the address|it) as verified|[Tt]hen verify it": {"verify-email", "change-email"},
    r"[Ss]end it again": {"send-code", "resend-invitation"},
    r"Send the code again": {"send-code"},
    r"Confirm the account": {"confirm-account"},
    r"Another address for": {"change-email"},
    r"Map the claim": {"map-provider"},
    r"Taking the address": {"verify-email", "confirm-sign-up", "enter-code"},
    r"let the pool mail codes": {"pool-email"},
    r"Let mail through": {"unsuppress"},
    r"Check it first": {"check"},
    r"[Hh]and (it )?over": {"hand over"},
}
"""What the advice names, and the buttons by which it is done, any of them."""


def test_every_act_that_the_advice_names_has_its_button(checked: Checked) -> None:
    missing = set()
    for square, answer in checked:
        row = rows(answer)[0]
        offered = {offer.scenario for offer in row.offers} | ({"hand over"} if row.hand_over else set())
        for act, buttons in ACTS.items():
            if re.search(act, _advice(answer)) and not buttons & offered:
                missing.add((str(square), act, *sorted(offered)))
    assert missing == set()


def _advice(answer: Answer) -> str:
    """What the agent is told to do: the paragraph between the sentence for the customer and the buttons."""
    place = next(n for n, part in enumerate(answer.thread) if isinstance(part, Quote))
    advice = answer.thread[place + 1]
    assert isinstance(advice, Paragraph)
    return advice.words.plain()


def test_every_check_holds_a_button_or_a_hand_over(checked: Checked) -> None:
    for square, answer in checked:
        assert rows(answer), square
        assert all(row.offers or row.hand_over for row in rows(answer)), square


def test_no_offer_is_refused_at_once(checked: Checked) -> None:
    for square, answer in checked:
        for offer in (offer for row in rows(answer) for offer in row.offers):
            assert _goes_on(offer, square.paper) == "", (str(square), offer.label)


def _goes_on(offer: Offer, paper: Paper) -> str:
    """Fill the form in as somebody would and ask for it; return what it is refused with, if it is."""
    scenario = SCENARIOS[offer.scenario]
    typed: dict[str, Any] = {"reason": REASON, "email": "new@example.com", "how": "Verified now, by us", "codes": True}
    if scenario.kind is not ScenarioKind.PLAN:
        typed = {"code": "123456"}
    form = {name: value for name, value in typed.items() if name in scenario.form.model_fields}
    try:
        run(offer.scenario, {**form, **offer.fields}, paper)
    except Refused as refused:
        # Nobody's credential stands behind a form on paper: who is asked for one has come through.
        asked_for_one = "nobody would lose the address by it any more" in str(refused)
        return "" if asked_for_one else str(refused)
    return ""


def test_nothing_is_green_where_somebody_has_the_address_or_the_way_is_the_customers_own(checked: Checked) -> None:
    for square, answer in checked:
        user = square.paper.read(_asked(square.paper))
        assert user is not None
        greens = [offer for row in rows(answer) for offer in row.offers if offer.best]
        assert greens == ([answer.best] if answer.best else []), square
        pool = square.pool
        others = square.paper.holders(user.email, other_than=user) if user.email and pool.email_is_alias else ()
        if any(pool.same(other.email, user.email) for other in others):
            assert not greens, square
        if "verify e-mail" in quoted(answer) or "forgot password” in the app and enter" in quoted(answer):
            assert not greens, square


def test_nothing_that_takes_an_address_from_its_owner_comes_first(checked: Checked) -> None:
    takers = {"send-code", "enter-code", "verify-email", "confirm-sign-up", "confirm-account"}
    for square, answer in checked:
        user = square.paper.read(_asked(square.paper))
        assert user is not None
        owner = square.paper.signs_in_with(user.email) if user.email and square.pool.email_is_alias else None
        if owner is not None and owner.sub != user.sub:
            offered = [offer.scenario for offer in rows(answer)[0].offers]
            assert not takers & set(offered[:1]), (str(square), offered)


def test_the_customer_is_told_only_what_works_for_them(checked: Checked) -> None:
    for square, answer in checked:
        outlook = answer.event["outlook"]
        assert not isinstance(outlook, str)
        said = quoted(answer)
        if "verify e-mail" in said:
            assert outlook["verify_code"] == "email", square
        if "The code comes by mail" in said:
            assert outlook["reset"] == "email", square
        if "text message to" in said:
            assert outlook["reset"] == "phone", square
        if "sign in with the password in it" in said:
            assert outlook["sign_in_username"] != "no", square
        if "send you a new code by mail" in said or "a new mail with a link" in said:
            assert outlook["sign_up_code"] == "email", square


def test_nothing_is_mailed_first_to_where_no_mail_arrives(checked: Checked) -> None:
    for square, answer in checked:
        blocked = square.mail is not None and square.mail.blocked is not None
        if not blocked and not square.pool.email_failure:
            continue
        offered = [offer.scenario for offer in rows(answer)[0].offers]
        if "resend-invitation" in offered:
            # Once the mail is let through again.
            assert offered[0] == "unsuppress", square
        if "send-code" in offered:
            outlook = answer.event["outlook"]
            assert not isinstance(outlook, str)
            assert outlook["sign_up_code"] == "phone", square
        assert "send you a new code by mail" not in quoted(answer), square
        assert not (blocked and "by mail" in quoted(answer)), square


def test_nothing_is_called_healthy_that_does_not_work(checked: Checked) -> None:
    for square, answer in checked:
        outlook = answer.event["outlook"]
        assert not isinstance(outlook, str)
        if answer.event["cause"] == Cause.VERIFIED and not square.scene.startswith("Google"):
            assert outlook["sign_in_username"] == "yes", square
            assert outlook["reset"] in ("email", "phone"), square


def test_the_matrix_holds_every_cause() -> None:
    usual = [pool for pool, _ in POOLS if "-by mail-default-shipped" in pool.name]
    squares = (Square(scene=scene, pool=pool, mail=None) for scene in SCENES for pool in usual)
    found = {answered(_asked(square.paper), square.paper).event["cause"] for square in squares}
    remarks = {Cause.DELIVERY, Cause.CASE_VARIANT, Cause.PENDING_CHANGE, Cause.EMAIL_LOGIN, Cause.NO_ALIAS}
    assert found == set(Cause) - remarks


def test_the_matrix_holds_the_shipped_settings() -> None:
    assert {(pool.customer_credentials, pool.mail_evidence) for pool, _ in POOLS} == set(
        product((True, False), repeat=2)
    )
    assert len(POOLS) == len({pool.name for pool, _ in POOLS})
