"""What an administrator does, over HTTP, and how the answer looks to them or to the customer afterwards."""

from tests.facts.answers import Answer, Became, Modified
from tests.facts.attempts import NEW_PASSWORD, Attempt, attempt, became, sign_in, through
from tests.facts.scene import Scene


def confirm_by_administrator(scene: Scene) -> Answer:
    """Confirm the sign-up as an administrator."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_confirm_sign_up(UserPoolId=scene.pool.id, Username=scene.username)
        return became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def reset_by_administrator(scene: Scene) -> Answer:
    """Reset the password as an administrator."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_reset_user_password(UserPoolId=scene.pool.id, Username=scene.username)
        return became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def sign_in_after_reset(scene: Scene) -> Answer:
    """Sign in with the old password after an administrator has reset it."""
    assert isinstance(reset_by_administrator(scene), Became)
    return sign_in()(scene)


def set_password(*, permanent: bool) -> Attempt:
    """Set a password as an administrator."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_set_user_password(
            UserPoolId=scene.pool.id, Username=scene.username, Password=NEW_PASSWORD, Permanent=permanent
        )
        return became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)


def enable(scene: Scene) -> Answer:
    """Let the account in again, and sign in."""
    scene.cognito.admin_enable_user(UserPoolId=scene.pool.id, Username=scene.username)
    return sign_in()(scene)


def renew_invitation(scene: Scene) -> Answer:
    """Send the invitation again by mail."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        _renew(scene)
        return became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def renew_invitation_without_medium(scene: Scene) -> Answer:
    """Send the invitation again without saying how, which is by text message."""

    def do(scene: Scene) -> Answer:
        before = len(scene.pool.mail)
        scene.cognito.admin_create_user(UserPoolId=scene.pool.id, Username=scene.username, MessageAction="RESEND")
        return became(scene, messages=len(scene.pool.mail) - before)

    return attempt(do)(scene)


def renew_invitation_with_the_flag(scene: Scene) -> Answer:
    """Send the invitation again, with an attribute beside it."""
    before = len(scene.pool.mail)
    scene.cognito.admin_create_user(
        UserPoolId=scene.pool.id,
        Username=scene.username,
        MessageAction="RESEND",
        DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )
    return became(scene, messages=len(scene.pool.mail) - before)


def renew_and_look_at_the_dates(scene: Scene) -> Answer:
    """Send the invitation again, and see whether that counts as a change of the account."""
    before = scene.pool.user(scene.username).modified
    _renew(scene)
    user = scene.cognito.admin_get_user(UserPoolId=scene.pool.id, Username=scene.username)
    return Modified(by_it=user["UserLastModifiedDate"] > before)


def sign_in_with_the_dead_invitation(scene: Scene) -> Answer:
    """Renew the invitation, and sign in with the password of the old one."""
    _renew(scene)
    return sign_in()(scene)


def sign_in_with_the_renewed_invitation(scene: Scene) -> Answer:
    """Renew the invitation, and sign in with the password in its mail."""
    _renew(scene)
    password = scene.pool.mail[-1].body.removesuffix(" ").removesuffix(".").rsplit(" ", 1)[-1]
    return sign_in(password=password)(scene)


def link_provider(provider: str, *, subject: str = "") -> Attempt:
    """Link a provider's identity, by its subject, as an administrator."""

    def do(scene: Scene) -> Answer:
        scene.cognito.admin_link_provider_for_user(
            UserPoolId=scene.pool.id,
            DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": scene.username},
            SourceUser={
                "ProviderName": provider,
                "ProviderAttributeName": "Cognito_Subject",
                "ProviderAttributeValue": subject or scene.who.name,
            },
        )
        return became(scene)

    return attempt(do)


def through_after_unlinking(provider: str) -> Attempt:
    """Unlink the identity, and sign in through the provider: a new account takes what the provider says."""

    def do(scene: Scene) -> Answer:
        identity = {
            "ProviderName": provider,
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": scene.who.name,
        }
        scene.cognito.admin_disable_provider_for_user(UserPoolId=scene.pool.id, User=identity)  # type: ignore[arg-type]
        answer = through(provider)(scene)
        assert scene.pool.user(f"{provider}_{scene.who.name}").status == "EXTERNAL_PROVIDER"
        return answer

    return do


def sign_in_with_barred_password(scene: Scene) -> Answer:
    """Sign in after an administrator has taken the password out of use."""
    scene.cognito.admin_disable_provider_for_user(
        UserPoolId=scene.pool.id, User={"ProviderName": "Cognito", "ProviderAttributeValue": scene.username}
    )
    return sign_in()(scene)


def create_verified_without_address(scene: Scene) -> Answer:
    """Create a user with the flag and no address."""

    def do(scene: Scene) -> Answer:
        scene.cognito.admin_create_user(
            UserPoolId=scene.pool.id,
            Username=scene.username,
            UserAttributes=[{"Name": "email_verified", "Value": "true"}],
        )
        return became(scene)

    return attempt(do)(scene)


def _renew(scene: Scene) -> None:
    scene.cognito.admin_create_user(
        UserPoolId=scene.pool.id,
        Username=scene.username,
        MessageAction="RESEND",
        DesiredDeliveryMediums=["EMAIL"],
    )
