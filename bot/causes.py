"""What each finding means, in words for someone who doesn't know Cognito: one table, filled in by the check."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.case import Case
from bot.diagnosis import Cause
from bot.outlook import Blocker, Flag, Medium, Works


class Hurt(StrEnum):
    """What the customer notices."""

    SIGN_IN = "can't sign in at all"
    RESET = "can't reset the password"
    ADDRESS = "can't sign in with the address"
    FLAG = "the app says that the address is not verified"
    NOTHING = "nothing yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Templates for `bot.words.say`; `bot.evidence_words.facts` says what they may name."""

    headline: str
    """What the channel reads: what the customer notices, then why."""
    headlines: Mapping[Hurt, str] = field(default_factory=dict)
    """The same where something else is what the customer notices."""
    why: str
    unseen: tuple[str, ...] = ()
    now: str
    """What the agent does: which way ends it."""
    beside: str
    """The finding in one sentence, where it is told beside a worse one."""


_FLAG_CHANGED = "when the flag was changed, and who changed it"
_CODE = "whether a code arrived, and whether one is still valid (24 hours)"
_OWNER = "Ask the customer something that only the owner of the account knows: people decide whose address it is."
_OWN_CODE = "A code in the app, when signed in, proves the mailbox and needs no lead. Marking it as verified needs one."
_PROVED = "when the customer has proved that the mailbox is theirs"

EXPLANATIONS: dict[Cause, Explanation] = {
    Cause.DISABLED: Explanation(
        headline="{subject} can't sign in: the account is disabled",
        why="The account `{account}` is disabled (`Enabled` is false). Until that ends, nothing works: no sign-in, no "
        "“forgot password”, no code.",
        unseen=("who disabled it, and why",),
        now="An account is disabled on purpose. Hand it over to the team that disables and restores accounts; the desk "
        "can't enable it.",
        beside="The account is disabled, so nothing works.",
    ),
    Cause.RESET_PENDING: Explanation(
        headline="{subject} can't sign in: a new password is needed, and no code can reach the customer",
        why="`{account}` has to set a new password before signing in (`RESET_REQUIRED`: reset by an administrator, or "
        "imported). “Forgot password” does that, and here it has no verified address or number to send a code to.",
        unseen=("who asked for the reset",),
        now="Mark the address as verified, " + _PROVED + ". Then “forgot password” works.",
        beside="A new password is needed before signing in, and no code can reach the customer.",
    ),
    Cause.RESET_REQUIRED: Explanation(
        headline="{subject} can't sign in before setting a new password",
        why="`{account}` has to set a new password before signing in (`RESET_REQUIRED`: reset by an administrator, or "
        "imported). The old password is refused. “Forgot password” ends it.",
        unseen=("who asked for the reset",),
        now="The customer does it in the app: “forgot password”, with the user name.",
        beside="A new password has to be set by “forgot password” before signing in.",
    ),
    Cause.TEMP_PASSWORD: Explanation(
        headline="{subject} can't reset the password: the account still waits for its first sign-in",
        headlines={
            Hurt.SIGN_IN: "{subject} can't sign in: the password of the invitation has run out",
        },
        why="An administrator created `{account}`, and nobody has signed in yet (`FORCE_CHANGE_PASSWORD`). In this "
        "state Cognito refuses “forgot password”, verified or not; only the password of the invitation works.",
        unseen=("whether the invitation arrived", "whether its password was tried already: it works once"),
        now="The customer signs in with the password of the invitation. If it is lost or has run out, send it again.",
        beside="The account still waits for its first sign-in: only the password of the invitation works.",
    ),
    Cause.DUP_SIGNUP: Explanation(
        headline="{subject} can't sign in with a second sign-up that was never finished",
        why="`{account}` was signed up on {created} and never finished. `{other}` owns {address}. If the "
        "code is entered now, Cognito refuses it, or takes the address from `{other}`: that depends on the app.",
        unseen=(_CODE, "whether the customer knows the account `{other}`"),
        now="Mostly the customer has forgotten the first account: they sign in to `{other}`, or reset its password. "
        "The unfinished sign-up can stay as it is.",
        beside="A sign-up that was never finished; `{other}` owns the address.",
    ),
    Cause.SIGNUP_OPEN: Explanation(
        headline="{subject} can't sign in: the sign-up was never finished",
        why="`{account}` was signed up on {created}, and nobody has finished it (`UNCONFIRMED`).",
        unseen=(_CODE,),
        now="No code can come to this customer. Confirm the account for them, " + _PROVED + ".",
        beside="The sign-up was never finished.",
    ),
    Cause.MFA_BLOCKED: Explanation(
        headline="{subject} can't sign in: a second step is required, and none can be used",
        why="This pool requires a second step at every sign-in. `{account}` has none set up, and its only contact is "
        "the one that recovery uses first, which Cognito takes for no second step.",
        unseen=(),
        now="Hand over to the team that looks after the pool: the account needs another contact or an authenticator "
        "app, or the pool other settings.",
        beside="A second step is required at the sign-in, and this account has none that can be used.",
    ),
    Cause.FED_GONE: Explanation(
        headline="{subject} can't sign in: {provider} can't be chosen any more",
        why="`{account}` is the profile that {provider} made, and has no password. The pool no longer has that "
        "provider, or the app doesn't offer it.",
        unseen=("whether the customer has another account",),
        now="Hand over to the team that looks after the app: somebody decides how these customers sign in now.",
        beside="{provider}, which this account signs in through, can't be chosen any more.",
    ),
    Cause.FED_REQUIRED: Explanation(
        headline="{subject} can't sign in through {provider}: it doesn't give what the pool requires",
        why="`{account}` signs in through {provider}. The pool requires {lacking}, and the provider's mapping doesn't "
        "fill it. Cognito refuses such a sign-in; whether it does where the account has them already, AWS doesn't say.",
        unseen=("what {provider} sent at the last sign-in",),
        now="Hand over to the team that looks after the pool: “map {lacking} for the provider {provider}”.",
        beside="{provider}'s mapping doesn't fill {lacking}, which the pool requires: the sign-in is refused.",
    ),
    Cause.FED_FROZEN: Explanation(
        headline="{subject} can't sign in through {provider}: it writes what the pool doesn't let change",
        why="Each sign-in through {provider} writes {frozen}, and in this pool nobody can change that "
        "(`Mutable` is false). So Cognito refuses every sign-in after the first.",
        unseen=("what {provider} sent at the last sign-in",),
        now="Hand over to the team that looks after the pool: {frozen} has to leave the mapping of {provider}.",
        beside="Each sign-in through {provider} writes {frozen}, which the pool doesn't let change: it is refused.",
    ),
    Cause.FED_UNMAPPED: Explanation(
        headline="{subject} is not verified: signing in through {provider} clears it every time",
        headlines={
            Hurt.NOTHING: "{subject} is verified until the next sign-in through {provider}, which clears it",
        },
        why="Each sign-in through {provider} writes the address, and the pool doesn't ask {provider} whether it is "
        "verified. So Cognito sets it to “not verified” each time. {provider} has such a claim ({claim}).",
        unseen=("what {provider} sent at the last sign-in", _FLAG_CHANGED),
        now="Map the claim first. It helps everyone who signs in through {provider}, and two leads have to agree. What "
        "is set by hand lasts until the next sign-in only. {advice}",
        beside="Signing in through {provider} clears the flag every time: its claim is not mapped.",
    ),
    Cause.FED_CLAIM: Explanation(
        headline="{subject} is not verified: {provider} doesn't say that it is",
        why="`{account}` signs in through {provider}, whose claim {claim} is mapped, and the pool says “not verified”. "
        "So {provider} says no, or sends nothing.",
        unseen=("which claims {provider} sent last time",),
        now="Cognito does as it is told. Hand over to the people who run {provider}: “send the claim {claim} as true "
        "for this person”. {advice} What is set by hand lasts until the next sign-in only.",
        beside="{provider}'s claim {claim} is mapped and doesn't say that the address is verified.",
    ),
    Cause.FED_NOCLAIM: Explanation(
        headline="{subject} is not verified: {provider} can't say whether it is",
        headlines={
            Hurt.NOTHING: "{subject} is verified until the next sign-in through {provider}, which clears it",
        },
        why="Each sign-in through {provider} writes the address as “not verified”. {advice}",
        unseen=(_FLAG_CHANGED,),
        now="Hand over to the team that looks after the app: somebody has to decide whether this provider's addresses "
        "are trusted at all, and that takes code in the pool.",
        beside="Signing in through {provider} clears the flag every time. {advice}",
    ),
    Cause.FED_TWIN: Explanation(
        headline="{subject} has two accounts: one with a password, one through {twin_provider}",
        why="`{account}` has a password of its own; `{twin}` has the same address and signs in through "
        "{twin_provider}. To Cognito they are two people.",
        unseen=("whether both belong to the same person",),
        now="Ask how the customer usually signs in. The account with the password can be verified by itself. To make "
        "one account of the two, hand over to the team that looks after the app.",
        beside="`{twin}` has the same address and signs in through {twin_provider}: to Cognito, another person.",
    ),
    Cause.ALIAS_MOVED: Explanation(
        headline="{subject}: the address signs in to {other}, not to {account}",
        why="One account at a time owns an address in this pool. `{other}` (created {other_created}) owns "
        "{address}; `{account}` (created {created}) has it too, and it doesn't count there. `{account}` may have owned "
        "it once, or never: anybody can store an address that isn't theirs.",
        unseen=("whether `{account}` ever owned it", "whether both accounts belong to the same person"),
        now=_OWNER
        + " Another address for `{account}` takes nothing from anybody. Taking the address from `{other}` is "
        "the last way: two leads have to agree.",
        beside="`{other}` owns the address.",
    ),
    Cause.ALIAS_NOBODY: Explanation(
        headline="{subject}: several accounts have the address, and none has it verified",
        why="One account at a time can own {address} in this pool, and none does. So nobody can sign in with it, or "
        "reset a password by it.",
        unseen=("whose the mailbox is", _CODE),
        now=_OWNER + " Then verify it for that account only.",
        beside="Other accounts have the address too, and none has it verified.",
    ),
    Cause.RESET_BLOCKED: Explanation(
        headline="{subject} can't reset the password: the settings leave no way for a code",
        why="“Forgot password” can't reach `{account}` by a code, whatever is verified.",
        unseen=(),
        now="Hand over to the team that looks after the pool. Until then only an administrator of the pool can help "
        "with a forgotten password.",
        beside="“Forgot password” can't work, whatever is verified.",
    ),
    Cause.NO_AUTOVERIFY: Explanation(
        headline="{subject} can't reset the password: the address is not verified, and this pool mails no codes",
        headlines={
            Hurt.ADDRESS: "{subject} can't sign in with the address: it is not verified, and this pool mails no codes",
            Hurt.FLAG: "{subject} is not verified, and this pool mails no codes",
        },
        why="The address of `{account}` is not verified, and the pool mails no code by itself when an address is new "
        "or changes.",
        unseen=("whether the address was changed, or never verified from the start",),
        now="For this customer: mark the address as verified, " + _PROVED + ". For everyone: let the pool mail codes. "
        "Both need leads.",
        beside="The address is not verified, and the pool mails no codes.",
    ),
    Cause.PHONE_TOOK_CODE: Explanation(
        headline="{subject} is not verified: the code of the sign-up goes to the telephone",
        headlines={
            Hurt.ADDRESS: "{subject} can't sign in with the address: the code of the sign-up goes to the telephone",
        },
        why="This pool verifies telephone numbers and addresses, and sends one code at sign-up: to the telephone. "
        "`{account}` has a verified number and an address that is not verified.",
        unseen=("whether the address was changed since", _CODE),
        now=_OWN_CODE,
        beside="The address is not verified; the code of the sign-up goes to the telephone in this pool.",
    ),
    Cause.EMAIL_CHANGED: Explanation(
        headline="{subject} can't reset the password: the address is not verified",
        headlines={
            Hurt.ADDRESS: "{subject} can't sign in with the address: it is not verified",
            Hurt.FLAG: "{subject} is not verified",
            Hurt.NOTHING: "{subject} is not verified",
        },
        why="The address of `{account}` is not verified.",
        unseen=(_FLAG_CHANGED, _CODE),
        now=_OWN_CODE,
        beside="The address is not verified.",
    ),
    Cause.UNSURE: Explanation(
        headline="{subject} is verified; whether everything works can't be told",
        why="The address of `{account}` is verified. What can't be told is marked below, with the reason.",
        unseen=("what the app shows", "whether the customer has another account under another address"),
        now="Let the customer try what they need, and say what the app answers. If it doesn't work, hand over with "
        "those words.",
        beside="Whether everything works can't be told.",
    ),
    Cause.UNKNOWN: Explanation(
        headline="{subject}: nothing that the desk knows explains it",
        why="What Cognito shows of `{account}` fits nothing that the desk knows.",
        unseen=(_FLAG_CHANGED,),
        now="Hand over to the team that looks after the pool; the text holds what can be seen.",
        beside="Something that the desk can't explain.",
    ),
    Cause.VERIFIED: Explanation(
        headline="{subject} works: verified, and Cognito lets the customer in",
        why="The address of `{account}` is verified; sign-in and “forgot password” work. If the app says otherwise, "
        "it has an older sign-in, may not read the flag (`ReadAttributes`), gets it changed on the way (a trigger "
        "`PreTokenGeneration`), or reads another pool.",
        unseen=("what the app shows", "whether the customer has another account under another address"),
        now="Have the customer sign out and in. If that doesn't help, hand over to the team that looks after the app.",
        beside="The address is verified, and all works.",
    ),
    Cause.DELIVERY: Explanation(
        headline="{subject}: mail doesn't arrive",
        why="AWS has noted that this pool can't send mail: {failure}.",
        now="Don't send again before the cloud team has looked; Cognito counts.",
        beside="AWS has noted that this pool can't send mail ({failure}). The note may be old.",
    ),
    Cause.CASE_VARIANT: Explanation(
        headline="",
        why="",
        now="",
        beside="This pool minds capital letters: {variants} is another address to it. Ask which account is meant.",
    ),
    Cause.PENDING_CHANGE: Explanation(
        headline="",
        why="",
        now="",
        beside="This pool keeps the old address until the code that was mailed to a new one is entered, and nobody can "
        "see whether one waits. If the customer has changed the address: best they change it in the app once more.",
    ),
    Cause.EMAIL_LOGIN: Explanation(
        headline="",
        why="",
        now="",
        beside="In this pool people sign in with their address, verified or not, and no two accounts with a password "
        "can have the same one.",
    ),
    Cause.NO_ALIAS: Explanation(
        headline="",
        why="",
        now="",
        beside="In this pool nobody signs in with an address, so nobody can lose it to another account.",
    ),
}


def hurt(case: Case) -> Hurt:
    """Return what the customer notices most."""
    seen = case.outlook
    if seen.signs_in is Works.NO:
        return Hurt.SIGN_IN
    if seen.reset.works is Works.NO and not case.user.is_external:
        return Hurt.RESET
    if seen.sign_in.works is Works.NO and case.pool.email_is_alias and not case.user.is_external:
        return Hurt.ADDRESS
    return Hurt.NOTHING if case.user.email_verified else Hurt.FLAG


def headline(case: Case) -> str:
    """Return the template of the sentence that stands in the channel."""
    if case.cause is Cause.RESET_BLOCKED and case.outlook.reset.blocker is Blocker.MAIL:
        return "{subject} can't reset the password: mail to the address doesn't arrive"
    if case.cause is Cause.FED_REQUIRED and case.outlook.signs_in is not Works.NO:
        return "{subject}: signing in through {provider} may fail, since it doesn't give what the pool requires"
    if case.cause is Cause.VERIFIED and case.has(Cause.PENDING_CHANGE):
        return "{subject} works; a change of the address may wait for its code"
    explained = EXPLANATIONS[case.cause]
    return explained.headlines.get(hurt(case), explained.headline)


def to_do(case: Case) -> str:
    """Return the template of what the agent does."""
    if case.mail_can_be_let_through:
        return "Let mail through again first, when the mailbox works. Nothing else that is mailed arrives before."
    if case.mail_is_blocked:
        return "Hand over to the cloud team first: until mail arrives again, don't send anything."
    code = case.sign_up_code
    if case.cause is Cause.SIGNUP_OPEN and case.is_shared:
        return (
            "`{other}` (created {other_created}) has the address too: ask which account the customer uses, before "
            "anything is sent. What finishes this sign-up gives the address to this account, and the other can't sign "
            "in with it then."
        )
    if case.cause is Cause.SIGNUP_OPEN and code is not None:
        if code.medium is Medium.PHONE:
            return (
                "Send the code again. It goes to the telephone: it finishes the sign-up and doesn't verify the address."
            )
        return "Send it again: it finishes the sign-up and verifies the address in one go, and needs no lead."
    if case.cause is Cause.DUP_SIGNUP and not case.is_customers_own:
        return (
            "Nobody can sign in to `{other}` with a password as it is. Check it first: what ends its trouble is mostly "
            "what helps. The unfinished sign-up can stay as it is."
        )
    if case.cause is Cause.VERIFIED and case.has(Cause.PENDING_CHANGE):
        return (
            "If the customer has changed the address: best they change it in the app once more, and enter the newest "
            "code. If not, have them sign out and in."
        )
    if case.cause in (Cause.EMAIL_CHANGED, Cause.PHONE_TOOK_CODE) and not case.is_customers_own:
        return "Mark the address as verified, " + _PROVED + ". A lead has to agree."
    return EXPLANATIONS[case.cause].now


def flag_words(flag: Flag) -> str:
    """Return the template for what the next sign-in through ``{provider}`` makes of the flag."""
    return {
        Flag.STAYS: "The next sign-in through {provider} leaves the flag as it is",
        Flag.CLEARED: "The next sign-in through {provider} sets the address to “not verified”",
        Flag.UNKNOWN: "What the next sign-in through {provider} makes of the flag can't be told: {provider} decides",
    }[flag]
