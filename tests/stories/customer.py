"""What a customer does in the app: sign in, sign up, reset the password; over the wire, with no right of the desk's."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from sandbox.testing import CognitoServer, LivePool

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient


class Customer:
    """Somebody with the app of one pool in their hands."""

    def __init__(self, cognito: CognitoServer, pool: LivePool) -> None:
        self._pool = pool
        self._mailbox = cognito.mailbox
        self._app: CognitoIdentityProviderClient = boto3.client(
            "cognito-idp", region_name=pool.region, endpoint_url=cognito.url, config=Config(signature_version=UNSIGNED)
        )

    def signs_in(self, name: str, password: str) -> dict[str, Any]:
        """Sign in and return what Cognito answered. Raises `ClientError`."""
        given = {"USERNAME": name, "PASSWORD": password}
        flow: Any = "USER_PASSWORD_AUTH"
        return dict(self._app.initiate_auth(ClientId=self._pool.client_id, AuthFlow=flow, AuthParameters=given))

    def is_refused(self, name: str, password: str) -> str:
        """Try to sign in and return why it was refused."""
        try:
            self.signs_in(name, password)
        except ClientError as error:
            return str(error)
        raise AssertionError(f"{name} could sign in")

    def chooses_password(self, name: str, first: str, own: str) -> None:
        """Sign in with the password of an invitation, and choose one."""
        asked = self.signs_in(name, first)
        assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        self._app.respond_to_auth_challenge(
            ClientId=self._pool.client_id,
            ChallengeName="NEW_PASSWORD_REQUIRED",
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": name, "NEW_PASSWORD": own},
        )

    def resets_password(self, name: str, address: str, own: str) -> None:
        """Choose “forgot password”, read the code in the mail, and set a password."""
        self._app.forgot_password(ClientId=self._pool.client_id, Username=name)
        self._app.confirm_forgot_password(
            ClientId=self._pool.client_id,
            Username=name,
            ConfirmationCode=self._mailbox.code(address, pool_id=self._pool.id),
            Password=own,
        )

    def enters_sign_up_code(self, name: str, code: str) -> None:
        """Finish a sign-up in the app, without taking an address by force."""
        self._app.confirm_sign_up(ClientId=self._pool.client_id, Username=name, ConfirmationCode=code)
