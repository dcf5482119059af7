'use strict';

// npm messaging-api-messenger, pointed here with its option `origin`. With `appSecret` it sends an appsecret_proof with every call, and
// its version is 6.0 unless told otherwise, which ended long ago and is served by the next living one.

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { MessengerClient, MessengerBatch } = require('messaging-api-messenger');
const { Receiver, admin, allow, check, facebook, png, same, scopes, signed, steps, world } = require('./steps');

const step = steps('messaging-api-messenger');
const { ada, ben, chloe, dan } = world;
const state = {};
let hook;

/** A client of the Page: the way a bot makes it, secret and all. */
const client = (more = {}) =>
  new MessengerClient({
    accessToken: state.pageToken || 'no-token-yet',
    appId: world.app,
    appSecret: world.secret,
    origin: facebook,
    ...more,
  });

/** The error this client throws when the platform refuses. */
async function failure(call) {
  let answer;
  try {
    answer = await call;
  } catch (error) {
    check(error.name === 'AxiosError' && error.response, 'an AxiosError with a response', String(error));
    const told = error.response.data.error;
    check(told && told.fbtraceId, 'an error envelope with a trace id', error.response.data);
    same(error.message, `Messenger API - ${told.code} ${told.type} ${told.message}`, 'the message');
    return told;
  }
  throw new Error(`expected a refusal, got ${JSON.stringify(answer)}`);
}

async function refused(call, code, subcode) {
  const told = await failure(call);
  same([told.code, told.errorSubcode], [code, subcode], 'code and subcode');
}

const sent = (answer, to = ada) => {
  same(answer.recipientId, to, 'recipient_id');
  check(/^m_/.test(answer.messageId), 'a message_id that starts with m_', answer);
  return answer.messageId;
};
const done = (answer) => same(answer.result, 'success', 'result');
const succeeded = (answer) => same(answer.success, true, 'success');
/** The Messenger profile takes ten calls in ten minutes: let them pass. */
const later = (span = '11m') => admin('POST', 'clock', { advance: span });

async function signIn() {
  await step('sign in by the dialog', async () => {
    const query = new URLSearchParams({ client_id: world.app, redirect_uri: world.redirect, scope: scopes.join(','), state: 'x y/ä' });
    const back = await allow(`${facebook}/v26.0/dialog/oauth?${query}`);
    same(back.state, 'x y/ä', 'state');
    state.code = back.code;
  });
  const token = async (query) => {
    const asked = new URLSearchParams({ client_id: world.app, client_secret: world.secret, ...query });
    const answer = await fetch(`${facebook}/v26.0/oauth/access_token?${asked}`);
    const body = await answer.json();
    check(body.access_token && body.token_type === 'bearer' && body.expires_in > 0, 'a bearer token with a life', body);
    return body;
  };
  await step('exchange the code', async () => {
    state.short = (await token({ code: state.code, redirect_uri: world.redirect })).access_token;
  });
  await step('exchange for a long-lived token', async () => {
    const long = await token({ grant_type: 'fb_exchange_token', fb_exchange_token: state.short });
    check(long.expires_in > 50 * 86400, 'about sixty days', long.expires_in);
    state.long = long.access_token;
  });
  await step('list Pages with their tokens', async () => {
    const answer = await fetch(`${facebook}/v26.0/me/accounts`, { headers: { authorization: `Bearer ${state.long}` } });
    const { data } = await answer.json();
    state.pageToken = data.find((it) => it.id === world.page).access_token;
    state.otherToken = data.find((it) => it.id === world.otherPage).access_token;
  });
}

async function lookAround() {
  const me = client();
  await step('getPageInfo', async () => {
    const page = await me.getPageInfo();
    same([page.id, page.name], [world.page, 'Harbour Books'], 'id and name');
  });
  await step('getPageInfo with fields', async () => {
    const page = await me.getPageInfo({ fields: ['id', 'category', 'is_published'] });
    same([page.id, page.isPublished], [world.page, true], 'id and is_published');
  });
  await step('a version without end', async () => {
    const page = await client({ version: 'v26.0' }).getPageInfo();
    same(page.id, world.page, 'id');
  });
  await step('debugToken', async () => {
    // This client proves the Page's token while it calls with the app's, so its proof has to be left out here.
    const told = await client({ skipAppSecretProof: true }).debugToken();
    same([told.appId, told.isValid, told.type, told.profileId], [world.app, true, 'PAGE', world.page], 'app, validity, type, Page');
    same(told.expiresAt, 0, 'expires_at');
    check(told.scopes.includes('pages_messaging'), 'the scope pages_messaging', told.scopes);
  });
  await step('getMessagingFeatureReview', async () => {
    check(Array.isArray(await me.getMessagingFeatureReview()), 'a list', null);
  });
  await step('getUserProfile', async () => {
    const ada1 = await me.getUserProfile(ada);
    same([ada1.id, ada1.name, ada1.firstName, ada1.lastName], [ada, 'Ada Marsh', 'Ada', 'Marsh'], 'id and names');
    check(/^https?:/.test(ada1.profilePic), 'the address of a picture', ada1.profilePic);
  });
  await step('a wrong token is the error this client throws', async () => {
    await refused(client({ accessToken: 'EAAwrong', skipAppSecretProof: true }).getPageInfo(), 190);
  });
  await step('a wrong proof is refused', () => refused(client({ appSecret: 'not-the-secret' }).getPageInfo(), 100));
  await step('somebody unknown is refused', () => refused(me.sendText('4000000000000099', 'hello?'), 100, 2018001));
  await step('too long a text is refused', () => refused(me.sendText(ada, 'x'.repeat(2001)), 100));
}

async function subscribe() {
  const me = client();
  const fields = ['messages', 'message_echoes', 'messaging_postbacks', 'messaging_handovers', 'standby', 'feed'];
  await step('createSubscription, with its handshake', async () => {
    succeeded(
      await me.createSubscription({
        callbackUrl: hook.url,
        verifyToken: world.verifyToken,
        includeValues: true,
        fields,
      }),
    );
    check(hook.handshakes.length === 1 && hook.handshakes[0]['hub.challenge'], 'one handshake with a challenge', hook.handshakes);
  });
  await step('a failed handshake is refused', async () => {
    const error = await failure(me.createSubscription({ callbackUrl: hook.url, verifyToken: 'another' }));
    check(error.code, 'a code', error);
  });
  await step('getSubscriptions', async () => {
    const list = await me.getSubscriptions();
    const page = list.find((it) => it.object === 'page');
    same([page.callbackUrl, page.active], [hook.url, true], 'callback_url and active');
    check(page.fields.some((it) => (it.name || it) === 'messages'), 'the field messages', page.fields);
  });
  await step('getPageSubscription with an app token', async () => {
    same((await me.getPageSubscription({ accessToken: world.appToken })).object, 'page', 'object');
  });
  await step('subscribe the Page', async () => {
    const query = new URLSearchParams({ access_token: state.pageToken, subscribed_fields: fields });
    const answer = await fetch(`${facebook}/v26.0/me/subscribed_apps?${query}`, { method: 'POST' });
    succeeded(await answer.json());
  });
}

async function talk() {
  const me = client();
  await step('a customer writes, and the webhook is signed over its bytes', async () => {
    const text = 'Grüße aus Zürich 🎉 </a> 100% @you';
    const { mid } = await admin('POST', 'customers/c1/messages', { to: world.page, text });
    const { item, delivery } = await hook.heard('the message', (it) => it.message && it.message.mid === mid);
    same([item.message.text, item.sender.id, item.recipient.id, item.account], [text, ada, world.page, world.page], 'text, people and Page');
    signed(delivery);
  });
  await step('sendText, and its echo', async () => {
    const mid = sent(await me.sendText(ada, 'Welcome!', { messagingType: 'RESPONSE' }));
    const { item } = await hook.heard('the echo', (it) => it.message && it.message.mid === mid);
    same([item.message.is_echo, item.sender.id, String(item.message.app_id)], [true, world.page, world.app], 'echo, sender and app');
  });
  await step('sendMessage with metadata', async () => {
    const mid = sent(await me.sendMessage(ada, { text: 'Mark me', metadata: 'ours-1' }));
    const { item } = await hook.heard('the echo', (it) => it.message && it.message.mid === mid);
    same(item.message.metadata, 'ours-1', 'metadata');
  });
  await step('sendText with quick replies, one is tapped', async () => {
    const quickReplies = [
      { contentType: 'text', title: 'Red', payload: 'PICK_RED', imageUrl: hook.picture },
      { contentType: 'text', title: 'Green', payload: 'PICK_GREEN' },
      { contentType: 'user_email' },
    ];
    sent(await me.sendText(ada, 'Which one?', { quickReplies }));
    const { mid } = await admin('POST', 'customers/c1/messages', { to: world.page, text: 'Green', quick_reply: 'PICK_GREEN' });
    const { item } = await hook.heard('the tap', (it) => it.message && it.message.mid === mid);
    same(item.message.quick_reply, { payload: 'PICK_GREEN' }, 'quick_reply');
  });
  await step('sendRawBody', async () => {
    const body = { recipient: { id: ada }, messagingType: 'RESPONSE', message: { text: 'raw' }, notificationType: 'SILENT_PUSH' };
    sent(await me.sendRawBody(body));
  });
  for (const action of ['markSeen', 'typingOn', 'typingOff']) {
    await step(action, async () => same((await me[action](ada)).recipientId, ada, 'recipient_id'));
  }
  await step('sendSenderAction', async () => same((await me.sendSenderAction(ada, 'typing_on')).recipientId, ada, 'recipient_id'));
  await step('a private reply to a comment', async () => {
    await admin('POST', 'customers/c3/actions', { to: world.page, action: 'comment', text: 'Do you deliver?' });
    const { item } = await hook.heard('the comment', (it) => it.field === 'feed' && it.value.comment_id);
    check(/^m_/.test((await me.sendText({ commentId: item.value.comment_id }, 'We do.')).messageId), 'a message_id', null);
  });
}

const files = {
  Image: { filename: 'a.png', contentType: 'image/png' },
  Video: { filename: 'a.mp4', contentType: 'video/mp4' },
  Audio: { filename: 'a.mp3', contentType: 'audio/mpeg' },
  File: { filename: 'a.pdf', contentType: 'application/pdf' },
};

async function attachments() {
  const me = client();
  for (const kind of ['Image', 'Video', 'Audio', 'File']) {
    await step(`send${kind} by URL`, async () => sent(await me[`send${kind}`](ada, hook.media(kind))));
  }
  await step('sendAttachment', async () => sent(await me.sendAttachment(ada, { type: 'image', payload: { url: hook.picture } })));
  await step('a reusable picture by URL gives an attachment_id', async () => {
    const answer = await me.sendImage(ada, { url: hook.picture, isReusable: true });
    sent(answer);
    check(/^\d+$/.test(answer.attachmentId), 'an attachment_id', answer);
  });
  await step('uploadImage by URL', async () => {
    state.attachment = (await me.uploadImage(hook.picture, { isReusable: true })).attachmentId;
    check(/^\d+$/.test(state.attachment), 'an attachment_id', state.attachment);
  });
  for (const kind of ['Image', 'Video', 'Audio', 'File']) {
    await step(`upload${kind} by multipart, and reuse`, async () => {
      const { attachmentId } = await me[`upload${kind}`](png, { ...files[kind], isReusable: true });
      check(/^\d+$/.test(attachmentId), 'an attachment_id', attachmentId);
      sent(await me[`send${kind}`](ada, { attachmentId }));
    });
  }
  for (const [kind, type] of [['Image', 'image'], ['Video', 'video'], ['Audio', 'audio'], ['File', 'file']]) {
    await step(`send${kind} from a buffer (upload and send in one)`, async () => {
      const mid = sent(await me[`send${kind}`](ada, png, files[kind]));
      const { item } = await hook.heard('the echo', (it) => it.message && it.message.mid === mid);
      same(item.message.attachments.map((it) => it.type), [type], 'the echoed attachments');
    });
  }
  await step('sendFile from a stream', async () => {
    const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'clients-')), 'price list.txt');
    fs.writeFileSync(file, 'tea 3\n'.repeat(20000));
    try {
      sent(await me.sendFile(ada, fs.createReadStream(file)));
    } finally {
      fs.rmSync(path.dirname(file), { recursive: true });
    }
  });
  await step('an attachment of another Page is refused', async () => {
    check(state.attachment, 'an attachment of the first Page', state.attachment);
    await admin('POST', 'customers/c1/messages', { to: world.otherPage, text: 'hello, cafe' });
    await refused(client({ accessToken: state.otherToken }).sendImage('4000000000000021', { attachmentId: state.attachment }), 100, 2018074);
  });
}

const receipt = {
  recipientName: 'Ada Marsh',
  orderNumber: '12345678902',
  currency: 'EUR',
  paymentMethod: 'Visa 2345',
  timestamp: '1428444852',
  elements: [{ title: 'A book', quantity: 2, price: 25, currency: 'EUR' }],
  summary: { subtotal: 50, shippingCost: 4.95, totalTax: 6, totalCost: 60.95 },
};

async function templates() {
  const me = client();
  const buttons = [
    { type: 'postback', title: 'Order', payload: 'ORDER' },
    { type: 'web_url', title: 'Look', url: 'https://example.com/look' },
  ];
  await step('sendButtonTemplate, its button is tapped', async () => {
    const mid = sent(await me.sendButtonTemplate(ada, 'What next?', buttons));
    await admin('POST', 'customers/c1/actions', { to: world.page, action: 'postback', mid, title: 'Order', payload: 'ORDER' });
    const { item } = await hook.heard('the postback', (it) => it.postback && it.postback.payload === 'ORDER');
    same([item.sender.id, item.postback.title], [ada, 'Order'], 'sender and title');
  });
  await step('four buttons are refused', () => refused(me.sendButtonTemplate(ada, 'What next?', [...buttons, ...buttons]), 100));
  await step('sendGenericTemplate', async () => {
    const defaultAction = { type: 'web_url', url: 'https://example.com/tea' };
    const element = { title: 'Tea', subtitle: 'from the hills', imageUrl: hook.picture, defaultAction, buttons };
    sent(await me.sendGenericTemplate(ada, [element, { title: 'Coffee', subtitle: 'also' }], { imageAspectRatio: 'square' }));
  });
  await step('sendMediaTemplate', async () => {
    check(state.attachment, 'an uploaded picture', state.attachment);
    sent(await me.sendMediaTemplate(ada, [{ mediaType: 'image', attachmentId: state.attachment, buttons: [buttons[1]] }]));
  });
  await step('sendReceiptTemplate', async () => sent(await me.sendReceiptTemplate(ada, receipt)));
  await step('sendTemplate', async () => sent(await me.sendTemplate(ada, { templateType: 'button', text: 'Again?', buttons })));
  await step('sendOneTimeNotifReqTemplate', async () => {
    sent(await me.sendOneTimeNotifReqTemplate(ada, { title: 'When it is back?', payload: 'BACK' }));
  });
}

async function profile() {
  const me = client();
  const menu = [
    { type: 'postback', title: 'Restart', payload: 'RESTART' },
    { type: 'web_url', title: 'Shop', url: 'https://example.com/shop', webviewHeightRatio: 'full' },
  ];
  const round = async (name, value, read, clear) => {
    await step(`set${name}, get${name}, delete${name}`, async () => {
      await later();
      done(await me[`set${name}`](value));
      const got = await me[`get${name}`]();
      read(got);
      done(await me[`delete${name}`]());
      const rest = await me[`get${name}`]();
      check(rest === null || rest === undefined, 'nothing once it is deleted', rest);
    });
    await clear?.();
  };
  await round('GetStarted', 'GET_STARTED', (got) => same(got, { payload: 'GET_STARTED' }, 'get_started'));
  await round('Greeting', 'Hello {{user_first_name}}!', (got) => same(got, [{ locale: 'default', text: 'Hello {{user_first_name}}!' }], 'greeting'));
  await round('IceBreakers', [{ question: 'Where are you?', payload: 'WHERE' }], (got) => {
    check(JSON.stringify(got).includes('Where are you?') && JSON.stringify(got).includes('WHERE'), 'question and payload', got);
  });
  await round('WhitelistedDomains', ['https://example.com'], (got) => {
    check(got.length === 1 && got[0].replace(/\/$/, '') === 'https://example.com', 'the domain', got);
  });
  await round('AccountLinkingURL', 'https://example.com/link', (got) => same(got, 'https://example.com/link', 'account_linking_url'));
  await step('setGetStarted before a menu', async () => {
    await later();
    done(await me.setGetStarted('GET_STARTED'));
  });
  await round('PersistentMenu', menu, (got) => {
    const [{ locale, composerInputDisabled, callToActions }] = got;
    same([locale, composerInputDisabled], ['default', false], 'locale and composer_input_disabled');
    same(callToActions.map((it) => it.title), ['Restart', 'Shop'], 'the items');
  });
  await step('setMessengerProfile and getMessengerProfile, several at once', async () => {
    await later();
    done(await me.setMessengerProfile({ getStarted: { payload: 'GO' }, greeting: [{ locale: 'default', text: 'Hi' }] }));
    const got = await me.getMessengerProfile(['get_started', 'greeting']);
    same(Object.assign({}, ...got), { getStarted: { payload: 'GO' }, greeting: [{ locale: 'default', text: 'Hi' }] }, 'both properties');
    done(await me.deleteMessengerProfile(['get_started', 'greeting']));
  });
  await step('setUserPersistentMenu, getUserPersistentMenu, deleteUserPersistentMenu', async () => {
    await later();
    done(await me.setGetStarted('GET_STARTED'));
    done(await me.setUserPersistentMenu(ada, menu));
    const got = await me.getUserPersistentMenu(ada);
    same(got[0].callToActions[0].payload, 'RESTART', 'the payload of its first item');
    done(await me.deleteUserPersistentMenu(ada));
    const rest = await me.getUserPersistentMenu(ada);
    check(!rest || rest.length === 0, 'no menu once it is deleted', rest);
  });
}

async function profileLimit() {
  const me = client();
  await step('the eleventh call to the profile within ten minutes is refused', async () => {
    await later();
    for (let n = 1; n <= 10; n += 1) done(await me.setGreeting(`Hello ${n}`));
    const error = await failure(me.setGreeting('Hello 11'));
    check([4, 32, 613, 80006].includes(error.code), 'the code of a limit', error);
    await later();
    done(await me.deleteGreeting());
  });
}

async function personas() {
  const me = client();
  const names = Array.from({ length: 27 }, (_, n) => `Persona ${n + 1}`);
  await step('createPersona', async () => {
    state.persona = (await me.createPersona({ name: 'Nora', profilePictureUrl: 'https://example.com/nora.png' })).id;
    check(/^\d+$/.test(state.persona), 'an id of digits', state.persona);
  });
  await step('getPersona', async () => {
    const got = await me.getPersona(state.persona);
    same([got.id, got.name, typeof got.profilePictureUrl], [state.persona, 'Nora', 'string'], 'id, name, picture');
  });
  await step('getPersonas', async () => {
    const { data } = await me.getPersonas();
    same(data.map((it) => it.id), [state.persona], 'the ids');
  });
  await step('getAllPersonas, over several pages', async () => {
    for (const name of names) await me.createPersona({ name, profilePictureUrl: 'https://example.com/p.png' });
    const all = await me.getAllPersonas();
    same(all.map((it) => it.name).sort(), ['Nora', ...names].sort(), 'every name once');
  });
  await step('sendText and typingOn as a persona', async () => {
    check(state.persona, 'a persona', state.persona);
    sent(await me.sendText(ada, 'Nora here', { personaId: state.persona }));
    same((await me.typingOn(ada, { personaId: state.persona })).recipientId, ada, 'recipient_id');
  });
  await step('deletePersona', async () => {
    succeeded(await me.deletePersona(state.persona));
    const all = await me.getAllPersonas();
    same(all.map((it) => it.name).sort(), names.sort(), 'the other names');
  });
}

async function labels() {
  const me = client();
  await step('createLabel', async () => {
    state.label = (await me.createLabel('regular')).id;
    check(/^\d+$/.test(state.label), 'an id of digits', state.label);
  });
  await step('getLabelDetails', async () => {
    const got = await me.getLabelDetails(state.label, { fields: ['id', 'name'] });
    same([got.id, got.name], [state.label, 'regular'], 'id and name');
  });
  await step('getLabelList', async () => same((await me.getLabelList()).data.map((it) => [it.id, it.name]), [[state.label, 'regular']], 'the labels'));
  await step('associateLabel and getAssociatedLabels', async () => {
    succeeded(await me.associateLabel(ada, state.label));
    same((await me.getAssociatedLabels(ada)).data.map((it) => it.name), ['regular'], "the person's labels");
  });
  await step('dissociateLabel', async () => {
    succeeded(await me.dissociateLabel(ada, state.label));
    same((await me.getAssociatedLabels(ada)).data, [], "the person's labels");
  });
  await step('deleteLabel', async () => {
    succeeded(await me.deleteLabel(state.label));
    same((await me.getLabelList()).data, [], 'the labels');
  });
}

async function batch() {
  const me = client();
  await step('sendBatch: sends, reads, errors, each in its place', async () => {
    const answers = await me.sendBatch([
      MessengerBatch.sendText(ada, 'one & two = 3', { name: 'first' }),
      MessengerBatch.sendText(ben, 'two', { dependsOn: 'first', accessToken: undefined }),
      MessengerBatch.getUserProfile(ada),
      MessengerBatch.sendText('4000000000000099', 'nobody'),
      MessengerBatch.typingOn(ada),
      MessengerBatch.sendImage(ada, hook.picture),
      MessengerBatch.sendButtonTemplate(ada, 'Well?', [{ type: 'postback', title: 'Yes', payload: 'YES' }]),
    ]);
    same(answers.map((it) => it.code), [200, 200, 200, 400, 200, 200, 200], 'the codes');
    sent(answers[0].body);
    sent(answers[1].body, ben);
    same(answers[2].body.firstName, 'Ada', 'first_name');
    same([answers[3].body.error.code, answers[3].body.error.errorSubcode], [100, 2018001], 'code and subcode of the refused one');
    const { headers } = answers[0];
    check(Array.isArray(headers) && headers.every((it) => it.name && it.value !== undefined), 'headers as name and value', headers);
    const { item } = await hook.heard('the echo', (it) => it.message && it.message.mid === answers[0].body.messageId);
    same(item.message.text, 'one & two = 3', 'the text that went through the form');
  });
  await step('sendBatch: every kind of send', async () => {
    const it = MessengerBatch;
    const buttons = [{ type: 'postback', title: 'Yes', payload: 'YES' }];
    const answers = await me.sendBatch([
      it.sendRequest({ recipient: { id: ada }, messagingType: 'RESPONSE', message: { text: 'raw' } }),
      it.sendMessage(ada, { text: 'whole', quickReplies: [{ contentType: 'text', title: 'A', payload: 'A' }] }, { messagingType: 'RESPONSE' }),
      it.sendAttachment(ada, { type: 'image', payload: { url: hook.picture } }),
      it.sendAudio(ada, hook.media('Audio')),
      it.sendVideo(ada, hook.media('Video')),
      it.sendFile(ada, hook.media('File')),
      it.sendTemplate(ada, { templateType: 'button', text: 'Well?', buttons }),
      it.sendGenericTemplate(ada, [{ title: 'Tea', subtitle: 'green', buttons }]),
      it.sendMediaTemplate(ada, [{ mediaType: 'image', attachmentId: state.attachment }]),
      it.sendReceiptTemplate(ada, receipt),
      it.sendOneTimeNotifReqTemplate(ada, { title: 'When it is back?', payload: 'BACK' }),
    ]);
    same(answers.map((answer) => answer.code), answers.map(() => 200), 'the codes');
    answers.forEach((answer) => sent(answer.body));
    const actions = await me.sendBatch([it.markSeen(ada), it.typingOff(ada), it.sendSenderAction(ada, 'typing_on')]);
    same(actions.map((answer) => answer.body), [1, 2, 3].map(() => ({ recipientId: ada })), 'the answers');
  });
  await step('sendBatch: thread control, in turn', async () => {
    const it = MessengerBatch;
    const answers = await me.sendBatch([
      it.requestThreadControl(ben, 'please'),
      it.getThreadOwner(ben),
      it.passThreadControl(ben, Number(world.app), 'to ourselves'),
      it.passThreadControlToPageInbox(ben, 'look'),
      it.sendText(ben, 'still me'),
      it.takeThreadControl(ben, 'mine'),
    ]);
    same(answers.map((answer) => answer.code < 300), [true, true, true, true, false, false], 'which went well:');
    same(String(answers[1].body.appId), world.app, 'app_id');
    const refusals = answers.slice(4).map((answer) => answer.body.error);
    check([refusals[0].code, refusals[0].errorSubcode].includes(2018300) && refusals[1].code, '2018300, and a code', refusals);
  });
  await step('sendBatch without headers', async () => {
    const answers = await me.sendBatch([MessengerBatch.getUserProfile(ada, { fields: ['id'] })], { includeHeaders: false });
    same([answers[0].code, answers[0].headers, answers[0].body.id], [200, undefined, ada], 'code, headers and id');
  });
  await step('sendBatch with a token in each item', async () => {
    const accessToken = state.otherToken;
    const answers = await me.sendBatch([
      MessengerBatch.sendText('4000000000000021', 'from the cafe', { accessToken }),
      MessengerBatch.getUserProfile('4000000000000021', { accessToken }),
    ]);
    same(answers.map((it) => it.code), [200, 200], 'the codes');
    sent(answers[0].body, '4000000000000021');
  });
  await step('sendBatch: labels', async () => {
    const label = (await me.createLabel('batched')).id;
    const answers = await me.sendBatch([
      MessengerBatch.associateLabel(ada, label),
      MessengerBatch.getAssociatedLabels(ada),
      MessengerBatch.dissociateLabel(ada, label),
    ]);
    same(answers.map((it) => it.code), [200, 200, 200], 'the codes');
    same(answers[1].body.data.map((it) => it.id), [label], "the person's labels");
    succeeded(await me.deleteLabel(label));
  });
  await step('sendBatch: the menu of a person', async () => {
    await later();
    const answers = await me.sendBatch([
      MessengerBatch.setUserPersistentMenu(ada, [{ type: 'postback', title: 'Restart', payload: 'RESTART' }]),
      MessengerBatch.getUserPersistentMenu(ada),
      MessengerBatch.deleteUserPersistentMenu(ada),
    ]);
    same(answers.map((it) => it.code), [200, 200, 200], 'the codes');
  });
  await step('more than fifty are refused by the platform', async () => {
    const items = Array.from({ length: 51 }, () => ({ method: 'GET', relative_url: 'me' }));
    const body = new URLSearchParams({ access_token: state.pageToken, batch: JSON.stringify(items) });
    const answer = await fetch(`${facebook}/v26.0/`, { method: 'POST', body });
    const { error } = await answer.json();
    check(error && error.code !== 2500, 'an error envelope that speaks of the batch', error);
  });
}

async function control() {
  const me = client();
  await step('takeThreadControl without a default app is refused', async () => {
    await admin('POST', 'customers/c4/messages', { to: world.page, text: 'Is somebody there?' });
    const error = await failure(me.takeThreadControl(dan, 'mine'));
    check(error.code && !/^Unsupported post request/.test(error.message), 'a refusal by an endpoint that is there', error);
  });
  await step('requestThreadControl gives an idle thread', async () => succeeded(await me.requestThreadControl(dan, 'please')));
  await step('getThreadOwner', async () => same(String((await me.getThreadOwner(dan)).appId), world.app, 'app_id'));
  await step('sendBatch: thread owner', async () => {
    const [answer] = await me.sendBatch([MessengerBatch.getThreadOwner(dan)]);
    same(String(answer.body.appId), world.app, 'app_id');
  });
  await step('passThreadControlToPageInbox', async () => succeeded(await me.passThreadControlToPageInbox(dan, 'a person should look')));
  await step('sending without the thread is refused', async () => {
    const error = await failure(me.sendText(dan, 'still me'));
    check([error.code, error.errorSubcode].includes(2018300), '2018300, the thread is not ours', error);
  });
  await step('a message in a passed thread arrives in standby', async () => {
    const { mid } = await admin('POST', 'customers/c4/messages', { to: world.page, text: 'Thank you' });
    const { item } = await hook.heard('the message', (it) => it.message && it.message.mid === mid);
    same(item.list, 'standby', 'the list');
  });
  await step('passThreadControl to an app', async () => {
    succeeded(await me.requestThreadControl(chloe, 'please'));
    succeeded(await me.passThreadControl(chloe, Number(world.pageInbox), 'over to you'));
  });
}

async function onInstagram() {
  const me = client();
  const eve = world.eveOnInstagram;
  await step('sendText, sendImage and sendGenericTemplate on Instagram', async () => {
    for (const send of [me.sendText(eve, 'Hello', {}), me.sendImage(eve, hook.picture), me.sendGenericTemplate(eve, [{ title: 'Tea', subtitle: 'green' }])]) {
      const answer = await send;
      same(answer.recipientId, eve, 'recipient_id');
      check(answer.messageId && !/^m_/.test(answer.messageId), "an id of Instagram's kind", answer);
    }
  });
  await step('getUserProfile on Instagram', async () => {
    const got = await me.getUserProfile(eve, { fields: ['id', 'name', 'username', 'profile_pic', 'is_user_follow_business'] });
    same([got.id, typeof got.username, typeof got.isUserFollowBusiness], [eve, 'string', 'boolean'], 'id and types');
  });
  await step('too long a text for Instagram is refused', () => refused(me.sendText(eve, 'é'.repeat(501)), 100));
}

async function trouble() {
  const me = client();
  const fault = (given) => admin('POST', 'faults', { match: { method: 'POST', path: '/me/messages' }, times: 1, ...given });
  await step('a proof is demanded: this client has one', async () => {
    await admin('POST', 'seed', { apps: [{ id: world.app, require_proof: true }] });
    try {
      sent(await me.sendText(ada, 'proved'));
      const answers = await me.sendBatch([MessengerBatch.getUserProfile(ada), MessengerBatch.getUserProfile('4000000000000021', { accessToken: state.otherToken })]);
      same(answers.map((it) => it.code), [200, 200], 'the codes');
      await refused(client({ skipAppSecretProof: true }).getPageInfo(), 100);
    } finally {
      await admin('POST', 'seed', { apps: [{ id: world.app, require_proof: false }] });
    }
  });
  await step('the platform is out of order', async () => {
    await fault({ answer: { status: 500, code: 2 } });
    await refused(me.sendText(ada, 'anybody?'), 2);
    sent(await me.sendText(ada, 'again'));
  });
  await step('too many calls', async () => {
    await fault({ answer: { status: 400, code: 613 } });
    await refused(me.sendText(ada, 'again and again'), 613);
  });
  await step('the line is cut before the call', async () => {
    await fault({ drop: true });
    const error = await me.sendText(ada, 'lost').then(() => undefined, (it) => it);
    check(error && error.name === 'AxiosError' && !error.response, 'an AxiosError without a response', String(error));
  });
  await step('the answer is lost after the message went out', async () => {
    await fault({ after_effect: true });
    const error = await me.sendText(ada, 'sent all the same').then(() => undefined, (it) => it);
    check(error && error.name === 'AxiosError', 'an AxiosError', String(error));
    await hook.heard('the echo', (it) => it.message && it.message.text === 'sent all the same');
  });
}

async function ends() {
  const me = client();
  // The platform wants the app's token for these two, and the proof that this client adds.
  const app = client({ accessToken: world.appToken });
  await step('getIdsForPages of a person', async () => {
    check(Array.isArray((await app.getIdsForPages({ userId: world.person, appSecret: world.secret, page: world.page })).data), 'a list', null);
  });
  await step('getIdsForApps of a customer', async () => {
    check(Array.isArray((await app.getIdsForApps({ userId: ada, appSecret: world.secret, app: world.app })).data), 'a list', null);
  });
  await step('a retired tag is refused', () => refused(me.sendText(ada, 'Your order', { tag: 'ACCOUNT_UPDATE' }), 100));
  await step('after a day the window is closed', async () => {
    await later('30h');
    await refused(me.sendText(ben, 'Too late'), 10, 2018278);
  });
  await step('within a week a person may answer', async () => sent(await me.sendText(ben, 'I looked it up', { tag: 'HUMAN_AGENT' }), ben));
  await step('an expired token is the error this client throws', async () => {
    await refused(client({ accessToken: state.short }).getPageInfo(), 190, 463);
  });
  await step('a Page token of a long-lived one lives on', async () => same((await me.getPageInfo()).id, world.page, 'id'));
  await step('read and revoke permissions', async () => {
    const permissions = async (method, name = '') => {
      const answer = await fetch(`${facebook}/v26.0/me/permissions${name}?access_token=${state.long}`, { method });
      return answer.json();
    };
    const { data } = await permissions('GET');
    check(data.some((it) => it.permission === 'pages_messaging' && it.status === 'granted'), 'pages_messaging granted', data);
    succeeded(await permissions('DELETE', '/pages_messaging'));
    const rest = (await permissions('GET')).data.find((it) => it.permission === 'pages_messaging');
    check(!rest || rest.status === 'declined', 'pages_messaging declined or gone', rest);
  });
  await step('without the permission a send is refused', async () => {
    const error = await failure(me.sendText(ada, 'May I?'));
    check(error.code === 10 || (error.code >= 200 && error.code < 300), '10 or 200 to 299', error);
  });
}

async function main() {
  hook = await new Receiver().start();
  await admin('POST', 'reset');
  const parts = [signIn, lookAround, subscribe, talk, attachments, templates, profile, profileLimit, personas, labels, batch, control];
  for (const part of [...parts, onInstagram, trouble, ends]) await part();
  hook.stop();
  process.exit(0);
}

main();
