"""How the outlook is worked out: from evidence to each thing that a customer can try. Pure.

The rules are Cognito's own: which refusal comes first at a sign-in, which contact a reset code goes to, which one
gets the code of a sign-up, and what a provider's sign-in writes. Where AWS's sources leave a point open, every answer
that is possible is worked out; when they differ, the attempt can't be told, and a `Doubt` says why.

It is long because one attempt follows from another: each stands below the ones that it builds on.
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.addresses import masked, masked_number
from bot.cognito import Pool, Provider, User
from bot.diagnosis.evidence import Evidence, Valid, invitation_valid
from bot.diagnosis.outlook import Attempt, Blocker, Doubt, Flag, Medium, Outlook, Through, Told, Works, best_of
from bot.mail import MailBlocker

_LEGACY_WAYS = ("verified_phone_number", "verified_email")
"""Where a reset code goes in a pool without `AccountRecoverySetting`: to the first usable one."""


_YES = Attempt(works=Works.YES)


def outlook_of(evidence: Evidence) -> Outlook:
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
    return replace(user, attributes={**user.attributes, "email_verified": "true"}) if user.email else user


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
    in_somehow = best_of((Works.NO if stuck(evidence) else by_name.works, *(each.sign_in.works for each in through)))
    if in_somehow is Works.NO:
        return _no(by_name.blocker if by_name.blocker and not user.is_external else Blocker.NO_SIGN_IN)
    sent = _delivered(evidence, _by_mail(user))
    if sent.works is Works.NO:
        return sent
    if in_somehow is Works.UNKNOWN:
        return _unknown(next(each.doubt for each in (by_name, *(one.sign_in for one in through)) if each.doubt))
    if not pool.mails_codes:
        return _unknown(Doubt.NOT_BY_ITSELF)
    if any(provider.rewrites_address for provider in evidence.providers):
        return _unknown(Doubt.MAPPED)
    return sent


def _gets_address(evidence: Evidence) -> bool:
    """Whether a sign-in through a provider may give the account an address."""
    unwritable = evidence.client is not None and not evidence.client.may_write("email")
    if unwritable or "email" in evidence.pool.immutable:
        return False
    return any(each.rewrites_address and _let_in(evidence, each).works is not Works.NO for each in evidence.at_work)


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
        not client.may_write(name) for name in provider.mapping if name not in ("email_verified", "username")
    )


def _flags(evidence: Evidence, provider: Provider) -> frozenset[Flag]:
    """Return what the next sign-in through a provider may make of the flag."""
    let_in = _let_in(evidence, provider)
    if let_in.works is Works.NO and let_in.blocker is not Blocker.DISABLED:
        return frozenset({Flag.STAYS})
    if provider.is_mapped or (provider.rewrites_address and not asks_for_address(provider)):
        written = Flag.UNKNOWN
    else:
        written = Flag.CLEARED if provider.rewrites_address else Flag.STAYS
    # Whether a sign-in that is refused has written before, nobody says.
    return frozenset({written}) if let_in.works is Works.YES else frozenset({written, Flag.STAYS})


def _one_flag(possible: Iterable[Flag]) -> Flag:
    found = set(possible) or {Flag.STAYS}
    return found.pop() if len(found) == 1 else Flag.UNKNOWN


def _delivered(evidence: Evidence, sent: Attempt) -> Attempt:
    """Return a code that Cognito sends, unless what carries it is known to be broken."""
    mail = evidence.mail
    if sent.medium is Medium.EMAIL and mail is not None and mail.blocked is not None:
        if mail.blocked is not MailBlocker.SUPPRESSED or mail.suppressed is None:
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
