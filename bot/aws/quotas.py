"""AWS's rates: how many requests a second each category of operations may have, for an account in a Region.

The categories and their defaults are those of https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html.
"""

import threading
from collections.abc import Mapping

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.aws.aws_words import THROTTLED, code_of

USER_LIST = "UserList"
USER_READ = "UserRead"
USER_UPDATE = "UserUpdate"
USER_CREATION = "UserCreation"

DEFAULT_RATES: Mapping[str, float] = {USER_LIST: 30.0, USER_READ: 120.0, USER_UPDATE: 25.0, USER_CREATION: 50.0}
"""Requests a second, where nobody has bought more."""

CATEGORY_OF: Mapping[str, str] = {
    "AdminConfirmSignUp": USER_CREATION,
    "AdminCreateUser": USER_CREATION,
    "AdminGetUser": USER_READ,
    "AdminUpdateUserAttributes": USER_UPDATE,
    "ConfirmSignUp": USER_CREATION,
    "GetUser": USER_READ,
    "ListUsers": USER_LIST,
    "SignUp": USER_CREATION,
    "UpdateUserAttributes": USER_UPDATE,
    "VerifyUserAttribute": USER_UPDATE,
}
"""The category of each operation that the desk uses and whose category it shares with reading pools or bulk runs."""

LIMIT_READ = "GetProvisionedLimit"
"""The operation that shows the rate which an account has in fact."""


class MeasuredRates:
    """The rates that an account has in fact, where it may look at them; each is read once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], float] = {}

    def rate(self, account: str, category: str, client: BaseClient) -> float:
        """Return how many requests of a category an account may send a second; the default where AWS doesn't say.

        ``account`` tells accounts and Regions apart; ``client`` is one of theirs.
        """
        with self._lock:
            known = self._known.get((account, category))
        if known is not None:
            return known
        wanted = {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}
        try:
            limit = getattr(client, xform_name(LIMIT_READ))(LimitDefinition=wanted).get("Limit", {})
            found = float(limit.get("ProvisionedLimitValue") or DEFAULT_RATES[category])
        except ClientError as error:
            if code_of(error) in THROTTLED:
                # AWS answers one such request a second: the next time it may.
                return DEFAULT_RATES[category]
            found = DEFAULT_RATES[category]
        except (BotoCoreError, ResponseParserError):
            return DEFAULT_RATES[category]
        with self._lock:
            self._known[account, category] = found
        return found
