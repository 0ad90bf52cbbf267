"""Which claim of an identity provider says that an address is verified, by the provider's kind."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.cognito import Provider

ATTRIBUTE = "email_verified"
"""The pool attribute that the claim is mapped to."""

_ENTRA = frozenset(
    {"login.microsoftonline.com", "sts.windows.net", "login.microsoftonline.us", "login.chinacloudapi.cn"}
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What a provider can say about an address."""

    name: str
    """The claim to map; empty when the provider has none, or when its administrators choose the name."""
    exists: bool
    """Whether such a claim is there to be mapped at all."""
    advice: str
    """What to know about it, in a sentence of ours."""


_BY_TYPE = {
    "Google": Claim("email_verified", True, "Google sends it with the scope email."),
    "SignInWithApple": Claim("email_verified", True, "Apple sends it; it is normally true."),
    "Facebook": Claim("", False, "Facebook says nothing about whether an address is verified."),
    "LoginWithAmazon": Claim("", False, "Login with Amazon says nothing about whether an address is verified."),
    "OIDC": Claim(
        "email_verified",
        True,
        "Most OpenID providers send it with the scope email; some only from their userinfo address.",
    ),
    "SAML": Claim(
        "",
        True,
        "A SAML provider sends what its administrators define: ask them for an attribute that is true or false.",
    ),
}
_ENTRA_CLAIM = Claim(
    "xms_edov",
    False,
    "Microsoft Entra sends no email_verified for work accounts. Its optional claim xms_edov (“domain owner verified”) "
    "has to be switched on in the app registration first.",
)
_UNHEARD_OF = Claim("email_verified", True, "Ask the provider's administrators what they call it.")


def claim_of(provider: Provider) -> Claim:
    """Return the claim to map for this provider."""
    if provider.type == "OIDC" and (urlsplit(provider.issuer).hostname or "") in _ENTRA:
        return _ENTRA_CLAIM
    return _BY_TYPE.get(provider.type, _UNHEARD_OF)


def is_mapped(provider: Provider) -> bool:
    """Whether the provider's word on the address reaches the pool."""
    return ATTRIBUTE in provider.mapping


def rewrites_address(provider: Provider) -> bool:
    """Whether every sign-in through the provider writes the address, and with it clears or sets the flag."""
    return "email" in provider.mapping
