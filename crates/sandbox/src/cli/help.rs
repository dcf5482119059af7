//! What `--help` teaches beyond the options.

/// For those who asked with `-h`.
pub(crate) const MORE: &str = "--help says more, with examples.";

/// For the program as a whole.
pub(crate) const PROGRAM: &str = "\
Start it, and point your client at it instead of at Meta:
  link-sandbox serve
      facebook   http://127.0.0.1:8701   for www.facebook.com, graph.facebook.com
      instagram  http://127.0.0.1:8702   for www.instagram.com, api.instagram.com, graph.instagram.com

A first walk, from a second terminal:
  # Robin, who keeps two Pages, signs in: a user token, and a token for each Page
  curl -d '{\"person\":\"2000000000000001\",\"scopes\":[\"pages_show_list\",\"pages_messaging\"]}' \\
      http://127.0.0.1:8701/_sandbox/tokens
  # Customer c1 writes to the first Page
  curl -d '{\"to\":\"3000000000000001\",\"text\":\"Hello!\"}' http://127.0.0.1:8701/_sandbox/customers/c1/messages
  # The Page answers, through the Graph API itself
  curl -d 'recipient={\"id\":\"4000000000000011\"}' -d 'message={\"text\":\"Hi!\"}' \\
      'http://127.0.0.1:8701/me/messages?access_token=PAGE_TOKEN'

The default world:
  app             1000000000000001    secret sandbox-app-secret, webhook verify token sandbox-verify
  Instagram app   1000000000000002    secret sandbox-instagram-secret
  person          2000000000000001    Robin Keeper, admin of both Pages
  Page            3000000000000001    Harbour Books, linked to Instagram 17841400000000001 (harbourbooks)
  Page            3000000000000002    Harbour Cafe, linked to Instagram 17841400000000002 (harbourcafe)
  customers       c1 to c5            Page n sees customer k as 40000000000000nk, Instagram account n as 50000000000000nk

Read next:
  link-sandbox serve --help                    ports, frozen time, seeds, TLS
  link-sandbox seed --help                     a world of your own
  curl http://127.0.0.1:8701/_sandbox/state    all that is in the running world
  crates/sandbox/README.md                     every call under /_sandbox/, faults, what works and what does not

Exit codes: 0 done, 1 failed, 2 wrong arguments.";

/// For `serve`.
pub(crate) const SERVE: &str = "\
Examples:
  link-sandbox serve                                    ports 8701 and 8702
  link-sandbox serve --port 0                           free ports, for tests that run side by side
  link-sandbox serve --at 2026-11-23T12:00:00Z          frozen: the clock moves by hand, everything repeats
  link-sandbox seed | jq '.pages[0].name = \"Mine\"' | link-sandbox serve --seed -
  link-sandbox serve --tls --ca ca.pem                  and, from a second terminal:
      curl --cacert ca.pem --connect-to graph.facebook.com:443:127.0.0.1:8703 https://graph.facebook.com/v26.0/me

The ready line, for scripts that wait for it:
  {\"ready\":true,\"facebook\":\"http://127.0.0.1:8701\",\"instagram\":\"http://127.0.0.1:8702\",\"facebook_tls\":null,\"instagram_tls\":null}

While it runs, under /_sandbox/ on both origins (see the README for the bodies):
  POST tokens                   what a walk through the login dialog would end in
  POST customers/ID/messages    a customer writes
  POST staff/ACCOUNT/messages   the owner answers in Meta's own app
  POST people/ID/actions        a person withdraws a permission, changes the password, ...
  POST clock                    {\"advance\":\"25h\"}: windows close, tokens expire
  POST faults                   calls fail, webhooks are lost, as often as you say
  GET  calls, deliveries        what was asked, and what was sent to your webhook
  GET  state, POST reset        the whole world; back to the start

Exit codes: 0 ended by ctrl-c or SIGTERM, 1 failed to start, 2 wrong arguments.";

/// For `seed`.
pub(crate) const SEED: &str = "\
Make a world of your own:
  link-sandbox seed > world.json
  link-sandbox serve --seed world.json

Its keys, each of which may be left out:
  clock           RFC 3339: starts then, frozen, as `serve --at` does; null: the system's clock
  quirks          what to do where Meta's own pages are uncertain
  limits          how many calls it takes until they are throttled
  apps            id, secret, verify_token, redirect addresses, roles and access, the Instagram app that belongs to it
  people          who signs in: id, name
  businesses      portfolios that own Pages: id, name, people, two_factor_type; such Pages are not in /me/accounts
  pages           id, name, category, business, default_app, the Instagram account it is linked to, admins and their tasks
  instagram       accounts: id, username, account_type business, creator or personal, owner
  customers       id, names, and on which platforms they are
  conversations   account and customer, with a made up history or with messages, each so long ago as `90m`, `25h`, `7d`

Ids are texts. A mistake is refused with the line it is on and what was expected there.
To a world that runs already, POST /_sandbox/seed adds what a seed in the same form describes.";
