"""What both Python clients need: steps that print a line each, the default world's names, a sign-in by form, and a webhook receiver."""

import hashlib
import hmac
import json
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import requests

FACEBOOK = os.environ["LINK_SANDBOX_FACEBOOK"]
INSTAGRAM = os.environ["LINK_SANDBOX_INSTAGRAM"]
WAIT = 15

APP, SECRET = "1000000000000001", "sandbox-app-secret"
APP_TOKEN = f"{APP}|{SECRET}"
INSTAGRAM_APP, INSTAGRAM_SECRET = "1000000000000002", "sandbox-instagram-secret"
VERIFY_TOKEN = "sandbox-verify"
PERSON = "2000000000000001"
PAGE, OTHER_PAGE = "3000000000000001", "3000000000000002"
ACCOUNT, PERSONAL_ACCOUNT = "17841400000000001", "17841400000000003"
REDIRECT = "http://localhost/signed-in"
ADA, BEN = "4000000000000011", "4000000000000012"
ADA_ON_INSTAGRAM, EVE_ON_INSTAGRAM = "5000000000000011", "5000000000000015"
SCOPES = [
    "public_profile",
    "email",
    "pages_show_list",
    "pages_read_engagement",
    "pages_manage_metadata",
    "pages_messaging",
    "instagram_basic",
    "instagram_manage_messages",
    "instagram_manage_comments",
]

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944415478da63"
    "64f8cf500f000384018 05a347d6b0000000049454e44ae426082".replace(" ", "")
)
TYPES = {"png": "image/png", "mp4": "video/mp4", "mp3": "audio/mpeg", "pdf": "application/pdf"}


def check(holds, expected, got):
    if not holds:
        raise AssertionError(f"expected {expected}, got {got!r}")


def same(got, wanted, what):
    check(got == wanted, f"{what} {wanted!r}", got)


class Missing:
    """What a step that failed leaves to the steps that build on it: they fail too, and say why."""

    def __getattr__(self, _):
        raise AssertionError("expected what an earlier step gives, got nothing")

    __getitem__ = __getattr__

    def __iter__(self):
        return self["any"]

    def __str__(self):
        return self["text"]


def steps(client):
    """Gives the decorator that runs a step at once, prints its line, and leaves what it gave (`Missing` if it failed)."""

    def named(name):
        def run(work):
            try:
                value = work()
            except Exception as error:  # whatever a foreign library throws is what its user would see
                told = " ".join(f"{type(error).__name__ + ': ' if not isinstance(error, AssertionError) else ''}{error}".split())
                print(f"FAIL  {client}  {name}: {told}")
                return Missing()
            print(f"ok  {client}  {name}")
            return value

        return run

    return named


def admin(method, path, body=None):
    answer = requests.request(method, f"{FACEBOOK}/_sandbox/{path}", json=body, timeout=WAIT)
    check(answer.ok, f"the sandbox to do {method} {path}", answer.text)
    return answer.json() if answer.content else {}


def consent(dialog, **form):
    """Submits a dialog's form and gives the address that the person's browser is sent to."""
    form = {"sandbox_decision": "allow", **form}
    answer = requests.post(dialog, data=form, allow_redirects=False, timeout=WAIT)
    check(answer.status_code == 302, "a redirect (302) from the dialog", f"{answer.status_code} {answer.text[:200]}")
    location = answer.headers["location"]
    check(location.startswith(REDIRECT), f"a redirect to {REDIRECT}", location)
    # A browser keeps what follows the # to itself.
    return location.split("#", 1)[0]


def parameters(address):
    return dict(parse_qsl(urlsplit(address).query))


class Receiver:
    """The business' own server: answers the handshake, keeps what arrives, and serves files to fetch."""

    def __init__(self):
        self.handshakes = []
        self.arrived = []
        self.news = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.url = f"{self.origin}/hook"
        self.picture = self.media("png")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def media(self, kind):
        return f"{self.origin}/files/it.{kind}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def heard(self, what, test):
        """The first delivered item that `test` likes, with the delivery it came in; waits for it."""
        return self._wait(what, lambda delivery: next(filter(test, delivery["items"]), None))

    def posted(self, path):
        """The first delivery to this path; waits for it."""
        return self._wait(f"a post to {path}", lambda delivery: delivery if delivery["path"] == path else None)[0]

    def _wait(self, what, pick):
        with self.news:
            found = self.news.wait_for(lambda: self._find(pick), WAIT)
        check(found, f"a webhook with {what} within {WAIT} s", "none")
        return found

    def _find(self, pick):
        for delivery in self.arrived:
            item = pick(delivery)
            if item is not None:
                return item, delivery
        return None

    def _handler(receiver):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                path = urlsplit(self.path).path
                if path.startswith("/files/"):
                    return self.reply(200, PNG, TYPES[path.rsplit(".", 1)[1]])
                told = parameters(self.path)
                receiver.handshakes.append(told)
                known = told.get("hub.mode") == "subscribe" and told.get("hub.verify_token") == VERIFY_TOKEN
                return self.reply(200 if known else 403, told.get("hub.challenge", "").encode() if known else b"")

            do_HEAD = do_GET

            def do_POST(self):
                raw = self.rfile.read(int(self.headers["content-length"]))
                delivery = {"path": self.path, "raw": raw, "headers": self.headers, "items": items_of(raw)}
                self.reply(200, b"EVENT_RECEIVED")
                with receiver.news:
                    receiver.arrived.append(delivery)
                    receiver.news.notify_all()

            def reply(self, status, content, kind="text/plain"):
                self.send_response(status)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def log_message(self, *_):
                pass

        return Handler


def items_of(raw):
    try:
        body = json.loads(raw)
    except ValueError:
        return []
    return [
        {**item, "list": name, "object": body.get("object"), "account": entry.get("id")}
        for entry in body.get("entry", [])
        for name in ("messaging", "standby", "changes")
        for item in entry.get(name, [])
    ]


def signed(delivery, secret=SECRET):
    """Both signatures, over the bytes as they came; and the bytes are ASCII, as the platform escapes them."""
    for header, name, kind in (("x-hub-signature-256", "sha256", hashlib.sha256), ("x-hub-signature", "sha1", hashlib.sha1)):
        mac = hmac.new(secret.encode(), delivery["raw"], kind).hexdigest()
        same(delivery["headers"].get(header), f"{name}={mac}", header)
    check(delivery["raw"].isascii(), "a body of ASCII alone", delivery["raw"])


def mid_of(mid):
    return lambda item: item.get("message", {}).get("mid") == mid
