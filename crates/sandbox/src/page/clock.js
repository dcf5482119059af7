// The world's clock.

import * as api from './api.js';
import { byId, el, setText, wholeTime } from './dom.js';
import { now, world } from './world.js';
import { attempt, drawer, field } from './overlay.js';

const STEPS = [['1m', '1 minute'], ['1h', '1 hour'], ['25h', '25 hours'], ['8d', '8 days'], ['31d', '31 days'], ['61d', '61 days'], ['91d', '91 days']];

export function start() {
  for (const button of document.querySelectorAll('[data-advance]')) button.addEventListener('click', () => advance(button.dataset.advance));
  byId('clock-open').addEventListener('click', open);
}

const advance = (by) => attempt(() => api.tell('clock', { advance: by }), `${by} later`);

export function render() {
  if (!world.state) return;
  const frozen = world.state.clock.frozen;
  setText(byId('clock-now'), wholeTime(now()));
  byId('clock-now').dateTime = now().toISOString();
  byId('clock-open').title = now().toISOString();
  setText(byId('clock-state'), frozen ? 'frozen' : 'running');
  byId('clock-state').dataset.state = frozen ? 'frozen' : 'running';
}

function open() {
  const frozen = world.state?.clock.frozen;
  const content = drawer('clock', 'Clock', frozen
    ? 'The world stands still until you move it. Windows close, tokens expire and retries fall due as it goes on.'
    : 'The world runs on with the system’s clock; here it jumps ahead. Windows close, tokens expire and retries fall due.');
  const steps = STEPS.map(([by, name]) => el('button', { type: 'button', onclick: () => advance(by) }, `+ ${name}`));
  content.append(el('div', { class: 'grid' }, steps),
    form('advance', { name: 'advance', label: 'Another span', value: '', hint: 'Such as 90m, 25h, 7d or 1d12h.' }, 'Advance', (text) => ({ advance: text })),
    form('set', { name: 'set', label: 'Or go to a time', value: new Date(now().getTime() + 3_600_000).toISOString(), hint: 'Later than now: the clock only goes forward.' }, 'Go', (text) => ({ set: text })));
  byId('clock').showModal();
}

function form(name, told, verb, body) {
  const input = field(told, 'clock');
  const node = el('form', { class: 'line' }, input, el('button', { type: 'submit' }, verb));
  node.addEventListener('submit', (event) => {
    event.preventDefault();
    attempt(() => api.tell('clock', body(node.elements[name].value.trim())), 'The clock has moved');
  });
  return node;
}
