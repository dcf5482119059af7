// Puts the page together, and reads again whenever the sandbox says that something has changed.

import * as api from './api.js';
import * as chats from './chats.js';
import * as clock from './clock.js';
import * as compose from './compose.js';
import * as faults from './faults.js';
import * as live from './live.js';
import * as people from './people.js';
import * as phone from './phone.js';
import { byId } from './dom.js';
import { accounts, begin, current, take, world } from './world.js';
import { ask, attempt, say } from './overlay.js';

let reading = false;
let pending = null;
let generation = null;

/** One reading at a time; what comes meanwhile is read afterwards, once. */
async function changed(event) {
  pending = event;
  if (reading) return;
  reading = true;
  while (pending) {
    const latest = pending;
    pending = null;
    await attempt(() => catchUp(latest));
  }
  reading = false;
}

async function catchUp(event) {
  if (generation !== null && event.world !== generation) live.forget();
  generation = event.world;
  const [state] = await Promise.all([api.read('state'), live.follow(event), faults.refresh()]);
  take(state);
  live.waiting(state.undelivered);
  render();
}

function render() {
  if (world.key && !current()) fromAddress();
  chats.render();
  phone.render();
  clock.render();
}

/** Shows one part of the page where there is no room for all. */
function show(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll('[data-show]')) {
    if (button.dataset.show === view) button.setAttribute('aria-current', 'page');
    else button.removeAttribute('aria-current');
  }
  // A list that was not laid out could not be scrolled to its end.
  for (const list of document.querySelectorAll('.messages')) list.scrollTop = list.scrollHeight;
}

function chosen(go) {
  history.replaceState(null, '', `#${world.key}`);
  phone.render();
  if (go && document.body.dataset.view === 'chats') show('customer');
}

/** The conversation that the address names, if customer and account exist. */
function fromAddress() {
  const [who, where] = (world.key || location.hash.slice(1)).split('/');
  world.key = '';
  if (world.state.customers.some((it) => it.id === who) && accounts().some((it) => it.id === where)) begin(who, where);
}

function linked(stands) {
  const light = byId('link');
  light.dataset.state = stands ? 'live' : 'lost';
  light.title = stands ? 'Live' : 'The sandbox does not answer; trying again';
  light.setAttribute('aria-label', light.title);
}

function start() {
  chats.start(chosen);
  phone.start();
  compose.start();
  live.start();
  clock.start();
  people.start();
  faults.start();
  for (const button of document.querySelectorAll('[data-show]')) button.addEventListener('click', () => show(button.dataset.show));
  byId('reset').addEventListener('click', () => {
    ask({ title: 'Start over?', text: 'Conversations, tokens, faults and ledgers go back to the beginning.', fields: [], verb: 'Start over' }, () => api.tell('reset'));
  });
  world.key = location.hash.slice(1);
  setInterval(() => {
    clock.render();
    phone.windowPill();
  }, 1000);
  api.listen(changed, linked);
}

try {
  start();
} catch (error) {
  say(error.message, true);
  throw error;
}
