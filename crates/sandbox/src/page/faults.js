// Faults: what goes wrong on purpose.

import * as api from './api.js';
import { byId, el, icon, setText } from './dom.js';
import { attempt, drawer, field, say } from './overlay.js';

const SEND = { method: 'POST', path: '/**/messages' };
const PRESETS = [
  ['The next send is throttled (613)', { match: SEND, answer: { code: 613, status: 400 } }],
  ['The app has called too often (4)', { match: { path: '/**' }, times: 3, answer: { code: 4, status: 400, retry_after: 60 } }],
  ['The service is down for a moment (2)', { match: { path: '/**' }, times: 3, answer: { code: 2, status: 503 } }],
  ['The token has expired (190)', { match: { path: '/**' }, answer: { code: 190, subcode: 463, status: 400 } }],
  ['A send is done, its answer lost', { match: SEND, after_effect: true }],
  ['A call’s connection breaks', { match: { path: '/**' }, drop: true }],
  ['An answer is cut in half', { match: { path: '/**' }, cut_body: true }],
  ['An answer is a page of HTML', { match: { path: '/**' }, html: true }],
  ['Half an answer, and it looks whole', { match: { path: '/**' }, half: true }],
  ['A list has an empty page that leads on', { match: { path: '/*/conversations' }, page: 'empty' }],
  ['A list leads back to its beginning', { match: { path: '/*/conversations' }, page: 'cycle' }],
  ['A list’s cursor has expired', { match: { path: '/**' }, page: 'expired_cursor' }],
  ['An answer takes five seconds', { match: { path: '/**' }, delay_ms: 5000 }],
  ['A webhook comes twice', { webhook: { field: 'messages' }, duplicate: 1 }],
  ['A webhook is lost', { webhook: { field: 'messages' }, lose: true }],
  ['One customer’s webhooks are lost', { webhook: { customer: 'c1' }, times: 1000, lose: true }],
  ['A third of the webhooks is lost', { webhook: {}, times: 1000, chance: 0.33, lose: true }],
  ['Three webhooks come in reverse', { webhook: { field: 'messages' }, reorder: 3 }],
  ['Three webhooks come in one body', { webhook: { field: 'messages' }, batch: 3 }],
  ['A webhook comes ten seconds late', { webhook: { field: 'messages' }, delay_ms: 10_000 }],
];

let list = null;

export function start() {
  byId('faults-open').addEventListener('click', open);
}

/** Reads what is planted; the button says how many can still strike. */
export async function refresh() {
  const { data } = await api.read('faults');
  const live = data.filter((fault) => fault.fired < (fault.times ?? 1)).length;
  byId('faults-count').hidden = !live;
  setText(byId('faults-count'), String(live));
  if (list && byId('faults').open) show(data);
}

function open() {
  const content = drawer('faults', 'Faults', 'What the platform does wrong next. A fault strikes as often as it says, then rests.');
  list = el('ul', { class: 'faults', id: 'faults-list', 'aria-label': 'Planted faults' });
  const json = field({ name: 'json', label: 'As JSON', value: written(PRESETS[0][1]), long: 9 }, 'fault');
  const preset = field({ name: 'preset', label: 'What goes wrong', options: PRESETS.map(([title], place) => [String(place), title]) }, 'fault');
  preset.addEventListener('change', (event) => { json.querySelector('textarea').value = written(PRESETS[event.target.value][1]); });
  const form = el('form', { class: 'form', id: 'faults-form' }, preset, json, el('div', { class: 'buttons' }, el('button', { type: 'submit', class: 'strong' }, 'Plant')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    plant(json.querySelector('textarea').value);
  });
  content.append(el('section', {}, el('h3', {}, 'Planted'), list), el('section', {}, el('h3', {}, 'Plant another'), form));
  byId('faults').showModal();
  attempt(refresh);
}

const written = (fault) => JSON.stringify(fault, null, 2);

function plant(text) {
  let told;
  try {
    told = JSON.parse(text);
  } catch (error) {
    say(`That is not JSON: ${error.message}`, true);
    return;
  }
  attempt(() => api.tell('faults', told).then(refresh), 'Planted');
}

/** Draws what is planted, and leaves alone what has not changed: a redrawn row loses the focus, or the click that is on its way. */
function show(data) {
  const known = new Map([...list.children].map((node) => [node.dataset.content, node]));
  const kept = (content, make) => {
    const node = known.get(content) ?? make();
    node.dataset.content = content;
    return node;
  };
  const nodes = data.length
    ? [...data.map((fault) => kept(JSON.stringify(fault), () => row(fault))), kept('all', removeAll)]
    : [kept('none', () => el('li', { class: 'empty' }, 'Nothing goes wrong at the moment.'))];
  const same = nodes.length === list.children.length && nodes.every((node, place) => node === list.children[place]);
  if (!same) list.replaceChildren(...nodes);
}

function removeAll() {
  const remove = () => attempt(() => api.remove('faults').then(refresh), 'All removed');
  return el('li', { class: 'faults__all' }, el('button', { type: 'button', class: 'quiet small', onclick: remove }, 'Remove all'));
}

function row(fault) {
  const { id, matched, fired, ...told } = fault;
  const spent = fired >= (fault.times ?? 1);
  return el('li', { class: spent ? 'fault spent' : 'fault', data: { id } },
    el('code', {}, JSON.stringify(told)),
    el('small', {}, `${spent ? 'spent' : 'waiting'}, matched ${matched}, struck ${fired}`),
    el('button', { type: 'button', class: 'round small', 'aria-label': `Remove fault ${id}`, onclick: () => attempt(() => api.remove(`faults/${id}`).then(refresh)) }, icon('close')));
}
