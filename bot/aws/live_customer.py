"""A customer's own calls in one pool: each is proved to be theirs first, written down before it leaves, sent once.

It is long because all that a customer can do by their own credential goes through the same proof.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot import references
from bot.answer import Refused, refused
from bot.aws import credentials
from bot.aws.failure import CallFailed, Fate
from bot.cognito import Directory, User
from bot.customer import ChallengeNeeded, Declined, Delivery, Reply, SignedUp
from bot.settings import PoolSettings
from bot.ticket import Event
from bot.words import Moment, Words, say

OPERATIONS = frozenset(
    {
        "ConfirmSignUp",
        "GetUser",
        "GetUserAttributeVerificationCode",
        "InitiateAuth",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "SignUp",
        "UpdateUserAttributes",
        "VerifyUserAttribute",
    }
)
"""Everything that a customer's credential is ever used for; it goes out unsigned, so ours can't get mixed up in it.

IAM can neither grant nor deny any of it.
"""

Send = Callable[[str, Mapping[str, Any], tuple[SecretStr, ...]], Mapping[str, Any]]
"""Sends one operation once and returns the answer. Raises `CallFailed`, in whose words none of the secrets stands."""

Journal = Callable[[Event, Mapping[str, Any]], None]
"""Writes down what is about to happen, or what came of it; never a secret."""

_FIELDS = {
    ("ConfirmSignUp", "CodeMismatchException"): "code",
    ("ConfirmSignUp", "ExpiredCodeException"): "code",
    ("GetUser", "NotAuthorizedException"): "token",
    ("InitiateAuth", "InvalidParameterException"): "password",
    ("InitiateAuth", "NotAuthorizedException"): "password",
    ("SignUp", "InvalidPasswordException"): "password",
    ("SignUp", "UsernameExistsException"): "username",
    ("UpdateUserAttributes", "AliasExistsException"): "email",
    ("VerifyUserAttribute", "CodeMismatchException"): "code",
    ("VerifyUserAttribute", "ExpiredCodeException"): "code",
}
"""The form's field under which a refusal belongs, by operation and AWS's code."""

_ALLOWANCE = timedelta(hours=1)
_TAKEN = "UsernameExistsException"
_EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCustomer:
    """Implements `bot.customer.Customer`, for one request of one person."""

    name: str
    """The pool's name in the settings."""
    settings: PoolSettings
    send: Send
    journal: Journal
    view: Callable[[], Directory]
    pauses: Sequence[float]
    """Seconds before each look at what Cognito may be late in showing."""
    reply: Reply | None = None
    """The answer to the challenge at which this customer action stopped before."""

    def prove(self, user: User, *, token: SecretStr | None, password: SecretStr | None) -> "LiveProven":
        """Make sure that the credential is this very user's in this very pool."""
        self._check_allowed()
        reply = self.reply
        if reply is not None:
            if reply.challenge.sub != user.sub:
                raise refused("This sign-in was begun for another user. Please start again.")
            token = self._answered(user, reply)
        elif token is not None:
            credentials.refuse_foreign(token, user, pool=self.name, pool_id=self.settings.id)
        elif password is not None:
            token = self._signed_in(user, password)
        else:
            raise refused("Please paste the customer's access token, or their password.", field="token")
        bearer = self.call("GetUser", {"AccessToken": token.get_secret_value()}, (token,), user.username, sub=user.sub)
        subs = [pair["Value"] for pair in bearer.get("UserAttributes", ()) if pair["Name"] == "sub"]
        if subs != [user.sub]:
            raise credentials.someone_elses(user)
        return LiveProven(customer=self, user=user, token=token)

    def sign_up(self, username: str, email: str, password: SecretStr) -> SignedUp:
        """Sign a new user up."""
        self._check_allowed()
        parameters = {
            "Password": password.get_secret_value(),
            "UserAttributes": [{"Name": _EMAIL, "Value": email}],
        }
        try:
            answer = self._as_client("SignUp", username, parameters, (password,), address=email)
        except Declined as declined:
            if declined.unknown or declined.code == _TAKEN:
                declined.found = self._signed_up(username, email, made=declined.unknown)
            raise
        details = answer.get("CodeDeliveryDetails")
        return SignedUp(
            sub=str(answer.get("UserSub", "")),
            confirmed=bool(answer.get("UserConfirmed")),
            delivery=_delivery(details) if details else None,
        )

    def _signed_up(self, username: str, email: str, *, made: bool) -> User | None:
        """Read the account of a sign-up back; ``made``: whether it may be this sign-up's, and shows a little late.

        Without reading nobody knows, and the same goes for an account that isn't there: then it returns None.
        """
        found: User | None = None
        for pause in self.pauses if made else self.pauses[:1]:
            time.sleep(pause)
            try:
                found = self.view().read(username)
            except Refused:
                return None
            if found is not None:
                break
        if found is not None and made and references.same_address(found.email, email):
            # The address that was written is the account's, whose own name the desk may not have known.
            about = {
                "operation": "SignUp",
                "pool": self.name,
                "user": username,
                "sub": found.sub,
                "status": found.status,
            }
            self.journal(Event.REREAD, about)
        return found

    def confirm(self, user: User, code: SecretStr) -> None:
        """Enter a sign-up code, never by force."""
        self._check_allowed()
        parameters = {"ConfirmationCode": code.get_secret_value(), "ForceAliasCreation": False}
        self._as_client("ConfirmSignUp", user.username, parameters, (code,), sub=user.sub)

    def resend_sign_up_code(self, user: User) -> Delivery:
        """Have a new sign-up code sent. It needs nothing of the customer's, so it is allowed in every pool."""
        answer = self._as_client("ResendConfirmationCode", user.username, {}, (), sub=user.sub)
        return _delivery(answer["CodeDeliveryDetails"])

    def fresh(self) -> Directory:
        """Return a view of the pool that has read nothing yet."""
        return self.view()

    def reread(self, user: User, *, until: Callable[[User], bool]) -> User | None:
        """Read a user again, a few times if need be."""
        found: User | None = None
        for pause in self.pauses:
            time.sleep(pause)
            found = self.view().read(user.username)
            if found is not None and until(found):
                break
        return found

    def _check_allowed(self) -> None:
        if not self.settings.customer_credentials:
            raise Refused(not_allowed(self.name))

    def _signed_in(self, user: User, password: SecretStr) -> SecretStr:
        if user.is_external:
            template = "{name} signs in through a provider and has no password here. Use a token."
            raise refused(template, field="token", name=user.username)
        parameters = credentials.begin(self.settings, user, password)
        answer = self.call("InitiateAuth", parameters, (password,), user.username, sub=user.sub)
        return credentials.token_of(answer, user)

    def _answered(self, user: User, reply: Reply) -> SecretStr:
        parameters = credentials.go_on(self.settings, reply)
        secrets = (reply.answer, reply.challenge.session)
        try:
            answer = self.call("RespondToAuthChallenge", parameters, secrets, user.username, sub=user.sub)
        except Declined as declined:
            if declined.code not in credentials.ANSWERABLE:
                raise
            again = ChallengeNeeded(reply.challenge, problem=declined.words)
        else:
            return credentials.token_of(answer, user)
        raise again

    def _as_client(
        self,
        operation: str,
        username: str,
        parameters: Mapping[str, Any],
        secrets: tuple[SecretStr, ...],
        **about: str,
    ) -> Mapping[str, Any]:
        """Make a call that the app client authorises, not a token."""
        made = credentials.secret_hash(self.settings, username)
        known = {"ClientId": self.settings.client_id, "Username": username, **({"SecretHash": made} if made else {})}
        return self.call(operation, {**known, **parameters}, secrets, username, **about)

    def call(
        self,
        operation: str,
        parameters: Mapping[str, Any],
        secrets: tuple[SecretStr, ...],
        username: str,
        **more: str,
    ) -> Mapping[str, Any]:
        """Make one call, once, with what happened around it written down. Raises `Declined`.

        ``more`` is written down too: the account's ``sub``, the ``address`` that the call writes.
        """
        about = {"operation": operation, "pool": self.name, "user": username, **more}
        self.journal(Event.SENDING, about)
        failed: CallFailed | None = None
        answer: Mapping[str, Any] = {}
        try:
            answer = self.send(operation, parameters, secrets)
        except CallFailed as error:
            failed = error
        if failed is None:
            request_id = str(answer.get("ResponseMetadata", {}).get("RequestId", ""))
            made = {"sub": str(answer["UserSub"])} if "UserSub" in answer else {}
            self.journal(Event.SENT, {**about, **made, "request_id": request_id})
            return answer
        told = {"code": failed.code, "fate": failed.fate.value, "request_id": failed.request_id}
        self.journal(Event.CALL_FAILED, {**about, **told})
        raise Declined(
            _words(failed),
            code=failed.code,
            field=_FIELDS.get((operation, failed.code)),
            unknown=failed.fate is Fate.UNKNOWN,
            no_mail_today=failed.no_mail_today,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveProven:
    """Implements `bot.customer.Proven`."""

    customer: LiveCustomer
    user: User
    token: SecretStr

    def send_code(self) -> Delivery:
        """Have a code sent to the stored address."""
        answer = self._call("GetUserAttributeVerificationCode", {"AttributeName": _EMAIL})
        return _delivery(answer["CodeDeliveryDetails"])

    def enter_code(self, code: SecretStr) -> User | None:
        """Enter the code for the address, and return the user as read after that."""
        self._call("VerifyUserAttribute", {"AttributeName": _EMAIL, "Code": code.get_secret_value()}, code)
        before = self.user.attributes

        def taken(found: User) -> bool:
            # Where a new address waits for its code, the old one has been verified all along.
            return found.email_verified and found.attributes != before

        now = self.customer.reread(self.user, until=taken)
        if now is not None and now.sub == self.user.sub and taken(now):
            told = {"operation": "VerifyUserAttribute", "user": now.username, "sub": now.sub, "address": now.email}
            self.customer.journal(Event.CONFIRMED, {"pool": self.customer.name, **told})
        return now

    def change_email(self, address: str) -> Delivery | None:
        """Change the address as the customer."""
        parameters = {"UserAttributes": [{"Name": _EMAIL, "Value": address}]}
        answer = self._call("UpdateUserAttributes", parameters, address=address)
        sent = [each for each in answer.get("CodeDeliveryDetailsList", ()) if each.get("AttributeName") == _EMAIL]
        return _delivery(sent[0]) if sent else None

    def _call(
        self, operation: str, parameters: Mapping[str, Any], *secrets: SecretStr, **about: str
    ) -> Mapping[str, Any]:
        given = {"AccessToken": self.token.get_secret_value(), **parameters}
        hidden = (self.token, *secrets)
        return self.customer.call(operation, given, hidden, self.user.username, sub=self.user.sub, **about)


def not_allowed(pool: str) -> Words:
    """Say that customer actions are switched off for a pool, and what to do instead."""
    return say(
        "In pool {pool} the desk may not ask for a customer's own token, password or code. Let the customer do it in "
        "the app, or ask for what a lead can approve; a check names both.",
        pool=pool,
    )


def _delivery(details: Mapping[str, Any]) -> Delivery:
    return Delivery(destination=str(details.get("Destination", "")), by_mail=details.get("DeliveryMedium") == "EMAIL")


def _words(failed: CallFailed) -> Words:
    if failed.code != "LimitExceededException" or failed.no_mail_today:
        return failed.words
    return say(
        "Too many codes or tries for this person. Cognito counts by the hour: please try again after {at}.",
        at=Moment(datetime.now(UTC) + _ALLOWANCE, "{time}"),
    )
