"""What AWS's own sources disagree about: the sandbox can play either side."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Contested:
    """One answer per open question. The defaults follow the field reports, which outweigh the manuals."""

    verify_on_taken_alias: Literal["migrates", "alias_exists"] = "migrates"
    """VerifyUserAttribute while another user holds the address."""
    admin_verify_on_taken_alias: Literal["steals", "alias_exists"] = "steals"
    """AdminUpdateUserAttributes(email_verified=true) while another user holds the address."""
    self_verified: Literal["ignored", "refused"] = "ignored"
    """UpdateUserAttributes with the user's own email_verified."""
    newer_code_replaces: bool = True
    """Whether sending a new code makes the older ones worthless."""
    refused_confirmation_burns_code: bool = False
    """Whether a confirmation that ended in AliasExistsException has used up its code."""
    loser_modified_date: bool = True
    """Whether losing an alias moves the loser's UserLastModifiedDate."""
    listusers_ignores_case: bool = True
    """Whether ListUsers matches attributes without regard to letter case."""
    update_pool_omitted: Literal["resets", "measured"] = "resets"
    """Whether UpdateUserPool resets all that is left out, or keeps MfaConfiguration and Policies as once measured."""
    default_sender_texts: Literal["accepted", "refused"] = "accepted"
    """Whether a pool that mails through Cognito may send its stored message texts back with UpdateUserPool."""
    mapping_update: Literal["replaces", "merges"] = "replaces"
    """Whether an AttributeMapping that is sent replaces the stored one."""
    unwritable_mapped: Literal["skipped", "fails"] = "skipped"
    """A federated sign-in whose app client may not write a mapped attribute."""
    federated_flag_takes_alias: bool = True
    """Whether a federated profile with a true flag holds the address as its alias."""
    federated_admin_flag: Literal["accepted", "refused"] = "accepted"
    """AdminUpdateUserAttributes(email_verified) on a federated profile."""
    federated_code: Literal["verifies", "refused"] = "verifies"
    """Whether an address that a provider maps can be verified by code until the next sign-in."""
    claim_values: Literal["lenient", "strict"] = "lenient"
    """Whether claims such as 1 or "True" count as true, or only true and "true"."""
    claim_left_out: Literal["keeps", "clears"] = "keeps"
    """The flag, when the claim that is mapped to it doesn't come and the address is the same."""
    taken_alias_at_provider: Literal["takes", "fails"] = "takes"
    """A provider asserts a verified address that another account holds as its alias."""
    refused_sign_in_writes: bool = False
    """Whether a provider's sign-in that is refused for a disabled account writes the mapped attributes first."""
    required_unmapped: Literal["fails", "suffices"] = "fails"
    """A required attribute that no mapping gives, but that the account has from before."""
    taken_alias_at_factor: Literal["takes", "alias_exists"] = "takes"
    """A second factor's code by e-mail is entered for an address that another account holds."""
    linked_waits_for_provider: bool = False
    """Whether a linked account's own password works only once somebody has signed in through the provider."""
    temporary_password_once: bool = False
    """Whether a temporary password that was entered once is dead even if no new one was set then."""
    hidden_reset: Literal["hidden", "shown"] = "hidden"
    """What a client that hides users answers at the sign-in after AdminResetUserPassword."""
    unknown_reset: Literal["simulated", "refused"] = "simulated"
    """ForgotPassword for nobody, through a client that hides users."""
    confirmed_resend: Literal["refused", "simulated"] = "refused"
    """ResendConfirmationCode for a finished sign-up, through a client that hides users."""
    email_factor_bars_reset: Literal["preferred", "enabled"] = "preferred"
    """Which e-mail factor keeps reset codes from going by mail: the preferred one, or any that is switched on."""
    sms_factor_bars_reset: Literal["enabled", "preferred"] = "enabled"
    """The same for text messages, in a pool with an AccountRecoverySetting."""
    sms_factor_bars_legacy_reset: Literal["never", "preferred"] = "never"
    """The same for text messages, in a pool without that setting."""
    reset_without_auto_verify: Literal["sends", "refused"] = "sends"
    """A forgotten password in a pool that verifies nothing by itself."""
    reset_of_unconfirmed: Literal["sends", "refused"] = "sends"
    """A forgotten password of an unfinished sign-up whose contact was verified by hand."""
    reset_confirms_sign_up: bool = True
    """Whether entering such a code finishes the sign-up; if not, it ends in UserNotConfirmedException."""
    code_without_auto_verify: Literal["sends", "refused"] = "sends"
    """GetUserAttributeVerificationCode for an attribute that the pool doesn't verify by itself."""
    resend_modified_date: bool = True
    """Whether a renewed invitation moves the user's UserLastModifiedDate."""
    resend_overwrites: bool = False
    """Whether the attributes of a renewed invitation overwrite those of the account."""
