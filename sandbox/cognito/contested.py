"""What AWS's own sources disagree about: the sandbox can play either side."""

from __future__ import annotations

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
