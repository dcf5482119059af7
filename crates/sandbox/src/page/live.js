// Graph calls and webhook deliveries, as they happen.

import * as api from './api.js';
import { byId, el, setText } from './dom.js';

const KEPT = 200;
const ledgers = {
  calls: { next: 0, row: callRow, empty: () => ['Nothing has called yet. Point a client at ', el('code', {}, location.origin), '.'] },
  deliveries: { next: 0, row: deliveryRow, empty: () => ['No webhook has gone out yet. They do once an app has subscribed to a Page or account.'] },
};

export function start() {
  for (const name of Object.keys(ledgers)) clear(name);
  for (const button of document.querySelectorAll('[data-clear]')) button.addEventListener('click', () => clear(button.dataset.clear));
}

function clear(name) {
  byId(name).replaceChildren(el('p', { class: 'empty' }, ...ledgers[name].empty()));
}

/** The world began anew, and its ledgers with it. */
export function forget() {
  for (const [name, ledger] of Object.entries(ledgers)) {
    ledger.next = 0;
    clear(name);
  }
}

/** Reads on in both ledgers, up to what the stream has told of. */
export async function follow(event) {
  await Promise.all(Object.entries(ledgers).map(async ([name, ledger]) => {
    const newest = event[name] ?? 0;
    // A sandbox that was started again counts from the beginning.
    if (newest < ledger.next) {
      ledger.next = 0;
      clear(name);
    }
    if (newest === ledger.next) return;
    const after = Math.max(ledger.next, newest - KEPT);
    const { data, next } = await api.read(`${name}?after=${after}&limit=${KEPT}`);
    ledger.next = next;
    add(byId(name), data.map((entry) => ledger.row(entry)));
  }));
}

function add(list, rows) {
  list.querySelector('.empty')?.remove();
  list.prepend(...rows.reverse());
  while (list.children.length > KEPT) list.lastElementChild.remove();
}

/** How many notifications wait to go out. */
export function waiting(count) {
  byId('waiting').hidden = !count;
  setText(byId('waiting'), `${count} waiting`);
}

const well = (status) => (status >= 200 && status < 300 ? 'good' : status >= 300 && status < 400 ? 'other' : 'bad');

function statusMark(status) {
  return el('span', { class: `status ${status ? well(status) : 'bad'}` }, status ? String(status) : 'none');
}

/** A row that is filled when it is opened first. */
function entry(kind, head, detail) {
  const node = el('details', { class: 'entry', data: { kind } }, el('summary', {}, head));
  node.addEventListener('toggle', () => { if (node.open && node.children.length === 1) node.append(el('div', { class: 'entry__detail' }, detail())); });
  return node;
}

/** Long ids keep their ends, so that what follows them stays in sight. */
const shortened = (path) => path.replace(/\d{11,}/g, (id) => `${id.slice(0, 3)}…${id.slice(-3)}`);

function callRow(call) {
  const head = [el('span', { class: 'verb' }, call.method), el('span', { class: 'path', title: call.path }, shortened(call.path)), statusMark(call.status)];
  return entry('call', head, () => [facts({ at: call.at, token: call.token }), block('Parameters', call.parameters)]);
}

function deliveryRow(told) {
  const attempt = told.attempt > 1 ? el('span', { class: 'pill' }, `attempt ${told.attempt}`) : null;
  const head = [el('span', { class: 'path' }, told.field ?? told.kind), attempt, el('small', { class: 'object' }, told.object ?? ''), statusMark(told.status)];
  return entry('delivery', head, () => [
    facts({ at: told.at, to: told.url, attempt: told.attempt, took: `${told.duration_ms} ms`, error: told.error }),
    told.body ? block('Body', parsed(told.body)) : null,
    told.headers ? block('Headers', told.headers) : null,
    told.answer ? block('Answer', told.answer) : null,
  ]);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function facts(told) {
  const known = Object.entries(told).filter(([, value]) => value !== null && value !== undefined);
  return el('dl', { class: 'facts' }, known.map(([name, value]) => el('div', {}, el('dt', {}, name), el('dd', {}, String(value)))));
}

function block(title, content) {
  if (content && typeof content === 'object' && !Object.keys(content).length) return el('p', { class: 'hint' }, `No ${title.toLowerCase()}.`);
  return el('figure', {}, el('figcaption', {}, title), el('pre', { tabindex: '0' }, typeof content === 'string' ? content : JSON.stringify(content, null, 2)));
}
