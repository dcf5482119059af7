// The two phones: the same conversation, seen from either side.

import * as api from './api.js';
import { byId, dayName, el, icon, initials, setText, span, tone, wholeTime } from './dom.js';
import { parts, summary } from './bubble.js';
import { customerMenu, messageMenu, quickReply, showNote, tapped } from './compose.js';
import { account, current, customer, customerName, keyOf, now, windowOf } from './world.js';
import { attempt, openMenu } from './overlay.js';

const SHOWN = 200;
const SIDES = { customer: 'customer', business: 'account' };
/** What each phone shows now, so that only what changed is drawn anew. */
const drawn = { customer: { key: '', items: new Map() }, business: { key: '', items: new Map() } };
let shown = SHOWN;
let known = { key: '', count: 0 };

export function start() {
  for (const side of Object.keys(drawn)) stayAtEnd(byId(`${side}-messages`));
  byId('customer-read').append(icon('read'));
  byId('customer-more').append(icon('more'));
  byId('customer-read').addEventListener('click', () => {
    const thread = current();
    if (thread) attempt(() => api.customerActs(thread.customer, { to: thread.account, action: 'read' }), 'Marked as read');
  });
  byId('customer-more').addEventListener('click', (event) => {
    const thread = current();
    if (thread) openMenu(event.currentTarget, customerMenu(thread));
  });
}

export function render() {
  const thread = current();
  document.body.dataset.platform = thread?.platform ?? 'messenger';
  heads(thread);
  chips(thread);
  draw('customer', thread);
  draw('business', thread);
  announce(thread);
  for (const id of ['customer-text', 'customer-send', 'customer-attach', 'customer-read', 'customer-more', 'staff-text', 'staff-send']) byId(id).disabled = !thread;
  byId('staff-text').disabled = byId('staff-send').disabled = !thread?.messages.some((message) => message.from === 'customer');
  showNote();
}

function heads(thread) {
  const face = (id, name, key) => {
    setText(byId(id), thread ? initials(name) : '');
    byId(id).dataset.tone = tone(key);
  };
  const [whom, where] = thread ? [customerName(thread.customer, thread.platform), account(thread.account)] : ['', { name: '', title: '', id: '' }];
  const known = thread ? customer(thread.customer) : null;
  const person = known ? `${known.first_name} ${known.last_name}` : '';
  const network = thread?.platform === 'instagram' ? 'Instagram' : 'Messenger';
  setText(byId('customer-title'), thread ? where.name : 'No conversation');
  setText(byId('customer-role'), thread ? `${person}’s phone · ${network}` : 'The customer’s phone');
  setText(byId('business-title'), thread ? whom : 'No conversation');
  setText(byId('business-role'), thread ? `Inbox of ${where.name} · ${network}` : 'The business’s inbox');
  face('customer-avatar', where.title, where.id);
  face('business-avatar', person, thread?.customer ?? '');
  windowPill(thread);
}

/** Keeps saying how long the window stays open. */
export function windowPill(thread = current()) {
  const pill = byId('window');
  pill.hidden = !thread;
  if (!thread) return;
  const { state, left, until } = windowOf(thread);
  const words = { open: `Open ${span(left)}`, agent: `Human agent ${span(left)}`, closed: 'Window closed' };
  setText(pill, thread.blocked ? 'Blocked' : words[state]);
  pill.dataset.state = thread.blocked ? 'blocked' : state;
  pill.title = until ? `Until ${wholeTime(until)}` : 'The business cannot write until the customer does';
}

/** Neither pictures that arrive late nor a smaller phone push the newest message out of sight. */
function stayAtEnd(list) {
  let atEnd = true;
  const stay = () => { if (atEnd) list.scrollTop = list.scrollHeight; };
  list.addEventListener('scroll', () => { atEnd = isAtEnd(list); });
  list.addEventListener('load', stay, true);
  new ResizeObserver(stay).observe(list);
}

const isAtEnd = (list) => list.scrollHeight - list.scrollTop - list.clientHeight < 80;

function draw(side, thread) {
  const list = byId(`${side}-messages`);
  const phone = drawn[side];
  const key = thread ? keyOf(thread.customer, thread.account) : '';
  const fresh = phone.key !== key;
  if (fresh) {
    phone.key = key;
    phone.items.clear();
    shown = SHOWN;
  }
  const atEnd = fresh || isAtEnd(list);
  const nodes = items(side, thread, phone);
  if (nodes.length !== list.children.length || nodes.some((node, place) => node !== list.children[place])) patch(list, nodes);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

/** Puts nodes in their order without touching those that stay. */
function patch(list, nodes) {
  const kept = new Set(nodes);
  for (const child of [...list.children]) if (!kept.has(child)) child.remove();
  nodes.forEach((node, place) => { if (list.children[place] !== node) list.insertBefore(node, list.children[place] ?? null); });
}

function items(side, thread, phone) {
  if (!thread) return [keep(phone, 'none', '', () => el('li', { class: 'empty' }, 'Choose a conversation, or begin a new one.'))];
  const messages = thread.messages.slice(-shown);
  const nodes = [];
  if (messages.length < thread.messages.length) nodes.push(keep(phone, 'earlier', '', earlier));
  if (!messages.length) nodes.push(keep(phone, 'empty', '', () => el('li', { class: 'empty' }, side === 'customer' ? 'Nothing said yet. Write the first message.' : 'Nothing has arrived yet.')));
  let day = '';
  messages.forEach((message, place) => {
    const name = dayName(new Date(message.at), now());
    if (name !== day) nodes.push(keep(phone, `day ${(day = name)}`, '', () => el('li', { class: 'day' }, el('span', {}, name))));
    nodes.push(item(side, thread, phone, message, messages[place + 1]));
  });
  const seen = side === 'business' ? seenMark(thread) : null;
  if (seen) nodes.push(keep(phone, 'seen', seen, () => el('li', { class: 'seen' }, seen)));
  return nodes;
}

/** The node made last time under this name, unless what it shows has changed. */
function keep(phone, name, content, make) {
  const old = phone.items.get(name);
  if (old?.content === content) return old.node;
  const node = make();
  if (old?.node.contains(document.activeElement)) queueMicrotask(() => node.querySelector('button')?.focus());
  phone.items.set(name, { content, node });
  return node;
}

function earlier() {
  return el('li', { class: 'day' }, el('button', { type: 'button', class: 'quiet small', onclick: () => { shown += SHOWN; render(); } }, 'Show earlier messages'));
}

function item(side, thread, phone, message, next) {
  const mine = message.from === SIDES[side];
  const last = !next || next.from !== message.from || Date.parse(next.at) - Date.parse(message.at) > 300_000;
  const find = (mid) => thread.messages.find((it) => it.mid === mid);
  const quoted = message.reply_to ? summary(find(message.reply_to)) : '';
  return keep(phone, message.mid, JSON.stringify([message, last, quoted]), () => {
    const tap = side === 'customer' ? (button) => tapped(thread, button) : null;
    const more = el('button', { type: 'button', class: 'round small more', 'aria-haspopup': 'menu', 'aria-expanded': 'false', 'aria-label': `Actions for ${summary(message).slice(0, 60)}`,
      onclick: (event) => openMenu(event.currentTarget, messageMenu(side, thread, message)) }, icon('more'));
    return el('li', { class: `message ${mine ? 'mine' : 'theirs'}${last ? ' last' : ''}`, data: { mid: message.mid } },
      el('div', { class: 'message__body' }, parts(message, { mine, side, find, tap })), message.unsent ? null : more);
  });
}

function seenMark(thread) {
  if (!thread.read_until) return null;
  const until = new Date(thread.read_until);
  const last = thread.messages.findLast((message) => !message.unsent);
  return last?.from === 'account' && new Date(last.at) <= until ? 'Seen' : null;
}

/** Quick replies stay until something else is said. */
function chips(thread) {
  const row = byId('customer-chips');
  const last = thread?.messages.at(-1);
  const offered = last?.from === 'account' && !last.unsent && Array.isArray(last.quick_replies) ? last.quick_replies : [];
  const content = JSON.stringify([last?.mid, offered]);
  if (row.dataset.content === content) return;
  row.dataset.content = content;
  row.hidden = !offered.length;
  row.replaceChildren(...offered.map((told) => el('button', { type: 'button', onclick: () => quickReply(thread, told) }, told.title ?? (told.content_type === 'user_email' ? 'Your e-mail' : 'Your phone number'))));
}

function announce(thread) {
  const key = thread ? keyOf(thread.customer, thread.account) : '';
  const count = thread?.messages.length ?? 0;
  if (key === known.key && count > known.count) {
    const last = thread.messages.at(-1);
    const who = last.from === 'customer' ? customerName(thread.customer, thread.platform) : account(thread.account).name;
    setText(byId('announcer'), `${who}: ${summary(last)}`);
  }
  known = { key, count };
}
