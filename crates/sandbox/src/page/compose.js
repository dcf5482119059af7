// Writing and doing, as the customer and as staff.

import * as api from './api.js';
import { byId, icon, setText } from './dom.js';
import { summary } from './bubble.js';
import { account, current, customerName, keyOf } from './world.js';
import { ask, attempt, openMenu } from './overlay.js';

const EMOJI = ['❤️', '😆', '😮', '😢', '😡', '👍'];
const KINDS = {
  messenger: ['image', 'video', 'audio', 'file', 'sticker', 'location', 'reel', 'ig_reel', 'post', 'ig_post', 'fallback', 'template', 'appointment_booking'],
  instagram: ['image', 'sticker', 'video', 'audio', 'file', 'share', 'ig_post', 'ig_reel', 'reel', 'story', 'ig_story', 'media', 'template', 'ephemeral', 'unsupported_type'],
};
const WITHOUT_ADDRESS = ['location', 'ephemeral'];
const sample = () => `${location.origin}/_sandbox/page/sample.svg`;

/** What the customer's next message refers to: `{kind: 'reply' | 'edit', key, message}`. */
let note = null;

export function start() {
  for (const [id, shape] of [['customer-send', 'send'], ['staff-send', 'send'], ['customer-attach', 'plus'], ['customer-note-stop', 'close']]) byId(id).append(icon(shape));
  writes(byId('customer-form'), byId('customer-text'), asCustomer);
  writes(byId('staff-form'), byId('staff-text'), (thread, text) => api.staffWrites(thread.account, thread.customer, text));
  byId('customer-note-stop').addEventListener('click', () => refer(null));
  byId('customer-text').addEventListener('keydown', (event) => { if (event.key === 'Escape' && note) refer(null); });
  byId('customer-attach').addEventListener('click', (event) => {
    const thread = current();
    if (thread) openMenu(event.currentTarget, attachMenu(thread));
  });
}

function writes(form, area, send) {
  const grow = () => {
    area.style.height = 'auto';
    area.style.height = `${Math.min(area.scrollHeight, 140)}px`;
  };
  area.addEventListener('input', grow);
  area.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const [thread, text] = [current(), area.value.trim()];
    if (!thread || !text) return;
    area.value = '';
    grow();
    if (await attempt(() => send(thread, text))) return;
    // What was refused is not lost.
    if (!area.value) area.value = text;
    grow();
  });
}

async function asCustomer(thread, text) {
  const told = note?.key === keyOf(thread.customer, thread.account) ? note : null;
  if (told?.kind === 'edit') await api.customerActs(thread.customer, { to: thread.account, action: 'edit', mid: told.message.mid, text });
  else await api.customerWrites(thread.customer, { to: thread.account, text, reply_to: told?.message.mid });
  if (told) refer(null);
}

function refer(next) {
  const wasEdit = note?.kind === 'edit';
  note = next;
  const area = byId('customer-text');
  if (next?.kind === 'edit') area.value = next.message.text ?? '';
  else if (wasEdit) area.value = '';
  showNote();
  area.focus();
}

/** Shows what the next message refers to, as long as that is in the conversation that is looked at. */
export function showNote() {
  const thread = current();
  const here = note && thread && note.key === keyOf(thread.customer, thread.account);
  byId('customer-note').hidden = !here;
  if (here) setText(byId('customer-note-text'), `${note.kind === 'edit' ? 'Editing' : 'Replying to'} “${summary(note.message)}”`);
}

/** What can be done with one message. */
export function messageMenu(side, thread, message) {
  const act = (action, more = {}) => () => attempt(() => api.customerActs(thread.customer, { to: thread.account, action, mid: message.mid, ...more }));
  const copy = { label: 'Copy message id', run: () => attempt(() => navigator.clipboard.writeText(message.mid), 'Copied') };
  if (side === 'business') return [copy];
  const key = keyOf(thread.customer, thread.account);
  const reacted = message.reactions?.some((it) => it.from === 'customer');
  const own = message.from === 'customer';
  return [
    { row: EMOJI.map((emoji) => ({ label: emoji, named: `React ${emoji}`, run: act('react', { emoji }) })) },
    reacted && { label: 'Remove reaction', run: act('unreact') },
    { label: 'Reply', run: () => refer({ kind: 'reply', key, message }) },
    own && message.text && { label: 'Edit', run: () => refer({ kind: 'edit', key, message }) },
    own && { label: 'Unsend', run: act('unsend'), danger: true },
    copy,
  ].filter(Boolean);
}

function attachMenu(thread) {
  const write = (message) => api.customerWrites(thread.customer, { to: thread.account, ...message });
  const story = (kind) => ask({
    title: kind === 'reply' ? 'Reply to a story' : 'Mention in a story',
    fields: [{ name: 'id', label: 'Id of the story', value: '18040000000000001' }, { name: 'text', label: 'Text', value: kind === 'reply' ? 'Love this!' : '', optional: kind !== 'reply' }],
  }, ({ id, text }) => write({ text: text || undefined, story: { kind, id } }));
  return [
    { label: 'Sample picture', run: () => attempt(() => write({ attachments: [{ type: 'image', url: sample() }] })) },
    { label: 'Attachment…', run: () => attachment(thread, write) },
    thread.platform === 'instagram' && { label: 'Reply to a story…', run: () => story('reply') },
    thread.platform === 'instagram' && { label: 'Mention in a story…', run: () => story('mention') },
  ].filter(Boolean);
}

function attachment(thread, write) {
  const addressed = (form) => { form.querySelector('[name=url]').disabled = WITHOUT_ADDRESS.includes(form.querySelector('[name=type]').value); };
  ask({
    title: 'Send an attachment',
    changed: addressed,
    fields: [
      { name: 'type', label: 'Type', value: 'image', options: KINDS[thread.platform].map((kind) => [kind, kind.replaceAll('_', ' ')]) },
      { name: 'url', label: 'Address', value: sample(), hint: 'Without one the sandbox makes one up.', optional: true },
      { name: 'text', label: 'Text beside it', optional: true },
    ],
  }, ({ type, url, text }) => write({ text: text || undefined, attachments: [{ type, url: url || undefined }] }));
}

/** What else a customer can do. */
export function customerMenu(thread) {
  const act = (action, more = {}) => api.customerActs(thread.customer, { to: thread.account, action, ...more });
  const [whom, where] = [customerName(thread.customer, thread.platform), account(thread.account).name];
  return [
    { label: 'Comment on a post…', run: () => ask({ title: 'Comment on a post', text: `${whom} comments publicly; ${where} may answer in private.`, verb: 'Comment', fields: [{ name: 'text', label: 'Comment', value: 'How much is it?' }] }, ({ text }) => act('comment', { text })) },
    { label: 'Press a button…', run: () => ask({ title: 'Press a button', text: 'A postback, as from a menu or an ice breaker.', verb: 'Press', fields: [{ name: 'title', label: 'Title', value: 'Get started' }, { name: 'payload', label: 'Payload', value: 'GET_STARTED' }] }, (told) => act('postback', told)) },
    { label: 'Follow a link…', run: () => ask({ title: 'Follow a link', text: 'A referral into this conversation.', verb: 'Follow', fields: [{ name: 'ref', label: 'Ref', value: 'summer' }, { name: 'source', label: 'Source', value: '', options: [['', 'Short link'], ['ADS', 'Advertisement']] }] },
      ({ ref, source }) => api.customerWrites(thread.customer, { to: thread.account, referral: { ref, source: source || undefined }, text: thread.messages.length ? undefined : 'Hello!' })) },
    thread.platform === 'messenger' && { label: 'Opt in…', run: () => ask({ title: 'Opt in', verb: 'Opt in', fields: [{ name: 'ref', label: 'Ref', value: 'newsletter' }] }, (told) => act('optin', told)) },
    thread.platform === 'messenger' && { label: 'Link an account…', run: () => ask({ title: 'Link an account', text: 'What the app’s own login ends in.', verb: 'Link', fields: [{ name: 'payload', label: 'Authorization code', value: 'AUTHORIZED' }] }, (told) => act('link_account').then(() => act('link_account', told))) },
    thread.platform === 'messenger' && { label: 'Unlink the account', run: () => attempt(() => act('unlink_account'), 'Unlinked') },
    thread.blocked ? { label: `Unblock ${where}`, run: () => attempt(() => act('unblock'), 'Unblocked') } : { label: `Block ${where}`, danger: true, run: () => attempt(() => act('block'), 'Blocked') },
  ].filter(Boolean);
}

/** The customer presses a button of a template. */
export const tapped = (thread, { title, payload }) => attempt(() => api.customerActs(thread.customer, { to: thread.account, action: 'postback', title, payload: payload || title }));

const OWN_DATA = { user_phone_number: '+44 20 7946 0000', user_email: 'customer@example.org' };

/** The customer takes one of the quick replies. */
export function quickReply(thread, told) {
  const own = OWN_DATA[told.content_type];
  const message = own ? { text: own, quick_reply: own } : { text: told.title, quick_reply: told.payload ?? '' };
  return attempt(() => api.customerWrites(thread.customer, { to: thread.account, ...message }));
}
