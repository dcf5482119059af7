// What a Page's person does outside the app.

import * as api from './api.js';
import { byId, el } from './dom.js';
import { world } from './world.js';
import { attempt, drawer, field } from './overlay.js';

const TASKS = ['MESSAGING', 'MODERATE', 'MANAGE', 'CREATE_CONTENT', 'ADVERTISE', 'ANALYZE'];

/** Groups of `[action, title, what it does, what it needs]`. */
const GROUPS = [
  ['The app', [
    ['decline', 'Decline a permission', 'Switches one permission off in the settings.', ['permission']],
    ['revoke', 'Revoke a permission', 'The same, and the app hears of it.', ['permission']],
    ['deauthorise', 'Remove the app', 'Ends every token; the deauthorise callback is called.', ['app']],
    ['request_deletion', 'Ask for deletion', 'Removes the app and calls the data deletion callback.', ['app']],
  ]],
  ['The person', [
    ['change_password', 'Change the password', 'Ends every token of this person.', []],
    ['checkpoint', 'Meet a checkpoint', 'Tokens stay refused until the person has logged in again.', []],
    ['lose_task', 'Lose a task on a Page', 'One task, or the whole role.', ['page', 'task']],
  ]],
  ['A Page', [
    ['unlink_instagram', 'Unlink Instagram', 'The Page and its Instagram account part.', ['page']],
    ['unpublish', 'Unpublish', 'The Page is no longer public.', ['page']],
    ['restrict', 'Be restricted', 'Meta stops the Page from sending.', ['page']],
    ['require_two_factor', 'Require two factors', 'The Page asks for two-factor authentication.', ['page']],
  ]],
  ['An Instagram account', [
    ['message_access_off', 'Switch message access off', '“Allow access to messages” is turned off.', ['instagram']],
    ['move_instagram', 'Move to another Page', 'The account is linked to the Page chosen here.', ['instagram', 'page']],
    ['make_personal', 'Become personal', 'The account stops being a professional one.', ['instagram']],
  ]],
];

let person = '';

export function start() {
  byId('people-open').addEventListener('click', () => {
    draw();
    byId('people').showModal();
  });
}

function draw() {
  const people = world.state?.people ?? [];
  if (!people.some((it) => it.id === person)) person = people[0]?.id ?? '';
  const content = drawer('people', 'People', 'What the owner does in Facebook’s and Instagram’s own settings, away from the app.');
  if (!person) {
    content.append(el('p', { class: 'empty' }, 'There are no people in this world.'));
    return;
  }
  const who = field({ name: 'person', label: 'Person', value: person, options: people.map((it) => [it.id, it.name]) }, 'people');
  who.addEventListener('change', (event) => {
    person = event.target.value;
    draw();
  });
  const undo = el('button', { type: 'button', id: 'people-undo', onclick: () => act({ action: 'undo' }, 'Undone') }, 'Undo the last action');
  content.append(el('div', { class: 'line' }, who, undo), ...GROUPS.map(([title, actions]) => el('section', {}, el('h3', {}, title), actions.map(row))));
}

const act = (action, done) => attempt(() => api.personActs(person, action), done);

function row([action, title, explanation, needs]) {
  const form = el('form', { class: 'action', data: { action } },
    el('div', { class: 'action__text' }, el('b', {}, title), el('small', {}, explanation)),
    el('div', { class: 'action__needs' }, needs.map((need) => choice(need, action)), el('button', { type: 'submit', 'aria-label': `${title}: do it` }, 'Do it')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const told = Object.fromEntries([...new FormData(form)].filter(([, value]) => value));
    act({ action, ...told }, `Done: ${title.toLowerCase()}`);
  });
  return form;
}

function choice(need, action) {
  const { pages = [], instagram = [], apps = [], grants = [] } = world.state;
  const granted = grants.filter((it) => it.person === person).flatMap((it) => Object.keys(it.permissions));
  const permissions = [...new Set([...granted, 'pages_messaging', 'pages_manage_metadata', 'pages_show_list', 'pages_read_engagement', 'instagram_basic', 'instagram_manage_messages'])];
  const options = {
    permission: () => permissions.map((it) => [it, it]),
    page: () => pages.map((it) => [it.id, it.name]),
    instagram: () => instagram.map((it) => [it.id, `@${it.username}`]),
    app: () => apps.map((it) => [it.id, it.name]),
    task: () => [['', 'the whole role'], ...TASKS.map((it) => [it, it])],
  }[need]();
  // A task travels as the permission of the action.
  const name = need === 'task' ? 'permission' : need;
  return el('select', { name, 'aria-label': `${need} for ${action.replaceAll('_', ' ')}` }, options.map(([value, text]) => el('option', { value }, text)));
}
