// Elements, icons and times. Data becomes text nodes and attributes, never markup.

/** Makes an element: `on...` are listeners, `data` is a dataset, null and false leave an attribute out. */
export function el(name, props = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'class') node.className = value;
    else if (key === 'data') Object.assign(node.dataset, value);
    else if (key.startsWith('on')) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? '' : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

export const byId = (id) => document.getElementById(id);

const SHAPES = {
  plus: 'M10 4v12M4 10h12',
  send: 'M10 16V4.500M5 9.500l5-5 5 5',
  close: 'M5.500 5.500l9 9M14.500 5.500l-9 9',
  more: 'M4.500 10h.01M10 10h.01M15.500 10h.01',
  read: 'M2 10.500l3.500 3.500L12 6.500M9 13.500l.5.500L17 6.500',
  reply: 'M8 5L3.500 9.500 8 14M4 9.500h7a5 5 0 0 1 5 5v.500',
  picture: 'M4 4.500h12a1.500 1.500 0 0 1 1.500 1.500v8a1.500 1.500 0 0 1-1.500 1.500H4A1.500 1.500 0 0 1 2.500 14V6A1.500 1.500 0 0 1 4 4.500zM3 14l4-4 3 3 2.500-2.500L17 14M13 7.800h.01',
  play: 'M7 5l8 5-8 5z',
  sound: 'M3 8.500v3M6.500 6v8M10 3.500v13M13.500 6.500v7M17 8.500v3',
  file: 'M6 2.500h5.500L15.500 7v9a1.500 1.500 0 0 1-1.500 1.500H6A1.500 1.500 0 0 1 4.500 16V4A1.500 1.500 0 0 1 6 2.500zM11 2.500V7h4.500',
  place: 'M10 17.500s5.500-5 5.500-9.300a5.500 5.500 0 0 0-11 0c0 4.300 5.500 9.300 5.500 9.300zM10 10a1.900 1.900 0 1 0 0-3.800A1.900 1.900 0 0 0 10 10z',
  link: 'M8.500 11.500a3.200 3.200 0 0 0 4.600 0l2.400-2.400a3.250 3.250 0 0 0-4.600-4.600l-1 1M11.500 8.500a3.200 3.200 0 0 0-4.600 0l-2.400 2.400a3.250 3.250 0 0 0 4.600 4.600l1-1',
  story: 'M10 3a7 7 0 1 1-7 7M3.600 7.200a7 7 0 0 1 3.200-3.400M10 7v6M7 10h6',
  messenger: 'M10 3c4.100 0 7 2.800 7 6.400s-2.900 6.400-7 6.400c-.8 0-1.500-.1-2.200-.3L5 17v-2.700a6.200 6.200 0 0 1-2-4.900C3 5.800 5.900 3 10 3z',
  instagram: 'M6.500 3h7A3.500 3.500 0 0 1 17 6.500v7a3.500 3.500 0 0 1-3.500 3.500h-7A3.500 3.500 0 0 1 3 13.500v-7A3.500 3.500 0 0 1 6.500 3zM10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM14 6h.01',
};

/** A line drawing of 20 by 20, hidden from screen readers. */
export function icon(name) {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', SHAPES[name] ?? SHAPES.file);
  svg.append(path);
  return svg;
}

/** Sets text only when it changes, so that screen readers and selections are left in peace. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

const format = (options) => new Intl.DateTimeFormat('en-GB', options);
const CLOCK = format({ hour: '2-digit', minute: '2-digit' });
const DAY = format({ weekday: 'long', day: 'numeric', month: 'long' });
const DAY_SHORT = format({ day: 'numeric', month: 'short' });
const WHOLE = format({ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });

export const clockTime = (at) => CLOCK.format(at);
export const wholeTime = (at) => WHOLE.format(at);

const midnight = (at) => new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
const daysBetween = (at, now) => Math.round((midnight(now) - midnight(at)) / 86_400_000);

/** The heading above a day's messages. */
export function dayName(at, now) {
  const days = daysBetween(at, now);
  if (days === 0) return 'Today';
  return days === 1 ? 'Yesterday' : DAY.format(at);
}

/** A time in a list: of the day when it is today, else the date. */
export const shortTime = (at, now) => (daysBetween(at, now) === 0 ? CLOCK.format(at) : DAY_SHORT.format(at));

/** A span in one or two units, such as `23 h 59 m`; days are counted from two on. */
export function span(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000));
  const days = minutes < 2880 ? 0 : Math.floor(minutes / 1440);
  const hours = Math.floor(minutes / 60) - days * 24;
  if (days > 0) return hours ? `${days} d ${hours} h` : `${days} d`;
  if (hours > 0) return minutes % 60 ? `${hours} h ${minutes % 60} m` : `${hours} h`;
  return minutes ? `${minutes} m` : 'under a minute';
}

export const initials = (name) => name.split(/[\s._]+/).filter(Boolean).slice(0, 2).map((word) => [...word][0].toUpperCase()).join('');

/** One of eight hues that stays with an id. */
export function tone(id) {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return String(sum % 8);
}

/** The address when a browser may open it, else null. */
export function webAddress(text) {
  try {
    const url = new URL(text);
    return ['http:', 'https:'].includes(url.protocol) ? url : null;
  } catch {
    return null;
  }
}
