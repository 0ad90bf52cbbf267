"""The one table from what AWS answers, or fails to answer, to plain words and what to do next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from bot.plan import SES
from bot.words import Words, say

AwsError = BotoCoreError | ClientError | ResponseParserError

STS = "sts:"
"""What the operations of AWS's Security Token Service begin with here, as in IAM."""

ASSUME_ROLE = f"{STS}AssumeRole"

_LONGEST_MESSAGE = 300

THROTTLED = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})


@dataclass(frozen=True, slots=True)
class Wording:
    """What happened, and what to do now. Both may hold ``{message}`` (AWS's own), ``{action}`` and ``{code}``."""

    says: str
    then: str


_MAIL = "Nobody gets a code or an invitation until the cloud team repairs that. Don't send again in the meantime."
_OPERATOR = "Please tell the operator of this desk."
_CLOUD = "Please tell the cloud team."
_APP = "Please send this to the team that looks after the app."
_AGAIN = "Please ask again in a minute."
_UNCHANGED = "Nothing was changed by this call."

WORDINGS: dict[str, Wording] = {
    # What Cognito's model lists.
    "AliasExistsException": Wording(
        "Another account already owns this address.", "Check the address to see whose it is, and decide with the lead."
    ),
    "CodeDeliveryFailureException": Wording(
        "Cognito could not hand the message to the mail system ({message}). The change itself may have been made.",
        _MAIL,
    ),
    "CodeMismatchException": Wording(
        "That code is wrong.", "Use the newest e-mail. Cognito takes 15 tries an hour for each person."
    ),
    "ConcurrentModificationException": Wording("Someone else is changing the pool at this moment.", _AGAIN),
    "ExpiredCodeException": Wording(
        "The code is too old or was used already (codes last 24 hours).", "Have a new code sent and use that one."
    ),
    "FeatureUnavailableInTierException": Wording("The pool's plan does not include that setting ({message}).", _CLOUD),
    "ForbiddenException": Wording("The web firewall in front of the pool blocked the call.", _CLOUD),
    "InternalErrorException": Wording("Cognito had a fault of its own.", _AGAIN),
    "InvalidEmailRoleAccessPolicyException": Wording(
        "The pool may not send mail through its SES identity (code {code}).", _MAIL
    ),
    "InvalidLambdaResponseException": Wording("The pool's own code gave Cognito a broken answer ({message}).", _APP),
    "InvalidParameterException": Wording("Cognito refused a value: {message}", _UNCHANGED),
    "InvalidPasswordException": Wording("The password breaks the pool's rules.", "Choose a longer, more varied one."),
    "InvalidSmsRoleAccessPolicyException": Wording("The pool may not send text messages (code {code}).", _CLOUD),
    "InvalidSmsRoleTrustRelationshipException": Wording("The pool may not send text messages (code {code}).", _CLOUD),
    "InvalidUserPoolConfigurationException": Wording("The pool's settings contradict each other ({message}).", _CLOUD),
    "LimitExceededException": Wording(
        "Too many codes or tries for this person.", "Wait about an hour; trying again sooner only makes it longer."
    ),
    "MFAMethodNotFoundException": Wording("Cognito finds no second factor that it could ask for.", _APP),
    "NotAuthorizedException": Wording("Cognito refuses this: {message}", _UNCHANGED),
    "OperationNotEnabledException": Wording("This copy of the pool takes no such calls ({message}).", _OPERATOR),
    "PasswordHistoryPolicyViolationException": Wording("This password was used before.", "Choose another one."),
    "PasswordResetRequiredException": Wording(
        "A password reset is pending for this person.", "They have to finish it first, with “forgot password”."
    ),
    "PreconditionNotMetException": Wording("Something that Cognito needs first is missing ({message}).", _CLOUD),
    "ResourceNotFoundException": Wording(
        "Cognito knows no such pool, client or provider in this region ({message}).",
        "Please tell the operator to check the pool's id, client_id and region in desk.toml.",
    ),
    "SoftwareTokenMFANotFoundException": Wording("This person has set up no authenticator app.", _APP),
    "TierChangeNotAllowedException": Wording("The pool's plan can't be changed like this ({message}).", _CLOUD),
    "TooManyFailedAttemptsException": Wording(
        "This person is locked for a while after too many wrong entries.", "Wait about an hour, then use a new code."
    ),
    "TooManyRequestsException": Wording("Cognito is asking everyone to slow down.", _AGAIN),
    "UnexpectedLambdaException": Wording("The pool's own code crashed or was too slow ({message}).", _APP),
    "UnsupportedIdentityProviderException": Wording("Cognito can't do this with that kind of provider.", _CLOUD),
    "UnsupportedOperationException": Wording("The pool does not offer this way to sign in ({message}).", _APP),
    "UnsupportedUserStateException": Wording(
        "Invitations can be sent again only before the first sign-in.", "Check the account to see how it stands."
    ),
    "UserImportInProgressException": Wording("Users are being imported into the pool.", "Ask again when that is done."),
    "UserLambdaValidationException": Wording("The pool's own code refused this: {message}", _APP),
    "UserNotConfirmedException": Wording(
        "This person never finished signing up.", "The sign-up has to be confirmed first; check the account."
    ),
    "UserNotFoundException": Wording(
        "Cognito says there is no such user any more, or nobody has verified that address.", "Check the account again."
    ),
    "UserPoolTaggingException": Wording("The pool's tags can't be read or written ({message}).", _CLOUD),
    "UsernameExistsException": Wording(
        "That user name is taken, or that address where people sign in with it.", "Check it to see whose it is."
    ),
    # What AWS answers before Cognito's own code runs.
    "AccessDeniedException": Wording(
        "The desk has no right to do this in AWS.", "Please tell the operator that the IAM action {action} is missing."
    ),
    "ExpiredTokenException": Wording("The desk's AWS credentials have expired.", _OPERATOR),
    "IncompleteSignatureException": Wording("AWS refuses the desk's credentials ({code}).", _OPERATOR),
    "InvalidClientTokenId": Wording("AWS refuses the desk's credentials ({code}).", _OPERATOR),
    "InvalidSignatureException": Wording(
        "AWS refuses the desk's credentials: the secret key or the clock of this machine is wrong.", _OPERATOR
    ),
    "MissingAuthenticationTokenException": Wording("AWS refuses the desk's credentials ({code}).", _OPERATOR),
    "OptInRequired": Wording("The desk's AWS account may not use this region.", _OPERATOR),
    "RequestExpired": Wording("The clock of the desk's machine is wrong, so AWS refuses its calls.", _OPERATOR),
    "ServiceUnavailableException": Wording("Cognito is out of service at the moment.", _AGAIN),
    "ThrottlingException": Wording("Cognito is asking everyone to slow down.", _AGAIN),
    "UnrecognizedClientException": Wording("AWS refuses the desk's credentials ({code}).", _OPERATOR),
    # What happens on this side of the wire (botocore's exceptions, by class).
    "NoCredentialsError": Wording("The desk has no AWS credentials.", _OPERATOR),
    "PartialCredentialsError": Wording("The desk's AWS credentials are incomplete.", _OPERATOR),
    "CredentialRetrievalError": Wording("The desk's AWS credentials could not be fetched.", _OPERATOR),
    "MetadataRetrievalError": Wording("The desk's AWS credentials could not be fetched.", _OPERATOR),
    "LoginError": Wording("The desk's AWS sign-in has expired.", _OPERATOR),
    "SSOError": Wording("The desk's AWS sign-in has expired.", _OPERATOR),
    "TokenRetrievalError": Wording("The desk's AWS sign-in has expired.", _OPERATOR),
    "ConnectTimeoutError": Wording("AWS can't be reached from the desk at the moment.", _AGAIN),
    "EndpointConnectionError": Wording("AWS can't be reached from the desk at the moment.", _AGAIN),
    "ProxyConnectionError": Wording("The proxy between the desk and AWS does not answer.", _OPERATOR),
    "HTTPClientError": Wording("The connection to AWS broke before the answer came.", "Check how things stand first."),
    "ParamValidationError": Wording("The desk made a call that AWS can't take.", _OPERATOR),
    "ResponseParserError": Wording("AWS answered something that the desk can't read.", "Check how things stand first."),
    "SSLError": Wording("The desk can't make a safe connection to AWS.", _OPERATOR),
    "BotoCoreError": Wording("The desk's AWS library gave up ({code}).", _OPERATOR),
}

_OF_SES: dict[str, Wording] = {
    "BadRequestException": Wording("Amazon SES refused a value: {message}", _OPERATOR),
    "InternalErrorException": Wording("Amazon SES had a fault of its own.", _AGAIN),
    "NotFoundException": Wording(
        "Amazon SES has no such entry any more ({message}).", "Check the account again to see how it stands."
    ),
    "ServiceUnavailableException": Wording("Amazon SES is out of service at the moment.", _AGAIN),
    "ThrottlingException": Wording("Amazon SES is asking everyone to slow down.", _AGAIN),
    "TooManyRequestsException": Wording("Amazon SES is asking everyone to slow down.", _AGAIN),
}
"""What only SES says, and what it says where Cognito would otherwise be named."""

_OF_STS: dict[str, Wording] = {
    "AccessDeniedException": Wording(
        "AWS doesn't let it assume that role.", "Please tell the operator that `desk doctor` finds out why."
    ),
    "InternalErrorException": Wording("AWS's STS had a fault of its own.", _AGAIN),
    "RegionDisabledException": Wording("AWS's STS is switched off in the pool's Region.", _OPERATOR),
    "ServiceUnavailableException": Wording("AWS's STS is out of service at the moment.", _AGAIN),
    "ThrottlingException": Wording("AWS's STS is asking everyone to slow down.", _AGAIN),
}
"""What STS means where others would be named."""

_OTHER = Wording("AWS answered {code}: {message}", _OPERATOR)

_SAME_AS = {
    "ExpiredToken": "ExpiredTokenException",
    "InvalidAccessKeyId": "InvalidClientTokenId",
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InternalFailure": "InternalErrorException",
    "InternalServerError": "InternalErrorException",
    "ServiceUnavailable": "ServiceUnavailableException",
    "Throttling": "ThrottlingException",
    "RequestLimitExceeded": "ThrottlingException",
    "AccessDenied": "AccessDeniedException",
    "UnauthorizedOperation": "AccessDeniedException",
}

_DAILY = "exceeded daily email limit"
"""How AWS's message begins when Cognito's own sender has used up the whole account's mails of the day."""

# What the same code means is told by AWS's message alone.
_BY_MESSAGE: dict[str, dict[str, Wording]] = {
    "InvalidParameterException": {
        "sms configuration and auto verification": Wording(
            "AWS takes this pool's second factor back only together with text messages.", _CLOUD
        ),
        "message is invalid": Wording("AWS does not take the pool's own message texts back.", _CLOUD),
        "email is required to verify": Wording(
            "The account has no e-mail address any more.", "Check it again; nothing was changed by this call."
        ),
        "user is already confirmed": Wording("This account is confirmed already.", "It needs no sign-up code."),
        "flow not enabled": Wording(
            "The app client takes no passwords from the desk.", "Use an access token from the app instead."
        ),
        "auto verification not turned on": Wording("This pool sends no codes at sign-up.", _CLOUD),
        "attributemapping contains invalid": Wording("The provider has no claim of that name.", "Check its spelling."),
    },
    "LimitExceededException": {
        _DAILY: Wording(
            "Cognito's own sender has used up the AWS account's 50 mails of the day. Nobody in any pool gets mail "
            "until 09:00 UTC.",
            "Try again after 09:00 UTC, and tell the cloud team: it ends where the pool sends with Amazon SES.",
        ),
    },
    "NotAuthorizedException": {
        "access token has expired": Wording("The access token has expired.", "Get a fresh one from the app."),
        "access token has been revoked": Wording("The access token has been revoked.", "The customer has to sign in."),
        "invalid access token": Wording("This is not an access token of this pool.", "Copy the whole token again."),
        "does not have required scopes": Wording(
            "The token may not be used for this (it lacks aws.cognito.signin.user.admin).", _APP
        ),
        "secret hash": Wording("Cognito refuses the app client's secret.", _OPERATOR),
        "configured with secret": Wording("The app client needs its secret.", _OPERATOR),
        "user is disabled": Wording("The account is disabled.", "Ask the people who disabled it."),
        "current status is confirmed": Wording(
            "This account is confirmed already.", "Check it to see what is missing."
        ),
        "attempts exceeded": Wording("Too many wrong passwords.", "Wait a quarter of an hour."),
        "incorrect username or password": Wording("User name and password don't fit.", "Nothing else was tried."),
        "temporary password has expired": Wording("The temporary password has expired.", "A lead can have it renewed."),
        "unauthorized attribute": Wording("The app client may not write this attribute.", _APP),
        "invalid session": Wording("This sign-in waited too long, or was answered already.", "Please start again."),
        "get auth details": Wording("This person has no password here.", "They sign in through a provider."),
        "signup is not permitted": Wording("Nobody can sign up in this pool by themselves.", "Create the user."),
    },
}


def code_of(error: AwsError) -> str:
    """Return AWS's error code, or the name of botocore's exception."""
    if not isinstance(error, ClientError):
        return type(error).__name__
    code = str(error.response.get("Error", {}).get("Code", ""))
    return _SAME_AS.get(code, code)


def message_of(error: AwsError, *, hidden: Iterable[str] = ()) -> str:
    """Return what AWS said, shortened, and without ``hidden``: AWS repeats refused values in its messages."""
    if not isinstance(error, ClientError):
        return ""
    said = str(error.response.get("Error", {}).get("Message", ""))
    for secret in filter(None, hidden):
        said = said.replace(secret, "•••")
    return said if len(said) <= _LONGEST_MESSAGE else f"{said[: _LONGEST_MESSAGE - 1]}…"


def action(operation: str) -> str:
    """Return the IAM action of an operation."""
    return operation if operation.startswith((SES, STS)) else f"cognito-idp:{operation}"


def wordings(operation: str) -> Mapping[str, Wording]:
    """Return what each code means that an operation may be answered with."""
    if operation.startswith(STS):
        return {**WORDINGS, **_OF_STS}
    return {**WORDINGS, **_OF_SES} if operation.startswith(SES) else WORDINGS


def is_daily_limit(error: AwsError) -> bool:
    """Whether Cognito's own sender has used up its day. Cognito notices it after it has made its change."""
    return code_of(error) == "LimitExceededException" and message_of(error).lower().startswith(_DAILY)


def explain(error: AwsError, operation: str, *, hidden: Iterable[str] = ()) -> Words:
    """Say in plain words what came of ``operation`` and what to do next. ``hidden``: the secrets it was called with."""
    message = message_of(error, hidden=hidden)
    wording = _wording(error, operation, message)
    return say(
        f"{wording.says} {wording.then}",
        code=code_of(error),
        message=message or "no reason given",
        action=action(operation),
    )


def says_unchanged(error: AwsError, operation: str, *, hidden: Iterable[str] = ()) -> bool:
    """Whether what `explain` says of an error ends with that nothing was changed."""
    return _wording(error, operation, message_of(error, hidden=hidden)).then is _UNCHANGED


def _wording(error: AwsError, operation: str, message: str) -> Wording:
    code, heard = code_of(error), message.lower()
    names = [code] if isinstance(error, ClientError) else [each.__name__ for each in type(error).__mro__]
    known = wordings(operation)
    wording = next((known[name] for name in names if name in known), _OTHER)
    return next((found for phrase, found in _BY_MESSAGE.get(code, {}).items() if phrase in heard), wording)
