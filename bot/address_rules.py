"""What speaks against giving an account another address."""

from bot.cognito import Directory, Pool, User
from bot.customer_words import SEND_CODE, SEND_LABEL
from bot.plan import Choice, Refused
from bot.words import say


def refuse_frozen(user: User, pool: Pool) -> None:
    """Refuse where nobody can change an address."""
    if "email" not in pool.immutable:
        return
    raise Refused(
        say(
            "In pool {pool} nobody can change an e-mail address (`Mutable` is false), so {name} keeps the one that it "
            "has. That was decided when the pool was made, and can't be changed.",
            pool=pool.name,
            name=user.username,
        ),
        field="user",
    )


def refuse_same(user: User, address: str, pool: Pool) -> None:
    """Refuse the address that the account has already."""
    if user.email != address:
        return
    if user.email_verified:
        raise Refused(say("{address} is the address already, and verified.", address=user.email), field="email")
    raise Refused(
        say("{address} is the address already; only its flag is missing. Mark it as verified.", address=user.email),
        field="email",
        choices=(Choice(SEND_LABEL, user.username, SEND_CODE),) if pool.customer_credentials else (),
    )


def refuse_taken(user: User, address: str, directory: Directory) -> None:
    """Refuse an address that is another account's, where no two can share one."""
    pool = directory.pool
    if not pool.email_is_username:
        return
    taken = [other for other in directory.holders(address, other_than=user) if pool.same_address(other.email, address)]
    if taken:
        raise Refused(
            say(
                "{address} belongs to {owner}, and in this pool no two accounts can share an address.",
                address=address,
                owner=taken[0].username,
            ),
            field="email",
        )


def refuse_held(user: User, address: str, directory: Directory, *, otherwise: str) -> None:
    """Refuse an address that entering a code would take from someone; ``otherwise`` is the way that may."""
    owner = next(iter(directory.losers(address, to=user)), None)
    if owner:
        raise Refused(
            say(
                "{owner} holds {address}. Entering the code would be refused, or take the address from them. Check "
                "the address first; if it has to move, choose “{otherwise}”.",
                owner=owner.username,
                address=address,
                otherwise=otherwise,
            ),
            field="email",
        )


def refuse_without_code(user: User, pool: Pool, *, otherwise: str) -> None:
    """Refuse where no code would arrive, or nobody could enter it; ``otherwise`` is the way that needs none."""
    reason = ""
    if not pool.mails_codes:
        reason = (
            "Pool {pool} mails no code when an address changes. Choose “{otherwise}”, or have the pool set up first."
        )
    elif pool.email_failure:
        reason = "Pool {pool} can't send mail at present ({failure}), so no code would arrive."
    elif user.status != "CONFIRMED":
        reason = "{name} can't sign in yet ({status}), and the code can be entered only by someone who is signed in."
    elif not user.enabled:
        reason = "{name} is disabled, and the code can be entered only by someone who is signed in."
    if reason:
        raise Refused(
            say(
                reason,
                pool=pool.name,
                otherwise=otherwise,
                failure=pool.email_failure,
                name=user.username,
                status=user.status,
            ),
            field="how",
        )
