"""A PostgreSQL as Amazon RDS would be: another machine's, with a password, and a certificate that nobody trusts yet."""

import secrets
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deployments.room import Confined, Room
from tests.deployments.trials import QUIET

_DATA = "/var/lib/postgresql/tried"
_MADE = f"""
apt-get update -qq
# Python is for how a program is held here.
apt-get install -qq --no-install-recommends openssl postgresql python3
cd /var/lib/postgresql
cat > password
bin=$(echo /usr/lib/postgresql/*/bin)
setpriv --reuid=postgres --regid=postgres --clear-groups sh -e <<END
$bin/initdb --username=desk --pwfile=password --auth=scram-sha-256 --encoding=UTF8 {_DATA}
echo 'CREATE DATABASE desk' | $bin/postgres --single -D {_DATA} postgres
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \\
    -keyout {_DATA}/server.key -out {_DATA}/server.crt
echo 'hostssl all all all scram-sha-256' > {_DATA}/pg_hba.conf
END
rm password
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """Where it is, and what a desk needs to get in."""

    port: int
    password: str
    certificate: Path
    """Of the authority that signs the server's."""

    def environ(self, certificate: str) -> Mapping[str, str]:
        """Return a desk's variables, as the template for Fargate sets them."""
        address = f"postgresql://desk@localhost:{self.port}/desk?sslmode=verify-full&sslrootcert={certificate}"
        return {"DESK_DATABASE_URL": address, "PGPASSWORD": self.password}


@contextmanager
def postgresql(room: Room) -> Iterator[Database]:
    """Let one run in a room."""
    password = secrets.token_hex(16)
    room.sh(_MADE, environ=QUIET, given=password)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    user, group = (int(room.sh(f"id -{kind} postgres")) for kind in "ug")
    held = Confined(user=user, group=group, folder="/", environ={}, writable=_DATA)
    said = {"port": port, "ssl": "on", "unix_socket_directories": "", "dynamic_shared_memory_type": "mmap"}
    options = [word for name, value in said.items() for word in ("-c", f"{name}={value}")]
    [program] = (room.path / "usr/lib/postgresql").glob("*/bin/postgres")
    with room.start([f"/{program.relative_to(room.path)}", "-D", _DATA, *options], held) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if "ready to accept connections" in line:
                break
        else:
            raise SystemExit(f"PostgreSQL ended with exit code {running.wait()}.")
        yield Database(port=port, password=password, certificate=room.path / _DATA.lstrip("/") / "server.crt")
