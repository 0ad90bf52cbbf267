"""Describing and changing identity providers."""

import pytest
from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

from sandbox.cognito.contested import Contested
from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer
from tests.sandbox.cognito.refusals import refused


@pytest.fixture
def google(pool: LivePool) -> LivePool:
    pool.add_provider("Google", "Google", {"email": "email", "name": "name"})
    return pool


def test_a_provider_is_described_with_its_secret(google: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    shown = cognito.describe_identity_provider(UserPoolId=google.id, ProviderName="Google")["IdentityProvider"]
    assert shown["AttributeMapping"] == {"username": "sub", "email": "email", "name": "name"}
    assert shown["ProviderDetails"]["client_secret"] == "google-secret"
    assert "client_secret" not in str(google.calls)
    with refused("ResourceNotFoundException", "Identity provider Okta does not exist."):
        cognito.describe_identity_provider(UserPoolId=google.id, ProviderName="Okta")


def test_a_mapping_that_is_sent_replaces_the_stored_one(
    google: LivePool, cognito: CognitoIdentityProviderClient
) -> None:
    before = cognito.describe_identity_provider(UserPoolId=google.id, ProviderName="Google")["IdentityProvider"]
    cognito.update_identity_provider(
        UserPoolId=google.id, ProviderName="Google", AttributeMapping={"email_verified": "email_verified"}
    )
    after = cognito.describe_identity_provider(UserPoolId=google.id, ProviderName="Google")["IdentityProvider"]
    assert after["AttributeMapping"] == {"username": "sub", "email_verified": "email_verified"}
    assert after["ProviderDetails"] == before["ProviderDetails"]
    assert after["LastModifiedDate"] > before["LastModifiedDate"]
    assert after["CreationDate"] == before["CreationDate"]


def test_a_mapping_may_be_merged_instead(
    google: LivePool, cognito: CognitoIdentityProviderClient, server: CognitoServer
) -> None:
    server.contested = Contested(mapping_update="merges")
    cognito.update_identity_provider(
        UserPoolId=google.id, ProviderName="Google", AttributeMapping={"email_verified": "email_verified"}
    )
    assert set(google.providers["Google"]) == {"username", "email", "name", "email_verified"}


@pytest.mark.parametrize("mapping", [{"shoe_size": "shoe"}, {"email": " "}, {"sub": "sub"}])
def test_a_bad_mapping_is_refused_and_changes_nothing(
    google: LivePool, cognito: CognitoIdentityProviderClient, mapping: dict[str, str]
) -> None:
    before = dict(google.providers["Google"])
    with refused("InvalidParameterException", "AttributeMapping contains invalid mapping"):
        cognito.update_identity_provider(UserPoolId=google.id, ProviderName="Google", AttributeMapping=mapping)
    assert google.providers["Google"] == before


def test_details_without_their_secret_are_refused(google: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    with refused("InvalidParameterException", "client_secret"):
        cognito.update_identity_provider(
            UserPoolId=google.id, ProviderName="Google", ProviderDetails={"client_id": "new"}
        )
    cognito.update_identity_provider(
        UserPoolId=google.id,
        ProviderName="Google",
        ProviderDetails={"client_id": "new", "client_secret": "s3cret-s3cret"},
        IdpIdentifiers=["corp"],
    )
    shown = cognito.describe_identity_provider(UserPoolId=google.id, ProviderName="Google")["IdentityProvider"]
    assert shown["IdpIdentifiers"] == ["corp"]
    assert shown["ProviderDetails"]["client_id"] == "new"
    assert "s3cret-s3cret" not in str(google.calls)


def test_providers_are_listed_in_pages(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    names = [f"Idp{number}" for number in range(5)]
    for name in names:
        pool.add_provider(name, "OIDC", {"email": "email"})
    first = cognito.list_identity_providers(UserPoolId=pool.id, MaxResults=2)
    assert [provider["ProviderName"] for provider in first["Providers"]] == names[:2]
    pages = cognito.get_paginator("list_identity_providers").paginate(UserPoolId=pool.id, MaxResults=2)  # type: ignore[call-arg]
    assert [provider["ProviderName"] for page in pages for provider in page["Providers"]] == names
    with refused("InvalidParameterException"):
        cognito.list_identity_providers(UserPoolId=pool.id, NextToken="garbage")


def test_a_provider_is_created_once_and_can_be_deleted(pool: LivePool, cognito: CognitoIdentityProviderClient) -> None:
    def create(name: str) -> None:
        cognito.create_identity_provider(
            UserPoolId=pool.id,
            ProviderName=name,
            ProviderType="Google",
            ProviderDetails={"client_id": "i", "client_secret": "s"},
            AttributeMapping={"email": "email"},
        )

    create("Google")
    assert pool.providers["Google"] == {"email": "email", "username": "sub"}
    with refused("DuplicateProviderException"):
        create("Google")
    with refused("InvalidParameterException"):
        create("G")
    cognito.delete_identity_provider(UserPoolId=pool.id, ProviderName="Google")
    assert pool.providers == {}
