"""/cognito-sign-up: sign a customer up, as they would in the app."""

import secrets
import string
from typing import Annotated

from pydantic import Field, SecretStr

from bot.answer import Answer, Offer, Paragraph, Part
from bot.cognito import Directory, Pool, User
from bot.customer import Customer, Declined, Password, SignedUp
from bot.customer_words import (
    CHECK,
    CONFIRM_SIGN_UP,
    SEND_CODE,
    by_client,
    bystanders,
    for_the_customer,
    refuse_mute,
    went,
)
from bot.oddities import NEW_ADDRESS, NEW_NAME, oddities
from bot.plan import Choice, Refused
from bot.scenario import Email, Form, MenuLine, Username, scenario
from bot.words import Words, say

_LONGEST_RULE = 99
"""Characters that a pool's password policy may ask for at most (AWS's PasswordPolicyType page)."""


class SignUp(Form):
    """The new account."""

    username: Annotated[
        Username,
        Field(
            title="Username",
            description="Where people sign in with their e-mail: the e-mail once more.",
            max_length=128,
        ),
    ]
    email: Annotated[Email, Field(title="E-mail", description="Where the code goes.")]
    password: Annotated[
        Password,
        Field(
            description="Best left empty: then it is a random one that nobody sees, and the customer chooses their own "
            "by “forgot password”. Visible while you type."
        ),
    ] = None


@scenario(
    "sign-up",
    title="Sign someone up",
    usage="[username]",
    menu=(MenuLine(120, "The customer can't sign up in the app"),),
    intro=(say("Easiest: the customer signs up in the app. Only if they can't: the same from here, in their name."),),
)
def sign_up(form: SignUp, directory: Directory, customer: Customer) -> Answer:
    """Sign a customer up; Cognito mails them a code."""
    pool = directory.pool
    refuse_mute(pool)
    _refuse_name(form, pool)
    _refuse_pool(form, pool)
    owner = _owner(form.email, directory)
    _refuse_taken(form, pool, owner)
    before = directory.holders(form.email)
    try:
        made = customer.sign_up(form.username, form.email, form.password or _nobodys())
    except Declined as declined:
        raise _declined(declined, form, owner, customer) from None
    now = customer.fresh().read(made.sub if pool.email_is_username else form.username)
    return _answer(form, made, owner, bystanders(before, now, customer.fresh()) if now else ())


def _answer(form: SignUp, made: SignedUp, owner: User | None, lost: tuple[Part, ...]) -> Answer:
    name = form.username
    confirm = Offer(label="Enter the code", scenario=CONFIRM_SIGN_UP, fields={"user": name}, best=True)
    check = Offer(label="Find out why", scenario=CHECK, fields={"user": name})
    if made.confirmed:
        headline = say("{name} is signed up; the pool's own code confirmed it at once", name=name)
    elif made.delivery is None:
        headline = say("{name} is signed up, but Cognito sent no code", name=name)
    else:
        sent = went(made.delivery)
        headline = Words(f"{{name}} is signed up. {sent.template}", (("name", name), *sent.values))
    return Answer(
        emoji="✉️" if made.delivery else "✅",
        headline=headline,
        best=confirm if made.delivery else check,
        thread=(
            by_client("SignUp", name),
            *_conflict(form, owner),
            *map(Paragraph, _oddities(form)),
            *lost,
            *(() if form.password else (Paragraph(_OWN_PASSWORD),)),
            *for_the_customer(_to_say(form, made)),
        ),
    )


def _oddities(form: SignUp) -> tuple[Words, ...]:
    of_name = oddities(form.username, what=NEW_NAME) if form.username != form.email else ()
    return (*of_name, *oddities(form.email, what=NEW_ADDRESS))


_OWN_PASSWORD = say(
    "Its password is a random one that nobody knows. Once the code is entered, and the e-mail verified by that, the "
    "customer chooses their own by “forgot password”; before that it can't be done."
)


def _to_say(form: SignUp, made: SignedUp) -> Words:
    code = "We have sent you a code. Please enter it in the app, or tell us. " if made.delivery else ""
    chosen = "" if form.password else "Then choose “forgot password” in the app to set a password of your own."
    return say((code + chosen).strip() or "Your account is ready. Please sign in.")


def _conflict(form: SignUp, owner: User | None) -> tuple[Part, ...]:
    if owner is None:
        return ()
    return (
        Paragraph(
            say(
                "⚠️ `{owner}` (created {created}) owns {address} at present. The sign-up went through all the same; the "
                "conflict comes when the code is entered: then it is refused, or two leads agree that the address "
                "moves. Ask the customer first whether they have forgotten that they have an account.",
                owner=owner.username,
                created=f"{owner.created:%d %b %Y}",
                address=form.email,
            )
        ),
    )


def _owner(address: str, directory: Directory) -> User | None:
    found = directory.signs_in_with(address)
    return found or next(iter(directory.losers(address, to=None)), None)


def _refuse_name(form: SignUp, pool: Pool) -> None:
    if pool.email_is_username and not pool.same_address(form.username, form.email):
        raise Refused(
            say("In pool {pool} people sign in with their e-mail, so it is the user name too.", pool=pool.name),
            field="username",
        )
    if pool.email_is_alias and "@" in form.username:
        raise Refused(
            say("In pool {pool} a user name can't look like an e-mail address. Choose another one.", pool=pool.name),
            field="username",
        )


def _refuse_pool(form: SignUp, pool: Pool) -> None:
    lacking = sorted(pool.required - {"email"})
    if lacking:
        raise Refused(
            say(
                "Pool {pool} asks for {lacking} at sign-up, which this form doesn't have. The customer has to sign up "
                "in the app.",
                pool=pool.name,
                lacking=", ".join(lacking),
            )
        )
    if not pool.mails_codes and "PreSignUp" not in pool.triggers:
        raise Refused(
            say(
                "Pool {pool} mails no codes at sign-up, so nobody could finish it. Create the user instead.",
                pool=pool.name,
            ),
            choices=(Choice("Create a user", form.username, "create-user"),),
        )
    if form.password is None and pool.recovery == ("admin_only",):
        raise Refused(
            say("In pool {pool} nobody can set their password anew by themselves, so give one.", pool=pool.name),
            field="password",
        )


def _refuse_taken(form: SignUp, pool: Pool, owner: User | None) -> None:
    if owner is None:
        return
    if pool.email_is_username:
        raise Refused(_belongs(form.email, owner), field="username", choices=(_look(owner),))
    if pool.email_is_alias and "PreSignUp" in pool.triggers:
        raise Refused(
            say(
                "{owner} owns {address}, and the pool's own code runs at sign-up (PreSignUp): it might take the "
                "address from them without anybody being asked. Create the user instead; leads decide about that.",
                owner=owner.username,
                address=form.email,
            ),
            field="email",
            choices=(_look(owner), Choice("Create a user", form.username, "create-user")),
        )


def _declined(declined: Declined, form: SignUp, owner: User | None, customer: Customer) -> Declined:
    if declined.unknown and customer.fresh().read(form.username) is not None:
        return declined.offering(
            say(
                "{name} was created all the same, although something went wrong after that. {why}",
                name=form.username,
                why=declined.words.plain(),
            ),
            Choice("Send a new code", form.username, SEND_CODE),
            Choice("Find out why", form.username, CHECK),
        )
    if declined.code == "UsernameExistsException":
        return declined.offering(
            _belongs(form.email, owner)
            if owner
            else say("The user name {name} is taken. Choose another one.", name=form.username),
            Choice("Find out why", form.username, CHECK),
        )
    return declined


def _belongs(address: str, owner: User) -> Words:
    return say(
        "{address} belongs to {owner} (created {created}), and in this pool no two accounts can share an address. "
        "Mostly the customer has forgotten that account: they can sign in to it, or choose “forgot password”.",
        address=address,
        owner=owner.username,
        created=f"{owner.created:%d %b %Y}",
    )


def _look(owner: User) -> Choice:
    return Choice(f"Check {owner.username}", owner.username, CHECK)


def _nobodys() -> SecretStr:
    """Return a random password that every policy of Cognito's takes: as long as any asks for, of every kind."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!+=")
    drawn = [secrets.choice(kind) for kind in kinds]
    drawn += [secrets.choice("".join(kinds)) for _ in range(_LONGEST_RULE - len(kinds))]
    secrets.SystemRandom().shuffle(drawn)
    return SecretStr("".join(drawn))
