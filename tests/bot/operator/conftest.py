"""What the doctor's tests share: AWS's own services, as far as the doctor asks them."""

import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[set[str]]:
    """STS and IAM's simulation over HTTP; the set holds the actions that IAM would deny. No role can be assumed."""
    denied: set[str] = set()

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            (action,) = asked["Action"]
            answers = {"AssumeRole": _refusal, "GetCallerIdentity": _identity}
            body = answers[action]() if action in answers else _simulation(asked, denied)
            self.send_response(403 if action == "AssumeRole" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, _: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    for service in ("STS", "IAM"):
        monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", f"http://127.0.0.1:{server.server_port}")
    yield denied
    server.shutdown()
    server.server_close()
    thread.join()


def _identity() -> bytes:
    arn = "arn:aws:sts::111122223333:assumed-role/desk/i-1"
    result = f"<GetCallerIdentityResult><Arn>{arn}</Arn></GetCallerIdentityResult>"
    return f"<GetCallerIdentityResponse>{result}</GetCallerIdentityResponse>".encode()


def _refusal() -> bytes:
    return b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>not authorized</Message></Error></ErrorResponse>"


def _simulation(asked: Mapping[str, list[str]], denied: set[str]) -> bytes:
    assert asked["PolicySourceArn"] == ["arn:aws:iam::111122223333:role/desk"]
    actions = [values[0] for name, values in asked.items() if name.startswith("ActionNames.member.")]
    members = "".join(
        f"<member><EvalActionName>{action}</EvalActionName>"
        f"<EvalDecision>{'implicitDeny' if action in denied else 'allowed'}</EvalDecision></member>"
        for action in actions
    )
    result = f"<EvaluationResults>{members}</EvaluationResults><IsTruncated>false</IsTruncated>"
    return (
        "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult>"
        f"{result}</SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>"
    ).encode()
