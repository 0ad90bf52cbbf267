"""Every row of the facts about what Cognito answers (17.1 to 17.8), as one table.

It is long because the facts are: a row is a state, an attempt, the literal answer, and what the desk must predict
for that state. Two tests read it: one plays each row against the sandbox's Cognito, one compares the outlook.
An open point of 17.8 has a row for each of its plays, with one outlook for all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sandbox.testing import Contested, LivePool
from tests.facts import administration as admin
from tests.facts import attempts as tries
from tests.facts.answers import (
    ADMIN_ONLY,
    AT_PROVIDER,
    BY_MAIL,
    BY_PHONE,
    DISABLED,
    EXPIRED,
    EXPIRED_CODE,
    MAIL_USED_UP,
    NO_COMBINATION,
    NO_CONTACT,
    NO_USER,
    NOT_CONFIRMED,
    RESET_REQUIRED,
    TAKEN,
    TOO_MANY,
    WRONG_CODE,
    WRONG_PASSWORD,
    WRONG_STATE,
    Answer,
    Became,
    CameIn,
    Challenge,
    Modified,
    Refused,
    Sent,
    SignedIn,
    Simulated,
)
from tests.facts.attempts import Attempt
from tests.facts.people import (
    account,
    before_a_holder,
    beside_the_holder,
    holding,
    linked,
    named_by_address,
    nobody,
    profile,
    refusing_strangers,
    signed_up,
    signed_up_for_a_held_address,
    with_a_changed_address,
    without_the_provider,
)
from tests.facts.scene import Idp, People, Who, other

DAYS = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: a state, an attempt, Cognito's answer, and what the desk must predict for the state."""

    section: str
    """Of the facts, such as 17.4."""
    name: str
    people: People
    attempt: Attempt
    answer: Answer
    outlook: Mapping[str, str]
    """The keys of 17.12 that the state decides, and their values; empty where there is no account to predict for."""
    pool: Mapping[str, Any] = field(default_factory=dict)
    """What `Pools.create` takes."""
    idps: tuple[Idp, ...] = ()
    plays: Contested = field(default_factory=Contested)
    """The answers to the open points under which Cognito says this."""
    alone: bool = False
    """Whether the row changes its pool, and so can share it with no other."""

    def __str__(self) -> str:
        return f"{self.section} {self.name}"


# What is predicted for the plainest account in the plainest pool: e-mail as alias, e-mail verified by code.
WELL = {
    "sign_in": "yes",
    "sign_in_username": "yes",
    "reset": "email",
    "sign_up_code": "none",
    "verify_code": "email",
    "flag_next": "stays",
}
UNVERIFIED = {**WELL, "sign_in": "no", "reset": "no"}
SHUT_OUT = {**WELL, "sign_in": "no", "sign_in_username": "no", "reset": "no", "verify_code": "no"}
UNFINISHED = {**SHUT_OUT, "sign_up_code": "email"}
RESETTING = {**SHUT_OUT, "reset": "email"}
INVITED = {**WELL, "reset": "no"}
INVITED_UNVERIFIED = {**INVITED, "sign_in": "no"}
AT_A_PROVIDER = {**SHUT_OUT, "verify_code": "unknown"}

OPEN, HIDING = {"hides_users": False}, {"hides_users": True}
LOGIN = {"alias": False, "email_login": True}
PLAIN = {"alias": False}
SILENT: dict[str, Any] = {"auto_verify": ()}
BOTH = {"auto_verify": ("email", "phone_number")}
MAIL_ONLY, PHONE_ONLY = {"recovery": ("email",)}, {"recovery": ("phone_number",)}
MAIL_THEN_PHONE, PHONE_THEN_MAIL = {"recovery": ("email", "phone_number")}, {"recovery": ("phone_number", "email")}

CLEARS = Idp(name="Google", kind="Google", mapping=(("email", "email"), ("name", "name")))
ASSERTS = Idp(name="Okta", kind="OIDC", mapping=(("email", "email"), ("email_verified", "email_verified")))
NAMES_ONLY = Idp(name="Facebook", kind="Facebook", mapping=(("username", "sub"), ("name", "name")))


def row(
    section: str,
    name: str,
    people: People,
    attempt: Attempt,
    answer: Answer,
    outlook: Mapping[str, str],
    *,
    pool: Mapping[str, Any] | None = None,
    idps: tuple[Idp, ...] = (),
    alone: bool = False,
) -> Row:
    """One state under the sandbox's usual answers to the open points."""
    return Row(
        section=section,
        name=name,
        people=people,
        attempt=attempt,
        answer=answer,
        outlook=outlook,
        pool=pool or {},
        idps=idps,
        alone=alone,
    )


def both(
    section: str,
    name: str,
    people: People,
    attempt: Attempt,
    legacy: Answer,
    enabled: Answer,
    outlook: Mapping[str, str],
    *,
    pool: Mapping[str, Any] | None = None,
    idps: tuple[Idp, ...] = (),
) -> tuple[Row, Row]:
    """One state for a client that shows who has an account, and for one that hides it."""
    shared = pool or {}
    return (
        row(section, f"{name}, LEGACY", people, attempt, legacy, outlook, pool={**shared, **OPEN}, idps=idps),
        row(section, f"{name}, ENABLED", people, attempt, enabled, outlook, pool={**shared, **HIDING}, idps=idps),
    )


def either(
    section: str,
    name: str,
    people: People,
    attempt: Attempt,
    outlook: Mapping[str, str],
    *plays: tuple[Contested, Answer],
    pool: Mapping[str, Any] | None = None,
    idps: tuple[Idp, ...] = (),
) -> tuple[Row, ...]:
    """One state for each play of an open point; nobody can tell them apart beforehand."""
    return tuple(
        Row(
            section=section,
            name=f"{name}, play {number}",
            people=people,
            attempt=attempt,
            outlook=outlook,
            pool=pool or OPEN,
            idps=idps,
            plays=contested,
            answer=answer,
        )
        for number, (contested, answer) in enumerate(plays, start=1)
    )


def _names() -> tuple[Row, ...]:
    """17.1: under which name somebody is found."""
    by_name, by_address = (tries.sign_in(), tries.sign_in(tries.their_address))
    unverified_login = {**WELL, "reset": "no"}
    return (
        row("17.1", "a user name always means its account", account(), by_name, SignedIn(), WELL),
        row("17.1", "the sub of a local user is a name", account(), tries.sign_in(tries.their_sub), SignedIn(), WELL),
        row(
            "17.1",
            "letter case makes another name where the pool says so",
            account(),
            tries.sign_in(tries.in_capitals),
            WRONG_PASSWORD,
            WELL,
        ),
        row(
            "17.1",
            "letter case makes no other name where the pool says so",
            account(),
            tries.sign_in(tries.in_capitals),
            SignedIn(),
            WELL,
            pool={"case_sensitive": False},
        ),
        row("17.1", "a verified alias means its holder", account(), by_address, SignedIn(), WELL),
        row(
            "17.1",
            "an alias that another holds means the other",
            beside_the_holder,
            by_address,
            WRONG_PASSWORD,
            UNVERIFIED,
        ),
        *both(
            "17.1",
            "an unverified alias means nobody",
            account(verified=False),
            by_address,
            NO_USER,
            WRONG_PASSWORD,
            UNVERIFIED,
        ),
        row(
            "17.1",
            "an unverified address as user name means its account",
            account(verified=False),
            by_address,
            SignedIn(),
            unverified_login,
            pool=LOGIN,
        ),
        row(
            "17.1",
            "a changed address as user name is the new name",
            with_a_changed_address,
            by_address,
            SignedIn(),
            unverified_login,
            pool=LOGIN,
        ),
        *both(
            "17.1",
            "a changed address as user name is no longer the old one",
            with_a_changed_address,
            tries.sign_in(tries.their_old_address),
            NO_USER,
            WRONG_PASSWORD,
            unverified_login,
            pool=LOGIN,
        ),
        Row(
            section="17.1",
            name="an address as user name never means a provider's profile",
            people=profile("Google"),
            attempt=by_address,
            answer=NO_USER,
            outlook={**AT_A_PROVIDER, "flag_next": "cleared"},
            pool={**LOGIN, **OPEN},
            idps=(CLEARS,),
        ),
        *both(
            "17.1",
            "an address is no name where it is neither alias nor user name",
            account(),
            by_address,
            NO_USER,
            WRONG_PASSWORD,
            {**WELL, "sign_in": "no"},
            pool=PLAIN,
        ),
        row(
            "17.1",
            "an address is a name where the user name itself is that address",
            named_by_address,
            by_address,
            SignedIn(),
            {**WELL, "reset": "no"},
            pool=PLAIN,
        ),
        row(
            "17.1",
            "a verified telephone is a name where it is an alias",
            account(phone_verified=True),
            tries.sign_in(tries.their_phone),
            SignedIn(),
            {**WELL, "reset": "phone"},
            pool={"settings": {"AliasAttributes": ["email", "phone_number"]}},
        ),
        row(
            "17.1",
            "an unverified telephone is no name",
            account(phone_verified=False),
            tries.sign_in(tries.their_phone),
            WRONG_PASSWORD,
            WELL,
            pool={"settings": {"AliasAttributes": ["email", "phone_number"]}},
        ),
        *both("17.1", "nobody forgot a password", nobody, tries.forget(), NO_COMBINATION, Simulated(), {}),
        *both("17.1", "nobody wants another code", nobody, tries.resend(), NO_COMBINATION, Simulated(), {}),
        *both("17.1", "nobody confirms a sign-up", nobody, tries.confirm_sign_up, NO_COMBINATION, EXPIRED_CODE, {}),
    )


def _sign_in() -> tuple[Row, ...]:
    """17.2: sign-in with the right password."""
    by_name = tries.sign_in()
    overdue = account(status="FORCE_CHANGE_PASSWORD", age=8 * DAYS)
    return (
        *both("17.2", "disabled", account(enabled=False), by_name, DISABLED, DISABLED, SHUT_OUT),
        *both(
            "17.2",
            "disabled comes before a pending reset",
            account(enabled=False, status="RESET_REQUIRED"),
            by_name,
            DISABLED,
            DISABLED,
            SHUT_OUT,
        ),
        *both(
            "17.2",
            "a pending reset, any password",
            account(status="RESET_REQUIRED"),
            tries.sign_in(password="Wrong-1!"),
            RESET_REQUIRED,
            WRONG_PASSWORD,
            RESETTING,
        ),
        row("17.2", "a wrong password", account(), tries.sign_in(password="Wrong-1!"), WRONG_PASSWORD, WELL),
        row(
            "17.2",
            "the sixth wrong password locks out",
            account(),
            tries.guess(6),
            Refused("NotAuthorizedException", "Password attempts exceeded"),
            WELL,
        ),
        row(
            "17.2",
            "a wrong password comes before an unfinished sign-up",
            account(status="UNCONFIRMED", verified=False),
            tries.sign_in(password="Wrong-1!"),
            WRONG_PASSWORD,
            UNFINISHED,
        ),
        *both(
            "17.2",
            "an unfinished sign-up",
            account(status="UNCONFIRMED", verified=False),
            by_name,
            NOT_CONFIRMED,
            NOT_CONFIRMED,
            UNFINISHED,
        ),
        row(
            "17.2",
            "the flag by hand doesn't finish a sign-up",
            account(status="UNCONFIRMED"),
            by_name,
            NOT_CONFIRMED,
            {**UNFINISHED, "reset": "unknown"},
        ),
        row(
            "17.2",
            "a temporary password in time",
            account(status="FORCE_CHANGE_PASSWORD", age=6 * DAYS),
            by_name,
            Challenge("NEW_PASSWORD_REQUIRED"),
            INVITED,
        ),
        *both("17.2", "a temporary password too late", overdue, by_name, EXPIRED, EXPIRED, {**SHUT_OUT, "reset": "no"}),
        Row(
            section="17.2",
            name="a provider's profile has no password",
            people=profile("Google"),
            attempt=by_name,
            answer=AT_PROVIDER,
            outlook={**AT_A_PROVIDER, "flag_next": "cleared"},
            idps=(CLEARS,),
        ),
        Row(
            section="17.2",
            name="a linked account's own password works",
            people=linked("Google", came_in=True),
            attempt=by_name,
            answer=SignedIn(),
            outlook={**WELL, "verify_code": "unknown", "flag_next": "cleared"},
            idps=(CLEARS,),
        ),
        row(
            "17.2",
            "an account that never had a password",
            account(has_password=False),
            by_name,
            WRONG_PASSWORD,
            {"sign_up_code": "none", "flag_next": "stays"},
        ),
        row(
            "17.2",
            "a password taken out of use",
            account(),
            admin.sign_in_with_barred_password,
            AT_PROVIDER,
            {"sign_up_code": "none", "flag_next": "stays"},
        ),
        row(
            "17.2",
            "a second factor is no refusal",
            account(mfa=("SOFTWARE_TOKEN_MFA",)),
            by_name,
            Challenge("SOFTWARE_TOKEN_MFA"),
            WELL,
        ),
        row(
            "17.2",
            "required MFA, and only the contact that recovery uses first",
            account(),
            by_name,
            Refused("NotAuthorizedException", "MFA is required, and the user has no factor that can be used."),
            {**WELL, "sign_in": "no", "sign_in_username": "no", "verify_code": "no"},
            pool={"mfa": "ON", **MAIL_ONLY},
        ),
        row(
            "17.2",
            "required MFA, and a second contact",
            account(phone_verified=True),
            by_name,
            Challenge("SMS_MFA"),
            {"sign_in": "yes", "sign_in_username": "yes", "sign_up_code": "none", "verify_code": "email"},
            pool={"mfa": "ON", **MAIL_ONLY},
        ),
        row(
            "17.2",
            "required MFA, and an authenticator app",
            account(mfa=("SOFTWARE_TOKEN_MFA",)),
            by_name,
            Challenge("SOFTWARE_TOKEN_MFA"),
            WELL,
            pool={"mfa": "ON", **MAIL_ONLY},
        ),
        row(
            "17.2",
            "a client without a list of flows has no plain password flow",
            account(),
            by_name,
            Refused("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client"),
            WELL,
            pool={"flows": ()},
        ),
    )


def _provider() -> tuple[Row, ...]:
    """17.3: sign-in through a provider."""
    fixed = Refused("invalid_request", "user.email: Attribute cannot be updated.")
    required = Refused("invalid_request", "attributes required: [email]")
    gone = Refused("invalid_request", "The app client has no identity provider Google.")
    disabled = Refused("invalid_request", "User is disabled.")
    taken = Refused("invalid_request", "An account with the email already exists.")
    cleared, open_flag = ({**AT_A_PROVIDER, "flag_next": "cleared"}, {**AT_A_PROVIDER, "flag_next": "unknown"})
    return (
        row(
            "17.3",
            "a required attribute that the provider doesn't send",
            nobody,
            tries.through("Google", lacking=("email",)),
            required,
            {},
            pool={"required": ("email",)},
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "a required attribute that no mapping gives",
            nobody,
            tries.through("Facebook"),
            required,
            {},
            pool={"required": ("email",)},
            idps=(NAMES_ONLY,),
        ),
        row(
            "17.3",
            "an immutable mapped address, second sign-in",
            profile("Google"),
            tries.through("Google"),
            fixed,
            SHUT_OUT,
            pool={"immutable": ("email",)},
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "an immutable mapped address, linked account, first sign-in",
            linked("Google"),
            tries.through("Google"),
            fixed,
            {**WELL, "verify_code": "unknown"},
            pool={"immutable": ("email",)},
            idps=(CLEARS,),
        ),
        *either(
            "17.3",
            "a mapped attribute that the app client may not write",
            profile("Google"),
            tries.through("Google"),
            open_flag,
            (Contested(unwritable_mapped="skipped"), CameIn("cleared")),
            (Contested(unwritable_mapped="fails"), Refused("invalid_request", "The app client may not write name.")),
            pool={"write_attributes": ("email",)},
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "a disabled profile",
            profile("Google", enabled=False),
            tries.through("Google"),
            disabled,
            {**SHUT_OUT, "flag_next": "unknown"},
            idps=(CLEARS,),
        ),
        *either(
            "17.3",
            "a disabled profile's flag after the refusal",
            profile("Google", enabled=False),
            tries.and_look(tries.through("Google")),
            {**SHUT_OUT, "flag_next": "unknown"},
            (Contested(refused_sign_in_writes=False), Became("EXTERNAL_PROVIDER", True)),
            (Contested(refused_sign_in_writes=True), Became("EXTERNAL_PROVIDER", False)),
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "a failed sign-in leaves the flag",
            linked("Google"),
            tries.and_look(tries.through("Google")),
            Became("CONFIRMED", True),
            {**WELL, "verify_code": "unknown"},
            pool={"immutable": ("email",)},
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "a pre sign-up function refuses",
            refusing_strangers,
            tries.through("Google"),
            Refused("invalid_request", "PreSignUp failed with error Not here."),
            {},
            idps=(CLEARS,),
            alone=True,
        ),
        row(
            "17.3",
            "the linked local account is disabled",
            linked("Google", account(enabled=False)),
            tries.through("Google"),
            disabled,
            {**SHUT_OUT, "flag_next": "unknown"},
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "the provider was deleted, and the link stays",
            without_the_provider(linked("Google"), "Google"),
            tries.through("Google"),
            gone,
            WELL,
            idps=(CLEARS,),
            alone=True,
        ),
        row(
            "17.3",
            "a provider's profile whose provider was deleted",
            without_the_provider(profile("Google"), "Google"),
            tries.through("Google"),
            gone,
            SHUT_OUT,
            idps=(CLEARS,),
            alone=True,
        ),
        row(
            "17.3",
            "the app client doesn't offer the provider",
            linked("Google"),
            tries.through("Google"),
            gone,
            {**WELL, "verify_code": "unknown"},
            pool={"providers": ("COGNITO",)},
            idps=(CLEARS,),
        ),
        *either(
            "17.3",
            "the provider asserts an address that another account holds",
            before_a_holder("Okta"),
            tries.through("Okta"),
            open_flag,
            (Contested(taken_alias_at_provider="takes"), CameIn("set")),
            (Contested(taken_alias_at_provider="fails"), taken),
            pool={},
            idps=(ASSERTS,),
        ),
        row(
            "17.3",
            "without a mapping of the flag it is cleared",
            profile("Google"),
            tries.through("Google"),
            CameIn("cleared"),
            cleared,
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "a linked account's flag is cleared as well",
            linked("Google"),
            tries.through("Google"),
            CameIn("cleared"),
            {**WELL, "verify_code": "unknown", "flag_next": "cleared"},
            idps=(CLEARS,),
        ),
        row(
            "17.3",
            "with a mapping it is what the provider says, true",
            profile("Okta", verified=False),
            tries.through("Okta"),
            CameIn("set"),
            open_flag,
            idps=(ASSERTS,),
        ),
        row(
            "17.3",
            "with a mapping it is what the provider says, false",
            profile("Okta"),
            tries.through("Okta", verified=False),
            CameIn("cleared"),
            open_flag,
            idps=(ASSERTS,),
        ),
        *either(
            "17.3",
            "the claim is left out",
            profile("Okta"),
            tries.through("Okta", lacking=("email_verified",)),
            open_flag,
            (Contested(claim_left_out="keeps"), CameIn("stays")),
            (Contested(claim_left_out="clears"), CameIn("cleared")),
            pool={},
            idps=(ASSERTS,),
        ),
        row(
            "17.3",
            "a provider that maps no address leaves the flag alone",
            linked("Facebook"),
            tries.through("Facebook"),
            CameIn("stays"),
            WELL,
            idps=(NAMES_ONLY,),
        ),
        *either(
            "17.3",
            "a required address that isn't mapped and that the account has",
            linked("Facebook"),
            tries.through("Facebook"),
            WELL,
            (Contested(required_unmapped="fails"), Refused("invalid_request", "attributes required: [email]")),
            (Contested(required_unmapped="suffices"), CameIn("stays")),
            pool={"required": ("email",)},
            idps=(NAMES_ONLY,),
        ),
    )


def _which_contact() -> tuple[Row, ...]:
    """17.4, which contact a reset code goes to."""
    reachable = account(phone_verified=True)

    def asked(name: str, people: People, answer: Answer, reset: str, pool: Mapping[str, Any] | None = None) -> Row:
        settings = {**OPEN, **(pool or {})}
        return row("17.4", name, people, tries.forget(), answer, {**WELL, "reset": reset}, pool=settings)

    mailed = account(phone_verified=True, mfa=("EMAIL_OTP",))
    texted = account(phone_verified=True, mfa=("SMS_MFA",))
    return (
        asked("without the setting the telephone comes first", reachable, BY_PHONE, "phone"),
        asked("without the setting the e-mail comes next", account(phone_verified=False), BY_MAIL, "email"),
        asked("the first way, e-mail", reachable, BY_MAIL, "email", MAIL_THEN_PHONE),
        asked("the first way, telephone", reachable, BY_PHONE, "phone", PHONE_THEN_MAIL),
        asked("the first way is unverified", account(phone_verified=False), BY_MAIL, "email", PHONE_THEN_MAIL),
        asked("the first way is missing", account(), BY_MAIL, "email", PHONE_THEN_MAIL),
        asked("the only way isn't theirs", account(), NO_CONTACT, "no", PHONE_ONLY),
        asked("e-mail is the preferred factor, no other way", mailed, NO_CONTACT, "no", MAIL_ONLY),
        asked("e-mail is the preferred factor, another way", mailed, BY_PHONE, "phone", MAIL_THEN_PHONE),
        asked(
            "e-mail is the preferred factor, without the setting",
            account(mfa=("EMAIL_OTP",)),
            NO_CONTACT,
            "no",
        ),
        asked("SMS is a factor, no other way", texted, NO_CONTACT, "no", PHONE_ONLY),
        asked("SMS is a factor, another way", texted, BY_MAIL, "email", PHONE_THEN_MAIL),
        asked("an authenticator app bars nothing", account(mfa=("SOFTWARE_TOKEN_MFA",)), BY_MAIL, "email", MAIL_ONLY),
        asked(
            "required SMS factor and recovery by telephone, a pool of older date",
            texted,
            NO_CONTACT,
            "no",
            {"mfa": "ON", "of_older_date": True, **PHONE_ONLY},
        ),
    )


def _forgotten() -> tuple[Row, ...]:
    """17.4: a forgotten password, by state."""
    forget = tries.forget()
    no_contact = account(verified=False)
    enter_unasked = tries.enter_reset_code(asked=False, right=False)
    enter_wrong = tries.enter_reset_code(right=False)
    return (
        *both("17.4", "disabled", account(enabled=False), forget, DISABLED, Simulated(), SHUT_OUT),
        *both(
            "17.4",
            "a temporary password, flag or not",
            account(status="FORCE_CHANGE_PASSWORD"),
            forget,
            WRONG_STATE,
            WRONG_STATE,
            INVITED,
        ),
        *both(
            "17.4",
            "a temporary password and no verified contact",
            account(status="FORCE_CHANGE_PASSWORD", verified=False),
            forget,
            WRONG_STATE,
            WRONG_STATE,
            INVITED_UNVERIFIED,
        ),
        *(
            Row(
                section="17.4",
                name=f"a provider's profile, {mode}",
                people=profile("Google"),
                attempt=forget,
                answer=WRONG_STATE,
                outlook={**AT_A_PROVIDER, "flag_next": "cleared"},
                pool=pool,
                idps=(CLEARS,),
            )
            for mode, pool in (("LEGACY", OPEN), ("ENABLED", HIDING))
        ),
        *both(
            "17.4",
            "an unfinished sign-up without a verified contact",
            signed_up,
            forget,
            NO_CONTACT,
            Simulated(),
            UNFINISHED,
        ),
        *both(
            "17.4",
            "a pending reset finds its way out",
            account(status="RESET_REQUIRED"),
            forget,
            BY_MAIL,
            BY_MAIL,
            RESETTING,
        ),
        *both("17.4", "no usable contact", no_contact, forget, NO_CONTACT, Simulated(), UNVERIFIED),
        *both(
            "17.4",
            "a pending reset and no usable contact",
            account(status="RESET_REQUIRED", verified=False),
            forget,
            NO_CONTACT,
            Simulated(),
            SHUT_OUT,
        ),
        *both(
            "17.4",
            "administrators only",
            account(),
            forget,
            ADMIN_ONLY,
            ADMIN_ONLY,
            {**WELL, "reset": "no"},
            pool={"recovery": ("admin_only",)},
        ),
        row(
            "17.4",
            "a hidden disabled account's code is a wrong one",
            account(enabled=False),
            enter_wrong,
            WRONG_CODE,
            SHUT_OUT,
        ),
        row(
            "17.4",
            "a hidden disabled account's code that nobody asked for",
            account(enabled=False),
            enter_unasked,
            EXPIRED_CODE,
            SHUT_OUT,
        ),
        row("17.4", "nobody's code that nobody asked for", nobody, enter_unasked, EXPIRED_CODE, {}),
        row("17.4", "nobody's code is a wrong one", nobody, enter_wrong, WRONG_CODE, {}),
        row("17.4", "a reset leaves the flag", account(), tries.enter_reset_code(), Became("CONFIRMED", True), WELL),
        row(
            "17.4",
            "a reset confirms",
            account(status="RESET_REQUIRED"),
            tries.enter_reset_code(),
            Became("CONFIRMED", True),
            RESETTING,
        ),
        *_which_contact(),
    )


def _sign_up() -> tuple[Row, ...]:
    """17.5: sign-ups."""
    resend = tries.resend()
    waiting = account(status="UNCONFIRMED", verified=False)
    not_switched_on = Refused("NotAuthorizedException", "Cannot resend codes. Auto verification not turned on.")
    finished = Refused("InvalidParameterException", "User is already confirmed.")

    def already(status: str) -> Refused:
        return Refused("NotAuthorizedException", f"User cannot be confirmed. Current status is {status}")

    return (
        row(
            "17.5",
            "the telephone wins",
            account(status="UNCONFIRMED", verified=False, phone_verified=False),
            resend,
            BY_PHONE,
            {**UNFINISHED, "sign_up_code": "phone"},
            pool=BOTH,
        ),
        row("17.5", "only the e-mail is there", waiting, resend, BY_MAIL, UNFINISHED, pool=BOTH),
        row(
            "17.5",
            "only the e-mail is verified by code",
            account(status="UNCONFIRMED", verified=False, phone_verified=False),
            resend,
            BY_MAIL,
            UNFINISHED,
        ),
        *both(
            "17.5",
            "nothing is verified by code",
            waiting,
            resend,
            not_switched_on,
            not_switched_on,
            {**UNFINISHED, "sign_up_code": "no"},
            pool=SILENT,
        ),
        row(
            "17.5",
            "what is verified by code is missing",
            waiting,
            resend,
            Refused("InvalidParameterException", "User has no email or phone number that a code could go to."),
            {**UNFINISHED, "sign_up_code": "no"},
            pool={"auto_verify": ("phone_number",)},
        ),
        *both(
            "17.5",
            "disabled",
            account(status="UNCONFIRMED", verified=False, enabled=False),
            resend,
            DISABLED,
            Simulated(),
            {**UNFINISHED, "sign_up_code": "no"},
        ),
        row("17.5", "a finished sign-up", account(), resend, finished, WELL, pool=OPEN),
        row(
            "17.5", "an invited account", account(status="FORCE_CHANGE_PASSWORD"), resend, finished, INVITED, pool=OPEN
        ),
        row("17.5", "the sixth code in an hour", waiting, tries.resend(times=6), TOO_MANY, UNFINISHED),
        row(
            "17.5", "a link", waiting, resend, Sent("EMAIL", "email", by_link=True), UNFINISHED, pool={"by_link": True}
        ),
        row("17.5", "a sign-up with no mail left", nobody, tries.sign_up_with_no_mail_left, MAIL_USED_UP, {}),
        row("17.5", "the right code", signed_up, tries.confirm_sign_up, Became("CONFIRMED", True), UNFINISHED),
        row("17.5", "a held alias", signed_up_for_a_held_address, tries.confirm_sign_up, TAKEN, UNFINISHED),
        row("17.5", "confirmed before", account(), tries.confirm_sign_up, already("CONFIRMED"), WELL),
        row(
            "17.5",
            "invited before",
            account(status="FORCE_CHANGE_PASSWORD"),
            tries.confirm_sign_up,
            already("FORCE_CHANGE_PASSWORD"),
            INVITED,
        ),
        row(
            "17.5",
            "an administrator's confirmation leaves the flag",
            signed_up,
            admin.confirm_by_administrator,
            Became("CONFIRMED", False),
            UNFINISHED,
        ),
        row(
            "17.5",
            "after it the user name signs in",
            signed_up,
            tries.twice(admin.confirm_by_administrator, tries.sign_in()),
            SignedIn(),
            UNFINISHED,
        ),
        row(
            "17.5",
            "after it the alias doesn't",
            signed_up,
            tries.twice(admin.confirm_by_administrator, tries.sign_in(tries.their_address)),
            NO_USER,
            UNFINISHED,
            pool=OPEN,
        ),
        row(
            "17.5",
            "after it there is no reset",
            signed_up,
            tries.twice(admin.confirm_by_administrator, tries.forget()),
            NO_CONTACT,
            UNFINISHED,
            pool=OPEN,
        ),
        row(
            "17.5",
            "who can sign up can't set the flag",
            nobody,
            tries.set_own_flag_at_sign_up,
            Refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"),
            {},
        ),
    )


def _verifying() -> tuple[Row, ...]:
    """17.6: codes for those who are signed in, and what else verifies."""
    ask = tries.ask_for_code
    return (
        row("17.6", "an unverified address", account(verified=False), ask, BY_MAIL, UNVERIFIED),
        row("17.6", "a verified address", account(), ask, BY_MAIL, WELL),
        row("17.6", "a token from before, disabled", account(enabled=False), ask, DISABLED, SHUT_OUT),
        row("17.6", "a token from before, reset", account(status="RESET_REQUIRED"), ask, RESET_REQUIRED, RESETTING),
        row(
            "17.6",
            "a token from before, unconfirmed",
            account(status="UNCONFIRMED", verified=False),
            ask,
            NOT_CONFIRMED,
            UNFINISHED,
        ),
        row(
            "17.6",
            "no address",
            account(address=False),
            ask,
            Refused("InvalidParameterException", "User does not have the attribute email."),
            {**UNVERIFIED, "verify_code": "no"},
        ),
        row(
            "17.6",
            "the code verifies",
            account(verified=False),
            tries.verify_by_code,
            Became("CONFIRMED", True),
            UNVERIFIED,
        ),
        row(
            "17.6",
            "in a pool of links it is a code all the same",
            account(verified=False),
            ask,
            BY_MAIL,
            UNVERIFIED,
            pool={"by_link": True},
        ),
        row(
            "17.6",
            "a second factor's mail verifies",
            account(verified=False, mfa=("EMAIL_OTP",)),
            tries.sign_in_by_mailed_factor,
            Became("CONFIRMED", True),
            UNVERIFIED,
        ),
        row(
            "17.6",
            "a second factor's mail verifies where nothing else does",
            account(verified=False, mfa=("EMAIL_OTP",)),
            tries.sign_in_by_mailed_factor,
            Became("CONFIRMED", True),
            {"sign_in": "no", "sign_in_username": "yes", "reset": "no", "flag_next": "stays"},
            pool=SILENT,
        ),
        row(
            "17.6",
            "a password set by an administrator doesn't",
            account(verified=False),
            admin.set_password(permanent=True),
            Became("CONFIRMED", False),
            UNVERIFIED,
        ),
    )


def _administrators() -> tuple[Row, ...]:
    """17.7: what an administrator can do."""
    renew = admin.renew_invitation
    invited = account(status="FORCE_CHANGE_PASSWORD", verified=False, age=3 * DAYS)
    overdue = account(status="FORCE_CHANGE_PASSWORD", verified=False, age=8 * DAYS)
    asks_for_new = Challenge("NEW_PASSWORD_REQUIRED")
    overdue_outlook = {**SHUT_OUT}
    return (
        row(
            "17.7",
            "an invitation is renewed",
            invited,
            renew,
            Became("FORCE_CHANGE_PASSWORD", False, 1),
            INVITED_UNVERIFIED,
        ),
        row(
            "17.7",
            "an invitation is renewed too late",
            overdue,
            renew,
            Became("FORCE_CHANGE_PASSWORD", False, 1),
            overdue_outlook,
        ),
        row(
            "17.7",
            "its old password is dead",
            invited,
            admin.sign_in_with_the_dead_invitation,
            WRONG_PASSWORD,
            INVITED_UNVERIFIED,
        ),
        row(
            "17.7",
            "its new password works",
            overdue,
            admin.sign_in_with_the_renewed_invitation,
            asks_for_new,
            overdue_outlook,
        ),
        row(
            "17.7",
            "without a medium it is a text message, and no mail",
            invited,
            admin.renew_invitation_without_medium,
            Became("FORCE_CHANGE_PASSWORD", False, 0),
            INVITED_UNVERIFIED,
        ),
        row("17.7", "nobody is invited anew", nobody, renew, NO_USER, {}),
        row(
            "17.7",
            "a flag without an address",
            nobody,
            admin.create_verified_without_address,
            Refused("InvalidParameterException", "Email is required to verify/un-verify an email"),
            {},
        ),
        row(
            "17.7",
            "a temporary password of zero days has seven",
            account(status="FORCE_CHANGE_PASSWORD", age=6 * DAYS),
            tries.sign_in(),
            asks_for_new,
            INVITED,
            pool={"temporary_days": 0},
        ),
        row(
            "17.7",
            "a temporary password of thirty days",
            account(status="FORCE_CHANGE_PASSWORD", age=29 * DAYS),
            tries.sign_in(),
            asks_for_new,
            INVITED,
            pool={"temporary_days": 30},
        ),
        row(
            "17.7",
            "a temporary password of one day",
            account(status="FORCE_CHANGE_PASSWORD", age=2 * DAYS),
            tries.sign_in(),
            EXPIRED,
            SHUT_OUT,
            pool={"temporary_days": 1},
        ),
        row(
            "17.7",
            "days of unused accounts, the older setting",
            account(status="FORCE_CHANGE_PASSWORD", age=29 * DAYS),
            tries.sign_in(),
            asks_for_new,
            INVITED,
            pool={"settings": {"AdminCreateUserConfig": {"UnusedAccountValidityDays": 30}}},
        ),
        row("17.7", "a reset", account(), admin.reset_by_administrator, Became("RESET_REQUIRED", True, 1), WELL),
        row(
            "17.7",
            "a reset again",
            account(status="RESET_REQUIRED"),
            admin.reset_by_administrator,
            Became("RESET_REQUIRED", True, 1),
            RESETTING,
        ),
        row(
            "17.7",
            "a reset kills the old password at once",
            account(),
            admin.sign_in_after_reset,
            RESET_REQUIRED,
            WELL,
            pool=OPEN,
        ),
        row(
            "17.7",
            "a reset to a contact that the pool doesn't verify sends nothing",
            account(phone_verified=True),
            admin.reset_by_administrator,
            Became("RESET_REQUIRED", True, 0),
            {**WELL, "reset": "phone"},
        ),
        row("17.7", "a reset, disabled", account(enabled=False), admin.reset_by_administrator, DISABLED, SHUT_OUT),
        row(
            "17.7",
            "a reset, invited",
            account(status="FORCE_CHANGE_PASSWORD"),
            admin.reset_by_administrator,
            WRONG_STATE,
            INVITED,
        ),
        row("17.7", "a reset, unfinished sign-up", signed_up, admin.reset_by_administrator, WRONG_STATE, UNFINISHED),
        row(
            "17.7", "a reset, no contact", account(verified=False), admin.reset_by_administrator, NO_CONTACT, UNVERIFIED
        ),
        row(
            "17.7",
            "a reset where administrators alone recover",
            account(),
            admin.reset_by_administrator,
            ADMIN_ONLY,
            {**WELL, "reset": "no"},
            pool={"recovery": ("admin_only",)},
        ),
        row(
            "17.7", "enabled again, everything is as before", account(enabled=False), admin.enable, SignedIn(), SHUT_OUT
        ),
        row(
            "17.7",
            "a password set for good",
            account(status="FORCE_CHANGE_PASSWORD"),
            admin.set_password(permanent=True),
            Became("CONFIRMED", True),
            INVITED,
        ),
        *(
            Row(
                section="17.7",
                name=name,
                people=people,
                attempt=attempt,
                answer=answer,
                outlook=outlook,
                idps=(CLEARS,),
            )
            for name, people, attempt, answer, outlook in _links()
        ),
        *_not_invited(),
    )


def _links() -> tuple[tuple[str, People, Attempt, Answer, Mapping[str, str]], ...]:
    link = admin.link_provider("Google")
    through = {**WELL, "verify_code": "unknown", "flag_next": "cleared"}
    elsewhere = Refused("AliasExistsException", "SourceUser is already linked to another user.")
    merging = Refused(
        "InvalidParameterException",
        "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
    )
    too_many = Refused("LimitExceededException", "The maximum number of linked identities has been reached.")
    again = Refused("InvalidParameterException", "SourceUser is already linked to DestinationUser")
    return (
        ("an identity that has no profile yet", account(), link, Became("CONFIRMED", True), WELL),
        ("the same link again", linked("Google"), link, again, through),
        ("an identity that is linked to another account", _beside_a_linked_one, link, elsewhere, WELL),
        ("an identity that has a profile", _beside_a_profile, link, merging, WELL),
        ("a sixth identity", _with_five_identities, link, too_many, through),
        (
            "an unlinked identity makes a new account",
            linked("Google"),
            admin.through_after_unlinking("Google"),
            CameIn("stays"),
            through,
        ),
    )


def _not_invited() -> tuple[Row, ...]:
    """17.7: a renewed invitation for other states; the words carry the user name, which the row gives the account."""

    def settled(status: str) -> People:
        def build(pool: LivePool, who: Who) -> str:
            return pool.add(f"settled-{status}", email=who.address, email_verified=True, status=status).username

        return build

    return tuple(
        Row(
            section="17.7",
            name=f"an invitation isn't renewed, {status}",
            people=settled(status),
            attempt=admin.renew_invitation,
            answer=Refused(
                "UnsupportedUserStateException",
                f"Resend not possible. settled-{status} status is not FORCE_CHANGE_PASSWORD",
            ),
            outlook=outlook,
            alone=True,
        )
        for status, outlook in (
            ("CONFIRMED", WELL),
            ("RESET_REQUIRED", RESETTING),
            ("UNCONFIRMED", {**UNFINISHED, "reset": "unknown"}),
        )
    )


def _open_points() -> tuple[Row, ...]:
    """17.8, each in both of its plays; those about a provider's sign-in stand with 17.3."""
    forget, by_name = tries.forget(), tries.sign_in()
    unknown_reset = {**WELL, "reset": "unknown"}
    unsure = account(
        status="FORCE_CHANGE_PASSWORD", age=30 * DAYS, untouched=1 * DAYS, password_age=1 * DAYS, verified=False
    )
    stale = account(
        status="FORCE_CHANGE_PASSWORD", age=30 * DAYS, untouched=1 * DAYS, password_age=30 * DAYS, verified=False
    )
    perhaps = {**INVITED_UNVERIFIED, "sign_in_username": "unknown", "verify_code": "unknown"}
    return (
        *either(
            "17.8",
            "1: an e-mail factor that isn't preferred",
            account(mfa=("EMAIL_OTP",), preferred_mfa=""),
            forget,
            unknown_reset,
            (Contested(email_factor_bars_reset="preferred"), BY_MAIL),
            (Contested(email_factor_bars_reset="enabled"), NO_CONTACT),
        ),
        *either(
            "17.8",
            "2: an SMS factor that isn't preferred, with the setting",
            account(phone_verified=True, mfa=("SMS_MFA",), preferred_mfa=""),
            forget,
            unknown_reset,
            (Contested(sms_factor_bars_reset="enabled"), NO_CONTACT),
            (Contested(sms_factor_bars_reset="preferred"), BY_PHONE),
            pool={**OPEN, **PHONE_ONLY},
        ),
        *either(
            "17.8",
            "2: a preferred SMS factor, without the setting",
            account(phone_verified=True, mfa=("SMS_MFA",)),
            forget,
            unknown_reset,
            (Contested(sms_factor_bars_legacy_reset="never"), BY_PHONE),
            (Contested(sms_factor_bars_legacy_reset="preferred"), BY_MAIL),
        ),
        *either(
            "17.8",
            "3: a pool that verifies nothing",
            account(),
            forget,
            {**unknown_reset, "verify_code": "unknown"},
            (Contested(reset_without_auto_verify="sends"), BY_MAIL),
            (Contested(reset_without_auto_verify="refused"), NO_CONTACT),
            pool={**OPEN, **SILENT},
        ),
        *either(
            "17.8",
            "4: an unfinished sign-up with the flag by hand",
            account(status="UNCONFIRMED"),
            forget,
            {**UNFINISHED, "reset": "unknown"},
            (Contested(reset_of_unconfirmed="sends"), BY_MAIL),
            (Contested(reset_of_unconfirmed="refused"), NO_CONTACT),
        ),
        *either(
            "17.8",
            "4: the code of such a reset",
            account(status="UNCONFIRMED"),
            tries.enter_reset_code(),
            {**UNFINISHED, "reset": "unknown"},
            (Contested(reset_confirms_sign_up=True), Became("CONFIRMED", True)),
            (Contested(reset_confirms_sign_up=False), NOT_CONFIRMED),
        ),
        *either(
            "17.8",
            "6: a code for what the pool doesn't verify",
            account(verified=False),
            tries.ask_for_code,
            {**UNVERIFIED, "verify_code": "unknown"},
            (Contested(code_without_auto_verify="sends"), BY_MAIL),
            (
                Contested(code_without_auto_verify="refused"),
                Refused("InvalidParameterException", "The user pool does not verify email."),
            ),
            pool=SILENT,
        ),
        *either(
            "17.8",
            "7: a code for a mapped address",
            linked("Google"),
            tries.verify_by_code,
            {**WELL, "verify_code": "unknown", "flag_next": "cleared"},
            (Contested(federated_code="verifies"), Became("CONFIRMED", True)),
            (
                Contested(federated_code="refused"),
                Refused("InvalidParameterException", "Cannot verify an attribute that an identity provider maps."),
            ),
            idps=(CLEARS,),
        ),
        *either(
            "17.8",
            "8: a linked account's own password before the provider's first sign-in",
            linked("Google"),
            by_name,
            {**WELL, "verify_code": "unknown", "flag_next": "cleared"},
            (Contested(linked_waits_for_provider=False), SignedIn()),
            (Contested(linked_waits_for_provider=True), AT_PROVIDER),
            idps=(CLEARS,),
        ),
        Row(
            section="17.8",
            name="9: changed lately, by a renewed invitation",
            people=unsure,
            attempt=by_name,
            answer=Challenge("NEW_PASSWORD_REQUIRED"),
            outlook=perhaps,
        ),
        Row(
            section="17.8",
            name="9: changed lately, by something else",
            people=stale,
            attempt=by_name,
            answer=EXPIRED,
            outlook=perhaps,
        ),
        *either(
            "17.8",
            "9: a temporary password entered once",
            account(status="FORCE_CHANGE_PASSWORD"),
            tries.sign_in(times=2),
            INVITED,
            (Contested(temporary_password_once=False), Challenge("NEW_PASSWORD_REQUIRED")),
            (Contested(temporary_password_once=True), EXPIRED),
        ),
        *either(
            "17.8",
            "10: another sign-up code for a finished sign-up, hidden",
            account(),
            tries.resend(),
            WELL,
            (
                Contested(confirmed_resend="refused"),
                Refused("InvalidParameterException", "User is already confirmed."),
            ),
            (Contested(confirmed_resend="simulated"), Simulated()),
            pool=HIDING,
        ),
        *either(
            "17.8",
            "13: a second factor's mail to an address that another account holds",
            _factor_beside_the_holder,
            tries.sign_in_by_mailed_factor,
            UNVERIFIED,
            (Contested(taken_alias_at_factor="takes"), Became("CONFIRMED", True)),
            (Contested(taken_alias_at_factor="alias_exists"), TAKEN),
        ),
        Row(
            section="17.8",
            name='14: a flag that reads back as "True"',
            people=account(verified=None, attributes={"email_verified": "True"}),
            attempt=tries.sign_in(tries.their_address),
            answer=SignedIn(),
            outlook=WELL,
        ),
        *either(
            "17.8",
            "15: an invitation renewed with attributes",
            account(status="FORCE_CHANGE_PASSWORD", verified=False),
            admin.renew_invitation_with_the_flag,
            INVITED_UNVERIFIED,
            (Contested(resend_overwrites=False), Became("FORCE_CHANGE_PASSWORD", False, 1)),
            (Contested(resend_overwrites=True), Became("FORCE_CHANGE_PASSWORD", True, 1)),
        ),
        *either(
            "17.8",
            "15: the dates of a renewed invitation",
            account(status="FORCE_CHANGE_PASSWORD", verified=False, age=3 * DAYS),
            admin.renew_and_look_at_the_dates,
            INVITED_UNVERIFIED,
            (Contested(resend_modified_date=True), Modified(by_it=True)),
            (Contested(resend_modified_date=False), Modified(by_it=False)),
        ),
        *either(
            "17.8",
            "16: the sign-in after an administrator's reset, hidden",
            account(),
            admin.sign_in_after_reset,
            WELL,
            (Contested(hidden_reset="hidden"), WRONG_PASSWORD),
            (Contested(hidden_reset="shown"), RESET_REQUIRED),
            pool=HIDING,
        ),
        *either(
            "17.4",
            "nobody forgot a password, hidden",
            nobody,
            forget,
            {},
            (Contested(unknown_reset="simulated"), Simulated()),
            (Contested(unknown_reset="refused"), NO_CONTACT),
            pool=HIDING,
        ),
    )


def _beside_a_linked_one(pool: LivePool, who: Who) -> str:
    """An account, and another that the person's identity is linked to."""
    linked("Google", lambda pool, who: account(address=False)(pool, other(who)))(pool, who)
    return account()(pool, who)


def _beside_a_profile(pool: LivePool, who: Who) -> str:
    """An account, and the provider's profile of the same person, with an address of its own."""
    pool.sign_in("Google", {"sub": who.name, "email": other(who).address, "name": "Gil"})
    return account()(pool, who)


def _with_five_identities(pool: LivePool, who: Who) -> str:
    """An account with as many identities as there may be."""
    username = account()(pool, who)
    for number in range(5):
        pool.link(username, "Google", f"{who.name}-{number}")
    return username


def _factor_beside_the_holder(pool: LivePool, who: Who) -> str:
    """An account with a mailed second factor whose address another account holds."""
    return holding(pool, who, account(verified=False, mfa=("EMAIL_OTP",))(pool, who))


ROWS: tuple[Row, ...] = (
    *_names(),
    *_sign_in(),
    *_provider(),
    *_forgotten(),
    *_sign_up(),
    *_verifying(),
    *_administrators(),
    *_open_points(),
)
