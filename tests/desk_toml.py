"""The least that an operator writes into desk.toml, for tests that start the program."""

_TEXT = """\
[people]
agents = ["S0SUPPORT"]
leads = ["S0LEADS"]
[channels]
allowed = ["C0SUPPORT"]
[approvals]
open_requests = 10000
[pools.prod]
id = "{pool}"
region = "us-east-1"
client_id = "{client}"
"""


def desk_toml(*, pool: str, client: str) -> str:
    """Return it for one pool, by the ids of the pool and of its app client."""
    return _TEXT.format(pool=pool, client=client)
