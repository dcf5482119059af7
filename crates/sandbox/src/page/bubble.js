// What one message looks like.

import { authorName } from './world.js';
import { clockTime, el, icon, webAddress, wholeTime } from './dom.js';

/** Hosts whose addresses the sandbox makes up: nothing is behind them, so they are not asked. */
const INVENTED = ['scontent.xx.fbcdn.net', 'lookaside.fbsbx.com'];

const NAMES = {
  image: 'Picture', video: 'Video', audio: 'Voice message', file: 'File', sticker: 'Sticker', location: 'Location', fallback: 'Link', share: 'Shared post',
  post: 'Post', ig_post: 'Post', reel: 'Reel', ig_reel: 'Reel', story: 'Story', ig_story: 'Story', media: 'Media', ephemeral: 'Disappearing picture',
  template: 'Template', appointment_booking: 'Appointment', unsupported_type: 'Something this app cannot show',
};
const ICONS = { image: 'picture', sticker: 'picture', ephemeral: 'picture', video: 'play', reel: 'play', ig_reel: 'play', audio: 'sound', location: 'place', story: 'story', ig_story: 'story', fallback: 'link', share: 'link', post: 'link', ig_post: 'link' };

/** A message in a few words. */
export function summary(message) {
  if (!message) return '';
  if (message.unsent) return 'Unsent message';
  if (message.text) return message.text;
  const kind = message.attachments?.[0]?.type;
  if (kind === 'like_heart') return '❤️';
  if (kind) return saidBy(message.attachments[0].payload) ?? NAMES[kind] ?? kind;
  return message.story ? 'Story' : 'Message';
}

/** What a template says before anything else. */
const saidBy = (payload) => payload?.text ?? (Array.isArray(payload?.elements) ? payload.elements[0]?.title : undefined);

/** The parts of a message's list item. `tap` is told of buttons the customer can press; without it they are only shown. */
export function parts(message, { mine, side, find, tap }) {
  if (message.unsent) return [el('p', { class: 'bubble gone' }, mine ? 'You unsent a message' : 'Unsent message')];
  const quoted = message.reply_to ? find(message.reply_to) : null;
  return [
    message.reply_to ? el('p', { class: 'quote' }, icon('reply'), el('span', {}, quoted ? summary(quoted) : 'An earlier message')) : null,
    message.story ? story(message.story, mine) : null,
    ...(message.attachments ?? []).map((one) => attachment(one, tap)),
    message.text ? el('p', { class: `bubble${bigEmoji(message.text) ? ' big' : ''}` }, message.text) : null,
    message.unsupported ? el('p', { class: 'bubble gone' }, 'The API does not show this message') : null,
    reactions(message),
    footer(message, side),
  ];
}

const bigEmoji = (text) => text.length <= 12 && /^(\p{Extended_Pictographic}|\u200d|\ufe0f|\s)+$/u.test(text);

function story({ kind, id }, mine) {
  const [whose, verb] = mine ? ['their', 'You'] : ['your', 'They'];
  const text = kind === 'mention' || kind?.mention ? `${verb} mentioned ${mine ? 'them' : 'you'} in a story` : `${verb} replied to ${whose} story`;
  return el('div', { class: 'story' }, el('span', { class: 'story__card', 'aria-hidden': 'true' }, icon('story')), el('span', {}, text, el('small', {}, id ?? '')));
}

function reactions(message) {
  if (!message.reactions?.length) return null;
  const names = message.reactions.map((it) => `${it.emoji} by the ${it.from === 'customer' ? 'customer' : 'business'}`);
  return el('p', { class: 'reactions', role: 'img', 'aria-label': `Reactions: ${names.join(', ')}` }, [...new Set(message.reactions.map((it) => it.emoji))].join(''));
}

function footer(message, side) {
  const at = new Date(message.at);
  const author = side === 'business' && message.from === 'account' ? authorName(message) : '';
  const words = [author, message.persona, message.edits > 0 ? 'edited' : ''].filter(Boolean);
  return el('p', { class: `foot${words.length ? ' telling' : ''}` }, words.map((word) => el('span', {}, word)), el('time', { datetime: message.at, title: wholeTime(at) }, clockTime(at)));
}

function attachment(told, tap) {
  const payload = told.payload ?? {};
  if (told.type === 'like_heart') return el('p', { class: 'bubble big' }, '❤️');
  if (told.type === 'template') return template(payload, tap);
  if (told.type === 'image' || told.type === 'sticker') return picture(payload.url, NAMES[told.type], told.type);
  if (told.type === 'location') {
    const { lat, long } = payload.coordinates ?? {};
    return card('place', 'Location', lat === undefined ? '' : `${lat}, ${long}`);
  }
  return card(ICONS[told.type] ?? 'file', payload.title ?? NAMES[told.type] ?? told.type, payload.url ?? '');
}

function card(shape, title, detail) {
  return el('div', { class: 'card' }, el('span', { class: 'card__icon' }, icon(shape)), el('span', { class: 'card__text' }, el('b', {}, title), detail ? el('small', { title: detail }, shortened(detail)) : null));
}

function shortened(text) {
  const url = webAddress(text);
  return url ? `${url.host}${url.pathname === '/' ? '' : url.pathname}` : text;
}

/** A picture, or a calm placeholder where there is none to be had. */
function picture(address, name, kind = 'image') {
  const url = typeof address === 'string' && address.startsWith('data:image/') ? address : webAddress(address);
  const frame = el('div', { class: `picture ${kind}` });
  const placeholder = () => frame.replaceChildren(el('div', { class: 'picture__none' }, icon('picture'), el('b', {}, name), address ? el('small', { title: address }, shortened(address)) : null));
  if (!url || INVENTED.includes(url.hostname)) {
    placeholder();
    return frame;
  }
  frame.append(el('img', { src: String(url), alt: name, loading: 'lazy', referrerpolicy: 'no-referrer', onerror: placeholder }));
  return frame;
}

function template(payload, tap) {
  const product = payload.product?.elements;
  const elements = (Array.isArray(product) ? product : null) ?? (Array.isArray(payload.elements) ? payload.elements : null) ?? [payload];
  return el('div', { class: elements.length > 1 ? 'template many' : 'template' }, elements.map((one) => el('div', { class: 'template__card' },
    one.image_url ? picture(one.image_url, 'Picture') : null,
    el('div', { class: 'template__text' }, el('b', {}, one.title ?? one.text ?? `Template ${payload.template_type ?? ''}`), one.subtitle ? el('small', {}, one.subtitle) : null),
    Array.isArray(one.buttons) ? el('div', { class: 'template__buttons' }, one.buttons.map((it) => templateButton(it, tap))) : null)));
}

function templateButton(told, tap) {
  const title = told.title ?? told.type ?? 'Button';
  const url = told.type === 'web_url' ? webAddress(told.url) : null;
  if (url) return el('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, title);
  if (!tap || told.type !== 'postback') return el('span', {}, title);
  return el('button', { type: 'button', data: { payload: told.payload ?? '' }, onclick: () => tap({ title, payload: told.payload }) }, title);
}
