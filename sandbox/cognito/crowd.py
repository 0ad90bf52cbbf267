"""A pool of some hundred people for checks of whole pools and for runs over many: made by rule, the same each time."""

from datetime import timedelta

from sandbox.cognito.livepool import LivePool
from sandbox.cognito.server import CognitoServer

MEMBERS = "members"
PEOPLE = 600

_OVER = timedelta(days=730)
"""How long ago the first account was created; the last one is about a day old."""
_PROVIDERS = {
    # Nobody has mapped the claim, so that each sign-in with Google clears the flag.
    "Google": ("Google", {"email": "email", "name": "name"}),
    "Okta": ("OIDC", {"email": "email", "email_verified": "email_verified"}),
}
# Twenty-four and twenty-five names: both together repeat after 600.
_GIVEN = (
    *("ada", "bo", "carl", "dina", "emil", "fern", "gus", "hana", "ilya", "june", "kofi", "lea"),
    *("milo", "nuri", "oki", "paul", "quin", "rui", "sara", "tom", "ugo", "val", "wim", "yara"),
)
_FAMILY = (
    *("abel", "baum", "costa", "dahl", "endo", "frey", "gill", "hart", "inoue", "joshi", "kern", "lund"),
    *("mora", "nagy", "ott", "park", "quist", "rey", "sato", "toth", "udo", "vega", "wolf", "yildiz", "zapf"),
)


def crowd(server: CognitoServer, *, people: int = PEOPLE) -> LivePool:
    """Create the pool and its people, 600 at most; of sixty there are always as many of each kind."""
    pool = server.pools.create(MEMBERS, region="eu-central-1")
    for name, (kind, mapping) in _PROVIDERS.items():
        pool.add_provider(name, kind, mapping)
    for n in range(people):
        _add(pool, n, age=_OVER * (people - n) / people)
    return pool


def _add(pool: LivePool, n: int, *, age: timedelta) -> None:
    name, kind = _name(n), n % 60
    email = f"{name}@example.com"
    if kind < 27:
        pool.add(name, email=email, email_verified=True, created=age, modified=age / 2)
    elif kind < 41:
        _come(pool, "Google", f"{10_000 + n}", email, age=age, verified=True)
    elif kind < 44:
        _come(pool, "Okta", f"00u{n}", email, age=age, verified=kind < 43)
    elif kind < 50:
        pool.add(name, email=email, email_verified=False, created=age, modified=age / 2)
    elif kind < 53:
        pool.add(name, email=email, email_verified=False, status="UNCONFIRMED", created=age)
    elif kind < 56:
        pool.add(name, email=email, email_verified=True, status="FORCE_CHANGE_PASSWORD", created=age)
    elif kind == 56:
        pool.add(name, email=email, email_verified=False, status="RESET_REQUIRED", created=age, modified=age / 5)
    elif kind == 57:
        pool.add(name, email=email, email_verified=True, enabled=False, created=age)
    elif kind == 58:
        # Somebody's second account, which has taken the address from the first one.
        pool.add(f"{_name(n - 58)}.new", email=f"{_name(n - 58)}@example.com", email_verified=True, created=age)
    else:
        # And one with the same address but for its letter case.
        pool.add(f"{_name(n - 58)}.2", email=f"{_name(n - 58).title()}@example.com", email_verified=False, created=age)


def _name(n: int) -> str:
    return f"{_GIVEN[n % len(_GIVEN)]}.{_FAMILY[n % len(_FAMILY)]}"


def _come(pool: LivePool, provider: str, subject: str, email: str, *, age: timedelta, verified: bool) -> None:
    pool.sign_in(provider, {"sub": subject, "email": email, "email_verified": verified, "name": email})
    pool.backdate(f"{provider}_{subject}", created=age, modified=age / 4)
