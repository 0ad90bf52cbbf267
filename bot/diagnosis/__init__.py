"""What a diagnosis is made of: from what Cognito shows of an account to what is the matter, and what helps.

- `evidence` is what Cognito shows, and `evidence_words` says it.
- `outlook` is what works for the customer; `attempts` works it out, by Cognito's own rules.
- `findings` says what is the matter, the worst first. `case` holds the three together for one account, and is how a
  scenario says for which findings it is offered (`Remedy`).
- `listed` is the same for everybody of a pool at once, from what a listing of it shows: one diagnosis for each of
  their `shapes`.
- `explanations` is what each finding means, one table; `explained` puts a case in words by it, and `passed_on` what
  the agent tells the customer and other teams.

**A new finding** is a `Cause` and its row in `findings`, and its entry in `explanations`. Unless a scenario's `Remedy`
answers it, the entry names the team that does; `make derive` says so where neither does.

The rest of the desk imports this package alone, never a module in it.
"""

from bot.diagnosis.case import Case, Remedies, Remedy, cases
from bot.diagnosis.evidence import Valid, invitation_valid, lifetime
from bot.diagnosis.evidence_words import company, comparison, seen
from bot.diagnosis.explained import Explained
from bot.diagnosis.explanations import EXPLANATIONS
from bot.diagnosis.findings import REMARKS, Cause, worst
from bot.diagnosis.listed import UNTOLD, Judged, Listed, Member, Unlisted
from bot.diagnosis.outlook import Works
from bot.diagnosis.shapes import Known, known, name_key, shape_of, user_of

__all__ = [
    "EXPLANATIONS",
    "REMARKS",
    "UNTOLD",
    "Case",
    "Cause",
    "Explained",
    "Judged",
    "Known",
    "Listed",
    "Member",
    "Remedies",
    "Remedy",
    "Unlisted",
    "Valid",
    "Works",
    "cases",
    "company",
    "comparison",
    "invitation_valid",
    "known",
    "lifetime",
    "name_key",
    "seen",
    "shape_of",
    "user_of",
    "worst",
]
