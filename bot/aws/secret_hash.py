"""The proof that a call comes from an app client that has a secret."""

import base64
import hashlib
import hmac

from bot.settings import PoolSettings


def secret_hash(pool: PoolSettings, username: str) -> str:
    """Return the SECRET_HASH of a call that carries exactly this user name; empty for a client without a secret."""
    if pool.client_secret is None:
        return ""
    key = pool.client_secret.get_secret_value().encode()
    mac = hmac.new(key, f"{username}{pool.client_id}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode()
