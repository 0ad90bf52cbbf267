"""/cognito-create-user: create an account as an administrator, also with an address that another account owns."""

from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from bot.scenario import (
    MOVE,
    NEW_ADDRESS,
    NEW_NAME,
    STOP,
    Call,
    Change,
    Directory,
    Effect,
    Email,
    IfTaken,
    Losers,
    MenuLine,
    OnlyWith,
    Plan,
    Pool,
    ProvenForm,
    Subject,
    SubjectKind,
    Taken,
    Username,
    Words,
    day,
    note_own_mail,
    oddities,
    refuse_no_mail,
    refused,
    say,
    scenario,
)


def _only_a_verified_address_moves(taken: Taken, info: ValidationInfo) -> Taken:
    if taken == MOVE and not info.data.get("verified"):
        raise ValueError(
            "Cognito moves an address only to an account whose e-mail is verified: tick that above, or choose to stop."
        )
    return taken


class CreateUser(ProvenForm):
    """The new account."""

    username: Annotated[Username, Field(description="Where people sign in with their e-mail: the e-mail.")]
    email: Annotated[Email, Field(description="Where the invitation goes.")]
    verified: Annotated[
        bool,
        Field(
            title="E-mail is verified",
            description="Only if they proved the mailbox. Without it Cognito moves no address.",
        ),
    ] = False
    taken: Annotated[
        IfTaken,
        Field(description="Moving takes it from them: two leads have to agree."),
        AfterValidator(_only_a_verified_address_moves),
        OnlyWith("verified", True),
    ] = STOP


@scenario(
    "create-user",
    title="Create a user",
    usage="[username]",
    sends=("AdminCreateUser", "AdminUpdateUserAttributes"),
    menu=(MenuLine(140, "The customer needs an account that we create"),),
)
def create_user(form: CreateUser, directory: Directory) -> Plan:
    """Create an account, also with an e-mail address that another one owns."""
    pool = directory.pool
    _refuse_name(form, directory)
    refuse_no_mail(pool, so="the invitation would not arrive", field="email")
    _refuse_taken(form, directory)
    losers = Losers(directory.losers(form.email, to=None) if form.taken == MOVE else (), pool)
    flag = {"email_verified": "true"} if form.verified else {}
    attributes = {"email": form.email, **flag}
    return Plan(
        summary=say(
            "take {email} from {losers}, give it to the new account {name}" if losers else "create {name} with {email}",
            email=form.email,
            losers=losers.names,
            name=form.username,
        ),
        done=say("{name} is created with {email}", name=form.username, email=form.email),
        risk=losers.risk,
        calls=(_call(form, pool, attributes),),
        changes=(*_changes(form, attributes, moves=bool(losers)), *losers.changes),
        notes=_notes(form, pool, losers),
        undo=losers.undo,
        undo_limits=_undo_limits(form, losers),
        address=form.email,
        tell_customer=say(
            "We have created an account for you. Please look for our invitation at {email}, also among the spam, and "
            "sign in with the password in it within {days} days.",
            email=form.email,
            days=pool.temporary_password_days,
        ),
    )


def _call(form: CreateUser, pool: Pool, attributes: dict[str, str]) -> Call:
    listed = ", ".join(f"{name}={value}" for name, value in attributes.items())
    force = form.taken == MOVE
    return Call(
        operation="AdminCreateUser",
        parameters={
            "UserPoolId": pool.id,
            "Username": form.username,
            "UserAttributes": [{"Name": name, "Value": value} for name, value in attributes.items()],
            "ForceAliasCreation": force,
            # Left out, Cognito would send a text message.
            "DesiredDeliveryMediums": ["EMAIL"],
        },
        shown=f"AdminCreateUser({form.username}, {listed}, ForceAliasCreation={str(force).lower()})",
        effect=Effect.READABLE,
    )


def _changes(form: CreateUser, attributes: dict[str, str], *, moves: bool) -> tuple[Change, ...]:
    subject = Subject(kind=SubjectKind.USER, id="", name=form.username)
    created = Change(
        subject=subject,
        what="UserStatus",
        before="",
        after="FORCE_CHANGE_PASSWORD",
        note="gets an invitation by e-mail",
    )
    return (
        created,
        *(
            Change(
                subject=subject,
                what=name,
                before="",
                after=value,
                note="gets it" if moves and name == "email" else "",
            )
            for name, value in attributes.items()
        ),
    )


def _refuse_name(form: CreateUser, directory: Directory) -> None:
    pool = directory.pool
    reason, standing = "", directory.read(form.username)
    if pool.email_is_username and form.username != form.email:
        reason = "In pool {pool} the user name is the e-mail address: put the same in both."
    elif pool.email_is_alias and "@" in form.username:
        reason = "In pool {pool} a user name must not look like an e-mail address."
    elif standing and not pool.email_is_username:
        reason = "There is an account called {name} already ({status})."
    if reason:
        status = standing.status if standing else ""
        raise refused(reason, field="username", pool=pool.name, name=form.username, status=status)


def _refuse_taken(form: CreateUser, directory: Directory) -> None:
    pool = directory.pool
    carrying = [each for each in directory.holders(form.email) if pool.same(each.email, form.email)]
    owners = carrying if pool.email_is_username else list(directory.losers(form.email, to=None))
    if not owners or (pool.email_is_alias and form.taken == MOVE):
        return
    owner = owners[0]
    never = " In this pool no two accounts can share an address." if pool.email_is_username else ""
    raise refused(
        f"{{owner}} (created {{created}}, {{status}}) already owns {{email}}. Nothing was created.{never}",
        field="email",
        owner=owner.username,
        created=day(owner.created),
        status=owner.standing,
        email=form.email,
    )


def _notes(form: CreateUser, pool: Pool, losers: Losers) -> tuple[Words, ...]:
    notes = [
        say(
            "Cognito mails an invitation with a temporary password to {email}; it works for {days} days.",
            email=form.email,
            days=pool.temporary_password_days,
        )
    ]
    notes += note_own_mail(pool)
    if not form.verified:
        notes.append(say("The e-mail is not verified: a forgotten password can't be reset with it."))
    asked = sorted(pool.required - {"email"})
    if asked:
        notes.append(say("At the first sign-in the app has to ask for: {asked}.", asked=", ".join(asked)))
    if form.username != form.email:
        notes += oddities(form.username, what=NEW_NAME)
    notes += oddities(form.email, what=NEW_ADDRESS)
    if form.taken == MOVE and not losers:
        notes.append(say("Nobody owns the address now. If someone takes it first, Cognito moves it all the same."))
    return tuple(notes)


def _undo_limits(form: CreateUser, losers: Losers) -> Words:
    kept = "The desk never deletes an account: {name} stays, with its invitation."
    back = "Undo gives the address back to {loser}. " if losers.gets_back else ""
    return say(f"{back}{kept}", name=form.username, loser=losers.gets_back)
