"""PyPI facebook-sdk, pointed here with `facebook.FACEBOOK_GRAPH_URL`.

It knows no version after 3.1, which ended long ago and is served by the next living one. Its writes are forms whose values are JSON text.
"""

import datetime
import json
import re

import facebook
import requests

from steps import (
    ACCOUNT,
    ADA,
    APP,
    APP_TOKEN,
    BEN,
    EVE_ON_INSTAGRAM,
    FACEBOOK,
    OTHER_PAGE,
    PAGE,
    PERSON,
    PNG,
    REDIRECT,
    SCOPES,
    SECRET,
    VERIFY_TOKEN,
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

facebook.FACEBOOK_GRAPH_URL = FACEBOOK + "/"
facebook.FACEBOOK_WWW_URL = FACEBOOK + "/"

step = steps("facebook-sdk")
hook = Receiver()


def graph(token=None):
    return facebook.GraphAPI(access_token=token, version="3.1")


def refused(work, code, subcode=None, kind=None):
    try:
        answer = work()
    except facebook.GraphAPIError as error:
        same((error.code, error.result["error"].get("error_subcode")), (code, subcode), "code and subcode")
        check(error.message and error.type, "a message and a type", error.result)
        if kind:
            same(error.type, kind, "type")
        check(error.result["error"].get("fbtrace_id"), "a trace id", error.result)
        return
    raise AssertionError(f"expected a GraphAPIError {code}/{subcode}, got {answer!r}")


def send(me, to, message, **more):
    given = {"messaging_type": "RESPONSE", **more}
    return me.put_object("me", "messages", recipient=json.dumps({"id": to}), message=json.dumps(message), **given)


def sent(answer, to=ADA):
    same(answer["recipient_id"], to, "recipient_id")
    check(answer.get("message_id"), "a message_id", answer)
    return answer["message_id"]


def succeeded(answer):
    same(answer.get("success"), True, "success")


def oldest_living(today):
    """The version that answers calls of versions that have ended."""
    for version, until in (("21.0", (2027, 1, 21)), ("22.0", (2027, 5, 20)), ("23.0", (2027, 10, 8)), ("24.0", (2028, 2, 18)), ("25.0", (2028, 7, 29))):
        if today < datetime.date(*until):
            return version
    return "26.0"


def sign_in():
    nobody = graph()

    @step("sign in by get_auth_url")
    def code():
        dialog = nobody.get_auth_url(APP, REDIRECT, perms=SCOPES, state="s1")
        back = parameters(consent(dialog, sandbox_person=PERSON))
        same(back["state"], "s1", "state")
        return back["code"]

    @step("a refusal in the dialog")
    def _():
        dialog = nobody.get_auth_url(APP, REDIRECT, perms=["pages_show_list"], state="s2")
        back = parameters(consent(dialog, sandbox_person=PERSON, sandbox_decision="deny"))
        same((back["error"], back["error_reason"], back["state"]), ("access_denied", "user_denied", "s2"), "error, reason, state")

    @step("a code for another address is refused")
    def _():
        refused(lambda: nobody.get_access_token_from_code(code, REDIRECT + "/elsewhere", APP, SECRET), 100, 36008, "OAuthException")

    @step("a wrong secret is refused")
    def _():
        refused(lambda: nobody.get_access_token_from_code(code, REDIRECT, APP, "not-the-secret"), 1)

    @step("get_access_token_from_code")
    def short():
        answer = nobody.get_access_token_from_code(code, REDIRECT, APP, SECRET)
        check(answer["expires_in"] > 0, "a life", answer)
        return answer["access_token"]

    @step("a used code is refused")
    def _():
        refused(lambda: nobody.get_access_token_from_code(code, REDIRECT, APP, SECRET), 100, 36009)

    @step("extend_access_token")
    def long():
        answer = graph(short).extend_access_token(APP, SECRET)
        check(answer["expires_in"] > 50 * 86400, "about sixty days", answer)
        return answer["access_token"]

    @step("get_app_access_token")
    def _():
        token = nobody.get_app_access_token(APP, SECRET)
        check(token, "a token", token)
        same(graph(token).get_object(APP)["id"], APP, "id")
        same(nobody.get_app_access_token(APP, SECRET, offline=True), APP_TOKEN, "the token that needs no call")

    return short, long


def as_person(short, long):
    me = graph(long)

    @step("get_object")
    def _():
        got = me.get_object("me", fields="id,name")
        same((got["id"], got["name"]), (PERSON, "Robin Keeper"), "id and name")

    @step("get_version")
    def _():
        same(me.get_version(), oldest_living(datetime.date.today()), "version")

    @step("get_permissions")
    def _():
        granted = me.get_permissions("me")
        check(set(SCOPES) <= granted, f"all of {sorted(SCOPES)}", granted)

    @step("debug_access_token")
    def _():
        data = me.debug_access_token(short, APP, SECRET)["data"]
        same((data["app_id"], data["type"], data["is_valid"], data["user_id"]), (APP, "USER", True, PERSON), "app, type, validity, person")
        check(data["expires_at"] > data["issued_at"], "an end after the beginning", data)

    @step("debug_access_token of nonsense is no error")
    def _():
        data = me.debug_access_token("nonsense", APP, SECRET)["data"]
        same((data["is_valid"], data["error"]["code"]), (False, 190), "validity and code")

    @step("get_all_connections lists the Pages, following next")
    def pages():
        found = list(me.get_all_connections("me", "accounts", fields="id,name,access_token", limit=1))
        same(sorted(page["id"] for page in found), [PAGE, OTHER_PAGE], "the Pages")
        return {page["id"]: page["access_token"] for page in found}

    @step("get_objects")
    def _():
        got = me.get_objects([PAGE, ACCOUNT], fields="id,name")
        same((got[PAGE]["name"], got[ACCOUNT]["id"]), ("Harbour Books", ACCOUNT), "name and id")

    @step("get_objects with one that is not there")
    def _():
        try:
            me.get_objects([PAGE, "9999999999999999"])
        except facebook.GraphAPIError:
            return
        raise AssertionError("expected a GraphAPIError, got an answer")

    @step("a wrong token is GraphAPIError")
    def _():
        refused(lambda: graph("EAAwrong").get_object("me"), 190, None, "OAuthException")

    @step("no token is GraphAPIError")
    def _():
        try:
            graph().get_object("me")
        except facebook.GraphAPIError as error:
            check(error.code in (104, 190, 2500), "104, 190 or 2500", error.result)
            return
        raise AssertionError("expected a GraphAPIError, got an answer")

    @step("an unknown object is GraphAPIError")
    def _():
        refused(lambda: me.get_object("9999999999999999"), 100, 33, "GraphMethodException")

    @step("a word as an id is GraphAPIError")
    def _():
        try:
            me.get_object("no-such-word")
        except facebook.GraphAPIError as error:
            check(error.code in (100, 803), "100 or 803", error.result)
            return
        raise AssertionError("expected a GraphAPIError, got an answer")

    return pages


def subscribe(page):
    app, me = graph(APP_TOKEN), graph(page)

    @step("subscribe the app, with its handshake")
    def _():
        fields = "messages,message_echoes,messaging_postbacks"
        succeeded(app.put_object(APP, "subscriptions", object="page", callback_url=hook.url, verify_token=VERIFY_TOKEN, fields=fields, include_values="true"))
        succeeded(app.put_object(APP, "subscriptions", object="instagram", callback_url=hook.url, verify_token=VERIFY_TOKEN, fields="messages"))
        check(len(hook.handshakes) == 2 and hook.handshakes[0]["hub.challenge"], "two handshakes with challenges", hook.handshakes)

    @step("read the subscriptions of the app")
    def _():
        data = app.get_connections(APP, "subscriptions")["data"]
        same(sorted(it["object"] for it in data), ["instagram", "page"], "the objects")

    @step("subscribe the Page")
    def _():
        succeeded(me.put_object(PAGE, "subscribed_apps", subscribed_fields="messages,message_echoes,messaging_postbacks"))
        data = me.get_connections(PAGE, "subscribed_apps")["data"]
        same([it["id"] for it in data], [APP], "the apps")

    @step("a customer writes, and the webhook is signed over its bytes")
    def _():
        text = "Schönen Tag! 👋 a/b <i>"
        mid = admin("POST", "customers/c1/messages", {"to": PAGE, "text": text})["mid"]
        item, delivery = hook.heard("the message", mid_of(mid))
        same((item["message"]["text"], item["sender"]["id"]), (text, ADA), "text and sender")
        signed(delivery)

    @step("a customer writes on Instagram, through the Page")
    def _():
        mid = admin("POST", "customers/c5/messages", {"to": ACCOUNT, "text": "¿Hola?"})["mid"]
        item, delivery = hook.heard("the message", mid_of(mid))
        same((item["object"], item["account"], item["sender"]["id"]), ("instagram", ACCOUNT, EVE_ON_INSTAGRAM), "object, account, sender")
        signed(delivery)


def talk(page):
    me = graph(page)

    @step("send text, and its echo")
    def _():
        mid = sent(send(me, ADA, {"text": "Grüße & mehr = 100 %"}))
        item, _ = hook.heard("the echo", mid_of(mid))
        same((item["message"]["text"], item["message"]["is_echo"]), ("Grüße & mehr = 100 %", True), "text and is_echo")

    @step("send quick replies")
    def _():
        sent(send(me, ADA, {"text": "Which?", "quick_replies": [{"content_type": "text", "title": "A", "payload": "A"}]}))

    @step("send a button template, its button is tapped")
    def _():
        buttons = [{"type": "postback", "title": "Order", "payload": "ORDER"}]
        mid = sent(send(me, ADA, {"attachment": {"type": "template", "payload": {"template_type": "button", "text": "Well?", "buttons": buttons}}}))
        admin("POST", "customers/c1/actions", {"to": PAGE, "action": "postback", "mid": mid, "title": "Order", "payload": "ORDER"})
        item, _ = hook.heard("the postback", lambda it: it.get("postback", {}).get("payload") == "ORDER")
        same(item["sender"]["id"], ADA, "sender")

    @step("answer on Instagram")
    def _():
        sent(send(me, EVE_ON_INSTAGRAM, {"text": "Hola"}), EVE_ON_INSTAGRAM)

    @step("a text too long for Instagram is GraphAPIError")
    def _():
        refused(lambda: send(me, EVE_ON_INSTAGRAM, {"text": "é" * 501}), 100)

    @step("send pictures, sound, film and files by URL")
    def _():
        for kind, ending in (("image", "png"), ("audio", "mp3"), ("video", "mp4"), ("file", "pdf")):
            sent(send(me, ADA, {"attachment": {"type": kind, "payload": {"url": hook.media(ending)}}}))

    @step("sender action")
    def _():
        same(me.put_object("me", "messages", recipient=json.dumps({"id": ADA}), sender_action="typing_on")["recipient_id"], ADA, "recipient_id")

    @step("somebody unknown is GraphAPIError")
    def _():
        refused(lambda: send(me, "4000000000000099", {"text": "hi"}), 100, 2018001)

    @step("malformed JSON in a form is GraphAPIError")
    def _():
        refused(lambda: me.put_object("me", "messages", recipient="{oops", message='{"text":"hi"}'), 100)


def uploads(page):
    me = graph(page)

    def message(kind):
        return json.dumps({"attachment": {"type": kind, "payload": {"is_reusable": True}}})

    def upload(kind, name, content, content_type):
        files = {"filedata": (name, content, content_type)}
        return me.request(f"{me.version}/me/message_attachments", post_args={"message": message(kind)}, files=files)

    @step("upload by multipart, and reuse")
    def _():
        for kind, name, content_type in (("image", "a.png", "image/png"), ("file", "prices.pdf", "application/pdf")):
            answer = upload(kind, name, PNG, content_type)
            check(answer.get("attachment_id"), "an attachment_id", answer)
            sent(send(me, ADA, {"attachment": {"type": kind, "payload": {"attachment_id": answer["attachment_id"]}}}))

    @step("upload two megabytes")
    def _():
        check(upload("file", "big.pdf", PNG * 30000, "application/pdf").get("attachment_id"), "an attachment_id", None)

    @step("upload and send in one")
    def _():
        given = {"recipient": json.dumps({"id": ADA}), "message": message("image"), "messaging_type": "RESPONSE"}
        answer = me.request(f"{me.version}/me/messages", post_args=given, files={"filedata": ("b.png", PNG, "image/png")})
        mid = sent(answer)
        item, _ = hook.heard("the echo", mid_of(mid))
        same(item["message"]["attachments"][0]["type"], "image", "the echoed attachment")

    @step("upload for Instagram")
    def _():
        files = {"filedata": ("c.png", PNG, "image/png")}
        answer = me.request(f"{me.version}/{PAGE}/message_attachments", post_args={"platform": "instagram", "message": message("image")}, files=files)
        check(answer.get("attachment_id"), "an attachment_id", answer)
        sent(send(me, EVE_ON_INSTAGRAM, {"attachment": {"type": "image", "payload": {"attachment_id": answer["attachment_id"]}}}), EVE_ON_INSTAGRAM)

    @step("an attachment_id that is not there is GraphAPIError")
    def _():
        refused(lambda: send(me, ADA, {"attachment": {"type": "image", "payload": {"attachment_id": "123"}}}), 100, 2018074)


def read(page):
    me = graph(page)

    @step("get_connections: conversations with nested fields")
    def conversation():
        fields = "participants,updated_time,messages.limit(2){id,message,created_time,from,to,attachments}"
        data = me.get_connections("me", "conversations", platform="messenger", user_id=ADA, fields=fields)["data"]
        same([len(data), len(data[0]["messages"]["data"])], [1, 2], "how many conversations and messages:")
        newest = data[0]["messages"]["data"][0]
        check(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000", newest["created_time"]), "a time with +0000", newest)
        return data[0]["id"]

    @step("get_all_connections: every message of a conversation")
    def _():
        ids = [it["id"] for it in me.get_all_connections(conversation, "messages", fields="id", limit=7)]
        check(len(ids) == len(set(ids)) and len(ids) > 30, "more than thirty different messages", len(ids))

    @step("get_all_connections: every conversation")
    def _():
        ids = [it["id"] for it in me.get_all_connections(PAGE, "conversations", fields="id", limit=3)]
        same((len(ids), len(set(ids))), (4, 4), "how many, and how many different:")

    @step("Instagram: what cannot be read any more is GraphAPIError")
    def _():
        fields = "messages.limit(40){id}"
        thread = me.get_connections(PAGE, "conversations", platform="instagram", user_id=EVE_ON_INSTAGRAM, fields=fields)["data"][0]
        ids = [it["id"] for it in thread["messages"]["data"]]
        check(len(ids) > 20, "more than twenty ids", len(ids))
        refused(lambda: me.get_object(ids[-1], fields="message,created_time"), 9000001)

    @step("get_object: profiles on both platforms")
    def _():
        same(me.get_object(ADA, fields="first_name,last_name")["last_name"], "Marsh", "last_name")
        same(me.get_object(EVE_ON_INSTAGRAM, fields="username,name")["id"], EVE_ON_INSTAGRAM, "id")


def manage(page):
    me = graph(page)

    @step("messenger profile: set, get, delete")
    def _():
        greeting = [{"locale": "default", "text": "Hello"}]
        same(me.put_object("me", "messenger_profile", greeting=json.dumps(greeting)), {"result": "success"}, "answer")
        same(me.get_connections("me", "messenger_profile", fields="greeting")["data"], [{"greeting": greeting}], "data")
        same(me.delete_object('me/messenger_profile?fields=["greeting"]'), {"result": "success"}, "answer")
        same(me.get_connections("me", "messenger_profile", fields="greeting")["data"], [], "data")

    @step("personas: put_object, get_object, delete_object")
    def _():
        made = me.put_object("me", "personas", name="Nora", profile_picture_url="https://example.com/n.png")["id"]
        same(me.get_object(made)["name"], "Nora", "name")
        sent(send(me, ADA, {"text": "Nora here"}, persona_id=made))
        succeeded(me.delete_object(made))
        same(me.get_connections("me", "personas")["data"], [], "data")

    @step("labels: put_object, get_connections, delete_object")
    def _():
        label = me.put_object("me", "custom_labels", page_label_name="regular")["id"]
        succeeded(me.put_object(label, "label", user=BEN))
        same([it["id"] for it in me.get_connections(BEN, "custom_labels")["data"]], [label], "the labels")
        succeeded(me.delete_object(f"{label}/label?user={BEN}"))
        succeeded(me.delete_object(label))

    @step("thread_owner")
    def _():
        check(isinstance(me.get_connections("me", "thread_owner", recipient=ADA)["data"], list), "a list", None)
        succeeded(me.put_object("me", "request_thread_control", recipient=json.dumps({"id": ADA})))
        same(str(me.get_connections("me", "thread_owner", recipient=ADA)["data"][0]["thread_owner"]["app_id"]), APP, "app_id")

    @step("batch by request")
    def _():
        items = [{"method": "GET", "relative_url": "me"}, {"method": "GET", "relative_url": f"{me.version}/{ADA}?fields=first_name"}]
        answers = me.request("", post_args={"batch": json.dumps(items)})
        same([it["code"] for it in answers], [200, 200], "the codes")
        same(json.loads(answers[1]["body"])["first_name"], "Ada", "first_name")


def trouble(page):
    me = graph(page)

    def fault(**given):
        admin("POST", "faults", {"match": {"method": "GET", "path": "/me"}, "times": 1, **given})

    @step("throttled, and out of order: GraphAPIError")
    def _():
        for status, code, subcode in ((400, 4, None), (400, 80006, None), (500, 1, None), (400, 368, None), (400, 10, 1893063)):
            fault(answer={"status": status, "code": code, **({"subcode": subcode} if subcode else {})})
            refused(lambda: me.get_object("me"), code, subcode)

    @step("the line is cut: the error of requests")
    def _():
        fault(drop=True)
        try:
            me.get_object("me")
        except requests.ConnectionError:
            same(me.get_object("me")["id"], PAGE, "id afterwards")
            return
        raise AssertionError("expected a ConnectionError, got an answer")

    @step("slower than its timeout: the error of requests")
    def _():
        fault(delay_ms=3000)
        try:
            facebook.GraphAPI(access_token=page, version="3.1", timeout=0.3).get_object("me")
        except requests.Timeout:
            return
        raise AssertionError("expected a Timeout, got an answer")


def ends(short, long, page):
    admin("POST", "seed", {"apps": [{"id": APP, "deauthorize_url": f"{hook.origin}/gone"}]})

    @step("outside the window is GraphAPIError")
    def _():
        admin("POST", "clock", {"advance": "30h"})
        refused(lambda: send(graph(page), BEN, {"text": "Too late"}), 10, 2018278)
        refused(lambda: send(graph(page), EVE_ON_INSTAGRAM, {"text": "Too late"}), 10, 2534022)

    @step("an expired token is GraphAPIError")
    def _():
        refused(lambda: graph(short).get_object("me"), 190, 463, "OAuthException")

    @step("a page on which the person lost the role is GraphAPIError")
    def _():
        admin("POST", f"people/{PERSON}/actions", {"action": "lose_task", "page": PAGE})
        try:
            graph(page).get_object("me")
        except facebook.GraphAPIError as error:
            same((error.code, error.result["error"].get("error_subcode")), (190, 492), "code and subcode")
        else:
            raise AssertionError("expected a GraphAPIError 190/492, got an answer")
        finally:
            admin("POST", f"people/{PERSON}/actions", {"action": "undo"})

    @step("delete_object: revoke a permission")
    def _():
        succeeded(graph(long).delete_object("me/permissions/email"))
        check("email" not in graph(long).get_permissions("me"), "no email", None)

    @step("delete_object: revoke all, tokens die, and parse_signed_request reads what the app is told")
    def _():
        succeeded(graph(long).delete_object(f"{PERSON}/permissions"))
        refused(lambda: graph(long).get_object("me"), 190, 458)
        form = parameters("?" + hook.posted("/gone")["raw"].decode())
        told = facebook.parse_signed_request(form["signed_request"], SECRET)
        check(told, "a signed_request with the right signature", form)
        same(told["user_id"], PERSON, "user_id")
        same(facebook.parse_signed_request(form["signed_request"], "not-the-secret"), False, "with another secret")


def main():
    admin("POST", "reset")
    short, long = sign_in()
    pages = as_person(short, long)
    page = pages[PAGE] if isinstance(pages, dict) else pages
    for part in (subscribe, talk, uploads, read, manage, trouble):
        part(page)
    ends(short, long, page)
    hook.stop()


main()
