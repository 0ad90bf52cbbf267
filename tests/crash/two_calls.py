"""A plan of two calls, which no command of the product needs yet."""

from typing import Annotated

from pydantic import Field

from bot.cognito import Directory
from bot.plan import Call, Change, Effect, Plan, Risk, Subject
from bot.scenario import AdminForm, UserRef, scenario
from bot.words import say


class TwoCalls(AdminForm):
    """Whose address."""

    user: Annotated[UserRef, Field(title="User")]


@scenario("two-calls", title="Two calls", sends=("AdminUpdateUserAttributes",))
def two_calls(form: TwoCalls, directory: Directory) -> Plan:
    """Change an address and then mark it as verified."""
    user = directory.one(form.user)
    email = f"new.{user.email}"
    flag = user.attributes.get("email_verified", "")
    return Plan(
        summary=say("Change and verify the e-mail of {user}", user=user.username),
        risk=Risk.NORMAL,
        calls=(
            Call.set_attributes(directory.pool, user, {"email": email}, effect=Effect.READABLE),
            Call.set_attributes(directory.pool, user, {"email_verified": "true"}, effect=Effect.SETTABLE),
        ),
        changes=(
            Change(subject=Subject.of(user), what="email", before=user.email, after=email),
            Change(subject=Subject.of(user), what="email_verified", before=flag, after="true"),
        ),
    )
