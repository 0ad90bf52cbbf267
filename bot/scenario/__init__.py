"""How a scenario is declared, and all that its file may use: a file in `commands/` imports from here alone.

`declaration` turns a function into a `Scenario`, `forms` says what a form may ask for, and `loading` finds the
scenarios; `checks` says what is wrong with one. `customer_words` is what scenarios have in common that act
for a customer. All else comes from below: `bot.diagnosis` for what a check finds, `bot.plan` for what leads approve.
"""

# A door is read by its groups of names.
# fmt: off
# isort: off
from bot.addresses import ADDRESS, NEW_ADDRESS, NEW_NAME, oddities, resemblance
from bot.answer import (
    AccountNow, Answer, Bullets, CaseSubject, Choice, EphemeralAnswer, HandOver, Offer, Offers, Paragraph, Part,
    Quote, Refused, RequestButtons, Table, Team, Unread, Way, paragraph, refused,
)
from bot.attached_list import AttachedFile, AttachedLists, Lines
from bot.cognito import Directory, Pool, Provider, User
from bot.customer import Customer, Declined, Delivery, SignedUp
from bot.diagnosis import (
    Case, Cause, Explained, Remedies, Remedy, Works, cases, company, comparison, lifetime, seen, worst,
)
from bot.mail import BOUNCE, COGNITO_SENDS, COMPLAINT, Mail, Sender, Suppression, stopped, told
from bot.plan import (
    MOST_PEOPLE, Act, Call, Change, Effect, Everyone, Filed, History, Ledger, Listing, Losers, Plan, Risk, Step,
    Subject, SubjectKind, Unseen, Waiting, inviting, note_disabled, note_own_mail, plain_name, refuse_code,
    refuse_new_address, refuse_no_mail, refuse_rewritten, shown, undo_of_each, verifying, verifying_each,
    with_email_settings,
)
from bot.references import meanings
from bot.scenario.customer_words import (
    ONLY_IF, by_client, by_credential, code_sent_to, entering, for_the_customer, others_affected, owner_of,
    refuse_unable, reread, sign_up_contact, with_new_code,
)
from bot.scenario.declaration import (
    LESS_OFTEN, BadScenario, Begun, MenuLine, Prefill, Prepare, Scenario, ScenarioKind, Sources, WholePool, remedies,
    scenario,
)
from bot.scenario.forms import (
    ASKED_LAST, LONGEST_HINT, LONGEST_LABEL, LONGEST_OPTION, MOVE, POOL_FIELD, STOP, AccessToken, AdminForm,
    AdminUserForm, Attached, Code, Email, Form, IfTaken, OnlyWith, Password, Proof, ProvenForm, Reason, Taken, Username,
    UserRef, WayReason, bare_type, only_with,
)
from bot.scenario.loading import load
from bot.words import Group, Link, Moment, Person, Value, Words, day, joined, listed, say, within
from bot.wrappings import readings

__all__ = [  # noqa: RUF022 - in groups, as an author looks for them
    # How a scenario is declared.
    "MenuLine", "Prefill", "Prepare", "scenario",
    # What a form may ask for.
    "MOVE", "STOP", "AccessToken", "AdminForm", "AdminUserForm", "Attached", "Code", "Email", "Form", "IfTaken",
    "OnlyWith", "Password", "Proof", "ProvenForm", "Reason", "Taken", "UserRef", "Username", "WayReason",
    # What is read, and what a customer may do by themselves.
    "AttachedFile", "AttachedLists", "Lines",
    "Directory", "Pool", "Provider", "User", "Customer", "Declined", "Delivery", "SignedUp", "BOUNCE",
    "COGNITO_SENDS", "COMPLAINT", "Mail", "Sender", "Suppression", "stopped", "told", "meanings", "readings",
    "Case", "Cause", "Explained", "Remedies", "Remedy", "Works", "cases", "company", "comparison", "lifetime",
    "seen", "worst", "Begun", "WholePool",
    # What is answered.
    "AccountNow", "Answer", "Bullets", "CaseSubject", "Choice", "EphemeralAnswer", "HandOver", "Offer", "Offers",
    "Paragraph", "Part", "Quote", "Refused", "RequestButtons", "Table", "Team", "Unread", "Way", "paragraph",
    "refused", "ADDRESS", "NEW_ADDRESS", "NEW_NAME", "oddities", "resemblance", "ONLY_IF", "by_client",
    "by_credential", "code_sent_to", "entering", "for_the_customer", "others_affected", "owner_of", "refuse_unable",
    "reread", "sign_up_contact", "with_new_code", "Link", "Moment", "Person", "Value", "Words", "day", "joined",
    "listed", "say", "within", "Group", "plain_name", "shown",
    # What leads approve.
    "Call", "Change", "Effect", "Filed", "History", "Ledger", "Plan", "Risk", "Step", "Subject", "SubjectKind",
    "MOST_PEOPLE", "Act", "Everyone", "Listing", "inviting", "undo_of_each", "verifying_each",
    "Unseen", "Waiting", "Losers", "note_disabled", "note_own_mail", "refuse_code", "refuse_new_address",
    "refuse_no_mail", "refuse_rewritten", "verifying", "with_email_settings",
    # What the rest of the desk needs of scenarios.
    "ASKED_LAST", "BadScenario", "LESS_OFTEN", "Scenario", "ScenarioKind", "Sources", "remedies", "load",
    "LONGEST_HINT", "LONGEST_LABEL", "LONGEST_OPTION", "POOL_FIELD", "bare_type", "only_with",
]
