// The list of conversations.

import * as api from './api.js';
import { byId, el, icon, initials, setText, shortTime, span, tone } from './dom.js';
import { summary } from './bubble.js';
import { account, accounts, begin, current, customer, customerName, keyOf, lastOf, now, threads, windowOf, world } from './world.js';
import { ask } from './overlay.js';

const rows = new Map();
let chosen = () => {};

/** `choose` is called whenever another conversation is looked at. */
export function start(choose) {
  chosen = choose;
  byId('chat-new').append(icon('plus'));
  byId('chat-new').addEventListener('click', startNew);
  byId('chat-list').addEventListener('keydown', moved);
  for (const button of document.querySelectorAll('[data-platform]:not(body)')) {
    button.addEventListener('click', () => {
      world.platform = button.dataset.platform;
      for (const other of document.querySelectorAll('.segments button')) other.setAttribute('aria-pressed', String(other === button));
      render();
    });
  }
}

export function render() {
  const list = byId('chat-list');
  const all = threads();
  if (!world.key && all.length) world.key = keyOf(all[0].customer, all[0].account);
  const nodes = all.map(row);
  if (!nodes.some((node) => node.tabIndex === 0) && nodes.length) nodes[0].tabIndex = 0;
  const had = list.contains(document.activeElement) ? document.activeElement : null;
  const same = nodes.length === list.children.length && nodes.every((node, place) => node === list.children[place]);
  if (!same) list.replaceChildren(...(nodes.length ? nodes : [el('p', { class: 'empty' }, 'No conversations yet.')]));
  if (had?.isConnected) had.focus();
}

function row(thread) {
  const key = keyOf(thread.customer, thread.account);
  const node = rows.get(key) ?? make(key, thread);
  rows.set(key, node);
  const selected = key === world.key;
  node.setAttribute('aria-selected', String(selected));
  node.tabIndex = selected ? 0 : -1;
  const last = lastOf(thread);
  setText(node.querySelector('.chat__said'), last ? `${last.from === 'account' ? 'Business: ' : ''}${summary(last)}` : 'Nothing said yet');
  setText(node.querySelector('time'), last ? shortTime(new Date(last.at), now()) : '');
  const { state, left } = windowOf(thread);
  const dot = node.querySelector('.dot');
  dot.dataset.state = thread.blocked ? 'blocked' : state;
  const words = { open: `window open ${span(left)}`, agent: `human agent ${span(left)}`, closed: 'window closed' };
  setText(node.querySelector('.dot .hidden'), thread.blocked ? 'blocked' : words[state]);
  dot.title = dot.textContent;
  return node;
}

function make(key, thread) {
  const name = customerName(thread.customer, thread.platform);
  const known = customer(thread.customer);
  const face = el('span', { class: 'avatar', 'aria-hidden': 'true', data: { tone: tone(thread.customer) } }, initials(`${known.first_name} ${known.last_name}`));
  face.append(el('span', { class: `badge ${thread.platform}` }, icon(thread.platform)));
  return el('div', { class: 'chat', role: 'option', data: { key, network: thread.platform }, onclick: () => pick(key), id: `chat-${key.replace('/', '-')}` },
    face,
    el('span', { class: 'chat__text' },
      el('span', { class: 'chat__line' }, el('b', {}, name), el('time')),
      el('span', { class: 'chat__line' }, el('span', { class: 'chat__said' }), el('span', { class: 'dot' }, el('span', { class: 'hidden' }))),
      el('small', {}, account(thread.account).name, el('span', { class: 'hidden' }, ` on ${thread.platform}`))));
}

function pick(key, thenWrite = true) {
  world.key = key;
  render();
  chosen(thenWrite);
}

function moved(event) {
  const all = [...byId('chat-list').querySelectorAll('[role=option]')];
  const at = all.findIndex((node) => node.getAttribute('aria-selected') === 'true');
  const to = { ArrowDown: Math.min(at + 1, all.length - 1), ArrowUp: Math.max(at - 1, 0), Home: 0, End: all.length - 1 }[event.key];
  if (to !== undefined && all[to]) {
    pick(all[to].dataset.key, false);
    all[to].focus();
  } else if (event.key === 'Enter' || event.key === ' ') {
    pick(all[Math.max(at, 0)].dataset.key);
    byId('customer-text').focus();
  } else {
    return;
  }
  event.preventDefault();
}

function startNew() {
  const named = (it) => `${it.first_name} ${it.last_name}`;
  const onPlatform = (who, platform) => Boolean(who?.[platform]);
  const reachable = (form) => {
    const who = customer(form.querySelector('[name=customer]').value);
    const select = form.querySelector('[name=account]');
    for (const option of select.options) option.disabled = !onPlatform(who, account(option.value).platform);
    if (select.selectedOptions[0]?.disabled) select.value = [...select.options].find((option) => !option.disabled)?.value ?? '';
  };
  ask({
    title: 'New conversation',
    verb: 'Begin',
    changed: reachable,
    fields: [
      { name: 'customer', label: 'Customer', value: current()?.customer, options: (world.state?.customers ?? []).map((it) => [it.id, named(it)]) },
      { name: 'account', label: 'Page or account', options: accounts().map((it) => [it.id, `${it.name} · ${it.platform === 'instagram' ? 'Instagram' : 'Messenger'}`]) },
      { name: 'text', label: 'First message', hint: 'Leave it empty to begin in another way, such as a comment.', optional: true },
    ],
  }, async (told) => {
    if (told.text) await api.customerWrites(told.customer, { to: told.account, text: told.text });
    begin(told.customer, told.account);
    pick(world.key);
  });
}
