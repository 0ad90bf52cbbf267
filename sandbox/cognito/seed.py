"""The sandbox's people: one for every cause, each with an address under example.com.

It is long because it is one list of people.
"""

from dataclasses import dataclass
from datetime import timedelta

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer

DAYS = timedelta(days=1)

PROD, SHOP, LOGIN, CAREFUL, LEGACY = "prod", "shop", "email-login", "careful", "legacy"

SES_REGION = "us-east-1"
"""Where the SES is that the shop sends with: not where the shop's pool is, as it may well be."""
SES_DOMAIN = "shop.example.com"
MO = "mo@example.com"
"""Whose mailbox was full once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One address of the sample pools that is worth a look, and what an app that diagnoses it should find."""

    address: str
    pool: str
    cause: str
    """The key of the finding, such as ``SIGNUP_OPEN``; of several accounts, the worst one's."""
    say: str
    """The one line about it in the sandbox's welcome message."""
    also: tuple[str, ...] = ()
    """The keys of what else is true of it."""


def seed(server: CognitoServer) -> tuple[Sample, ...]:
    """Create the sample pools and their people, and return what there is to try, the plainest first."""
    prod, shop, login, careful, legacy = _pools(server)
    return (
        *_alone(prod),
        *_combined(prod),
        *_sharing(prod),
        *_federated(prod),
        *_shop(shop),
        *_bounced(server, shop),
        *_email_login(login),
        *_careful(careful),
        *_legacy(legacy),
    )


def _pools(server: CognitoServer) -> tuple[LivePool, ...]:
    create = server.pools.create
    return (
        create(PROD),
        create(
            SHOP,
            region="eu-west-1",
            auto_verify=("email", "phone_number"),
            required=("family_name",),
            client_secret=True,
        ),
        create(LOGIN, email_login=True, case_sensitive=False),
        create(CAREFUL, case_sensitive=False, keep_original=True, recovery=("email",), mfa="OPTIONAL"),
        create(
            LEGACY,
            region="us-west-2",
            alias=False,
            auto_verify=(),
            settings={"EmailConfigurationFailure": "The SES identity of this pool is not verified."},
        ),
    )


def _bounced(server: CognitoServer, pool: LivePool) -> list[Sample]:
    pool.send_with_ses(SES_DOMAIN, region=SES_REGION)
    pool.add("mo", email=MO, email_verified=True, created=500 * DAYS, attributes={"family_name": "Moor"})
    server.ses.suppress(SES_REGION, MO, at=server.clock.now() - 40 * DAYS)
    return [
        Sample(
            address=MO,
            pool=SHOP,
            cause="RESET_BLOCKED",
            say="Mo's mailbox was full once; since then no mail of the shop's arrives there.",
            also=("DELIVERY",),
        )
    ]


def _alone(pool: LivePool) -> list[Sample]:
    pool.add("ana", email="ana@example.com", email_verified=False, created=400 * DAYS, modified=2 * DAYS)
    pool.add("vera", email="vera@example.com", email_verified=True, created=90 * DAYS, modified=80 * DAYS)
    pool.add("sina", email="sina@example.com", email_verified=False, status="UNCONFIRMED", created=2 * DAYS)
    pool.add("tess", email="tess@example.com", email_verified=False, status="FORCE_CHANGE_PASSWORD", created=3 * DAYS)
    pool.add(
        "rosa",
        email="rosa@example.com",
        email_verified=False,
        status="RESET_REQUIRED",
        created=200 * DAYS,
        modified=5 * DAYS,
    )
    return [
        Sample(
            address="ana@example.com",
            pool=PROD,
            cause="EMAIL_CHANGED",
            say="Ana changed her e-mail and never entered the code.",
        ),
        Sample(address="vera@example.com", pool=PROD, cause="VERIFIED", say="Vera is fine; her app says otherwise."),
        Sample(address="sina@example.com", pool=PROD, cause="SIGNUP_OPEN", say="Sina never finished signing up."),
        Sample(
            address="tess@example.com",
            pool=PROD,
            cause="TEMP_PASSWORD",
            say="Tess was created by an administrator and hasn't signed in yet.",
        ),
        Sample(
            address="rosa@example.com",
            pool=PROD,
            cause="RESET_PENDING",
            say="Rosa must reset her password, but no code can reach her.",
        ),
        Sample(address="nobody@example.com", pool=PROD, cause="NO_USER", say="Nobody has this address."),
    ]


def _combined(pool: LivePool) -> list[Sample]:
    """People of whom several things are true at once."""
    pool.add("dana", email="dana@example.com", email_verified=True, enabled=False, created=300 * DAYS)
    pool.add(
        "igor",
        email="igor@example.com",
        email_verified=True,
        status="RESET_REQUIRED",
        created=40 * DAYS,
        modified=40 * DAYS,
    )
    pool.add(
        "rick",
        email="rick@example.com",
        email_verified=False,
        phone="+15550123",
        phone_verified=True,
        status="RESET_REQUIRED",
        created=90 * DAYS,
        modified=3 * DAYS,
    )
    pool.add(
        "tina",
        email="tina@example.com",
        email_verified=True,
        status="FORCE_CHANGE_PASSWORD",
        created=20 * DAYS,
        modified=20 * DAYS,
    )
    pool.add("uma.old", email="uma@example.com", email_verified=False, created=500 * DAYS, modified=400 * DAYS)
    pool.add("uma.new", email="uma@example.com", email_verified=False, status="UNCONFIRMED", created=1 * DAYS)
    pool.add("hugo.old", email="hugo@example.com", email_verified=True, enabled=False, created=600 * DAYS)
    pool.add("hugo", email="hugo@example.com", email_verified=False, created=30 * DAYS)
    return [
        Sample(
            address="dana@example.com",
            pool=PROD,
            cause="DISABLED",
            say="Somebody disabled Dana's account; her address is verified.",
        ),
        Sample(
            address="igor@example.com",
            pool=PROD,
            cause="RESET_REQUIRED",
            say="Igor was imported: he has to set a password first.",
        ),
        Sample(
            address="rick@example.com",
            pool=PROD,
            cause="RESET_REQUIRED",
            say="Rick has to set a password too; his address is not verified, but his telephone is.",
        ),
        Sample(
            address="tina@example.com",
            pool=PROD,
            cause="TEMP_PASSWORD",
            say="Tina's address is verified, but the password in her invitation has run out.",
        ),
        Sample(
            address="uma@example.com",
            pool=PROD,
            cause="SIGNUP_OPEN",
            say="Uma signed up again; her first account never verified the address.",
        ),
        Sample(
            address="hugo@example.com",
            pool=PROD,
            cause="DISABLED",
            say="Hugo's first account owns the address, and is disabled.",
        ),
    ]


def _sharing(pool: LivePool) -> list[Sample]:
    pool.add("ben.old", email="ben@example.com", email_verified=True, created=700 * DAYS)
    pool.add("ben.new", email="ben@example.com", email_verified=True, created=4 * DAYS)
    for age in range(3):
        pool.add(f"tri{age}", email="tri@example.com", email_verified=True, created=(300 - 100 * age) * DAYS)
    pool.add("dora", email="dora@example.com", email_verified=True, created=500 * DAYS)
    pool.add("dora.new", email="dora@example.com", email_verified=False, status="UNCONFIRMED", created=1 * DAYS)
    pool.add("nora.home", email="nora@example.com", email_verified=False, created=250 * DAYS, modified=9 * DAYS)
    pool.add("nora.work", email="nora@example.com", email_verified=False, created=60 * DAYS, modified=8 * DAYS)
    pool.add("cara", email="cara@example.com", email_verified=True, created=150 * DAYS)
    pool.add("cara.phone", email="Cara@example.com", email_verified=False, created=20 * DAYS, modified=10 * DAYS)
    return [
        Sample(
            address="ben@example.com",
            pool=PROD,
            cause="ALIAS_MOVED",
            say="Ben's newer account took the address from his older one.",
        ),
        Sample(address="tri@example.com", pool=PROD, cause="ALIAS_MOVED", say="Three accounts want one address."),
        Sample(
            address="dora@example.com",
            pool=PROD,
            cause="DUP_SIGNUP",
            say="Dora signed up a second time; the first account owns the address.",
        ),
        Sample(
            address="nora@example.com",
            pool=PROD,
            cause="ALIAS_NOBODY",
            say="Two accounts of Nora's, and neither has verified the address.",
        ),
        Sample(
            address="Cara@example.com",
            pool=PROD,
            cause="EMAIL_CHANGED",
            say="Cara typed her address with a capital letter once.",
            also=("CASE_VARIANT",),
        ),
    ]


def _federated(pool: LivePool) -> list[Sample]:
    pool.add_provider("Google", "Google", {"email": "email", "name": "name"})
    pool.add_provider("Okta", "OIDC", {"email": "email", "email_verified": "email_verified"})
    pool.add_provider("Facebook", "Facebook", {"email": "email", "name": "name"})
    pool.sign_in("Google", {"sub": "104", "email": "gil@example.com", "email_verified": True, "name": "Gil"})
    pool.sign_in("Okta", {"sub": "00u7", "email": "olga@example.com", "email_verified": False})
    pool.sign_in("Facebook", {"id": "5511", "email": "fay@example.com", "name": "Fay"})
    pool.backdate("Google_104", created=210 * DAYS, modified=timedelta(hours=3))
    pool.backdate("Okta_00u7", created=45 * DAYS, modified=timedelta(hours=20))
    pool.backdate("Facebook_5511", created=365 * DAYS, modified=2 * DAYS)
    pool.add("lena", email="lena@example.com", email_verified=True, created=220 * DAYS)
    pool.add_provider("Apple", "SignInWithApple", {"email": "email"})
    pool.link("lena", "Apple", "001.7")
    pool.link("lena", "Facebook", "5512")
    pool.add("frida", email="frida@example.com", email_verified=True, created=330 * DAYS)
    pool.sign_in("Okta", {"sub": "00u8", "email": "frida@example.com", "email_verified": True})
    return [
        Sample(
            address="gil@example.com",
            pool=PROD,
            cause="FED_UNMAPPED",
            say="Gil signs in with Google, and the pool doesn't ask Google whether the address is verified.",
        ),
        Sample(
            address="olga@example.com",
            pool=PROD,
            cause="FED_CLAIM",
            say="Olga signs in with Okta, which says that her address isn't verified.",
        ),
        Sample(
            address="fay@example.com",
            pool=PROD,
            cause="FED_NOCLAIM",
            say="Fay signs in with Facebook, which never says whether an address is verified.",
        ),
        Sample(
            address="lena@example.com",
            pool=PROD,
            cause="FED_UNMAPPED",
            say="Lena is verified until she signs in with Apple or Facebook the next time.",
            also=("FED_NOCLAIM",),
        ),
        Sample(
            address="frida@example.com",
            pool=PROD,
            cause="FED_TWIN",
            say="Frida has an account with a password and another one through Okta.",
            also=("ALIAS_MOVED",),
        ),
    ]


def _shop(pool: LivePool) -> list[Sample]:
    mapping = {"email": "email", "email_verified": "email_verified", "family_name": "family_name"}
    pool.add_provider("Google", "Google", mapping)
    pool.sign_in("Google", {"sub": "208", "email": "rena@example.com", "email_verified": False, "family_name": "Roth"})
    # Somebody dropped the required attribute from the mapping later; since then Rena can't sign in.
    pool.add_provider("Google", "Google", {"email": "email", "email_verified": "email_verified"})
    pool.add(
        "phil",
        email="phil@example.com",
        email_verified=False,
        phone="+15550100",
        phone_verified=True,
        created=30 * DAYS,
        attributes={"family_name": "Pohl"},
    )
    return [
        Sample(
            address="rena@example.com",
            pool=SHOP,
            cause="FED_REQUIRED",
            say="Rena can't sign in with Google any more: the pool requires a family name and Google's isn't mapped.",
        ),
        Sample(
            address="phil@example.com",
            pool=SHOP,
            cause="PHONE_TOOK_CODE",
            say="Phil's only sign-up code went to his phone.",
        ),
    ]


def _email_login(pool: LivePool) -> list[Sample]:
    pool.add("", email="eli@example.com", email_verified=False, created=120 * DAYS, modified=1 * DAYS)
    return [
        Sample(
            address="eli@example.com",
            pool=LOGIN,
            cause="EMAIL_CHANGED",
            say="Eli's address is his user name, so nobody else can have it.",
            also=("EMAIL_LOGIN",),
        )
    ]


def _careful(pool: LivePool) -> list[Sample]:
    pool.add("pia", email="pia@example.com", email_verified=True, created=60 * DAYS, modified=50 * DAYS)
    pool.change_own("pia", {"email": "pia.new@example.com"})
    pool.add("mike", email="mike@example.com", email_verified=True, created=70 * DAYS, mfa=("EMAIL_OTP",))
    return [
        Sample(
            address="mike@example.com",
            pool=CAREFUL,
            cause="RESET_BLOCKED",
            say="Mike signs in with a code by e-mail as well, so no code by e-mail can reset his password.",
            also=("PENDING_CHANGE",),
        ),
        Sample(
            address="pia@example.com",
            pool=CAREFUL,
            cause="VERIFIED",
            say="Pia changed her e-mail; this pool keeps the old one until she enters the code.",
            also=("PENDING_CHANGE",),
        ),
    ]


def _legacy(pool: LivePool) -> list[Sample]:
    pool.add("lou", email="lou@example.com", email_verified=False, created=900 * DAYS, modified=12 * DAYS)
    pool.add("otto", email="otto@example.com", email_verified=False, status="UNCONFIRMED", created=2 * DAYS)
    return [
        Sample(
            address="otto@example.com",
            pool=LEGACY,
            cause="SIGNUP_OPEN",
            say="Otto signed up where the pool sends no code at all.",
            also=("DELIVERY",),
        ),
        Sample(
            address="lou@example.com",
            pool=LEGACY,
            cause="NO_AUTOVERIFY",
            say="Lou's pool never mails a code, and its mail is broken anyway.",
            also=("DELIVERY", "NO_ALIAS"),
        ),
    ]
