"""Every change of a plan is read back while it is planned: what can't be read, or isn't so, never reaches a lead."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.answer import Refused
from bot.cognito import Directory, Pool, Provider, User
from bot.plan import Call, Change, Effect, Plan, Risk, Subject, SubjectKind, Unseen, loss, value_now
from bot.scenario import AdminForm, BadScenario, Scenario, Sources, scenario
from bot.tickets.store import Store
from bot.words import say
from tests.bot.little_cognito import LittleCognito
from tests.bot.office import Office
from tests.commands.paper import ALIAS, REASON, Paper, PaperLedger, person

ANA = person("ana", "ana@example.com")
OKTA = Provider(name="Okta", type="OIDC", mapping={"email": "mail"})
POOL = Subject(kind=SubjectKind.POOL, id=ALIAS.id, name="prod")
CUSTOMER = Subject.of(ANA)
FLAG = Change(subject=CUSTOMER, what="email_verified", before="false", after="true")


def trying(*changes: Change, operation: str = "AdminUpdateUserAttributes") -> Scenario[Any]:
    """A scenario that plans these changes."""

    @scenario("trying", title="Try", sends=("AdminUpdateUserAttributes",))
    def trying(form: AdminForm, directory: Directory) -> Plan:
        """Plan changes."""
        call = Call(operation=operation, parameters={"Username": "ana"}, shown="", effect=Effect.READABLE)
        return Plan(summary=say("Try"), risk=Risk.NORMAL, calls=(call,), changes=changes, address="ana@example.com")

    return trying


def planned(*changes: Change, directory: Paper | None = None, operation: str = "AdminUpdateUserAttributes") -> Any:
    sources = Sources(directory=directory or Paper(ALIAS, ANA, providers=[OKTA]), ledger=PaperLedger())
    return trying(*changes, operation=operation).run(AdminForm(reason=REASON), sources)


@pytest.mark.parametrize(
    ("subject", "what", "now"),
    [
        (CUSTOMER, "email", "ana@example.com"),
        (CUSTOMER, "email_verified", "false"),
        (CUSTOMER, "custom:tier", ""),
        (CUSTOMER, "UserStatus", "CONFIRMED"),
        (CUSTOMER, "Enabled", "true"),
        (POOL, "AutoVerifiedAttributes", "email"),
        (POOL, "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate", ""),
        (Subject(kind=SubjectKind.PROVIDER, id="Okta", name="Okta"), "AttributeMapping.email", "mail"),
        (Subject(kind=SubjectKind.PROVIDER, id="Okta", name="Okta"), "AttributeMapping.email_verified", ""),
    ],
)
def test_what_is_read_back_is_what_the_api_shows(subject: Subject, what: str, now: str) -> None:
    change = Change(subject=subject, what=what, before=now, after="other")
    assert value_now(Paper(ALIAS, ANA, providers=[OKTA]), change) == now
    assert planned(change).changes == (change,)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            replace(FLAG, what="Enabeld"),
            "tests/bot/plan/test_read_back.py: the desk can't read 'Enabeld' of a user back. Write an attribute's name "
            "(email, custom:…) or Enabled or UserStatus instead, or add a reader to bot/plan/read_back.py.",
        ),
        (
            replace(FLAG, subject=POOL, what="MfaConfiguration"),
            "the desk can't read 'MfaConfiguration' of a pool back. Write AutoVerifiedAttributes or "
            "UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate instead",
        ),
        (
            replace(FLAG, subject=Subject(kind=SubjectKind.PROVIDER, id="Okta", name="Okta"), what="email"),
            "the desk can't read 'email' of a provider back. Write AttributeMapping.… with the attribute's name",
        ),
        (
            replace(FLAG, before="no"),
            "the change of email_verified has a `before` that is not what Cognito shows. Write the value as the API "
            'gives it (for a user user.attributes.get("email_verified", ""), never a word for it such as "yes").',
        ),
        (
            replace(FLAG, readable=False),
            "the change of email_verified is not readable and doesn't say why. Write unseen_because=Unseen.MAILED "
            "(it is a mail that Cognito sends) or Unseen.PENDING",
        ),
        (
            replace(FLAG, subject=replace(CUSTOMER, id="", name="new")),
            "the change of email_verified says what it was before, of an account that doesn't exist yet. Write "
            'before="" for a new account',
        ),
        (
            Change(
                subject=replace(POOL, id="us-east-1_Other"), what="AutoVerifiedAttributes", before="", after="email"
            ),
            "the change of AutoVerifiedAttributes names another pool. Write Subject(…, id=directory.pool.id) instead.",
        ),
    ],
)
def test_what_the_author_got_wrong_is_told_with_the_file_and_the_cure(change: Change, told: str) -> None:
    with pytest.raises(BadScenario) as wrong:
        planned(change)
    assert told in str(wrong.value)


def test_a_call_that_is_not_declared_is_told_together_with_all_else() -> None:
    with pytest.raises(BadScenario) as wrong:
        planned(replace(FLAG, what="Flag"), operation="AdminDisableUser")

    first, second = str(wrong.value).splitlines()
    assert "sends AdminDisableUser and doesn't declare it" in first
    assert 'Write "AdminDisableUser" into sends=(…) as well.' in first
    assert "'Flag'" in second


def test_a_new_account_has_nothing_before() -> None:
    change = Change(
        subject=Subject(kind=SubjectKind.USER, id="", name="new"), what="UserStatus", before="", after="CONFIRMED"
    )
    assert planned(change).changes == (change,)
    with pytest.raises(Refused, match="There is an account called ana already"):
        planned(replace(change, subject=replace(CUSTOMER, id="")))


@pytest.mark.parametrize("why", Unseen)
def test_what_no_re_read_can_show_may_be_called_anything(why: Unseen) -> None:
    change = replace(FLAG, what="sign-up code", before="", readable=False, unseen_because=why)
    assert planned(change).changes == (change,)


@pytest.mark.parametrize("subject", [replace(CUSTOMER, name="gone"), replace(CUSTOMER, id="sub-of-another")])
def test_an_account_that_has_gone_meanwhile_is_a_refusal(subject: Subject) -> None:
    with pytest.raises(Refused, match=f"{subject.name} can't be found by its user name any more"):
        planned(replace(FLAG, subject=subject))


@pytest.mark.parametrize(("verified", "flags"), [(True, ("true", "false")), (False, ("false", "false"))])
def test_who_loses_an_address_is_named_with_the_flag_that_shows(verified: bool, flags: tuple[str, str]) -> None:
    # Somebody may answer to an address at sign-in though the flag doesn't say so.
    ben = person("ben", "ana@example.com", verified=verified)
    (change,) = planned(loss(ben), directory=Paper(ALIAS, ANA, ben)).changes
    assert (change.before, change.after) == flags


class _Late(Paper):
    """Lists an account as it was a moment ago."""

    def __init__(self, pool: Pool, *users: User, listed: User) -> None:
        super().__init__(pool, *users)
        self._listed = listed

    def holders(self, address: str, *, other_than: User | None = None) -> tuple[User, ...]:
        return (self._listed,)


def test_a_list_of_cognito_s_that_is_late_is_a_refusal_and_no_mistake_of_the_author() -> None:
    late = _Late(ALIAS, ANA, listed=person("ana", "ana@example.com", verified=True))
    with pytest.raises(Refused, match="doesn't show the newest state of ana yet"):
        planned(replace(FLAG, before="true", after="false"), directory=late)


@scenario("wrong", title="Wrong", sends=("AdminUpdateUserAttributes",))
def wrong(form: AdminForm, directory: Directory) -> Plan:
    """Say "no" where the API says "false"."""
    user = directory.one("ana")
    return Plan(
        summary=say("Wrong"),
        risk=Risk.NORMAL,
        calls=(Call.set_attributes(directory.pool, user, {"email_verified": "true"}, effect=Effect.READABLE),),
        changes=(Change(subject=Subject.of(user), what="email_verified", before="no", after="true"),),
    )


@pytest.fixture
def office(database: Store) -> Iterator[Office]:
    cognito = LittleCognito()
    cognito.add("ana", "ana@example.com")
    office = Office(database, cognito, scenarios={"wrong": wrong})
    yield office
    office.close()


def test_nothing_is_asked_where_the_plan_is_wrong(office: Office) -> None:
    with pytest.raises(BadScenario):
        office.ask("wrong")
    assert office.rows() == []
