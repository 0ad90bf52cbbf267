"""What a plan is made of: the calls that leads approve, what is held against them, and how their effect is read.

- `plan` is the plan itself: its calls, each change before and after, who loses something; and what may be sent at all.
- `wording` is how people read it: plain names, and who loses what.
- `address` is what plans that touch an address have in common: what they refuse, and what becomes of its holders.
- `many` is what is said of a plan over many people, each with the same call.
- `provenance` is what speaks against any plan, and `ledger` what the desk has done before.
- `read_back` is how each changed value is read again.
- `pool_update` is the one call that has to repeat all of a pool's settings.

**A new remedy** is a scenario in `commands/` that returns a `Plan`. A value that no plan has changed before needs a
reader in `read_back`; a call of a new kind that writes, verifies or mails has to be told to `provenance`.

The rest of the desk imports this package alone, never a module in it.
"""

# A door is read by its groups of names.
# fmt: off
# isort: off
from bot.plan.address import (
    LOSES_IT, Losers, inviting, loss, note_disabled, note_own_mail, refuse_code, refuse_new_address, refuse_no_mail,
    refuse_rewritten, undo_of_each, verifying, verifying_each,
)
from bot.plan.ledger import Deciding, Earlier, Filed, History, Ledger, MovedOff, Related, Step, Waiting, Written
from bot.plan.many import MOST_PEOPLE, SAMPLE, Act, Everyone, LeftOut, Listing, Many, Somebody
from bot.plan.plan import (
    NEVER_SENT, NONE, SENDABLE_OPERATIONS, SES, Call, Change, Effect, Plan, Risk, Secrets, Subject, SubjectKind,
    Unseen, known_operations,
)
from bot.plan.pool_update import (
    UNKNOWN_SETTINGS, WRITABLE_SETTINGS, setting_differences, unchanged_update, with_email_settings,
)
from bot.plan.provenance import weigh
from bot.plan.read_back import change_mistakes, lacks_reason, unreadable, value_now
from bot.plan.wording import cognito_name, danger, lost_by, plain_name, shown

__all__ = [
    "LOSES_IT", "MOST_PEOPLE", "NEVER_SENT", "NONE", "SAMPLE", "SENDABLE_OPERATIONS", "SES", "UNKNOWN_SETTINGS",
    "WRITABLE_SETTINGS", "Act", "Call", "Change", "Deciding", "Earlier", "Effect", "Everyone", "Filed", "History",
    "Ledger", "LeftOut", "Listing", "Losers", "Many", "MovedOff", "Plan", "Related", "Risk", "Secrets", "Somebody",
    "Step", "Subject", "SubjectKind", "Unseen", "Waiting", "Written", "change_mistakes", "cognito_name", "danger",
    "inviting", "known_operations", "lacks_reason", "loss", "lost_by", "note_disabled", "note_own_mail", "plain_name",
    "refuse_code", "refuse_new_address", "refuse_no_mail", "refuse_rewritten", "setting_differences", "shown",
    "unchanged_update", "undo_of_each", "unreadable", "value_now", "verifying", "verifying_each", "weigh",
    "with_email_settings",
]
