// What the page knows of the world, and what it makes of it.

const DAY = 86_400_000;

/** The last state that was read, and what is looked at. */
export const world = { state: null, readAt: 0, key: '', draft: null, platform: '' };

export function take(state) {
  world.state = state;
  world.readAt = Date.now();
}

/** The world's time; a running clock has gone on since it was read. */
export function now() {
  const clock = world.state?.clock;
  if (!clock) return new Date();
  const at = new Date(clock.now);
  return clock.frozen ? at : new Date(at.getTime() + Date.now() - world.readAt);
}

export const keyOf = (customer, account) => `${customer}/${account}`;

/** Every Page and account a customer can write to. */
export function accounts() {
  const { pages = [], instagram = [] } = world.state ?? {};
  return [
    ...pages.map((page) => ({ id: page.id, name: page.name, title: page.name, platform: 'messenger' })),
    ...instagram.map((it) => ({ id: it.id, name: it.username ? `@${it.username}` : it.name, title: it.name || it.username, platform: 'instagram' })),
  ];
}

export const account = (id) => accounts().find((it) => it.id === id) ?? { id, name: id, title: id, platform: 'messenger' };
export const customer = (id) => (world.state?.customers ?? []).find((it) => it.id === id) ?? { id, first_name: id, last_name: '' };

export function customerName(id, platform) {
  const known = customer(id);
  const name = `${known.first_name} ${known.last_name}`.trim();
  return platform === 'instagram' && known.username ? `@${known.username}` : name;
}

export const lastOf = (thread) => thread.messages.at(-1);

/** The conversations of the platform that is looked at, the latest first. */
export function threads() {
  const all = world.state?.conversations ?? [];
  const begun = world.draft && !all.some((it) => keyOf(it.customer, it.account) === world.draft.key);
  const shown = (begun ? [world.draft.thread, ...all] : all).filter((it) => !world.platform || it.platform === world.platform);
  const time = (thread) => (lastOf(thread) ? Date.parse(lastOf(thread).at) : Infinity);
  return shown.map((thread, place) => ({ thread, place, at: time(thread) })).sort((a, b) => b.at - a.at || a.place - b.place).map((it) => it.thread);
}

/** The conversation that is looked at. */
export function current() {
  const all = world.state?.conversations ?? [];
  const known = all.find((it) => keyOf(it.customer, it.account) === world.key);
  return known ?? (world.draft?.key === world.key ? world.draft.thread : null);
}

/** Looks at a conversation that may not have begun. */
export function begin(customerId, accountId) {
  const key = keyOf(customerId, accountId);
  const thread = { id: null, platform: account(accountId).platform, account: accountId, customer: customerId, window_opened: null, blocked: false, messages: [] };
  world.draft = { key, thread };
  world.key = key;
}

/** How long the business may write: `open`, `agent` (a person only) or `closed`, and until when. */
export function windowOf(thread) {
  if (!thread.window_opened) return { state: 'closed', left: 0, until: null };
  const opened = Date.parse(thread.window_opened);
  const age = now().getTime() - opened;
  if (age < DAY) return { state: 'open', left: DAY - age, until: new Date(opened + DAY) };
  if (age < 7 * DAY) return { state: 'agent', left: 7 * DAY - age, until: new Date(opened + 7 * DAY) };
  return { state: 'closed', left: 0, until: null };
}

/** Who wrote on the business's side, when the state tells. */
export function authorName(message) {
  const author = message.author?.app ?? message.author?.id ?? message.author;
  if (!author || typeof author !== 'string') return '';
  if (author === 'staff') return 'Staff';
  return world.state.apps?.find((app) => app.id === author)?.name ?? `App ${author}`;
}
