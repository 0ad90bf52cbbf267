"""From evidence to cause: why an account's e-mail is not verified. Pure; the same evidence gives the same finding."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.claims import claim_of, is_mapped, rewrites_address
from bot.cognito import Pool, Provider, User


class Cause(StrEnum):
    """The rows of the decision table, in its order. Those that only ever add a remark are among them."""

    NO_USER = "NO_USER"
    DELIVERY = "DELIVERY"
    PENDING_CHANGE = "PENDING_CHANGE"
    VERIFIED = "VERIFIED"
    DUP_SIGNUP = "DUP_SIGNUP"
    SIGNUP_OPEN = "SIGNUP_OPEN"
    FED_REQUIRED = "FED_REQUIRED"
    """Federated, and the pool requires an attribute that the provider's mapping lacks: the sign-in itself fails."""
    FED_UNMAPPED = "FED_UNMAPPED"
    FED_CLAIM = "FED_CLAIM"
    FED_NOCLAIM = "FED_NOCLAIM"
    CASE_VARIANT = "CASE_VARIANT"
    FED_TWIN = "FED_TWIN"
    ALIAS_MOVED = "ALIAS_MOVED"
    ALIAS_NOBODY = "ALIAS_NOBODY"
    TEMP_PASSWORD = "TEMP_PASSWORD"  # noqa: S105 - the name of a cause, not a password
    RESET_PENDING = "RESET_PENDING"
    EMAIL_LOGIN = "EMAIL_LOGIN"
    NO_ALIAS = "NO_ALIAS"
    NO_AUTOVERIFY = "NO_AUTOVERIFY"
    PHONE_TOOK_CODE = "PHONE_TOOK_CODE"
    EMAIL_CHANGED = "EMAIL_CHANGED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What Cognito shows about one account and whoever shares its address."""

    user: User | None
    pool: Pool
    others: tuple[User, ...] = ()
    """Everyone else who carries the address, in any letter case."""
    signs_in_with: User | None = None
    """Who answers to the address as a sign-in name."""
    providers: tuple[Provider, ...] = ()
    """The providers that sign this user in, as far as the pool still has them."""

    @property
    def rivals(self) -> tuple[User, ...]:
        """The others whose address is the same one to this pool."""
        email = self.user.email if self.user else ""
        return tuple(other for other in self.others if self.pool.same_address(other.email, email))

    @property
    def variants(self) -> tuple[User, ...]:
        """The others whose address differs in letter case, where the pool minds it: separate addresses to Cognito."""
        rivals = {other.sub for other in self.rivals}
        return tuple(other for other in self.others if other.sub not in rivals)

    def lacking(self, provider: Provider) -> tuple[str, ...]:
        """Return the attributes that the pool requires and this provider's mapping doesn't fill."""
        return tuple(sorted(self.pool.required - provider.mapping.keys()))


@dataclass(frozen=True, slots=True)
class Finding:
    """The cause, and what else is worth knowing."""

    cause: Cause
    remarks: tuple[Cause, ...] = ()


def diagnose(evidence: Evidence) -> Finding:
    """Return the first row of the decision table that fits; rows that only remark never end the search.

    `CASE_VARIANT` is remarked wherever it applies. Accounts whose address differs only in letter case count in no
    other row, since where the pool minds letter case theirs is a different address.
    """
    user = evidence.user
    cause = Cause.NO_USER if user is None else next(row for row, fits in _ROWS if fits(evidence, user))
    return Finding(cause, tuple(remark for remark, applies in _REMARKS if applies(evidence, cause)))


def worst(findings: Iterable[Finding]) -> Finding:
    """Return the finding of whoever came off worst: the first row below `VERIFIED` that occurs, else `VERIFIED`."""
    return min(findings, key=lambda found: (found.cause is Cause.VERIFIED, _position(found.cause)))


def _position(cause: Cause) -> int:
    return list(Cause).index(cause)


def _waits_beside_owner(evidence: Evidence, user: User) -> bool:
    return user.status == "UNCONFIRMED" and evidence.pool.email_is_alias and _owner(evidence)


def _owner(evidence: Evidence) -> bool:
    return any(rival.email_verified for rival in evidence.rivals)


def _needs_more(evidence: Evidence) -> bool:
    return any(evidence.lacking(provider) for provider in evidence.providers)


def _unmapped(evidence: Evidence) -> bool:
    return any(_drops_flag(each) and claim_of(each).exists for each in evidence.providers)


def _drops_flag(provider: Provider) -> bool:
    return rewrites_address(provider) and not is_mapped(provider)


def _alias_rival(evidence: Evidence, user: User) -> bool:
    return evidence.pool.email_is_alias and bool(user.email) and bool(evidence.rivals)


def _is_mere_value(pool: Pool) -> bool:
    return not (pool.email_is_alias or pool.email_is_username)


def _settled(user: User) -> bool:
    return user.status == "CONFIRMED" and bool(user.email)


def _phone_took_code(evidence: Evidence, user: User) -> bool:
    both = {"email", "phone_number"} <= evidence.pool.auto_verified
    return _settled(user) and both and user.phone_verified


def _concerns_address(cause: Cause) -> bool:
    """Whether the row comes after those that say what the address is to the pool."""
    return _position(cause) > _position(Cause.NO_ALIAS)


# Between accounts that may share an address freely, another holder changes nothing, so EMAIL_CHANGED takes no notice.
_ROWS: tuple[tuple[Cause, Callable[[Evidence, User], bool]], ...] = (
    (Cause.VERIFIED, lambda _, user: user.email_verified),
    (Cause.DUP_SIGNUP, _waits_beside_owner),
    (Cause.SIGNUP_OPEN, lambda _, user: user.status == "UNCONFIRMED"),
    (Cause.FED_REQUIRED, lambda evidence, _: _needs_more(evidence)),
    (Cause.FED_UNMAPPED, lambda evidence, _: _unmapped(evidence)),
    (Cause.FED_CLAIM, lambda evidence, _: any(is_mapped(each) for each in evidence.providers)),
    (Cause.FED_NOCLAIM, lambda evidence, _: any(_drops_flag(each) for each in evidence.providers)),
    (
        Cause.FED_TWIN,
        lambda evidence, user: not user.is_external and any(rival.is_external for rival in evidence.rivals),
    ),
    (Cause.ALIAS_MOVED, lambda evidence, user: _alias_rival(evidence, user) and _owner(evidence)),
    (Cause.ALIAS_NOBODY, _alias_rival),
    (Cause.TEMP_PASSWORD, lambda _, user: user.status == "FORCE_CHANGE_PASSWORD" and bool(user.email)),
    (Cause.RESET_PENDING, lambda _, user: user.status == "RESET_REQUIRED" and bool(user.email)),
    (Cause.NO_AUTOVERIFY, lambda evidence, user: _settled(user) and not evidence.pool.mails_codes),
    (Cause.PHONE_TOOK_CODE, _phone_took_code),
    (Cause.EMAIL_CHANGED, lambda _, user: _settled(user) and not user.identities),
    (Cause.UNKNOWN, lambda *_: True),
)

_REMARKS: tuple[tuple[Cause, Callable[[Evidence, Cause], bool]], ...] = (
    (Cause.DELIVERY, lambda evidence, _: bool(evidence.pool.email_failure)),
    (Cause.CASE_VARIANT, lambda evidence, _: bool(evidence.variants)),
    # A pending change can't be seen: the old address stands there, verified, as if nothing were the matter.
    (Cause.PENDING_CHANGE, lambda evidence, cause: cause is Cause.VERIFIED and evidence.pool.keeps_original),
    (Cause.FED_REQUIRED, lambda evidence, cause: cause is Cause.VERIFIED and _needs_more(evidence)),
    (Cause.FED_UNMAPPED, lambda evidence, cause: cause is Cause.FED_REQUIRED and _unmapped(evidence)),
    (Cause.EMAIL_LOGIN, lambda evidence, cause: _concerns_address(cause) and evidence.pool.email_is_username),
    (Cause.NO_ALIAS, lambda evidence, cause: _concerns_address(cause) and _is_mere_value(evidence.pool)),
)
