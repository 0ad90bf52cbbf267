"""What works for a customer now: from evidence to each thing they can try, where a code goes, and what stops it. Pure.

The rules are Cognito's own: which refusal comes first at a sign-in, which contact a reset code goes to, which one
gets the code of a sign-up, and what a provider's sign-in writes. Where AWS's sources leave a point open, every answer
that is possible is worked out; when they differ, the attempt can't be told, and a `Doubt` says why.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.addresses import masked, masked_number
from bot.claims import ATTRIBUTE, is_mapped, rewrites_address
from bot.cognito import Pool, Provider, User
from bot.evidence import Evidence
from bot.invitation import Valid, invitation_valid
from bot.mail import Blocker as Blocked


class Works(StrEnum):
    """Whether an attempt goes through."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Medium(StrEnum):
    """What a code travels by."""

    EMAIL = "email"
    PHONE = "phone"


class Flag(StrEnum):
    """What the next sign-in through a provider makes of `email_verified`."""

    STAYS = "stays"
    CLEARED = "cleared"
    UNKNOWN = "unknown"


class Blocker(StrEnum):
    """What stops an attempt."""

    DISABLED = "disabled"
    UNFINISHED = "the sign-up is not finished"
    RESET_PENDING = "a new password has to be set first"
    TEMPORARY_PASSWORD = "only a temporary password"  # noqa: S105 - a state, not a password
    INVITATION_OVER = "the temporary password has run out"
    NO_PASSWORD = "no password here"  # noqa: S105 - a state, not a password
    NO_ADDRESS = "no address"
    NOT_VERIFIED = "the address is not verified"
    OWNED = "another account owns the address"
    NO_SIGN_IN_NAME = "addresses are no sign-in names here"
    NO_CONTACT = "no verified contact"
    SECOND_FACTOR = "the only contact is the second factor"
    WAY_CLOSED = "the pool's settings leave no way to the contact"
    ADMIN_ONLY = "only administrators reset passwords here"
    NO_CODES = "the pool mails no such code"
    NO_SIGN_IN = "nobody can sign in"
    LACKING = "the provider doesn't fill what the pool requires"
    FROZEN = "the provider writes what can't be changed"
    NO_FACTOR = "a second factor is required, and none is left to use"
    MAIL = "mail doesn't arrive"
    TEXTS = "text messages can't be sent"


class Doubt(StrEnum):
    """Why an attempt can't be told: AWS says nothing, or different things, or nobody can see it from outside."""

    INVITATION_AGE = "when the last invitation went out"
    MAIL_FACTOR = "e-mail is a second factor"
    TEXT_FACTOR = "the telephone is a second factor"
    NOTHING_VERIFIED = "the pool verifies nothing by itself"
    UNFINISHED = "verified, and the sign-up not finished"
    NOT_BY_ITSELF = "the pool doesn't verify addresses by itself"
    MAPPED = "a provider writes the address"
    LINKED = "linked to a provider"
    OWNER = "who signs in with the address"
    HAS_REQUIRED = "what the provider doesn't fill is there already"
    CLIENT = "the app may not write what the provider sends"
    SCOPE = "the pool doesn't ask the provider for the address"
    NO_FACTOR = "a second factor is required after the first sign-in, and none is left to use"
    UNFILLABLE = "the first sign-in asks for what the app may not write"
    TEXTS = "text messages may fail"
    MAIL = "mail may be held back"


class Told(StrEnum):
    """What the customer is shown where it isn't what happens."""

    CODE_SENT = "code sent"
    WRONG_PASSWORD = "wrong password"  # noqa: S105 - what somebody is told
    PERHAPS_CODE_SENT = "perhaps: code sent"
    """Nobody could look at the app client's settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One thing that the customer can try."""

    works: Works
    blocker: Blocker | None = None
    """What stops it, when it doesn't work."""
    doubt: Doubt | None = None
    """Why it can't be told; beside a yes, what speaks against it."""
    medium: Medium | None = None
    """What the code travels by, when one is sent."""
    destination: str = ""
    """Masked, as Cognito masks it."""
    by_link: bool = False
    """Whether the mail holds a link instead of a code."""
    told: Told | None = None

    @property
    def value(self) -> str:
        """The medium of a code that is sent, else whether it works."""
        return str(self.medium) if self.works is Works.YES and self.medium else str(self.works)


_LEGACY_WAYS = ("verified_phone_number", "verified_email")
"""Where a reset code goes in a pool without `AccountRecoverySetting`: to the first usable one."""

_YES = Attempt(works=Works.YES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Through:
    """What a sign-in through one provider comes to."""

    provider: str
    sign_in: Attempt
    flag: Flag


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What works for one account's customer."""

    sign_in_username: Attempt
    """With the user name and the right password; a further step, such as a second factor, counts as working."""
    sign_in: Attempt
    """The same with the address."""
    means_them: Works
    """Whether the address, typed as a name, means this account."""
    reset: Attempt
    """"Forgot password", asked for with the user name."""
    sign_up_code: Attempt | None
    """The code of the sign-up, sent again; None when the sign-up is finished."""
    verify_code: Attempt
    """A code for the address, asked for when signed in."""
    through: tuple[Through, ...]
    """Each provider that can sign them in."""
    flag_next: Flag
    """What the next sign-in through whichever of them makes of the flag; stays without one."""

    @property
    def signs_in(self) -> Works:
        """Whether there is any way in."""
        return _best(
            each.works for each in (self.sign_in_username, self.sign_in, *(each.sign_in for each in self.through))
        )

    @property
    def published(self) -> dict[str, str]:
        """The outlook for machines: the values of the check's metadata."""
        return {
            "sign_in": str(self.sign_in.works),
            "sign_in_username": str(self.sign_in_username.works),
            "reset": self.reset.value,
            "sign_up_code": self.sign_up_code.value if self.sign_up_code else "none",
            "verify_code": self.verify_code.value,
            "flag_next": str(self.flag_next),
        }


def outlook(evidence: Evidence) -> Outlook:
    """Return what works for the customer of an account."""
    by_name = _by_name(evidence)
    means_them = _means_them(evidence)
    through = tuple(_through(evidence, provider) for provider in evidence.at_work)
    return Outlook(
        sign_in_username=by_name,
        sign_in=_by_address(evidence, by_name, means_them),
        means_them=means_them.works,
        reset=_reset(evidence),
        sign_up_code=_sign_up_code(evidence),
        verify_code=_verify_code(evidence, by_name, through),
        through=through,
        flag_next=_one_flag(flag for each in evidence.at_work for flag in _flags(evidence, each)),
    )


def ways_of_reset(user: User, pool: Pool) -> tuple[Attempt, ...]:
    """Return every contact that a reset code may go to, by AWS's rules alone: one, unless a point is open.

    `AccountRecoverySetting`'s mechanisms by their priority, the first usable one; without the setting a verified
    telephone, then a verified address. A contact that is the user's own second factor doesn't count.
    """
    if pool.recovery == ("admin_only",):
        return (_no(Blocker.ADMIN_ONLY),)
    possible: list[Attempt] = []
    for name in pool.recovery or _LEGACY_WAYS:
        way, doubt = _usable(name, user, pool)
        if way is None:
            continue
        possible.append(replace(way, doubt=doubt))
        if doubt is None:
            return tuple(possible)
    return (*possible, _no(_why_no_way(user, pool)))


def as_verified(user: User) -> User:
    """Return the account as it were if its address, where it has one, were verified."""
    return replace(user, attributes={**user.attributes, ATTRIBUTE: "true"}) if user.email else user


def _usable(name: str, user: User, pool: Pool) -> tuple[Attempt | None, Doubt | None]:
    """Return a way for a reset code, if there is one, and what makes it doubtful."""
    if name == "verified_email" and user.email and user.email_verified:
        if user.preferred_mfa == "EMAIL_OTP":
            return None, None
        return _by_mail(user), Doubt.MAIL_FACTOR if "EMAIL_OTP" in user.mfa else None
    if name == "verified_phone_number" and user.phone and user.phone_verified:
        if user.preferred_mfa == "SMS_MFA" and pool.recovery:
            return None, None
        barred = "SMS_MFA" in user.mfa or user.preferred_mfa == "SMS_MFA"
        return _by_phone(user), Doubt.TEXT_FACTOR if barred else None
    return None, None


def _why_no_way(user: User, pool: Pool) -> Blocker:
    mail = bool(user.email) and user.email_verified
    phone = bool(user.phone) and user.phone_verified
    if not mail and not phone:
        return Blocker.NO_CONTACT
    ways = pool.recovery or _LEGACY_WAYS
    listed = (mail and "verified_email" in ways) or (phone and "verified_phone_number" in ways)
    if listed:
        return Blocker.SECOND_FACTOR
    # The pool's own way is a contact that this customer lacks or hasn't verified; the one they have isn't asked.
    return Blocker.NO_CONTACT if "verified_email" in ways and user.email else Blocker.WAY_CLOSED


def _by_name(evidence: Evidence) -> Attempt:
    """Sign-in with the right password, in the order of Cognito's refusals."""
    user, pool = evidence.user, evidence.pool
    hides = evidence.client is not None and evidence.client.hides_users
    if not user.enabled:
        return _no(Blocker.DISABLED)
    match user.status:
        case "RESET_REQUIRED":
            return replace(_no(Blocker.RESET_PENDING), told=Told.WRONG_PASSWORD if hides else None)
        case "UNCONFIRMED":
            return _no(Blocker.UNFINISHED)
        case "EXTERNAL_PROVIDER":
            return _no(Blocker.NO_PASSWORD)
        case "FORCE_CHANGE_PASSWORD":
            valid = invitation_valid(user, pool, evidence.at)
            if valid is Valid.NO:
                return _no(Blocker.INVITATION_OVER)
            if valid is Valid.UNKNOWN:
                return _unknown(Doubt.INVITATION_AGE)
            # The temporary password is taken, and what comes next is another step.
            return replace(_YES, doubt=stuck(evidence) or _linked(user))
        case _:
            pass
    if _is_locked_out(user, pool):
        return _no(Blocker.NO_FACTOR)
    return replace(_YES, doubt=_linked(user))


def _linked(user: User) -> Doubt | None:
    return Doubt.LINKED if user.identities else None


def stuck(evidence: Evidence) -> Doubt | None:
    """Return what keeps a first sign-in, whose temporary password is right, from its end; None for other accounts."""
    user, pool, client = evidence.user, evidence.pool, evidence.client
    if user.status != "FORCE_CHANGE_PASSWORD":
        return None
    missing = [name for name in pool.required if not user.attributes.get(name)]
    if client is not None and not all(map(client.may_write, missing)):
        return Doubt.UNFILLABLE
    return Doubt.NO_FACTOR if _is_locked_out(user, pool) else None


def _is_locked_out(user: User, pool: Pool) -> bool:
    """Whether a second factor is required, none is set up, and the only contact is the one that recovery uses first.

    Cognito then takes that contact for no factor, and nobody gets in (developer guide, "Adding MFA to a user pool").
    """
    if not pool.mfa_required or user.mfa:
        return False
    values = {"verified_email": user.email, "verified_phone_number": user.phone}
    return {name for name, value in values.items() if value} == {(pool.recovery or _LEGACY_WAYS)[0]}


def _means_them(evidence: Evidence) -> Attempt:
    """Whether the address as a sign-in name means this account."""
    user, pool, found = evidence.user, evidence.pool, evidence.signs_in_with
    if not user.email:
        return _no(Blocker.NO_ADDRESS)
    if found is not None and found.sub != user.sub:
        return _no(Blocker.OWNED)
    if pool.same(user.username, user.email):
        return _YES
    if user.is_external and not pool.email_is_alias:
        return _no(Blocker.NO_PASSWORD)
    if pool.email_is_username:
        return _YES
    if not pool.email_is_alias:
        return _no(Blocker.NO_SIGN_IN_NAME)
    if user.email_verified == (found is not None):
        return _YES if found is not None else _no(Blocker.NOT_VERIFIED)
    return _unknown(Doubt.OWNER)


def _by_address(evidence: Evidence, by_name: Attempt, means_them: Attempt) -> Attempt:
    if means_them.works is Works.NO:
        # Who can't sign in at all is told that reason, which stays when the address is put right.
        blocker = by_name.blocker if by_name.blocker is Blocker.DISABLED else means_them.blocker
        hides = evidence.client is not None and evidence.client.hides_users
        return Attempt(works=Works.NO, blocker=blocker, told=Told.WRONG_PASSWORD if hides else None)
    if means_them.works is Works.UNKNOWN and by_name.works is not Works.NO:
        return means_them
    return by_name


def _reset(evidence: Evidence) -> Attempt:
    user, pool = evidence.user, evidence.pool
    if not user.enabled:
        return _hidden(evidence, _no(Blocker.DISABLED))
    if user.status == "FORCE_CHANGE_PASSWORD":
        return _no(Blocker.TEMPORARY_PASSWORD)
    if user.is_external:
        return _no(Blocker.NO_PASSWORD)
    possible = tuple(_delivered(evidence, way) for way in ways_of_reset(user, pool))
    sure = _one_of(possible)
    if sure.works is Works.NO:
        return sure if sure.blocker in (Blocker.ADMIN_ONLY, Blocker.MAIL) else _hidden(evidence, sure)
    if user.status == "UNCONFIRMED":
        return _unknown(Doubt.UNFINISHED)
    if not pool.auto_verified:
        return _unknown(Doubt.NOTHING_VERIFIED)
    return sure


def _sign_up_code(evidence: Evidence) -> Attempt | None:
    user, pool = evidence.user, evidence.pool
    if user.status != "UNCONFIRMED":
        return None
    if not user.enabled:
        return _hidden(evidence, _no(Blocker.DISABLED))
    if "phone_number" in pool.auto_verified and user.phone:
        return _delivered(evidence, _by_phone(user))
    if "email" in pool.auto_verified and user.email:
        return _delivered(evidence, replace(_by_mail(user), by_link=pool.confirms_by_link))
    return _no(Blocker.NO_CODES)


def _verify_code(evidence: Evidence, by_name: Attempt, through: tuple[Through, ...]) -> Attempt:
    user, pool = evidence.user, evidence.pool
    if not user.enabled:
        return _no(Blocker.DISABLED)
    if user.status in ("RESET_REQUIRED", "UNCONFIRMED"):
        # Also with a token: a provider may let them in all the same.
        return _no(by_name.blocker)
    if not user.email:
        return _unknown(Doubt.MAPPED) if _gets_address(evidence) else _no(Blocker.NO_ADDRESS)
    in_somehow = _best((Works.NO if stuck(evidence) else by_name.works, *(each.sign_in.works for each in through)))
    if in_somehow is Works.NO:
        return _no(by_name.blocker if by_name.blocker and not user.is_external else Blocker.NO_SIGN_IN)
    sent = _delivered(evidence, _by_mail(user))
    if sent.works is Works.NO:
        return sent
    if in_somehow is Works.UNKNOWN:
        return _unknown(next(each.doubt for each in (by_name, *(one.sign_in for one in through)) if each.doubt))
    if not pool.mails_codes:
        return _unknown(Doubt.NOT_BY_ITSELF)
    if any(rewrites_address(provider) for provider in evidence.providers):
        return _unknown(Doubt.MAPPED)
    return sent


def _gets_address(evidence: Evidence) -> bool:
    """Whether a sign-in through a provider may give the account an address."""
    unwritable = evidence.client is not None and not evidence.client.may_write("email")
    if unwritable or "email" in evidence.pool.immutable:
        return False
    return any(rewrites_address(each) and _let_in(evidence, each).works is not Works.NO for each in evidence.at_work)


def _through(evidence: Evidence, provider: Provider) -> Through:
    return Through(
        provider=provider.name,
        sign_in=_let_in(evidence, provider),
        flag=_one_flag(_flags(evidence, provider)),
    )


def _let_in(evidence: Evidence, provider: Provider) -> Attempt:
    """Whether Cognito lets somebody in whom the provider has let in."""
    if not evidence.user.enabled:
        return _no(Blocker.DISABLED)
    client, asks = evidence.client, asks_for_address(provider)
    # Whether a sign-in fails over what the app may not write, or leaves it out, nobody says.
    frozen = [name for name in evidence.frozen(provider) if client is None or client.may_write(name)]
    if any(name != "email" or asks for name in frozen):
        return _no(Blocker.FROZEN)
    missing = evidence.lacking(provider)
    barred = () if client is None else tuple(name for name in evidence.pool.required if not client.may_write(name))
    if not all(evidence.user.attributes.get(name) for name in (*missing, *barred)):
        return _no(Blocker.LACKING)
    if missing:
        return _unknown(Doubt.HAS_REQUIRED)
    if _unwritable(evidence, provider):
        return _unknown(Doubt.CLIENT)
    if not asks and (frozen or "email" in evidence.pool.required):
        return _unknown(Doubt.SCOPE)
    return _YES


def asks_for_address(provider: Provider) -> bool:
    """Whether the scopes that the pool asks for bring the address, as far as they are told."""
    return provider.type not in ("Google", "OIDC", "Facebook", "SignInWithApple") or (
        not provider.scopes or any("email" in scope for scope in provider.scopes)
    )


def _unwritable(evidence: Evidence, provider: Provider) -> bool:
    client = evidence.client
    return client is not None and any(
        not client.may_write(name) for name in provider.mapping if name not in (ATTRIBUTE, "username")
    )


def _flags(evidence: Evidence, provider: Provider) -> frozenset[Flag]:
    """Return what the next sign-in through a provider may make of the flag."""
    let_in = _let_in(evidence, provider)
    if let_in.works is Works.NO and let_in.blocker is not Blocker.DISABLED:
        return frozenset({Flag.STAYS})
    if is_mapped(provider) or (rewrites_address(provider) and not asks_for_address(provider)):
        written = Flag.UNKNOWN
    else:
        written = Flag.CLEARED if rewrites_address(provider) else Flag.STAYS
    # Whether a sign-in that is refused has written before, nobody says.
    return frozenset({written}) if let_in.works is Works.YES else frozenset({written, Flag.STAYS})


def _one_flag(possible: Iterable[Flag]) -> Flag:
    found = set(possible) or {Flag.STAYS}
    return found.pop() if len(found) == 1 else Flag.UNKNOWN


def _delivered(evidence: Evidence, sent: Attempt) -> Attempt:
    """Return a code that Cognito sends, unless what carries it is known to be broken."""
    mail = evidence.mail
    if sent.medium is Medium.EMAIL and mail is not None and mail.blocked is not None:
        if mail.blocked is not Blocked.SUPPRESSED or mail.suppressed is None:
            return _no(Blocker.MAIL)
        # SES takes the mail and doesn't send it, so Cognito reports a success to every app.
        held = replace(_no(Blocker.MAIL), told=Told.CODE_SENT)
        return held if mail.suppressed.in_force else _unknown(Doubt.MAIL)
    failure = evidence.pool.sms_failure
    if sent.medium is Medium.PHONE and failure and "CustomSMSSender" not in evidence.pool.triggers:
        # In the sandbox of SNS a message reaches the numbers that somebody verified there.
        return _unknown(Doubt.TEXTS) if "Sandbox" in failure else replace(_no(Blocker.TEXTS), medium=Medium.PHONE)
    return sent


def _one_of(possible: tuple[Attempt, ...]) -> Attempt:
    """Return the one outcome that is possible; of several different ones, that it can't be told."""
    if len({each.value for each in possible}) == 1:
        return replace(possible[0], doubt=None) if possible[0].works is Works.YES else possible[0]
    return _unknown(next(each.doubt for each in possible if each.doubt))


def _hidden(evidence: Evidence, refused: Attempt) -> Attempt:
    """Return a refusal that an app client which hides accounts shows as a success."""
    if evidence.client is None:
        return replace(refused, told=Told.PERHAPS_CODE_SENT)
    return replace(refused, told=Told.CODE_SENT if evidence.client.hides_users else None)


def _by_mail(user: User) -> Attempt:
    return Attempt(works=Works.YES, medium=Medium.EMAIL, destination=masked(user.email))


def _by_phone(user: User) -> Attempt:
    return Attempt(works=Works.YES, medium=Medium.PHONE, destination=masked_number(user.phone))


def _no(blocker: Blocker | None) -> Attempt:
    return Attempt(works=Works.NO, blocker=blocker)


def _unknown(doubt: Doubt) -> Attempt:
    return Attempt(works=Works.UNKNOWN, doubt=doubt)


def _best(found: Iterable[Works]) -> Works:
    every = tuple(found)
    return next((each for each in (Works.YES, Works.UNKNOWN) if each in every), Works.NO)
