"""What each cause means, in words for someone who doesn't know Cognito: one table, filled in by the check."""

from dataclasses import dataclass

from bot.diagnosis import Cause, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Templates for `bot.words.say`.

    They may name ``{address}``, ``{account}``, ``{created}``; ``{other}``, ``{other_created}`` (whoever holds the
    address) and ``{newer}``; ``{provider}``, ``{claim}``, ``{advice}`` and ``{lacking}``; ``{pool}`` and ``{failure}``.
    """

    headline: str
    """What follows the address in the channel."""
    why: str
    unseen: tuple[str, ...] = ()
    now: str
    """What to do: which way is best and why; whom to hand over to, where no scenario fits."""
    customer: str = ""
    """What the agent can tell the customer, word for word."""


_ALWAYS = "when and by whom the flag itself was changed"
_CODE = "whether a code arrived, and whether one is still valid (24 hours)"
_SIGN_OUT = "Please sign out and in again; then your address counts as confirmed."
_OWNER = "People decide whose it is: ask the customer something that only the owner of the older account knows."

EXPLANATIONS: dict[Cause, Explanation] = {
    Cause.NO_USER: Explanation(
        headline="no account has this address",
        why="Cognito knows nobody by this name or address in {pool}.",
        now="Look for a slip of the pen, ask for the user name, or try another pool. Don't create anything.",
    ),
    Cause.PENDING_CHANGE: Explanation(
        headline="verified, but a change of the address may be waiting for its code",
        why="The address that Cognito shows for `{account}` is verified. But this pool keeps the old address until the "
        "code that was mailed to a new one is entered, and nobody can see whether one is waiting.",
        unseen=("the new address, if there is one", _CODE),
        now="Ask the customer whether they changed their address. If so: best they change it in the app once more and "
        "enter the newest code; that needs no lead. Or change it for them. If not, nothing is wrong in Cognito: "
        "signing out and in makes the app see it.",
        customer="Did you change your e-mail address lately? Then please enter the new one in the app once more, and "
        "the newest code we send to it.",
    ),
    Cause.VERIFIED: Explanation(
        headline="nothing wrong in Cognito: the address is verified",
        why="The address of `{account}` is verified. If the app says otherwise, it still holds an older sign-in, "
        "or it reads another pool.",
        unseen=("what the app shows", "whether the customer has another account under another address"),
        now="There is nothing to mend here. Have the customer sign out and in; if that doesn't help, hand over to the "
        "team that looks after the app, with this thread.",
        customer="Please sign out of the app and in again. Your address is confirmed on our side.",
    ),
    Cause.DUP_SIGNUP: Explanation(
        headline="a second sign-up waits beside the account that owns this address",
        why="`{account}` was signed up on {created} and never finished. `{other}` already owns {address}. If the code "
        "is entered now, Cognito refuses it, or takes the address away from `{other}`: that depends on the app.",
        unseen=(_CODE, "whether the customer knows that they have `{other}` already"),
        now="Mostly the customer has forgotten their first account: let them sign in to `{other}`, or reset its "
        "password. Leave the new sign-up alone; nobody loses anything by that.",
        customer="You already have an account with this address. Please sign in with it, or choose “forgot password”.",
    ),
    Cause.SIGNUP_OPEN: Explanation(
        headline="the sign-up was never finished",
        why="`{account}` was signed up on {created}, and nobody has entered the code from the sign-up mail.",
        unseen=(_CODE,),
        now="Best: the customer has the sign-up code sent again in the app and enters the newest one. That finishes "
        "the sign-up and verifies the address in one go, and needs no lead.",
        customer="In the app, sign in with your address, choose *send the code again*, and enter the newest code.",
    ),
    Cause.FED_REQUIRED: Explanation(
        headline="signing in through {provider} is missing something that the pool requires",
        why="`{account}` signs in through {provider}. The pool requires {lacking}, and the provider's mapping doesn't "
        "fill it, so that Cognito refuses the sign-in.",
        unseen=("what {provider} sent at the last sign-in",),
        now="Hand over to the cloud team: “map {lacking} for the provider {provider} in pool {pool}”. "
        "The flag can be seen to after that.",
        customer="Signing in through {provider} needs a repair on our side. We'll come back to you.",
    ),
    Cause.FED_UNMAPPED: Explanation(
        headline="signing in through {provider} clears the flag every time",
        why="`{account}` signs in through {provider}. Each sign-in writes the address anew, and since the provider's "
        "word on whether it is verified is not mapped, Cognito sets it to “not verified”.",
        unseen=("what {provider} sent at the last sign-in", _ALWAYS),
        now="Best: map the claim, which helps everyone who signs in through {provider}; a high-risk request. "
        "Setting the flag by hand would last only until the next sign-in. {advice}",
        customer="We are changing a setting on our side. After that, please sign out and in again through {provider}.",
    ),
    Cause.FED_CLAIM: Explanation(
        headline="{provider} doesn't say that the address is verified",
        why="`{account}` signs in through {provider}. Its claim is mapped, so it sends “no”, or leaves it out.",
        unseen=("which claims {provider} sent last time",),
        now="Nothing can be mended in Cognito. Hand over to whoever runs {provider}: “send the claim {claim} as true "
        "for this person”. {advice} Setting the flag by hand would last only until the next sign-in.",
        customer="Please confirm your address at {provider} first, then sign out and in again.",
    ),
    Cause.FED_NOCLAIM: Explanation(
        headline="{provider} can't say whether the address is verified",
        why="`{account}` signs in through {provider}. Each sign-in writes the address anew as “not verified”. {advice}",
        unseen=(_ALWAYS,),
        now="No scenario of the desk fits. Hand over to the team that looks after the app, with this thread: somebody "
        "has to decide whether this provider's addresses are trusted at all, and that takes code in the pool.",
        customer="We are looking into how your sign-in through {provider} confirms your address.",
    ),
    Cause.FED_TWIN: Explanation(
        headline="the same address has a second profile that signs in through {provider}",
        why="`{account}` has its own password; `{other}` carries the same address and signs in through a provider. "
        "To Cognito they are two people.",
        unseen=("whether both belong to the same person",),
        now="No scenario of the desk fits. Hand over to the team that looks after the app, with this thread: the two "
        "profiles can be merged by linking, which means deleting the provider's profile first.",
        customer="You seem to have more than one account with this address. Please tell us how you usually sign in.",
    ),
    Cause.ALIAS_MOVED: Explanation(
        headline="{newer} took this address",
        why="Several accounts carry {address}. `{other}` (created {other_created}) holds it now; `{account}` (created "
        "{created}) doesn't, so `{account}` can't sign in with it or reset a password. Cognito told nobody.",
        unseen=("when it moved, and who moved it", "whether both accounts belong to the same person"),
        now=_OWNER + " Giving it back takes it from `{other}`, so it is a high-risk request; another address "
        "for `{account}` takes nothing from anyone else. Keeping it as it is needs nobody: then `{other}` is the "
        "account to use.",
        customer="More than one account has your address. Before we change anything, please tell us something about "
        "the older one that only you can know.",
    ),
    Cause.ALIAS_NOBODY: Explanation(
        headline="several accounts carry this address and none has it verified",
        why="Only one account at a time can hold {address}, and at present none does. Nobody can sign in with it or "
        "reset a password with it.",
        unseen=("whose the mailbox is", _CODE),
        now=_OWNER + " Then verify it for that account only.",
        customer="Several accounts have your address. Please tell us something about yours that only you can know.",
    ),
    Cause.TEMP_PASSWORD: Explanation(
        headline="still on its first, temporary password, and not verified",
        why="`{account}` was created by an administrator, who didn't mark the address as verified. Nobody has signed "
        "in with the temporary password yet.",
        unseen=("whether the invitation arrived", "whether the temporary password is still valid (7 days, as a rule)"),
        now="Best: mark the address as verified, once the customer has proved the mailbox; a lead has to agree. If the "
        "invitation is older than a week, the team that looks after the app has to send it again.",
        customer="Please look for our invitation, also among the spam, and sign in with the password in it.",
    ),
    Cause.RESET_PENDING: Explanation(
        headline="a password reset is pending and can't be finished",
        why="Someone reset the password of `{account}`, and Cognito has no verified address to mail the code to.",
        unseen=("who asked for the reset",),
        now="Best: mark the address as verified, once the customer has proved the mailbox (the reset code goes there); "
        "a lead has to agree. Then the customer chooses “forgot password” once more.",
        customer="In a moment, please choose “forgot password” in the app once more and use the newest code.",
    ),
    Cause.NO_AUTOVERIFY: Explanation(
        headline="not verified, and this pool mails no codes when an address changes",
        why="The address of `{account}` is not verified. Pool {pool} is not set up to mail a code by itself, so the "
        "customer has never got one.",
        unseen=("whether the address was changed, or never verified from the start",),
        now="For this customer: mark the address as verified, once they have proved the mailbox. For everyone: let the "
        "pool mail codes. Both need leads.",
        customer="No code was sent to you, so you needn't look for one. We'll confirm your address ourselves.",
    ),
    Cause.PHONE_TOOK_CODE: Explanation(
        headline="the sign-up code went to the telephone, so the address was never verified",
        why="This pool verifies telephone numbers and addresses, and at sign-up it sends one code only: to the "
        "telephone. `{account}` has a verified number and an address that nobody verified.",
        unseen=("whether the address was changed since", _CODE),
        now="Best: the customer has a code mailed in the app and enters it; it proves that the mailbox is theirs and "
        "needs no lead. Marking it as verified needs a lead.",
        customer="In the app, open your profile, choose *verify e-mail*, and enter the newest code we send you.",
    ),
    Cause.EMAIL_CHANGED: Explanation(
        headline="the e-mail was changed and not verified since",
        why="Someone changed this address, and nobody has entered the code that Cognito mailed to it. (Or the account "
        "was confirmed by an administrator, without the flag.) Until then the customer can't reset a password with it.",
        unseen=("who changed it", _CODE),
        now="Best: the customer has a new code sent in the app; it proves that the mailbox is theirs and needs no "
        "lead. Marking it as verified needs a lead.",
        customer="In the app, open your profile, choose *verify e-mail*, and enter the newest code we send you.",
    ),
    Cause.UNKNOWN: Explanation(
        headline="not verified, and none of the known causes fits",
        why="What Cognito shows of `{account}` fits no cause that the desk knows.",
        unseen=(_ALWAYS,),
        now="Hand over to the cloud team, with this thread; it holds everything that can be seen.",
        customer="We are looking into it and will come back to you.",
    ),
}

REMARKS: dict[Cause, str] = {
    Cause.DELIVERY: "*Also* (DELIVERY): the pool can't send mail at present: {failure}. No code and no invitation "
    "arrives until the cloud team has mended that. Don't send again in the meantime; Cognito counts.",
    Cause.CASE_VARIANT: "*Also* (CASE_VARIANT): this pool minds capital letters, so {variants} is a different address "
    "to it. Find out together with the customer which account they mean.",
    Cause.PENDING_CHANGE: "*Possible* (PENDING_CHANGE): this pool keeps the old address until the new one's code is "
    "entered, and nobody can see whether a change is waiting. If the customer says that they changed it, let them make "
    "the change in the app once more, or change it for them.",
    Cause.FED_REQUIRED: "*Also* (FED_REQUIRED): the pool requires {lacking}, which the mapping of {provider} doesn't "
    "fill; the next sign-in through it may fail. Hand over to the cloud team.",
    Cause.FED_UNMAPPED: "*Also* (FED_UNMAPPED): {provider}'s word on whether the address is verified is not mapped, "
    "so each sign-in clears the flag.",
    Cause.EMAIL_LOGIN: "*Also* (EMAIL_LOGIN): in this pool people sign in with their address, verified or not, and no "
    "two accounts can share one. So it is less urgent.",
    Cause.NO_ALIAS: "*Also* (NO_ALIAS): in this pool nobody signs in with an address, so no one can lose it to another "
    "account. The flag matters for resetting a password, and to the app.",
}


def explanation(finding: Finding) -> tuple[Explanation, tuple[str, ...]]:
    """Return what explains a finding, and the remarks that it leaves to be made.

    A verified address about which there is more to say is never called healthy: the remark explains it.
    """
    leading = finding.cause
    if finding.cause is Cause.VERIFIED:
        graver = (remark for remark in (Cause.FED_REQUIRED, Cause.PENDING_CHANGE) if remark in finding.remarks)
        leading = next(graver, finding.cause)
    return EXPLANATIONS[leading], tuple(REMARKS[remark] for remark in finding.remarks if remark is not leading)
