"""/cognito-sign-up: sign a customer up, as they would in the app."""

import secrets
import string
from typing import Annotated

from pydantic import Field, SecretStr

from bot.scenario import (
    NEW_ADDRESS,
    NEW_NAME,
    Answer,
    Choice,
    Customer,
    Declined,
    Directory,
    Email,
    Form,
    MenuLine,
    Paragraph,
    Part,
    Password,
    Pool,
    Refused,
    SignedUp,
    User,
    Username,
    Way,
    Words,
    by_client,
    code_sent_to,
    day,
    for_the_customer,
    oddities,
    others_affected,
    paragraph,
    refuse_no_mail,
    refused,
    say,
    scenario,
)

_LONGEST_RULE = 99
"""Characters that a pool's password policy may ask for at most (AWS's PasswordPolicyType page)."""


class SignUp(Form):
    """The new account."""

    username: Annotated[Username, Field(description="Where people sign in with their e-mail: the e-mail once more.")]
    email: Annotated[Email, Field(description="Where the code goes.")]
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
    refuse_no_mail(pool)
    _refuse_name(form, pool)
    _refuse_pool(form, pool)
    owner = _owner(form.email, directory)
    _refuse_taken(form, pool, owner)
    before = directory.holders(form.email)
    try:
        made = customer.sign_up(form.username, form.email, form.password or _nobodys())
    except Declined as declined:
        found = declined.found
        if declined.unknown and found is not None and _is_unfinished(found, form, pool):
            return _without_code(form, found, owner, declined)
        raise _declined(declined, form, owner, pool) from None
    now = customer.fresh().read(made.sub if pool.email_is_username else form.username)
    return _answer(form, made, pool, owner, others_affected(before, now, customer.fresh()) if now else ())


def _answer(form: SignUp, made: SignedUp, pool: Pool, owner: User | None, lost: tuple[Part, ...]) -> Answer:
    name = form.username
    link = made.delivery is not None and made.delivery.by_mail and pool.confirms_by_link
    if made.confirmed:
        headline = say("{name} is signed up; the pool's own code confirmed it at once", name=name)
    elif made.delivery is None:
        headline = say("{name} is signed up, but Cognito sent no code", name=name)
    else:
        sent = code_sent_to(made.delivery, link=link)
        headline = Words(f"{{name}} is signed up. {sent.template}", (("name", name), *sent.values))
    return Answer(
        emoji="✉️" if made.delivery else "✅",
        headline=headline,
        best=Way.CONFIRM_SIGN_UP.offer(name, best=True) if made.delivery and not link else Way.CHECK.offer(name),
        thread=(
            by_client("SignUp", name),
            *_conflict(form, owner),
            *map(Paragraph, _oddities(form)),
            *lost,
            *(() if form.password else (Paragraph(_OWN_PASSWORD),)),
            *for_the_customer(_to_say(form, made, link=link)),
        ),
    )


def _oddities(form: SignUp) -> tuple[Words, ...]:
    of_name = oddities(form.username, what=NEW_NAME) if form.username != form.email else ()
    return (*of_name, *oddities(form.email, what=NEW_ADDRESS))


_OWN_PASSWORD = say(
    "Its password is a random one that nobody knows. Once the code is entered, and the e-mail verified by that, the "
    "customer chooses their own by “forgot password”; before that it can't be done."
)


def _to_say(form: SignUp, made: SignedUp, *, link: bool) -> Words:
    code = "We have sent you a code. Please enter it in the app, or tell us. " if made.delivery else ""
    if link:
        code = "We have sent you a mail. Please follow the link in it. "
    chosen = "" if form.password else "Then choose “forgot password” in the app to set a password of your own."
    return say((code + chosen).strip() or "Your account is ready. Please sign in.")


def _conflict(form: SignUp, owner: User | None) -> tuple[Part, ...]:
    if owner is None:
        return ()
    return (
        paragraph(
            "⚠️ `{owner}` (created {created}) owns {address} at present. The sign-up went through all the same; the "
            "conflict comes when the code is entered: then it is refused, or two leads agree that the address "
            "moves. Ask the customer first whether they have forgotten that they have an account.",
            owner=owner.username,
            created=day(owner.created),
            address=form.email,
        ),
    )


def _owner(address: str, directory: Directory) -> User | None:
    found = directory.signs_in_with(address)
    return found or next(iter(directory.losers(address, to=None)), None)


def _refuse_name(form: SignUp, pool: Pool) -> None:
    if pool.email_is_username and not pool.same(form.username, form.email):
        raise refused(
            "In pool {pool} people sign in with their e-mail, so it is the user name too.",
            field="username",
            pool=pool.name,
        )
    if pool.email_is_alias and "@" in form.username:
        raise refused(
            "In pool {pool} a user name can't look like an e-mail address. Choose another one.",
            field="username",
            pool=pool.name,
        )


def _refuse_pool(form: SignUp, pool: Pool) -> None:
    lacking = sorted(pool.required - {"email"})
    if lacking:
        raise refused(
            "Pool {pool} asks for {lacking} at sign-up, which this form doesn't have. The customer has to sign up "
            "in the app.",
            pool=pool.name,
            lacking=", ".join(lacking),
        )
    if not pool.mails_codes and "PreSignUp" not in pool.triggers:
        raise refused(
            "Pool {pool} mails no codes at sign-up, so nobody could finish it. Create the user instead.",
            choices=(Way.CREATE_USER.choice(form.username),),
            pool=pool.name,
        )
    if form.password is None and pool.recovery == ("admin_only",):
        raise refused(
            "In pool {pool} nobody can set their password anew by themselves, so give one.",
            field="password",
            pool=pool.name,
        )


def _refuse_taken(form: SignUp, pool: Pool, owner: User | None) -> None:
    if owner is None:
        return
    if pool.email_is_username and _is_unfinished(owner, form, pool):
        ways = (Way.SEND_CODE.choice(owner.username), _look(owner))
        raise Refused(_never_finished(form, owner), field="username", choices=ways)
    if pool.email_is_username:
        raise Refused(_belongs(form.email, owner), field="username", choices=(_look(owner),))
    if pool.email_is_alias and "PreSignUp" in pool.triggers:
        raise refused(
            "{owner} owns {address}, and the pool's own code runs at sign-up (PreSignUp): it might take the "
            "address from them without anybody being asked. Create the user instead; leads decide about that.",
            field="email",
            choices=(_look(owner), Way.CREATE_USER.choice(form.username)),
            owner=owner.username,
            address=form.email,
        )


def _is_unfinished(found: User, form: SignUp, pool: Pool) -> bool:
    """Whether an account is the open sign-up that the form asks for, be it of this moment or from before."""
    return found.status == "UNCONFIRMED" and pool.same(found.email, form.email)


def _without_code(form: SignUp, found: User, owner: User | None, declined: Declined) -> Answer:
    """Say that the account is there although Cognito refused, or its answer was lost: what failed was the mail."""
    return Answer(
        emoji="⚠️",
        headline=say(_NO_CODE if declined.code in _MAIL_REFUSED else _CODE_UNKNOWN, name=form.username),
        best=Way.SEND_CODE.offer(found.username, best=True),
        thread=(
            Paragraph(_why_no_code(declined)),
            paragraph("Signing up again would be refused: the user name is taken by this account."),
            *_conflict(form, owner),
            *(() if form.password else (Paragraph(_OWN_PASSWORD),)),
            *for_the_customer(
                say(
                    "Your account is there, but we could not send you its code yet. We will send it to {to}.",
                    to=form.email,
                )
            ),
        ),
    )


_MAIL_REFUSED = frozenset({"CodeDeliveryFailureException", "LimitExceededException"})
_NO_CODE = "The account {name} exists now, not confirmed, and no code was sent"
_CODE_UNKNOWN = "The account {name} exists, not confirmed; whether a code was sent isn't known"


def _why_no_code(declined: Declined) -> Words:
    if declined.no_mail_today:
        return say(
            "Cognito's own sender has used up the mails that it sends for the whole AWS account in one day. No mail "
            "leaves in any pool until 09:00 UTC. Tell the cloud team, and send the code after that."
        )
    if declined.code == "LimitExceededException":
        return say("Cognito has sent too many messages, or counted too many tries. Send the code in an hour.")
    return declined.words


def _declined(declined: Declined, form: SignUp, owner: User | None, pool: Pool) -> Declined:
    found = declined.found
    check = Way.CHECK.choice(found.username if found else form.username)
    if found is not None and _is_unfinished(found, form, pool):
        return declined.offering(_never_finished(form, found), Way.SEND_CODE.choice(found.username), check)
    if declined.code == "UsernameExistsException":
        taken = say("The user name {name} is taken. Choose another one.", name=form.username)
        return declined.offering(_belongs(form.email, owner) if owner else taken, check)
    if found is None:
        return declined
    words = say(
        "There is an account {name} now ({status}). {why}",
        name=form.username,
        status=found.standing,
        why=declined.words.plain(),
    )
    return declined.offering(words, check)


def _never_finished(form: SignUp, found: User) -> Words:
    return say(
        "There is an account {name} with the address {address} already, created {created}; its sign-up was never "
        "finished. Send its code instead of signing up again.",
        name=form.username,
        address=form.email,
        created=day(found.created),
    )


def _belongs(address: str, owner: User) -> Words:
    return say(
        "{address} belongs to {owner} (created {created}), and in this pool no two accounts can share an address. "
        "Mostly the customer has forgotten that account: they can sign in to it, or choose “forgot password”.",
        address=address,
        owner=owner.username,
        created=day(owner.created),
    )


def _look(owner: User) -> Choice:
    return Way.CHECK.choice(owner.username, f"Check {owner.username}")


def _nobodys() -> SecretStr:
    """Return a random password that every policy of Cognito's takes: as long as any asks for, of every kind."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "-_.!+=")
    drawn = [secrets.choice(kind) for kind in kinds]
    drawn += [secrets.choice("".join(kinds)) for _ in range(_LONGEST_RULE - len(kinds))]
    secrets.SystemRandom().shuffle(drawn)
    return SecretStr("".join(drawn))
