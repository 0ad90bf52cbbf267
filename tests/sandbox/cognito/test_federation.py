"""Signing in through a provider: what it creates, what it rewrites, and when it fails."""

import json
from typing import Any

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.contested import Contested
from sandbox.cognito.federation import SignInFailed
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.pairs import pairs
from tests.sandbox.cognito.refusals import refused

CLAIMS = {"sub": "104", "email": "gil@example.com", "email_verified": True, "name": "Gil"}


@pytest.fixture
def google(pool: LivePool) -> LivePool:
    pool.add_provider("Google", "Google", {"email": "email", "name": "name"})
    return pool


def test_a_first_sign_in_creates_a_profile_of_the_providers_own(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    google.sign_in("Google", CLAIMS)
    user = cognito.admin_get_user(UserPoolId=google.id, Username="Google_104")
    values = {pair["Name"]: pair["Value"] for pair in user["UserAttributes"]}
    assert user["UserStatus"] == "EXTERNAL_PROVIDER"
    assert values["name"] == "Gil"
    (identity,) = json.loads(values["identities"])
    assert identity["userId"] == "104"
    assert identity["providerName"] == identity["providerType"] == "Google"
    assert identity["primary"] is True
    groups = cognito.admin_list_groups_for_user(UserPoolId=google.id, Username="Google_104")["Groups"]
    assert [group["GroupName"] for group in groups] == [f"{google.id}_Google"]


def test_without_a_mapping_of_the_flag_every_sign_in_clears_it(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    for _ in range(2):
        assert not google.sign_in("Google", CLAIMS).email_verified
        cognito.admin_update_user_attributes(
            UserPoolId=google.id,
            Username="Google_104",
            UserAttributes=pairs({"email_verified": "true"}),
        )
        assert google.user("Google_104").email_verified


def test_once_mapped_the_flag_is_what_the_provider_says(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    google.sign_in("Google", CLAIMS)
    mapping = {**google.providers["Google"], "email_verified": "email_verified"}
    cognito.update_identity_provider(UserPoolId=google.id, ProviderName="Google", AttributeMapping=mapping)
    assert not google.user("Google_104").email_verified
    assert google.sign_in("Google", CLAIMS).email_verified
    assert not google.sign_in("Google", {**CLAIMS, "email_verified": False}).email_verified


@pytest.mark.parametrize(
    ("claim", "lenient", "strict"),
    [
        (True, True, True),
        ("true", True, True),
        (1, True, False),
        ("1", True, False),
        ("True", True, False),
        (False, False, False),
        ("false", False, False),
        ("yes", False, False),
    ],
)
def test_truth_comes_in_several_spellings(
    pool: LivePool, server: CognitoServer, claim: Any, lenient: bool, strict: bool
) -> None:
    pool.add_provider("Entra", "OIDC", {"email": "email", "email_verified": "xms_edov"})
    claims = {"sub": "1", "email": "eve@example.com", "xms_edov": claim}
    server.contested = Contested(claim_values="lenient")
    assert pool.sign_in("Entra", claims).email_verified is lenient
    server.contested = Contested(claim_values="strict")
    assert pool.sign_in("Entra", claims).email_verified is strict


def test_a_mapped_claim_that_does_not_come_leaves_the_stored_value(pool: LivePool) -> None:
    pool.add_provider("Okta", "OIDC", {"email": "email", "email_verified": "email_verified", "name": "name"})
    full = {"sub": "1", "email": "olga@example.com", "email_verified": True, "name": "Olga"}
    assert pool.sign_in("Okta", full).email_verified
    thin = pool.sign_in("Okta", {"sub": "1", "email": "olga@example.com"})
    assert thin.attributes["name"] == "Olga"
    assert thin.email_verified
    assert not pool.sign_in("Okta", {"sub": "1", "email": "olga.new@example.com"}).email_verified


def test_a_verified_profile_takes_the_address_or_not(pool: LivePool, server: CognitoServer) -> None:
    pool.add_provider("Okta", "OIDC", {"email": "email", "email_verified": "email_verified"})
    pool.add("frida", email="frida@example.com", email_verified=True)
    claims = {"sub": "1", "email": "frida@example.com", "email_verified": True}
    server.contested = Contested(federated_flag_takes_alias=False)
    pool.sign_in("Okta", claims)
    holder = pool.holder("frida@example.com")
    assert holder is not None
    assert holder.username == "frida"
    server.contested = Contested()
    pool.sign_in("Okta", claims)
    assert not pool.user("frida").email_verified
    holder = pool.holder("frida@example.com")
    assert holder is not None
    assert holder.username == "Okta_1"


def test_keeping_the_original_does_not_hold_a_provider_back(server: CognitoServer) -> None:
    pool = server.pools.create("careful", keep_original=True)
    pool.add_provider("Google", "Google", {"email": "email"})
    pool.sign_in("Google", CLAIMS)
    assert pool.sign_in("Google", {**CLAIMS, "email": "gil.new@example.com"}).email == "gil.new@example.com"
    assert pool.mail == ()


def test_a_required_attribute_without_a_mapped_value_fails_the_sign_in(server: CognitoServer) -> None:
    pool = server.pools.create("strict", required=("email", "family_name"))
    pool.add_provider("Google", "Google", {"email": "email", "family_name": "family_name"})
    with pytest.raises(SignInFailed, match=r"attributes required: \[family_name\]"):
        pool.sign_in("Google", CLAIMS)
    assert pool.users == ()
    pool.sign_in("Google", {**CLAIMS, "family_name": "Gold"})
    pool.add_provider("Google", "Google", {"email": "email"})
    with pytest.raises(SignInFailed, match="family_name"):
        pool.sign_in("Google", {**CLAIMS, "family_name": "Gold"})


def test_a_sign_in_fails_without_a_subject_or_when_disabled(google: LivePool) -> None:
    with pytest.raises(SignInFailed, match="sub"):
        google.sign_in("Google", {"email": "gil@example.com"})
    google.sign_in("Google", CLAIMS)
    google.disable("Google_104")
    with pytest.raises(SignInFailed, match="disabled"):
        google.sign_in("Google", CLAIMS)


def test_an_app_client_that_may_not_write_a_mapped_attribute_skips_it_or_fails(server: CognitoServer) -> None:
    pool = server.pools.create("narrow", write_attributes=("email",))
    pool.add_provider("Google", "Google", {"email": "email", "name": "name"})
    user = pool.sign_in("Google", CLAIMS, through_client=True)
    assert user.email == "gil@example.com"
    assert "name" not in user.attributes
    server.contested = Contested(unwritable_mapped="fails")
    with pytest.raises(SignInFailed, match="name"):
        pool.sign_in("Google", CLAIMS, through_client=True)


def test_each_kind_of_provider_names_its_people_by_its_own_claim(pool: LivePool) -> None:
    pool.add_provider("Facebook", "Facebook", {"email": "email"})
    pool.add_provider("LoginWithAmazon", "LoginWithAmazon", {"email": "email"})
    pool.add_provider("Saml", "SAML", {"email": "http://claims/mail"})
    assert pool.sign_in("Facebook", {"id": "55", "email": "f@example.com"}).username == "Facebook_55"
    assert (
        pool.sign_in("LoginWithAmazon", {"user_id": "amzn1", "email": "a@example.com"}).username
        == "LoginWithAmazon_amzn1"
    )
    saml = pool.sign_in("Saml", {"NameID": "s@corp", "http://claims/mail": "s@example.com"})
    assert saml.username == "Saml_s@corp"
    assert saml.email == "s@example.com"


def link(cognito: CognitoIdentityProviderClient, pool: LivePool, **source: str) -> None:
    given = {
        "ProviderName": "Google",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "104",
        **source,
    }
    cognito.admin_link_provider_for_user(
        UserPoolId=pool.id,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "gil"},
        SourceUser=given,  # type: ignore[arg-type]
    )


def test_a_linked_user_is_rewritten_by_each_federated_sign_in(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    google.add("gil", email="gil.home@example.com", email_verified=True)
    link(cognito, google)
    assert google.user("gil").status == "CONFIRMED"
    (identity,) = json.loads(google.user("gil").attributes["identities"])
    assert identity["primary"] is False
    user = google.sign_in("Google", CLAIMS)
    assert user.username == "gil"
    assert user.email == "gil@example.com"
    assert not user.email_verified
    assert len(google.users) == 1


def test_an_identity_can_be_linked_by_a_mapped_attribute(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    google.add("gil", email="gil.home@example.com")
    link(cognito, google, ProviderAttributeName="email", ProviderAttributeValue="gil@example.com")
    assert google.sign_in("Google", CLAIMS).username == "gil"


def test_an_identity_that_signed_in_before_cannot_be_linked(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    google.add("gil", email="gil@example.com")
    google.sign_in("Google", CLAIMS)
    with refused("InvalidParameterException", "Merging is not currently supported"):
        link(cognito, google)
    google.delete("Google_104")
    link(cognito, google)
    with refused("InvalidParameterException", "SourceUser is already linked to DestinationUser"):
        link(cognito, google)


def test_links_have_rules_and_a_limit(google: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    with refused("UserNotFoundException"):
        link(cognito, google)
    google.add("gil", email="gil@example.com")
    with refused("InvalidParameterException"):
        link(cognito, google, ProviderName="Nowhere")
    with refused("InvalidParameterException"):
        link(cognito, google, ProviderAttributeName="shoe_size")
    with refused("InvalidParameterException"):
        link(cognito, google, ProviderAttributeValue="")
    for number in range(5):
        link(cognito, google, ProviderAttributeValue=str(number))
    with refused("LimitExceededException"):
        link(cognito, google, ProviderAttributeValue="6")


def test_an_unlinked_identity_gets_a_profile_of_its_own(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    google.add("gil", email="gil@example.com")
    link(cognito, google)
    identity = {
        "ProviderName": "Google",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "104",
    }
    cognito.admin_disable_provider_for_user(UserPoolId=google.id, User=identity)  # type: ignore[arg-type]
    assert "identities" not in google.user("gil").attributes
    assert google.sign_in("Google", CLAIMS).username == "Google_104"
    with refused("UserNotFoundException"):
        cognito.admin_disable_provider_for_user(
            UserPoolId=google.id, User={"ProviderName": "Cognito", "ProviderAttributeValue": "nobody"}
        )


def test_a_password_can_be_taken_out_of_use(google: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    google.add("gil", email="gil@example.com")
    cognito.admin_disable_provider_for_user(
        UserPoolId=google.id, User={"ProviderName": "Cognito", "ProviderAttributeValue": "gil"}
    )
    with refused("NotAuthorizedException"):
        cognito.initiate_auth(
            ClientId=google.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "gil", "PASSWORD": "Sandbox-1!"},
        )
