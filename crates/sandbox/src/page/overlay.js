// What lies over the page: menus, questions, drawers, and short notices.

import { byId, el, icon, setText } from './dom.js';

let hideToast = 0;

/** Says something in passing, in the open dialog when there is one. */
export function say(text, wrong = false) {
  const place = document.querySelector('dialog[open] .told') ?? byId('toast');
  setText(place, text);
  place.classList.toggle('wrong', wrong);
  place.classList.add('shown');
  clearTimeout(hideToast);
  hideToast = setTimeout(() => place.classList.remove('shown'), wrong ? 8000 : 3500);
}

/** Does something, and says what went wrong; whether it went well. */
export async function attempt(work, done = '') {
  try {
    await work();
    if (done) say(done);
    return true;
  } catch (error) {
    say(error.message, true);
    return false;
  }
}

let closeMenu = null;

/** Opens a menu at a button. Items are `{label, run, danger}`, or `{row: [items]}` for several beside each other. */
export function openMenu(button, items) {
  const was = closeMenu?.button;
  closeMenu?.();
  if (was === button) return;
  const entry = ({ label, run, danger, named }) =>
    el('button', { type: 'button', role: 'menuitem', tabindex: '-1', class: danger ? 'danger' : null, 'aria-label': named, onclick: () => { closeMenu?.(); run(); } }, label);
  const menu = el('div', { class: 'menu', role: 'menu', 'aria-label': button.getAttribute('aria-label') },
    items.map((item) => (item.row ? el('div', { class: 'menu__row', role: 'none' }, item.row.map(entry)) : entry(item))));
  document.body.append(menu);
  place(menu, button);
  button.setAttribute('aria-expanded', 'true');
  closeMenu = (back = true) => {
    closeMenu = null;
    document.removeEventListener('pointerdown', away, true);
    menu.remove();
    button.setAttribute('aria-expanded', 'false');
    if (back && button.isConnected) button.focus();
  };
  closeMenu.button = button;
  const away = (event) => { if (!menu.contains(event.target) && !button.contains(event.target)) closeMenu?.(false); };
  document.addEventListener('pointerdown', away, true);
  menu.addEventListener('keydown', (event) => menuKey(event, menu));
  menu.querySelector('button').focus();
}

function menuKey(event, menu) {
  const entries = [...menu.querySelectorAll('button')];
  const at = entries.indexOf(document.activeElement);
  const steps = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };
  if (event.key in steps) entries[(at + steps[event.key] + entries.length) % entries.length].focus();
  else if (event.key === 'Home') entries[0].focus();
  else if (event.key === 'End') entries.at(-1).focus();
  else if (event.key === 'Escape' || event.key === 'Tab') closeMenu?.();
  else return;
  event.preventDefault();
}

function place(menu, button) {
  const [at, size] = [button.getBoundingClientRect(), menu.getBoundingClientRect()];
  const left = Math.min(Math.max(8, at.left), innerWidth - size.width - 8);
  const below = at.bottom + 6 + size.height < innerHeight;
  menu.style.left = `${left}px`;
  menu.style.top = `${below ? at.bottom + 6 : Math.max(8, at.top - size.height - 6)}px`;
}

/** One labelled field: `{name, label, value, options, hint, long}`. */
export function field({ name, label, value = '', options, hint, long, optional, list }, form) {
  const id = `${form}-${name}`;
  const input = options
    ? el('select', { id, name }, options.map(([option, text]) => el('option', { value: option, selected: option === value }, text)))
    : el(long ? 'textarea' : 'input', { id, name, rows: long, type: long ? null : 'text', required: !optional, list, spellcheck: long ? null : 'false' });
  if (!options) input.value = value;
  return el('div', { class: 'field' }, el('label', { for: id }, label), input, hint ? el('p', { class: 'hint' }, hint) : null);
}

/** Asks for some fields in a small dialog; `done` gets the values. The dialog stays while `done` fails. */
export function ask({ title, text, fields, verb = 'Send', changed }, done) {
  const dialog = byId('ask');
  const form = el('form', { method: 'dialog', class: 'form' },
    el('h2', { id: 'ask-title' }, title), text ? el('p', { class: 'lead' }, text) : null, fields.map((one) => field(one, 'ask')),
    el('p', { class: 'told', role: 'status' }),
    el('div', { class: 'buttons' },
      el('button', { type: 'button', class: 'quiet', onclick: () => dialog.close() }, 'Cancel'),
      el('button', { type: 'submit', class: 'strong' }, verb)));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const values = Object.fromEntries(new FormData(form));
    if (await attempt(() => done(values))) dialog.close();
  });
  if (changed) {
    form.addEventListener('input', (event) => changed(form, event.target));
    changed(form, null);
  }
  dialog.replaceChildren(form);
  dialog.showModal();
}

/** Fills a drawer's frame and returns the element for its content. */
export function drawer(id, title, lead) {
  const dialog = byId(id);
  const content = el('div', { class: 'drawer__content' });
  dialog.replaceChildren(
    el('div', { class: 'drawer__head' }, el('h2', { id: `${id}-title` }, title),
      el('button', { type: 'button', class: 'round', 'aria-label': 'Close', onclick: () => dialog.close() }, icon('close'))),
    el('p', { class: 'lead' }, lead), el('p', { class: 'told', role: 'status' }), content);
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  return content;
}
