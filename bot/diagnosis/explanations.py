"""What each finding means, for someone who doesn't know Cognito.

It is long because it is one table, to be read finding by finding.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.answer import Team
from bot.diagnosis.findings import Cause


class Hurt(StrEnum):
    """What the customer notices."""

    SIGN_IN = "can't sign in at all"
    RESET = "can't reset the password"
    ADDRESS = "can't sign in with the address"
    FLAG = "the app says that the address is not verified"
    NOTHING = "nothing yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Templates for `bot.words.say`; `bot.diagnosis.explained.facts` says what they may name."""

    headline: str = ""
    """What the channel reads: what the customer notices, then why; empty where it is only told beside another."""
    headlines: Mapping[Hurt, str] = field(default_factory=dict)
    """The same where something else is what the customer notices."""
    why: str = ""
    unseen: tuple[str, ...] = ()
    now: str = ""
    """What the agent does: which way ends it. Empty where `bot.diagnosis.advice` decides."""
    beside: str
    """The finding in one sentence, where it is told beside a worse one."""
    counted: str = ""
    """What many have in common of whom it is the headline, in a few words: ``sign-up never finished``."""
    customer: str = ""
    """What the agent tells the customer, where that is always the same; else `bot.diagnosis.passed_on` decides."""
    team: Team | None = None
    """Whom it is handed over to; None where a scenario helps."""
    ask: str = ""
    """What the team is asked."""


_FLAG_CHANGED = "when the flag was changed, and who changed it"
_CODE = "whether a code arrived, and whether one is still valid (24 hours)"
_OWNER = "Ask the customer something that only the owner of the account knows: people decide whose address it is."
_OWN_CODE = "A code in the app, when signed in, proves the mailbox and needs no lead. Marking it as verified needs one."
PROVED = "when the customer has proved that the mailbox is theirs"

_REPAIR = "Your sign-in needs a repair on our side. We will write to you."
WHICH = (
    "More than one account has your address. Before we change anything, please tell us something about yours that only "
    "you can know."
)

EXPLANATIONS: dict[Cause, Explanation] = {
    Cause.DISABLED: Explanation(
        headline="{subject} can't sign in: the account is disabled",
        why="The account `{account}` is disabled (`Enabled` is false). Until that ends, nothing works: no sign-in, no "
        "“forgot password”, no code.",
        unseen=("who disabled it, and why",),
        now="An account is disabled on purpose. Hand it over to the team that disables and restores accounts; the desk "
        "can't enable it.",
        counted="account disabled",
        beside="The account is disabled, so nothing works.",
        customer=_REPAIR,
        team=Team.ACCOUNTS,
        ask="The account is disabled, and the customer asks for help. Please say whether it may be enabled again; the "
        "support desk can't do that.",
    ),
    Cause.RESET_PENDING: Explanation(
        headline="{subject} can't sign in: a new password is needed, and no code can reach the customer",
        why="`{account}` has to set a new password before signing in (`RESET_REQUIRED`: reset by an administrator, or "
        "imported). “Forgot password” does that, and here it has no verified address or number to send a code to.",
        unseen=("who asked for the reset",),
        counted="new password needed, and no code can reach them",
        beside="A new password is needed before signing in, and no code can reach the customer.",
        customer="We will confirm your address first. After that, please choose “forgot password” in the app.",
    ),
    Cause.RESET_REQUIRED: Explanation(
        headline="{subject} can't sign in before setting a new password",
        why="`{account}` has to set a new password before signing in (`RESET_REQUIRED`: reset by an administrator, or "
        "imported). The old password is refused. “Forgot password” ends it.",
        unseen=("who asked for the reset",),
        now="The customer does it in the app: “forgot password”, with the user name.",
        counted="new password needed",
        beside="A new password has to be set by “forgot password” before signing in.",
        team=Team.CLOUD,
        ask="The account has to set a new password by “forgot password” before it can sign in, and that doesn't work "
        "for the customer. What the app says: (please fill in).",
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
        counted="waits for the first sign-in",
        beside="The account still waits for its first sign-in: only the password of the invitation works.",
    ),
    Cause.DUP_SIGNUP: Explanation(
        headline="{subject} can't sign in with a second sign-up that was never finished",
        why="`{account}` was signed up on {created} and never finished. `{other}` owns {address}. If the "
        "code is entered now, Cognito refuses it, or takes the address from `{other}`: that depends on the app.",
        unseen=(_CODE, "whether the customer knows the account `{other}`"),
        now="Mostly the customer has forgotten the first account: they sign in to `{other}`, or reset its password. "
        "The unfinished sign-up can stay as it is.",
        counted="second sign-up, never finished",
        beside="A sign-up that was never finished; `{other}` owns the address.",
        team=Team.APP,
        ask="The customer signed up a second time; {other} owns the address, and {account} is unfinished. Please say "
        "whether {account} is needed.",
    ),
    Cause.SIGNUP_OPEN: Explanation(
        headline="{subject} can't sign in: the sign-up was never finished",
        why="`{account}` was signed up on {created}, and nobody has finished it (`UNCONFIRMED`).",
        unseen=(_CODE,),
        now="No code can come to this customer. Confirm the account for them, " + PROVED + ".",
        counted="sign-up never finished",
        beside="The sign-up was never finished.",
    ),
    Cause.MFA_BLOCKED: Explanation(
        headline="{subject} can't sign in: a second step is required, and none can be used",
        why="This pool requires a second step at every sign-in. `{account}` has none set up, and its only contact is "
        "the one that recovery uses first, which Cognito doesn't count as a second step.",
        unseen=(),
        now="Hand over to the team that looks after the pool: the account needs another contact or an authenticator "
        "app, or the pool other settings.",
        counted="second step required, and none can be used",
        beside="A second step is required at the sign-in, and this account has none that can be used.",
        customer=_REPAIR,
        team=Team.CLOUD,
        ask="The pool requires a second factor, and the account has none: its only contact is the one that "
        "AccountRecoverySetting uses first. Nobody can sign in. Please give it another factor, or change the settings.",
    ),
    Cause.FED_GONE: Explanation(
        headline="{subject} can't sign in: {provider} can't be chosen any more",
        why="`{account}` is the profile that {provider} made, and has no password. The pool no longer has that "
        "provider, or the app doesn't offer it.",
        unseen=("whether the customer has another account",),
        now="Hand over to the team that looks after the app: somebody decides how these customers sign in now.",
        counted="provider can't be chosen any more",
        beside="{provider}, which this account signs in through, can't be chosen any more.",
        customer=_REPAIR,
        team=Team.APP,
        ask="The account is a profile of {provider}, which the pool no longer has or the app doesn't offer. The "
        "customer can't sign in. Please say how they are to sign in now.",
    ),
    Cause.FED_REQUIRED: Explanation(
        headline="{subject} can't sign in through {provider}: it doesn't give what the pool requires",
        why="`{account}` signs in through {provider}. The pool requires {lacking}, and the provider's mapping doesn't "
        "fill it. Cognito refuses such a sign-in; whether it does where the account has them already, AWS doesn't say.",
        unseen=("what {provider} sent at the last sign-in",),
        now="Hand over to the team that looks after the pool: “map {lacking} for the provider {provider}”.",
        counted="provider doesn't give what the pool requires",
        beside="{provider}'s mapping doesn't fill {lacking}, which the pool requires: the sign-in is refused.",
        customer=_REPAIR,
        team=Team.CLOUD,
        ask="The pool requires {lacking}, and the mapping of the provider {provider} doesn't fill it, so Cognito "
        "refuses the sign-in. Please map {lacking} for {provider}.",
    ),
    Cause.FED_FROZEN: Explanation(
        headline="{subject} can't sign in through {provider}: it writes what the pool doesn't let change",
        why="Each sign-in through {provider} writes {frozen}, and in this pool nobody can change that "
        "(`Mutable` is false). So Cognito refuses every sign-in after the first.",
        unseen=("what {provider} sent at the last sign-in",),
        now="Hand over to the team that looks after the pool: {frozen} has to leave the mapping of {provider}.",
        counted="provider writes what the pool doesn't let change",
        beside="Each sign-in through {provider} writes {frozen}, which the pool doesn't let change: it is refused.",
        customer=_REPAIR,
        team=Team.CLOUD,
        ask="Each sign-in through {provider} writes {frozen}, which can't be changed in this pool (Mutable is false), "
        "so Cognito refuses the sign-in. Please take {frozen} out of the mapping of {provider}.",
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
        counted="each sign-in through a provider undoes “verified”",
        beside="Signing in through {provider} clears the flag every time: its claim is not mapped.",
        customer="We are looking into how your sign-in through {provider} confirms your address.",
    ),
    Cause.FED_CLAIM: Explanation(
        headline="{subject} is not verified: {provider} doesn't say that it is",
        why="`{account}` signs in through {provider}, whose claim {claim} is mapped, and the pool says “not verified”. "
        "So {provider} says no, or sends nothing.",
        unseen=("which claims {provider} sent last time",),
        now="Cognito does as it is told. Hand over to the people who run {provider}: “send the claim {claim} as true "
        "for this person”. {advice} What is set by hand lasts until the next sign-in only.",
        counted="provider doesn't say that it is verified",
        beside="{provider}'s claim {claim} is mapped and doesn't say that the address is verified.",
        customer="Please confirm your address at {provider} first. Then sign out of the app, and sign in.",
        team=Team.IDENTITY,
        ask="{provider} signs this customer in, and doesn't say that the address is verified. Please send the claim "
        "{claim} as true for this person. {advice}",
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
        counted="provider can't say whether it is verified",
        beside="Signing in through {provider} clears the flag every time. {advice}",
        customer="We are looking into how your sign-in through {provider} confirms your address.",
        team=Team.APP,
        ask="Each sign-in through {provider} sets the address to “not verified”, and {provider} has no claim that says "
        "otherwise. Please decide whether its addresses are trusted; that takes code in the pool. {advice}",
    ),
    Cause.FED_TWIN: Explanation(
        headline="{subject} has two accounts: one with a password, one through {twin_provider}",
        why="`{account}` has a password of its own; `{twin}` has the same address and signs in through "
        "{twin_provider}. To Cognito they are two people.",
        unseen=("whether both belong to the same person",),
        now="Ask how the customer usually signs in. The account with the password can be verified by itself. To make "
        "one account of the two, hand over to the team that looks after the app.",
        counted="two accounts, one of them through a provider",
        beside="`{twin}` has the same address and signs in through {twin_provider}: to Cognito, another person.",
        customer="You have two accounts with this address. Please tell us how you usually sign in.",
        team=Team.APP,
        ask="The customer has two accounts: {account} with a password, and {twin} through {twin_provider}. Please say "
        "whether they can be made one.",
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
        counted="address owned by another account",
        beside="`{other}` owns the address.",
        customer=WHICH,
    ),
    Cause.ALIAS_NOBODY: Explanation(
        headline="{subject}: several accounts have the address, and none has it verified",
        why="One account at a time can own {address} in this pool, and none does. So nobody can sign in with it, or "
        "reset a password by it.",
        unseen=("whose the mailbox is", _CODE),
        now=_OWNER + " Then verify it for that account only.",
        counted="several have the address, none verified",
        beside="Other accounts have the address too, and none has it verified.",
        customer=WHICH,
    ),
    Cause.RESET_BLOCKED: Explanation(
        headline="{subject} can't reset the password: the settings leave no way for a code",
        why="“Forgot password” can't reach `{account}` by a code, whatever is verified.",
        unseen=(),
        now="Hand over to the team that looks after the pool. Until then only an administrator of the pool can help "
        "with a forgotten password.",
        counted="no way for a code to reset the password",
        beside="“Forgot password” can't work, whatever is verified.",
        customer=_REPAIR,
        team=Team.CLOUD,
        ask="The customer forgot the password, and the pool's settings leave no way for a code, whatever is verified. "
        "Please look at AccountRecoverySetting and at the account's second factor.",
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
        counted="not verified, and the pool mails no codes",
        beside="The address is not verified, and the pool mails no codes.",
        customer="No code was sent to you, so you needn't look for one. We will confirm your address ourselves.",
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
        counted="not verified: the code went to the telephone",
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
        counted="address not verified",
        beside="The address is not verified.",
    ),
    Cause.UNSURE: Explanation(
        headline="{subject} is verified; whether everything works can't be told",
        why="The address of `{account}` is verified. What can't be told is marked below, with the reason.",
        unseen=("what the app shows", "whether the customer has another account under another address"),
        now="Let the customer try what they need, and say what the app answers. If it doesn't work, hand over with "
        "those words.",
        counted="verified; whether all works can't be told",
        beside="Whether everything works can't be told.",
        customer="Please try once more, and tell us exactly what the app says.",
        team=Team.CLOUD,
        ask="The address is verified, and the customer says that something doesn't work. The app's own words: (please "
        "fill in).",
    ),
    Cause.UNKNOWN: Explanation(
        headline="{subject}: the desk can't explain this account",
        why="The desk can't explain what Cognito shows of `{account}`.",
        unseen=(_FLAG_CHANGED,),
        now="Hand over to the team that looks after the pool; the text says what can be seen.",
        counted="the desk can't explain it",
        beside="Something that the desk can't explain.",
        customer="We are looking into it and will write to you.",
        team=Team.CLOUD,
        ask="The support desk can't explain this account. What the customer says: (please fill in).",
    ),
    Cause.VERIFIED: Explanation(
        headline="{subject} works: verified, and Cognito lets the customer in",
        why="The address of `{account}` is verified; sign-in and “forgot password” work. If the app says otherwise, "
        "it has an older sign-in, may not read the flag (`ReadAttributes`), gets it changed on the way (a trigger "
        "`PreTokenGeneration`), or reads another pool.",
        unseen=("what the app shows", "whether the customer has another account under another address"),
        now="Have the customer sign out and in. If that doesn't help, hand over to the team that looks after the app.",
        counted="all works",
        beside="The address is verified, and all works.",
        team=Team.APP,
        ask="Cognito has the address as verified, and sign-in and “forgot password” work. The app says otherwise. "
        "Please look at old tokens, the app client's ReadAttributes, a PreTokenGeneration trigger, and which pool is "
        "read.",
    ),
    Cause.DELIVERY: Explanation(
        beside="AWS has noted that this pool can't send mail ({failure}). The note may be old.",
    ),
    Cause.CASE_VARIANT: Explanation(
        beside="This pool minds capital letters: {variants} is another address to it. Ask which account is meant.",
    ),
    Cause.PENDING_CHANGE: Explanation(
        beside="This pool keeps the old address until the code that was mailed to a new one is entered, and nobody can "
        "see whether one waits. If the customer wanted another address: best they enter it in the app once more.",
    ),
    Cause.EMAIL_LOGIN: Explanation(
        beside="In this pool people sign in with their address, verified or not, and no two accounts with a password "
        "can have the same one.",
    ),
    Cause.NO_ALIAS: Explanation(
        beside="In this pool nobody signs in with an address, so nobody can lose it to another account.",
    ),
}
