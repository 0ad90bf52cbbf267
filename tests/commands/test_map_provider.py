"""/cognito-map-provider: the whole mapping goes back, with one claim more."""

from dataclasses import replace

import pytest

from bot.answer import Refused
from bot.cognito import Provider
from bot.plan import Effect, Risk
from tests.commands.paper import ALIAS, Paper, planned, prepared

GOOGLE = Provider(name="Google", type="Google", mapping={"email": "email", "username": "sub"})
OKTA = Provider(name="Okta", type="OIDC", mapping={"email": "email", "email_verified": "email_verified"})
FACEBOOK = Provider(name="Facebook", type="Facebook", mapping={"email": "email"})
ENTRA = Provider(
    name="Entra", type="OIDC", mapping={"email": "email"}, issuer="https://login.microsoftonline.com/t/v2.0"
)
SAML = Provider(name="Saml", type="SAML", mapping={"email": "mail"})
EVERYONE = Paper(ALIAS, providers=[GOOGLE, OKTA, FACEBOOK, ENTRA, SAML])


def refused(provider: str, claim: str = "") -> tuple[str | None, str]:
    with pytest.raises(Refused) as error:
        planned("map-provider", {"provider": provider, "claim": claim}, EVERYONE)
    return error.value.field, str(error.value)


def test_the_full_merged_mapping_is_sent_and_only_the_mapping() -> None:
    plan = planned("map-provider", {"provider": "Google"}, EVERYONE)
    (call,) = plan.calls
    assert call.operation == "UpdateIdentityProvider"
    assert call.parameters == {
        "UserPoolId": "us-east-1_Paper",
        "ProviderName": "Google",
        "AttributeMapping": {"email": "email", "username": "sub", "email_verified": "email_verified"},
    }
    assert call.effect is Effect.READABLE
    assert plan.risk is Risk.HIGH
    assert [(each.what, each.before, each.after) for each in plan.changes] == [
        ("AttributeMapping.email_verified", "", "email_verified")
    ]


def test_undo_sends_the_former_mapping() -> None:
    (call,) = planned("map-provider", {"provider": "Google"}, EVERYONE).undo
    assert call.parameters["AttributeMapping"] == {"email": "email", "username": "sub"}


@pytest.mark.parametrize(
    ("provider", "claim", "sent"),
    [
        ("Google", "", "email_verified"),
        ("Entra", "", "xms_edov"),
        ("Saml", "verified", "verified"),
        ("Okta", "verified_by_us", "verified_by_us"),
    ],
)
def test_an_empty_claim_is_the_usual_one_and_a_typed_one_is_taken(provider: str, claim: str, sent: str) -> None:
    plan = planned("map-provider", {"provider": provider, "claim": claim}, EVERYONE)
    assert plan.calls[0].parameters["AttributeMapping"]["email_verified"] == sent


def test_a_claim_that_has_to_be_switched_on_first_comes_with_a_warning() -> None:
    plan = planned("map-provider", {"provider": "Entra"}, EVERYONE)
    assert any("has to be switched on" in note.plain() for note in plan.notes)
    assert not any(
        "Google sends it" in note.plain() for note in planned("map-provider", {"provider": "Google"}, EVERYONE).notes
    )


def test_what_can_not_work_is_refused_with_the_reason() -> None:
    assert refused("Facebook") == (
        "provider",
        "Facebook says nothing about whether an address is verified. There is nothing to map.",
    )
    assert refused("Facebook", "email_verified")[0] == "provider"
    assert refused("Okta")[0] == "claim"
    assert "mapped already" in refused("Okta")[1]
    assert refused("Saml")[0] == "claim"
    assert refused("Gogle")[0] == "provider"


def test_a_sign_in_that_lacks_something_else_is_pointed_out() -> None:
    pool = replace(ALIAS, required=frozenset({"email", "family_name"}))
    plan = planned("map-provider", {"provider": "Google"}, Paper(pool, providers=[GOOGLE]))
    assert any("the pool requires family_name" in note.plain() for note in plan.notes)


def test_the_form_lists_the_providers_with_their_mapping_and_fills_in_the_only_one_to_mend() -> None:
    fields = prepared("map-provider", Paper(ALIAS, providers=[GOOGLE, OKTA, FACEBOOK]))
    assert [choice.value for choice in fields["provider"].choices] == ["Google", "Okta", "Facebook"]
    assert fields["provider"].choices[0].label == "Google · email_verified is not mapped"
    assert "Okta (OIDC): email ← email, email_verified ← email_verified" in fields["provider"].hint
    assert fields["provider"].value == "Google"
    assert "Facebook: none" in fields["claim"].hint
    assert prepared("map-provider", EVERYONE)["provider"].value == ""


def test_a_pool_without_providers_has_no_such_form() -> None:
    with pytest.raises(Refused, match="no identity providers"):
        prepared("map-provider", Paper(ALIAS))
