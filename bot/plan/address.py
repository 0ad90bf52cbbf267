"""What plans that touch an address have in common: what they refuse, who loses the address, and how it goes back."""

from dataclasses import dataclass

from bot.answer import Way, refused
from bot.cognito import Directory, Pool, Provider, User
from bot.plan.plan import Call, Change, Effect, Risk, Subject
from bot.words import Words, listed, say

LOSES_IT = "LOSES it: can't sign in or reset with it any more"
"""What a loss of an address means for the account that owned it."""

_MOST_NAMED = 3
"""Accounts that are named in a headline."""


@dataclass(frozen=True, slots=True)
class Losers:
    """Those who lose the address that a plan gives to somebody; mostly nobody, which counts as false."""

    users: tuple[User, ...]
    pool: Pool

    def __bool__(self) -> bool:
        return bool(self.users)

    @property
    def risk(self) -> Risk:
        """High where anybody loses the address."""
        return Risk.HIGH if self.users else Risk.NORMAL

    @property
    def names(self) -> str:
        """The user names of those who lose it, for a sentence; of a crowd the first ones."""
        return listed((user.username for user in self.users), most=_MOST_NAMED)

    @property
    def changes(self) -> tuple[Change, ...]:
        """What becomes of them."""
        return tuple(map(loss, self.users))

    def given_to(self, user: User) -> tuple[Change, ...]:
        """Return the changes of the address becoming verified for ``user``, theirs first."""
        flag = Change(
            subject=Subject.of(user),
            what="email_verified",
            before=user.attributes.get("email_verified", ""),
            after="true",
            note="gets it" if self.users else "",
        )
        return (flag, *self.changes)

    @property
    def undo(self) -> tuple[Call, ...]:
        """The call that gives the address back, which takes it from the present holder; none for several losers."""
        if len(self.users) != 1:
            return ()
        return (Call.set_attributes(self.pool, self.users[0], {"email_verified": "true"}, effect=Effect.READABLE),)

    @property
    def gets_back(self) -> str:
        """The user name of the one whom undo gives the address back to; empty for nobody, and for several."""
        return self.users[0].username if len(self.users) == 1 else ""

    def undo_limits(self, user: User, *, but: str = "") -> Words:
        """Say what undo does once ``user`` has the address; ``but``: what stays all the same, as part of a template."""
        if not self.gets_back:
            return say("No undo: the address would have to go back to several accounts at once.")
        template = f"Undo gives the address back to {{loser}}, and {{name}} loses it{but}."
        return say(template, loser=self.gets_back, name=user.username)


def verifying(pool: Pool, user: User) -> Call:
    """Return the call that marks the user's address as verified."""
    # Where an address can move, a blind second send could take it from somebody who has got it in the meantime.
    effect = Effect.READABLE if pool.email_is_alias else Effect.SETTABLE
    return Call.set_attributes(pool, user, {"email_verified": "true"}, effect=effect)


def verifying_each(pool: Pool, people: int, *, flag: bool = True) -> Call:
    """Return the call that sets, or takes back, the flag of each of many people; it names none of them."""
    value = str(flag).lower()
    return Call(
        operation="AdminUpdateUserAttributes",
        parameters={"UserPoolId": pool.id, "UserAttributes": [{"Name": "email_verified", "Value": value}]},
        shown=f"AdminUpdateUserAttributes(each of the {people:,}, email_verified={value})",
        effect=Effect.READABLE if pool.email_is_alias or not flag else Effect.SETTABLE,
    )


def undo_of_each(pool: Pool, people: int) -> tuple[tuple[Call, ...], Words]:
    """Return the calls that take the flag back from each of many people, none where that can't be, and what to know."""
    if pool.keeps_original:
        return (), say("No undo: AWS does not say what taking the flag back does in a pool that keeps old addresses.")
    taken_back = verifying_each(pool, people, flag=False)
    return (taken_back,), say("Undo is another run, which takes the flag back from those who got it.")


def inviting(user: User, pool: Pool) -> Call:
    """Return the call that mails the invitation once more, with a new password in it."""
    name = _signs_in_as(user, pool)
    return Call(
        operation="AdminCreateUser",
        parameters={
            "UserPoolId": pool.id,
            "Username": name,
            "MessageAction": "RESEND",
            # Left out, Cognito would send a text message. Attributes stay out: AWS doesn't say whether it would
            # overwrite the account's.
            "DesiredDeliveryMediums": ["EMAIL"],
        },
        shown=f"AdminCreateUser({name}, MessageAction=RESEND)",
        # A second one would put out of use the password of the first.
        effect=Effect.NEITHER,
    )


def _signs_in_as(user: User, pool: Pool) -> str:
    """Return the name that AdminCreateUser takes: where a contact is the user name, it may take nothing else."""
    if pool.email_is_username:
        return user.email
    if "phone_number" in pool.username_attributes:
        return user.attributes.get("phone_number") or user.username
    return user.username


def note_disabled(user: User) -> tuple[Words, ...]:
    """Say so when the account can't be used anyhow."""
    return () if user.enabled else (say("{name} is disabled and can't sign in anyhow.", name=user.username),)


def refuse_rewritten(user: User, directory: Directory) -> None:
    """Refuse an account whose next sign-in through a provider would undo whatever is set by hand."""
    providers = directory.providers_of(user)
    for provider in providers:
        if provider.rewrites_address:
            raise refused(
                "{name} signs in through {provider}; the next sign-in would undo this. {way}",
                field="user",
                name=user.username,
                provider=provider.name,
                way=_way(provider),
            )
    if user.is_external:
        raise refused(
            "{name} is the profile of an identity provider ({provider}), and only the provider can change it. "
            "Map the provider's claim instead.",
            field="user",
            name=user.username,
            provider=user.provider or "unknown",
        )


def refuse_no_mail(pool: Pool, *, so: str = "no mail would arrive", field: str | None = None) -> None:
    """Refuse where AWS has noted that the pool can't send mail; ``so`` is what follows from that, in a few words."""
    if pool.email_failure:
        template = f"Pool {{pool}} can't send mail at present ({{failure}}), so {so}."
        raise refused(template, field=field, pool=pool.name, failure=pool.email_failure.rstrip("."))


def refuse_new_address(user: User, address: str, directory: Directory) -> None:
    """Refuse an address that the account can't be given, that it has already, or that must stay with another."""
    refuse_rewritten(user, directory)
    _refuse_frozen(user, directory.pool)
    _refuse_same(user, address, directory.pool)
    _refuse_taken(user, address, directory)


def refuse_code(user: User, address: str, directory: Directory, *, otherwise: str) -> None:
    """Refuse to mail a code to a new address where none would arrive, where nobody could enter it, or where entering
    it would take the address from someone; ``otherwise`` is the way of the form that needs no code.
    """
    _refuse_without_code(user, directory.pool, otherwise)
    _refuse_held(user, address, directory, otherwise)


def note_own_mail(pool: Pool) -> tuple[Words, ...]:
    """Say so where an invitation is mailed by the pool's own code."""
    if "CustomEmailSender" not in pool.triggers:
        return ()
    return (say("The pool's own code sends the mail (CustomEmailSender), not Cognito."),)


def _refuse_frozen(user: User, pool: Pool) -> None:
    """Refuse where nobody can change an address."""
    if "email" not in pool.immutable:
        return
    raise refused(
        "In pool {pool} nobody can change an e-mail address (`Mutable` is false), so {name} keeps the one that it "
        "has. That was decided when the pool was made, and can't be changed.",
        field="user",
        pool=pool.name,
        name=user.username,
    )


def _refuse_same(user: User, address: str, pool: Pool) -> None:
    """Refuse the address that the account has already."""
    if user.email != address:
        return
    if user.email_verified:
        raise refused("{address} is the address already, and verified.", field="email", address=user.email)
    raise refused(
        "{address} is the address already; only its flag is missing. Mark it as verified.",
        field="email",
        choices=(Way.SEND_CODE.choice(user.username),) if pool.customer_credentials else (),
        address=user.email,
    )


def _refuse_taken(user: User, address: str, directory: Directory) -> None:
    """Refuse an address that is another account's, where no two can share one."""
    pool = directory.pool
    if not pool.email_is_username:
        return
    taken = [other for other in directory.holders(address, other_than=user) if pool.same(other.email, address)]
    if taken:
        raise refused(
            "{address} belongs to {owner}, and in this pool no two accounts can share an address.",
            field="email",
            address=address,
            owner=taken[0].username,
        )


def _refuse_held(user: User, address: str, directory: Directory, otherwise: str) -> None:
    """Refuse an address that entering a code would take from someone; ``otherwise`` is the way that may."""
    owner = next(iter(directory.losers(address, to=user)), None)
    if owner:
        raise refused(
            "{owner} owns {address}. Entering the code would be refused, or take the address from them. Check "
            "the address first; if it has to move, choose “{otherwise}”.",
            field="email",
            owner=owner.username,
            address=address,
            otherwise=otherwise,
        )


def _refuse_without_code(user: User, pool: Pool, otherwise: str) -> None:
    """Refuse where no code would arrive, or nobody could enter it; ``otherwise`` is the way that needs none."""
    if not pool.mails_codes:
        template = (
            "Pool {pool} mails no code when an address changes. Choose “{otherwise}”, or have the pool set up first."
        )
        raise refused(template, field="how", pool=pool.name, otherwise=otherwise)
    refuse_no_mail(pool, so="no code would arrive", field="how")
    reason = ""
    if user.status != "CONFIRMED":
        reason = "{name} can't sign in yet ({status}), and the code can be entered only by someone who is signed in."
    elif not user.enabled:
        reason = "{name} is disabled, and the code can be entered only by someone who is signed in."
    if reason:
        raise refused(reason, field="how", name=user.username, status=user.status)


def loss(user: User) -> Change:
    """Return the change of somebody who owns the address now and won't any more.

    Somebody may answer to the address at sign-in though the flag doesn't say so; then only that is lost.
    """
    before = user.attributes.get("email_verified", "")
    return Change(
        subject=Subject.of(user),
        what="email_verified",
        before=before,
        after="false" if user.email_verified else before,
        note=LOSES_IT,
        loses=True,
    )


def _way(provider: Provider) -> str:
    claim = provider.claim
    if provider.is_mapped:
        return f"The claim is mapped; {provider.name} itself has to send it as true."
    return "Map the provider's claim instead." if claim.exists else claim.advice
