// The sandbox's own calls, and the stream that says when to read again.

/** What the sandbox refuses, with its own sentence as the message. */
export class Refused extends Error {}

async function call(method, path, body) {
  let answer;
  try {
    answer = await fetch(`/_sandbox/${path}`, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    throw new Refused('The sandbox does not answer. Is it still running?');
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(told.error ?? `The sandbox answered ${answer.status}.`);
  return told;
}

export const read = (path) => call('GET', path);
export const tell = (path, body = {}) => call('POST', path, body);
export const remove = (path) => call('DELETE', path);

const segment = encodeURIComponent;

export const customerWrites = (customer, message) => tell(`customers/${segment(customer)}/messages`, message);
export const customerActs = (customer, action) => tell(`customers/${segment(customer)}/actions`, action);
export const staffWrites = (account, to, text) => tell(`staff/${segment(account)}/messages`, { to, text });
export const personActs = (person, action) => tell(`people/${segment(person)}/actions`, action);

/** Calls `changed` with every event and `linked` with whether the stream stands. The browser reconnects by itself. */
export function listen(changed, linked) {
  const stream = new EventSource('/_sandbox/stream');
  stream.addEventListener('open', () => linked(true));
  stream.addEventListener('error', () => linked(false));
  stream.addEventListener('message', (event) => changed(JSON.parse(event.data)));
}
