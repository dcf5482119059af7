'use strict';

// npm fbgraph, pointed here with `setGraphUrl`. It posts bracketed forms without a content type, deletes by `?method=delete`, and puts
// the token into every address. Its dialog's host is fixed, so the person's browser is what is led here.

const graph = require('fbgraph');
const { Receiver, admin, allow, check, facebook, same, scopes, signed, steps, world } = require('./steps');

const step = steps('fbgraph');
const { ada, ben } = world;
const state = {};
let hook;

const call = (name, ...given) =>
  new Promise((resolve, reject) => {
    graph[name](...given, (error, answer) => {
      if (!error) return resolve(answer);
      return reject(Object.assign(new Error(error.message), { told: error }));
    });
  });
const get = (...given) => call('get', ...given);
const post = (...given) => call('post', ...given);
const del = (...given) => call('del', ...given);

async function refused(work, code, subcode, type) {
  let answer;
  try {
    answer = await work;
  } catch (error) {
    const told = error.told || {};
    same([told.code, told.error_subcode], [code, subcode], 'code and subcode');
    check(told.type && told.fbtrace_id && (!type || told.type === type), `an error with type ${type || ''} and trace id`, told);
    return;
  }
  throw new Error(`expected a refusal ${code}/${subcode}, got ${JSON.stringify(answer)}`);
}

const succeeded = (answer) => same(answer.success, true, 'success');
const done = (answer) => same(answer.result, 'success', 'result');
const send = (to, message, more = {}) => post('me/messages', { recipient: { id: to }, message, messaging_type: 'RESPONSE', ...more });
const sent = (answer, to = ada) => {
  same(answer.recipient_id, to, 'recipient_id');
  check(answer.message_id, 'a message_id', answer);
  return answer.message_id;
};

async function signIn() {
  await step('sign in by getOauthUrl', async () => {
    const dialog = graph.getOauthUrl({ client_id: world.app, redirect_uri: world.redirect, scope: scopes.join(', '), state: 's1' });
    check(dialog.startsWith('https://www.facebook.com/v26.0/dialog/oauth?'), 'the dialog of Facebook', dialog);
    const back = await allow(dialog.replace('https://www.facebook.com', facebook));
    same(back.state, 's1', 'state');
    state.code = back.code;
  });
  const exchange = (code) => ({ client_id: world.app, client_secret: world.secret, redirect_uri: world.redirect, code });
  await step('authorize', async () => {
    const answer = await call('authorize', exchange(state.code));
    check(answer.access_token && answer.expires_in > 0, 'a token with a life', answer);
    same(graph.getAccessToken(), answer.access_token, 'the token it keeps');
    state.short = answer.access_token;
  });
  await step('a used code is refused', async () => refused(call('authorize', exchange(state.code)), 100, 36009, 'OAuthException'));
  await step('extendAccessToken', async () => {
    const answer = await call('extendAccessToken', { client_id: world.app, client_secret: world.secret });
    check(answer.expires_in > 50 * 86400, 'about sixty days', answer);
    state.long = graph.getAccessToken();
    check(state.long && state.long !== state.short, 'another token', null);
  });
  await step('extendAccessToken of a token that is handed over', async () => {
    const answer = await call('extendAccessToken', { client_id: world.app, client_secret: world.secret, access_token: state.short });
    check(answer.access_token, 'a token', answer);
  });
}

async function asPerson() {
  await step('who signed in', async () => {
    const me = await get('me?fields=id,name');
    same([me.id, me.name], [world.person, 'Robin Keeper'], 'id and name');
  });
  await step('read permissions', async () => {
    const { data } = await get('me/permissions');
    check(data.some((it) => it.permission === 'pages_messaging' && it.status === 'granted'), 'pages_messaging granted', data);
  });
  await step('list Pages one by one, following next', async () => {
    const first = await get('me/accounts', { fields: 'id,name,access_token,tasks,instagram_business_account{id,username}', limit: 1 });
    same(first.data.length, 1, 'how many at once:');
    check(first.paging.cursors.after && first.paging.next, 'cursors and next', first.paging);
    const second = await get(first.paging.next);
    const pages = [...first.data, ...second.data];
    same(pages.map((it) => it.id).sort(), [world.page, world.otherPage], 'the Pages');
    const page = pages.find((it) => it.id === world.page);
    same(page.instagram_business_account, { id: world.instagram, username: 'harbourbooks' }, 'instagram_business_account');
    check(page.tasks.includes('MESSAGING'), 'the task MESSAGING', page.tasks);
    state.page = page.access_token;
    const back = await get('me/accounts', { fields: 'id', limit: 1, before: second.paging.cursors.before });
    same(back.data.map((it) => it.id), first.data.map((it) => it.id), 'the page before');
  });
  await step('debug_token', async () => {
    const { data } = await get(`debug_token?input_token=${state.page}&access_token=${encodeURIComponent(world.appToken)}`);
    same([data.type, data.profile_id, data.is_valid, data.expires_at], ['PAGE', world.page, true, 0], 'type, Page, validity, expiry');
  });
  await step('debug_token of nonsense is no error', async () => {
    const { data } = await get(`debug_token?input_token=nonsense&access_token=${encodeURIComponent(world.appToken)}`);
    same([data.is_valid, data.error.code], [false, 190], 'validity and code');
  });
  await step('setAppSecret proves every call', async () => {
    graph.setAppSecret(world.secret);
    same((await get('me')).id, world.person, 'id');
  });
  await step('a wrong proof is refused', async () => {
    graph.setAppSecret('not-the-secret');
    await refused(get('me'), 100, undefined, 'GraphMethodException').finally(() => graph.setAppSecret(world.secret));
  });
  await step('a wrong token is refused', async () => {
    graph.setAppSecret(null);
    await refused(get('me?access_token=wrong'), 190, undefined, 'OAuthException').finally(() => graph.setAppSecret(world.secret));
  });
  await step('an unknown object is refused', async () => refused(get('9999999999999999'), 100, 33, 'GraphMethodException'));
}

async function subscribe() {
  await step('subscribe the app, with its handshake', async () => {
    const body = { object: 'page', callback_url: hook.url, verify_token: world.verifyToken, fields: 'messages,message_echoes', include_values: true };
    succeeded(await post(`${world.app}/subscriptions?access_token=${world.appToken}`, body));
    check(hook.handshakes.length === 1, 'one handshake', hook.handshakes);
  });
  await step('read the subscriptions of the app', async () => {
    const { data } = await get(`${world.app}/subscriptions?access_token=${world.appToken}`);
    same(data.map((it) => [it.object, it.callback_url, it.active]), [['page', hook.url, true]], 'the subscriptions');
  });
  graph.setAccessToken(state.page);
  await step('subscribe the Page, fields as a bracketed list', async () => {
    succeeded(await post('me/subscribed_apps', { subscribed_fields: ['messages', 'message_echoes'] }));
  });
  await step('read the subscribed apps of the Page', async () => {
    const { data } = await get(`${world.page}/subscribed_apps`);
    same(data.map((it) => [it.id, [...it.subscribed_fields].sort()]), [[world.app, ['message_echoes', 'messages']]], 'the apps');
  });
  await step('a customer writes, and the webhook is signed over its bytes', async () => {
    const text = 'Où êtes-vous ? ☕ <b>/</b>';
    const { mid } = await admin('POST', 'customers/c1/messages', { to: world.page, text });
    const { item, delivery } = await hook.heard('the message', (it) => it.message && it.message.mid === mid);
    same([item.message.text, item.sender.id], [text, ada], 'text and sender');
    signed(delivery);
  });
}

async function talk() {
  await step('send text', async () => {
    const mid = sent(await send(ada, { text: 'Au coin & à côté = là 😀' }));
    const { item } = await hook.heard('the echo', (it) => it.message && it.message.mid === mid);
    same(item.message.text, 'Au coin & à côté = là 😀', 'the text');
  });
  await step('send text, objects as JSON text', async () => {
    const body = { recipient: JSON.stringify({ id: ada }), message: JSON.stringify({ text: 'JSON' }), messaging_type: 'RESPONSE' };
    sent(await post(`${world.page}/messages`, body));
  });
  await step('send quick replies', async () => {
    const quick_replies = ['A', 'B'].map((title) => ({ content_type: 'text', title, payload: title }));
    sent(await send(ada, { text: 'Which?', quick_replies }));
  });
  await step('send a generic template', async () => {
    const buttons = [{ type: 'web_url', title: 'Look', url: 'https://example.com/?a=1&b=2' }, { type: 'postback', title: 'Buy', payload: 'BUY' }];
    const payload = { template_type: 'generic', elements: [{ title: 'Tea', subtitle: 'green', image_url: hook.picture, buttons }, { title: 'Pot', subtitle: 'for two' }] };
    const mid = sent(await send(ada, { attachment: { type: 'template', payload } }));
    const { item } = await hook.heard('the echo', (it) => it.message && it.message.mid === mid);
    same(item.message.attachments[0].type, 'template', 'the echoed attachment');
  });
  await step('send a picture by URL', async () => sent(await send(ada, { attachment: { type: 'image', payload: { url: hook.picture } } })));
  await step('send a reusable picture, and use it again', async () => {
    const answer = await send(ada, { attachment: { type: 'image', payload: { url: hook.picture, is_reusable: true } } });
    sent(answer);
    check(answer.attachment_id, 'an attachment_id', answer);
    sent(await send(ada, { attachment: { type: 'image', payload: { attachment_id: answer.attachment_id } } }));
  });
  await step('upload by URL', async () => {
    const attachment = { type: 'image', payload: { url: hook.picture, is_reusable: true } };
    const answer = await post('me/message_attachments', { message: { attachment } });
    check(answer.attachment_id, 'an attachment_id', answer);
    sent(await send(ada, { attachment: { type: 'image', payload: { attachment_id: answer.attachment_id } } }));
  });
  await step('sender action and reaction', async () => {
    same((await post('me/messages', { recipient: { id: ada }, sender_action: 'typing_on' })).recipient_id, ada, 'recipient_id');
    const { mid } = await admin('POST', 'customers/c1/messages', { to: world.page, text: 'Good!' });
    const react = { recipient: { id: ada }, sender_action: 'react', payload: { message_id: mid, reaction: '❤' } };
    same((await post('me/messages', react)).recipient_id, ada, 'recipient_id');
    const { reactions } = await get(mid, { fields: 'reactions' });
    same(reactions.data[0].reaction, '❤', 'the reaction');
  });
  await step('answer on Instagram', async () => sent(await send(world.adaOnInstagram, { text: 'Hello over there' }), world.adaOnInstagram));
  await step('somebody unknown is refused', async () => refused(send('4000000000000099', { text: 'hi' }), 100, 2018001));
}

async function read() {
  await step('conversations with nested fields', async () => {
    const fields = 'participants,updated_time,messages.limit(3){id,message,created_time,from,to}';
    const { data } = await get('me/conversations', { platform: 'messenger', fields });
    const mine = data.find((it) => it.participants.data.some((who) => who.id === ada));
    check(/^t_/.test(mine.id) && mine.messages.data.length === 3, 'a t_ id and three messages', mine);
    check(mine.messages.paging.cursors.after && mine.messages.paging.next, 'cursors and next of the messages', mine.messages.paging);
    state.conversation = mine.id;
    const older = await get(mine.messages.paging.next);
    same(older.data.length, 3, 'how many older:');
  });
  await step('every conversation, two by two', async () => {
    const seen = [];
    let answer = await get('me/conversations', { fields: 'id', limit: 2 });
    for (;;) {
      seen.push(...answer.data.map((it) => it.id));
      if (!answer.paging || !answer.paging.next) break;
      answer = await get(answer.paging.next);
    }
    same([seen.length, new Set(seen).size], [4, 4], 'how many, and how many different:');
  });
  await step('the messages of a conversation, by cursor', async () => {
    const first = await get(`${state.conversation}/messages`, { fields: 'id,message', limit: 5 });
    const second = await get(`${state.conversation}/messages`, { fields: 'id,message', limit: 5, after: first.paging.cursors.after });
    same(new Set([...first.data, ...second.data].map((it) => it.id)).size, 10, 'how many different:');
  });
  await step('the conversation of one person', async () => {
    const { data } = await get('me/conversations', { user_id: ben, fields: 'participants' });
    same(data.length, 1, 'how many:');
  });
  await step('Instagram: twenty messages can be read', async () => {
    const { data } = await get('me/conversations', { platform: 'instagram', user_id: world.eveOnInstagram, fields: 'messages.limit(25){id}' });
    const ids = data[0].messages.data.map((it) => it.id);
    same(ids.length, 25, 'how many listed:');
    check((await get(ids[0], { fields: 'message' })).message, 'the text of the newest', null);
    await refused(get(ids[24], { fields: 'message' }), 9000001);
  });
  await step('user profiles', async () => {
    same((await get(ada, { fields: 'first_name,last_name,profile_pic' })).first_name, 'Ada', 'first_name');
    same((await get(world.eveOnInstagram, { fields: 'name,username,is_user_follow_business' })).id, world.eveOnInstagram, 'id');
  });
  await step('several objects at once by ids', async () => {
    const answer = await get('', { ids: `${ada},${ben}`, fields: 'first_name' });
    same([answer[ada].first_name, answer[ben].first_name], ['Ada', 'Ben'], 'first names');
  });
  await step('an unknown field is refused', async () => refused(get('me', { fields: 'id,colour_of_the_door' }), 100, undefined, 'OAuthException'));
  await step('an unknown edge is refused', async () => refused(get('me/doors'), 2500));
}

async function manage() {
  await step('messenger profile: set, get, delete', async () => {
    const menu = [{ locale: 'default', composer_input_disabled: false, call_to_actions: [{ type: 'postback', title: 'Restart', payload: 'R' }] }];
    done(await post('me/messenger_profile', { get_started: { payload: 'GO' }, persistent_menu: menu }));
    const { data } = await get('me/messenger_profile', { fields: 'get_started,persistent_menu' });
    const got = Object.assign({}, ...data);
    same([got.get_started.payload, got.persistent_menu[0].call_to_actions[0].title], ['GO', 'Restart'], 'payload and title');
    done(await del('me/messenger_profile', { fields: ['persistent_menu', 'get_started'] }));
    same((await get('me/messenger_profile', { fields: 'get_started,persistent_menu' })).data, [], 'the rest');
  });
  await step('messenger profile of Instagram: ice breakers', async () => {
    const ice_breakers = [{ locale: 'default', call_to_actions: [{ question: 'Open today?', payload: 'OPEN' }] }];
    done(await post('me/messenger_profile', { platform: 'instagram', ice_breakers }));
    const { data } = await get('me/messenger_profile', { platform: 'instagram', fields: 'ice_breakers' });
    same(data[0].ice_breakers[0].call_to_actions[0].question, 'Open today?', 'question');
    same((await get('me/messenger_profile', { fields: 'ice_breakers' })).data, [], "Messenger's own");
    done(await del('me/messenger_profile', { platform: 'instagram', fields: ['ice_breakers'] }));
  });
  await step('personas', async () => {
    const { id } = await post('me/personas', { name: 'Nora', profile_picture_url: 'https://example.com/n.png' });
    same((await get(id)).name, 'Nora', 'name');
    sent(await send(ada, { text: 'Nora here' }, { persona_id: id }));
    succeeded(await del(id));
    same((await get('me/personas')).data, [], 'the personas');
  });
  await step('labels', async () => {
    const { id } = await post('me/custom_labels', { page_label_name: 'regular' });
    succeeded(await post(`${id}/label`, { user: ada }));
    const { data } = await get(`${ada}/custom_labels`, { fields: 'page_label_name' });
    same(data.map((it) => it.page_label_name), ['regular'], "the person's labels");
    succeeded(await del(`${id}/label`, { user: ada }));
    succeeded(await del(id));
    same((await get('me/custom_labels')).data, [], 'the labels');
  });
  await step('thread_owner, request and release', async () => {
    succeeded(await post('me/request_thread_control', { recipient: { id: ada }, metadata: 'please' }));
    const { data } = await get('me/thread_owner', { recipient: ada });
    same(String(data[0].thread_owner.app_id), world.app, 'app_id');
    succeeded(await post('me/extend_thread_control', { recipient: { id: ada }, duration: 3600 }));
    succeeded(await post('me/release_thread_control', { recipient: { id: ada } }));
  });
  await step('block and unblock a person', async () => {
    for (const action of ['block_user', 'unblock_user']) {
      const answer = await post('me/moderate_conversations', { user_ids: [{ id: ben }], actions: [action] });
      check(answer && !answer.error, 'an answer', answer);
    }
    sent(await send(ben, { text: 'Welcome back' }), ben);
  });
  await step('batch', async () => {
    const form = (pairs) => new URLSearchParams(pairs).toString();
    const answers = await call('batch', [
      { method: 'GET', relative_url: 'me?fields=id,name' },
      { method: 'POST', relative_url: 'me/messages', body: form({ recipient: JSON.stringify({ id: ada }), message: JSON.stringify({ text: 'batched' }) }) },
      { method: 'GET', relative_url: `v26.0/${ada}?fields=first_name` },
      { method: 'GET', relative_url: '9999999999999999' },
      { method: 'DELETE', relative_url: 'me/messenger_profile?fields=["greeting"]' },
    ]);
    same(answers.map((it) => it.code), [200, 200, 200, 400, 200], 'the codes');
    check(answers.every((it) => typeof it.body === 'string'), 'bodies as text', answers);
    const bodies = answers.map((it) => JSON.parse(it.body));
    same([bodies[0].id, bodies[2].first_name, bodies[3].error.code], [world.page, 'Ada', 100], 'id, first name, code');
    sent(bodies[1]);
  });
  await step('batch without headers', async () => {
    const answers = await call('batch', [{ method: 'GET', relative_url: 'me' }], { include_headers: false });
    same([answers[0].code, answers[0].headers], [200, undefined], 'code and headers');
  });
}

async function trouble() {
  const fault = (given) => admin('POST', 'faults', { match: { method: 'GET', path: '/me' }, times: 1, ...given });
  const failure = () => get('me').then((answer) => check(false, 'an error', answer), (error) => error);
  await step('the platform is out of order', async () => {
    await fault({ answer: { status: 503, code: 2 } });
    const error = await failure();
    same(error.told && error.told.code, 2, 'code');
  });
  await step('the answer is cut in its middle', async () => {
    await fault({ cut_body: true });
    check((await failure()).told, 'the error of this client', null);
  });
  await step('the line is cut', async () => {
    await fault({ drop: true });
    same((await failure()).message, 'Error processing https request', 'message');
    same((await get('me')).id, world.page, 'id afterwards');
  });
}

async function ends() {
  await step('unsubscribe the Page', async () => {
    succeeded(await del('me/subscribed_apps'));
    same((await get('me/subscribed_apps')).data, [], 'the apps');
  });
  await step('unsubscribe the app', async () => {
    succeeded(await del(`${world.app}/subscriptions?access_token=${world.appToken}`, { object: 'page' }));
    same((await get(`${world.app}/subscriptions?access_token=${world.appToken}`)).data, [], 'the subscriptions');
  });
  await step('revoke one permission, decline stays readable', async () => {
    graph.setAccessToken(state.long);
    succeeded(await del('me/permissions/email'));
    const { data } = await get('me/permissions');
    check(!data.some((it) => it.permission === 'email' && it.status === 'granted'), 'email not granted', data);
  });
  await step('an expired token is refused', async () => {
    await admin('POST', 'clock', { advance: '3h' });
    graph.setAccessToken(state.short);
    await refused(get('me'), 190, 463, 'OAuthException');
  });
  await step('revoke all, and the tokens die', async () => {
    graph.setAccessToken(state.long);
    succeeded(await del('me/permissions'));
    await refused(get('me'), 190, 458, 'OAuthException');
  });
}

async function main() {
  hook = await new Receiver().start();
  await admin('POST', 'reset');
  graph.setGraphUrl(facebook).setVersion('26.0');
  for (const part of [signIn, asPerson, subscribe, talk, read, manage, trouble, ends]) await part();
  hook.stop();
  process.exit(0);
}

main();
