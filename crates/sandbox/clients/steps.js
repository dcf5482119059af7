'use strict';

// What both Node clients need: steps that print a line each, the default world's names, a sign-in by form, and a webhook receiver.

const crypto = require('node:crypto');
const http = require('node:http');
const { isDeepStrictEqual } = require('node:util');

const facebook = process.env.LINK_SANDBOX_FACEBOOK;
const WAIT = 15000;

const world = {
  app: '1000000000000001',
  secret: 'sandbox-app-secret',
  verifyToken: 'sandbox-verify',
  person: '2000000000000001',
  page: '3000000000000001',
  otherPage: '3000000000000002',
  instagram: '17841400000000001',
  redirect: 'http://localhost/signed-in',
  ada: '4000000000000011',
  ben: '4000000000000012',
  chloe: '4000000000000013',
  dan: '4000000000000014',
  adaOnInstagram: '5000000000000011',
  eveOnInstagram: '5000000000000015',
  pageInbox: '263902037430900',
};
world.appToken = `${world.app}|${world.secret}`;

const scopes = [
  'public_profile',
  'email',
  'pages_show_list',
  'pages_read_engagement',
  'pages_manage_metadata',
  'pages_messaging',
  'instagram_basic',
  'instagram_manage_messages',
  'instagram_manage_comments',
];

const shown = (value) => JSON.stringify(value, (_, it) => (it === undefined ? 'nothing' : it));

function check(holds, expected, got) {
  if (!holds) throw new Error(`expected ${expected}, got ${shown(got)}`);
}

function same(got, wanted, what) {
  check(isDeepStrictEqual(got, wanted), `${what} ${shown(wanted)}`, got);
}

/** Runs a step and prints its line; gives what the step gave, or undefined if it failed. */
function steps(client) {
  return async (name, work) => {
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error(`expected an end within ${WAIT * 2} ms, got none`)), WAIT * 2);
    });
    try {
      const value = await Promise.race([work(), late]);
      console.log(`ok  ${client}  ${name}`);
      return value;
    } catch (error) {
      console.log(`FAIL  ${client}  ${name}: ${String(error && error.message).replace(/\s+/g, ' ')}`);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  };
}

async function admin(method, path, body) {
  const answer = await fetch(`${facebook}/_sandbox/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  check(answer.ok, `the sandbox to do ${method} ${path}`, text);
  return text ? JSON.parse(text) : {};
}

/** Submits the login dialog's form and gives the parameters of the redirect. */
async function allow(dialog, form = {}) {
  const answer = await fetch(dialog, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ sandbox_person: world.person, sandbox_decision: 'allow', ...form }),
  });
  check(answer.status === 302, 'a redirect (302) from the dialog', `${answer.status} ${await answer.text()}`);
  const location = new URL(answer.headers.get('location'));
  check(location.href.startsWith(world.redirect), `a redirect to ${world.redirect}`, location.href);
  return Object.fromEntries(location.searchParams);
}

/** The business' own server: answers the handshake, keeps what arrives, and serves a picture to fetch. */
class Receiver {
  #waiting = [];
  #arrived = [];
  #server = http.createServer((request, response) => this.#answer(request, response));
  handshakes = [];

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${this.#server.address().port}/hook`;
    this.picture = this.media('Image');
    return this;
  }

  /** The address of a file of this kind, served with the content type it should have. */
  media(kind) {
    return this.url.replace('/hook', `/files/it.${{ Image: 'png', Video: 'mp4', Audio: 'mp3', File: 'pdf' }[kind]}`);
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request, response) {
    const url = new URL(request.url, this.url);
    if (url.pathname.startsWith('/files/')) {
      const type = { png: 'image/png', mp4: 'video/mp4', mp3: 'audio/mpeg', pdf: 'application/pdf' }[url.pathname.split('.').pop()];
      response.writeHead(200, { 'content-type': type, 'content-length': png.length }).end(request.method === 'HEAD' ? undefined : png);
    } else if (request.method === 'GET') {
      const told = Object.fromEntries(url.searchParams);
      this.handshakes.push(told);
      const known = told['hub.mode'] === 'subscribe' && told['hub.verify_token'] === world.verifyToken;
      response.writeHead(known ? 200 : 403, { 'content-type': 'text/plain' }).end(known ? told['hub.challenge'] : '');
    } else {
      const parts = [];
      request.on('data', (part) => parts.push(part));
      request.on('end', () => {
        this.#take({ path: url.pathname, raw: Buffer.concat(parts), headers: request.headers });
        response.writeHead(200).end('EVENT_RECEIVED');
      });
    }
  }

  #take(delivery) {
    delivery.items = itemsOf(delivery.raw);
    this.#arrived.push(delivery);
    this.#waiting = this.#waiting.filter((waiting) => !waiting());
  }

  /** The first delivered item that `test` likes, with the delivery it came in; waits for it. */
  heard(what, test) {
    const find = () => {
      for (const delivery of this.#arrived) {
        const item = delivery.items.find(test);
        if (item) return { item, delivery };
      }
      return undefined;
    };
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`expected a webhook with ${what}, got none within ${WAIT} ms`)), WAIT);
      const look = () => {
        const found = find();
        if (found) {
          clearTimeout(timer);
          resolve(found);
        }
        return found !== undefined;
      };
      if (!look()) this.#waiting.push(look);
    });
  }
}

function itemsOf(raw) {
  let body;
  try {
    body = JSON.parse(raw.toString('utf8'));
  } catch {
    return [];
  }
  return (body.entry || []).flatMap((entry) =>
    ['messaging', 'standby', 'changes'].flatMap((list) =>
      (entry[list] || []).map((item) => ({ ...item, list, object: body.object, account: entry.id })),
    ),
  );
}

/** Both signatures, over the bytes as they came; and the bytes are ASCII, as the platform escapes them. */
function signed({ raw, headers }, secret = world.secret) {
  const mac = (kind) => crypto.createHmac(kind, secret).update(raw).digest('hex');
  same(headers['x-hub-signature-256'], `sha256=${mac('sha256')}`, 'x-hub-signature-256');
  same(headers['x-hub-signature'], `sha1=${mac('sha1')}`, 'x-hub-signature');
  check(raw.every((byte) => byte < 0x80), 'a body of ASCII alone', raw.toString('latin1'));
}

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

module.exports = { Receiver, admin, allow, check, facebook, png, same, scopes, signed, steps, world };
