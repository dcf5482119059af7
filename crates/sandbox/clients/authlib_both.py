"""PyPI Authlib: its endpoints are arguments, so its OAuth2Session walks through both logins here, Facebook's and Instagram's.

It sends the client's secret as HTTP Basic unless told otherwise, and its token in the header, the query or the form.
"""

import json
from itertools import product

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc6749.errors import MismatchingStateException

from steps import (
    ACCOUNT,
    ADA,
    ADA_ON_INSTAGRAM,
    APP,
    APP_TOKEN,
    EVE_ON_INSTAGRAM,
    FACEBOOK,
    INSTAGRAM,
    INSTAGRAM_APP,
    INSTAGRAM_SECRET,
    OTHER_PAGE,
    PAGE,
    PERSON,
    PERSONAL_ACCOUNT,
    PNG,
    REDIRECT,
    SCOPES,
    SECRET,
    VERIFY_TOKEN,
    WAIT,
    Receiver,
    admin,
    check,
    consent,
    mid_of,
    parameters,
    same,
    signed,
    steps,
)

step = steps("Authlib")
hook = Receiver()

DIALOG = f"{FACEBOOK}/v26.0/dialog/oauth"
TOKEN = f"{FACEBOOK}/v26.0/oauth/access_token"
AUTHORIZE = f"{INSTAGRAM}/oauth/authorize"
INSTAGRAM_TOKEN = f"{INSTAGRAM}/oauth/access_token"
API = f"{INSTAGRAM}/v26.0"
INSTAGRAM_SCOPES = ["instagram_business_basic", "instagram_business_manage_messages"]
METHODS = ("client_secret_basic", "client_secret_post")


def facebook(**given):
    given = {"client_secret": SECRET, "scope": SCOPES, **given}
    return OAuth2Session(APP, redirect_uri=REDIRECT, default_timeout=WAIT, **given)


def instagram(**given):
    given = {"client_secret": INSTAGRAM_SECRET, "scope": INSTAGRAM_SCOPES, **given}
    return OAuth2Session(INSTAGRAM_APP, redirect_uri=REDIRECT, default_timeout=WAIT, **given)


def walk(session, dialog=DIALOG, form=None, **given):
    """Goes through the dialog; gives the address the person comes back to, and the state."""
    address, state = session.create_authorization_url(dialog, **given)
    back = consent(address, **(form or {"sandbox_person": PERSON}))
    same(parameters(back).get("state"), state, "state")
    return back, state


def walk_instagram(session, account=ACCOUNT, **form):
    return walk(session, AUTHORIZE, {"sandbox_instagram": account, **form})


def bearer(token, life=0):
    check(token.get("access_token"), "an access_token", token)
    same(token.get("token_type", "bearer").lower(), "bearer", "token_type")
    check(token.get("expires_in", 0) > life and token.get("expires_at"), f"a life of more than {life} s", token)
    return token["access_token"]


def envelope(answer, code, subcode=None):
    told = answer.json().get("error", {})
    same((told.get("code"), told.get("error_subcode")), (code, subcode), "code and subcode")
    check(answer.status_code >= 400 and told.get("fbtrace_id"), "a status that is an error, and a trace id", (answer.status_code, told))


def refused(work, code=None, subcode=None):
    try:
        answer = work()
    except OAuthError as error:
        told = error.error if isinstance(error.error, dict) else {}
        check(told.get("code"), "an OAuthError with Meta's envelope", error.error)
        if code is not None:
            same((told["code"], told.get("error_subcode")), (code, subcode), "code and subcode")
        return
    raise AssertionError(f"expected an OAuthError {code}/{subcode}, got {answer!r}")


def succeeded(answer):
    same(answer.json().get("success"), True, "success")


def facebook_login():
    for auth, verb in product(METHODS, ("POST", "GET")):

        @step(f"Facebook Login, {auth}, {verb}")
        def _():
            session = facebook(token_endpoint_auth_method=auth)
            back, state = walk(session)
            bearer(session.fetch_token(TOKEN, authorization_response=back, state=state, method=verb))
            same(session.get(f"{FACEBOOK}/v26.0/me").json()["id"], PERSON, "id")

    @step("Facebook Login without saying how, and without a version")
    def _():
        session = facebook()
        back, _ = walk(session, f"{FACEBOOK}/dialog/oauth")
        bearer(session.fetch_token(f"{FACEBOOK}/oauth/access_token", authorization_response=back))

    @step("Facebook Login with PKCE")
    def _():
        session = facebook(code_challenge_method="S256")
        verifier = generate_token(48)
        back, state = walk(session, code_verifier=verifier)
        bearer(session.fetch_token(TOKEN, authorization_response=back, state=state, code_verifier=verifier))

    @step("PKCE with another verifier is OAuthError")
    def _():
        session = facebook(code_challenge_method="S256")
        back, state = walk(session, code_verifier=generate_token(48))
        refused(lambda: session.fetch_token(TOKEN, authorization_response=back, state=state, code_verifier=generate_token(48)))

    @step("PKCE without its verifier is OAuthError")
    def _():
        session = facebook(code_challenge_method="S256")
        back, state = walk(session, code_verifier=generate_token(48))
        refused(lambda: session.fetch_token(TOKEN, authorization_response=back, state=state))

    @step("OpenID's scope and nonce with PKCE")
    def _():
        session = facebook(scope=["openid", "public_profile"], code_challenge_method="S256")
        verifier = generate_token(48)
        back, state = walk(session, code_verifier=verifier, nonce=generate_token())
        bearer(session.fetch_token(TOKEN, authorization_response=back, state=state, code_verifier=verifier))

    @step("Login for Business by configuration")
    def _():
        session = facebook(scope=None)
        back, state = walk(session, config_id="6000000000000001", override_default_response_type="true")
        bearer(session.fetch_token(TOKEN, authorization_response=back, state=state))

    @step("a refusal in the dialog is no code")
    def _():
        back, _ = walk(facebook(), form={"sandbox_person": PERSON, "sandbox_decision": "deny"})
        same(parameters(back)["error"], "access_denied", "error")

    @step("a declined permission, asked again")
    def _():
        session = facebook(scope=["pages_show_list", "instagram_manage_comments"])
        back, state = walk(session, form={"sandbox_person": PERSON, "sandbox_scopes": "pages_show_list"})
        session.fetch_token(TOKEN, authorization_response=back, state=state)
        status = lambda: {it["permission"]: it["status"] for it in session.get(f"{FACEBOOK}/v26.0/me/permissions").json()["data"]}
        same(status()["instagram_manage_comments"], "declined", "status")
        back, state = walk(session, auth_type="rerequest")
        session.fetch_token(TOKEN, authorization_response=back, state=state)
        same(status()["instagram_manage_comments"], "granted", "status")

    @step("a used code is OAuthError")
    def _():
        session = facebook()
        back, state = walk(session)
        session.fetch_token(TOKEN, authorization_response=back, state=state)
        refused(lambda: session.fetch_token(TOKEN, authorization_response=back, state=state), 100, 36009)

    for auth in METHODS:

        @step(f"a wrong secret is OAuthError, {auth}")
        def _():
            session = facebook(client_secret="not-the-secret", token_endpoint_auth_method=auth)
            back, state = walk(session)
            refused(lambda: session.fetch_token(TOKEN, authorization_response=back, state=state), 1)

    @step("the platform is out of order: the error of requests")
    def _():
        session = facebook()
        back, state = walk(session)
        admin("POST", "faults", {"match": {"method": "POST", "path": "/oauth/access_token"}, "times": 1, "answer": {"status": 500, "code": 2}})
        try:
            session.fetch_token(TOKEN, authorization_response=back, state=state)
        except requests.HTTPError:
            bearer(session.fetch_token(TOKEN, authorization_response=back, state=state))
            return
        raise AssertionError("expected an HTTPError, got a token")

    @step("a state that is not ours is not taken")
    def _():
        session = facebook()
        back, _ = walk(session)
        try:
            session.fetch_token(TOKEN, authorization_response=back, state="another")
        except MismatchingStateException:
            return
        raise AssertionError("expected a MismatchingStateException, got a token")

    @step("client_credentials")
    def _():
        token = facebook(scope=None).fetch_token(TOKEN, grant_type="client_credentials")
        check(token["access_token"], "a token", token)


def facebook_calls():
    @step("exchange for a long-lived token, by Basic")
    def session():
        short = facebook()
        back, state = walk(short)
        token = short.fetch_token(TOKEN, authorization_response=back, state=state)["access_token"]
        long = facebook(scope=None)
        bearer(long.fetch_token(TOKEN, grant_type="fb_exchange_token", fb_exchange_token=token), 50 * 86400)
        return long

    @step("list Pages")
    def pages():
        data = session.get(f"{FACEBOOK}/v26.0/me/accounts", params={"fields": "id,access_token"}).json()["data"]
        same(sorted(it["id"] for it in data), [PAGE, OTHER_PAGE], "the Pages")
        return {it["id"]: it["access_token"] for it in data}

    for place in ("header", "uri", "body"):

        @step(f"send as the Page, the token in the {place}")
        def _():
            page = OAuth2Session(token={"access_token": pages[PAGE], "token_type": "bearer"}, token_placement=place, default_timeout=WAIT)
            # Only a body that is text can take the token in.
            form = {"recipient": json.dumps({"id": ADA}), "message": json.dumps({"text": f"in the {place}"}), "messaging_type": "RESPONSE"}
            answer = page.post(f"{FACEBOOK}/v26.0/me/messages", data=form).json()
            same(answer.get("recipient_id"), ADA, "recipient_id")

    @step("a wrong token in the header is answered with www-authenticate")
    def _():
        answer = OAuth2Session(token={"access_token": "wrong", "token_type": "bearer"}).get(f"{FACEBOOK}/v26.0/me")
        envelope(answer, 190)
        check("www-authenticate" in answer.headers, "www-authenticate", dict(answer.headers))


def instagram_login():
    for auth in METHODS:

        @step(f"Instagram Login, {auth}")
        def _():
            session = instagram(token_endpoint_auth_method=auth)
            back, state = walk_instagram(session)
            token = session.fetch_token(INSTAGRAM_TOKEN, authorization_response=back, state=state)
            check(token.get("access_token") and token.get("user_id"), "access_token and user_id", token)
            told = token["permissions"] if isinstance(token["permissions"], list) else token["permissions"].split(",")
            same(sorted(told), INSTAGRAM_SCOPES, "permissions")

    @step("Instagram Login with the parameters of PKCE, which do no harm")
    def _():
        session = instagram(code_challenge_method="S256")
        verifier = generate_token(48)
        address, state = session.create_authorization_url(AUTHORIZE, code_verifier=verifier)
        back = consent(address, sandbox_instagram=ACCOUNT)
        token = session.fetch_token(INSTAGRAM_TOKEN, authorization_response=back, state=state, code_verifier=verifier)
        check(token.get("access_token"), "a token", token)

    @step("a refusal in Instagram's dialog is no code")
    def _():
        back, _ = walk_instagram(instagram(), sandbox_decision="deny")
        told = parameters(back)
        same((told["error"], told["error_reason"]), ("access_denied", "user_denied"), "error and reason")

    @step("a used code: the old shape of errors, and no token")
    def _():
        session = instagram()
        back, state = walk_instagram(session)
        session.fetch_token(INSTAGRAM_TOKEN, authorization_response=back, state=state)
        told = session.fetch_token(INSTAGRAM_TOKEN, authorization_response=back, state=state)
        same((told.get("error_type"), told.get("code"), told.get("access_token")), ("OAuthException", 400, None), "error_type, code, token")
        check(told.get("error_message"), "an error_message", told)

    @step("a wrong secret: the old shape of errors, and no token")
    def _():
        session = instagram(client_secret=SECRET)
        back, state = walk_instagram(session)
        told = session.fetch_token(INSTAGRAM_TOKEN, authorization_response=back, state=state)
        same((told.get("error_type"), told.get("access_token")), ("OAuthException", None), "error_type and token")

    @step("a personal account gets no code")
    def _():
        address, _ = instagram().create_authorization_url(AUTHORIZE)
        answer = requests.post(address, data={"sandbox_instagram": PERSONAL_ACCOUNT, "sandbox_decision": "allow"}, allow_redirects=False, timeout=WAIT)
        check("code=" not in answer.headers.get("location", ""), "no code", answer.headers.get("location"))
        check("json" not in answer.headers.get("content-type", ""), "a page or a redirect for a person", answer.text)


def instagram_calls():
    @step("exchange for a long-lived Instagram token")
    def session():
        session = instagram()
        back, state = walk_instagram(session)
        session.fetch_token(INSTAGRAM_TOKEN, authorization_response=back, state=state)
        short = session.token["access_token"]
        given = {"grant_type": "ig_exchange_token", "client_secret": INSTAGRAM_SECRET, "access_token": short}
        token = session.get(f"{INSTAGRAM}/access_token", params=given).json()
        check(token.get("access_token") and token["expires_in"] > 50 * 86400, "about sixty days", token)
        session.token = token
        return session

    @step("exchange by fetch_token with GET")
    def _():
        other = instagram()
        back, state = walk_instagram(other)
        short = other.fetch_token(INSTAGRAM_TOKEN, authorization_response=back, state=state)["access_token"]
        exchange = instagram(scope=None)
        given = {"grant_type": "ig_exchange_token", "client_secret": INSTAGRAM_SECRET, "access_token": short}
        bearer(exchange.fetch_token(f"{INSTAGRAM}/access_token", method="GET", **given), 50 * 86400)

    @step("me, with its two ids")
    def _():
        me = session.get(f"{API}/me", params={"fields": "id,user_id,username,name,account_type"}).json()
        same((me["user_id"], me["username"], me["account_type"].upper()), (ACCOUNT, "harbourbooks", "BUSINESS"), "user_id, username, type")
        check(me["id"] and me["id"] != me["user_id"], "an id that is not the user_id", me)

    @step("subscribe the app to Instagram, and the account")
    def _():
        form = {"object": "instagram", "callback_url": hook.url, "verify_token": VERIFY_TOKEN, "fields": "messages,message_reactions,messaging_seen"}
        succeeded(requests.post(f"{FACEBOOK}/v26.0/{APP}/subscriptions", params={"access_token": APP_TOKEN}, data=form, timeout=WAIT))
        succeeded(session.post(f"{API}/me/subscribed_apps", params={"subscribed_fields": "messages,message_reactions"}))
        data = session.get(f"{API}/{ACCOUNT}/subscribed_apps").json()["data"]
        check(len(data) == 1 and "messages" in data[0]["subscribed_fields"], "one app with messages", data)

    @step("a customer writes, and the webhook is signed with Instagram's secret")
    def _():
        text = "Ça va? 🐚 a/b"
        mid = admin("POST", "customers/c5/messages", {"to": ACCOUNT, "text": text})["mid"]
        item, delivery = hook.heard("the message", lambda it: it.get("message", {}).get("text") == text)
        same(item["sender"]["id"], EVE_ON_INSTAGRAM, "sender")
        same((item["object"], item["account"]), ("instagram", ACCOUNT), "object and account")
        check(mid, "a mid", mid)
        signed(delivery, INSTAGRAM_SECRET)

    def send(message, to=EVE_ON_INSTAGRAM, **more):
        return session.post(f"{API}/me/messages", json={"recipient": {"id": to}, "message": message, **more})

    def sent(answer, to=EVE_ON_INSTAGRAM):
        told = answer.json()
        same(told.get("recipient_id"), to, "recipient_id")
        check(told.get("message_id"), "a message_id", told)
        return told["message_id"]

    @step("send text, and its echo")
    def _():
        mid = sent(send({"text": "Très bien"}))
        item, _ = hook.heard("the echo", mid_of(mid))
        same(item["message"]["is_echo"], True, "is_echo")

    @step("send quick replies and templates")
    def _():
        sent(send({"text": "Which?", "quick_replies": [{"content_type": "text", "title": "A", "payload": "A"}]}))
        buttons = [{"type": "postback", "title": "Buy", "payload": "BUY"}]
        generic = {"template_type": "generic", "elements": [{"title": "Tea", "image_url": hook.picture, "buttons": buttons}]}
        sent(send({"attachment": {"type": "template", "payload": generic}}))
        sent(send({"attachment": {"type": "template", "payload": {"template_type": "button", "text": "Well?", "buttons": buttons}}}))

    @step("send a picture by URL, and a heart")
    def _():
        sent(send({"attachment": {"type": "image", "payload": {"url": hook.picture}}}))
        sent(send({"attachment": {"type": "like_heart"}}))

    @step("upload by multipart, and reuse")
    def _():
        message = json.dumps({"attachment": {"type": "image", "payload": {"is_reusable": True}}})
        answer = session.post(f"{API}/me/message_attachments", data={"message": message}, files={"filedata": ("a.png", PNG, "image/png")}).json()
        check(answer.get("attachment_id"), "an attachment_id", answer)
        sent(send({"attachment": {"type": "image", "payload": {"attachment_id": answer["attachment_id"]}}}))

    @step("reaction, typing, seen")
    def _():
        given = {"platform": "instagram", "user_id": EVE_ON_INSTAGRAM, "fields": "messages.limit(20){id,from}"}
        thread = session.get(f"{API}/me/conversations", params=given).json()["data"][0]
        theirs = [it["id"] for it in thread["messages"]["data"] if it["from"]["id"] == EVE_ON_INSTAGRAM]
        react = {"sender_action": "react", "payload": {"message_id": theirs[0], "reaction": "love"}}
        for action in (react, {"sender_action": "typing_on"}, {"sender_action": "mark_seen"}):
            answer = session.post(f"{API}/{ACCOUNT}/messages", json={"recipient": {"id": EVE_ON_INSTAGRAM}, **action})
            same(answer.json().get("recipient_id"), EVE_ON_INSTAGRAM, "recipient_id")

    @step("conversations with nested fields, by cursor")
    def _():
        given = {"platform": "instagram", "fields": "id,updated_time,participants,messages.limit(2){id,message,from,to,created_time}", "limit": 2}
        first = session.get(f"{API}/me/conversations", params=given).json()
        second = session.get(f"{API}/me/conversations", params={**given, "after": first["paging"]["cursors"]["after"]}).json()
        ids = {it["id"] for it in first["data"] + second["data"]}
        same((len(ids), len(first["data"][0]["messages"]["data"])), (3, 2), "how many conversations and messages:")
        usernames = {who.get("username") for it in first["data"] for who in it["participants"]["data"]}
        check("harbourbooks" in usernames, "harbourbooks among the participants", usernames)

    @step("only the newest twenty can be read")
    def _():
        given = {"platform": "instagram", "user_id": ADA_ON_INSTAGRAM, "fields": "messages.limit(30){id}"}
        ids = [it["id"] for it in session.get(f"{API}/{ACCOUNT}/conversations", params=given).json()["data"][0]["messages"]["data"]]
        same(session.get(f"{API}/{ids[0]}", params={"fields": "id,message"}).json().get("id"), ids[0], "id")
        envelope(session.get(f"{API}/{ids[29]}", params={"fields": "id,message"}), 9000001)

    @step("profile of a customer")
    def _():
        profile = session.get(f"{API}/{EVE_ON_INSTAGRAM}", params={"fields": "name,username,profile_pic,follower_count,is_user_follow_business"}).json()
        same(profile.get("id"), EVE_ON_INSTAGRAM, "id")
        check(profile.get("username"), "a username", profile)

    @step("messenger profile: ice breakers set, get, delete")
    def _():
        breakers = [{"locale": "default", "call_to_actions": [{"question": "Open today?", "payload": "OPEN"}]}]
        same(session.post(f"{API}/me/messenger_profile", json={"ice_breakers": breakers}).json(), {"result": "success"}, "answer")
        data = session.get(f"{API}/me/messenger_profile", params={"fields": "ice_breakers"}).json()["data"]
        same(data[0]["ice_breakers"][0]["call_to_actions"], breakers[0]["call_to_actions"], "call_to_actions")
        same(session.delete(f"{API}/me/messenger_profile", json={"fields": ["ice_breakers"]}).json(), {"result": "success"}, "answer")

    @step("errors: somebody unknown, too long a text, an unknown path, no token")
    def _():
        envelope(send({"text": "hi"}, "5000000000000099"), 100, 2534014)
        same(send({"text": "é" * 501}).json()["error"]["code"], 100, "code")
        same(session.get(f"{API}/me/doors").json()["error"]["code"], 2500, "code")
        told = requests.get(f"{API}/me", timeout=WAIT).json()["error"]
        same((told["code"], told["type"]), (190, "IGApiException"), "code and type")

    @step("refresh within a day is refused")
    def _():
        answer = session.get(f"{INSTAGRAM}/refresh_access_token", params={"grant_type": "ig_refresh_token", "access_token": session.token["access_token"]})
        same(answer.status_code, 400, "status")
        check(answer.json().get("error"), "an error envelope", answer.text)

    @step("refresh after a day")
    def _():
        admin("POST", "clock", {"advance": "25h"})
        old = session.token["access_token"]
        token = session.get(f"{INSTAGRAM}/refresh_access_token", params={"grant_type": "ig_refresh_token", "access_token": old}).json()
        check(token.get("access_token") and token["expires_in"] > 59 * 86400, "sixty days", token)
        session.token = token
        same(session.get(f"{API}/me", params={"fields": "user_id"}).json()["user_id"], ACCOUNT, "user_id")

    @step("outside the window, and as a human agent")
    def _():
        envelope(send({"text": "Too late"}, ADA_ON_INSTAGRAM), 10, 2534022)
        sent(send({"text": "I looked it up"}, ADA_ON_INSTAGRAM, tag="HUMAN_AGENT"), ADA_ON_INSTAGRAM)

    @step("the same customer through Instagram Login and through the Page: two ids for one message")
    def _():
        text = "Which road?"
        admin("POST", "customers/c5/messages", {"to": ACCOUNT, "text": text})
        tokens = admin("POST", "tokens", {"person": PERSON, "scopes": SCOPES, "road": "facebook"})["page_tokens"]
        page = OAuth2Session(token={"access_token": tokens[PAGE], "token_type": "bearer"}, default_timeout=WAIT)
        given = {"platform": "instagram", "user_id": EVE_ON_INSTAGRAM, "fields": "messages.limit(1){id,message}"}
        newest = [
            road.get(url, params=given).json()["data"][0]["messages"]["data"][0]
            for road, url in ((session, f"{API}/me/conversations"), (page, f"{FACEBOOK}/v26.0/me/conversations"))
        ]
        same([it["message"] for it in newest], [text, text], "the texts")
        check(newest[0]["id"] != newest[1]["id"], "different ids", newest)

    @step("unsubscribe the account")
    def _():
        succeeded(session.delete(f"{API}/me/subscribed_apps"))
        same(session.get(f"{API}/me/subscribed_apps").json()["data"], [], "data")

    @step("after sixty days without refresh the token is dead")
    def _():
        admin("POST", "clock", {"advance": "61d"})
        told = session.get(f"{API}/me", params={"fields": "user_id"}).json()["error"]
        same(told["code"], 190, "code")


def main():
    admin("POST", "reset")
    for part in (facebook_login, facebook_calls, instagram_login, instagram_calls):
        part()
    hook.stop()


main()
