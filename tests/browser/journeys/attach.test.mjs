// A service in five minutes, by its owner: from an operator's invitation to the first resident who logs in. Issue
// "ATTACH". Counts what the owner has to fill in.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';
import { until } from '../harness/webdriver.mjs';

let town;
let olga;
let otto;
let program;
let home;
let told;

before(async () => {
  town = await Town.opens('attach');
  [olga, otto] = await Promise.all([Resident.comes(town), Resident.comes(town)]);
  // The owner's program: it keeps what comes back.
  program = createServer((asked, answer) => {
    if (asked.url.startsWith('/cb')) told = new URL(asked.url, home);
    answer.setHeader('content-type', 'text/html; charset=utf-8');
    answer.end('<!doctype html><html lang="de"><title>Filme</title><h1>Willkommen</h1></html>');
  });
  await new Promise((resolve) => program.listen(0, '127.0.0.1', resolve));
  home = `http://localhost:${program.address().port}`;
});

after(async () => {
  await olga?.goes();
  await otto?.goes();
  program?.closeAllConnections();
  await new Promise((resolve) => program.close(resolve));
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

/** What the program would ask, with PKCE. */
async function asks(clientId) {
  const verifier = 'v'.repeat(43);
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    scope: 'openid name',
    redirect_uri: `${home}/cb`,
    state: 'zustand',
    code_challenge_method: 'S256',
    code_challenge: Buffer.from(hash).toString('base64url'),
  });
  return { verifier, address: town.at(`/authorize?${query}`) };
}

test('an operator makes an organisation and invites its owner', async () => {
  await olga.takesInvitation(town.operator_invite_url, 'Olga Orlowa');
  await olga.isAt(/\/operator$/);
  await olga.opens('/operator/organisations');
  await olga.looks('organisations-none');
  await olga.browser.types('input[name=name]', 'Stadtbibliothek');
  await olga.presses('add-organisation');
  await olga.isOffered('invite-owner');
  await olga.presses('invite-owner');
  await olga.reads('Geben Sie diese Adresse weiter');
  await olga.looks('organisation-invited');
});

test('the owner answers four questions and has everything for the program', async (t) => {
  const invitation = await olga.invitation();
  const begin = Date.now();
  await otto.takesInvitation(invitation, 'Otto Owner');
  await otto.isAt(/\/services$/);
  await otto.looks('services-none');
  await otto.presses('new-service');
  await otto.isOffered('add-service');
  await otto.looks('service-new');
  let fields = 1; // the name at the invitation
  const fills = async (selector, text) => {
    fields += 1;
    await otto.browser.types(selector, text);
  };
  await fills('#name', 'Filmverleih');
  await fills('#purpose', 'um Filme auszuleihen');
  await fills('#redirect_uris', `${home}/cb`);
  fields += 1;
  await otto.browser.clicks('label[for=data_name]');
  await fills('#reason_name', 'Er steht auf dem Leihschein.');
  await otto.presses('add-service');
  await otto.reads('Das Geheimnis sehen Sie nur jetzt');
  await otto.looks('service-registered');
  t.diagnostic(`${fields} fields, ${Math.round((Date.now() - begin) / 1000)} s by a machine`);
  assert.ok(fields <= 12, `${fields} fields`);
});

test('until the operator has let it in, nobody is logged in', async () => {
  const values = await otto.browser.text();
  program.clientId = /svc_\w{26}/.exec(values)[0];
  program.secret = await otto.clientSecret();
  await otto.presses('continue');
  await otto.reads('Dieser Dienst wartet auf Freigabe');
  await otto.looks('service-waiting');
  const erika = await Resident.comes(town);
  try {
    await erika.opens((await asks(program.clientId)).address);
    await erika.reads('nimmt gerade keine Anmeldung an');
    await erika.looks('service-closed');
  } finally {
    await erika.goes();
  }
});

/** The program fetches its tokens. */
async function redeems(verifier, secret = program.secret) {
  return fetch(town.at('/token'), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${program.clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code: told.searchParams.get('code'),
      redirect_uri: `${home}/cb`,
      code_verifier: verifier,
    }),
  });
}

test('the owner tries the login with somebody made up, and sees each step', async () => {
  await otto.opens(`/services/${program.clientId}/trial`);
  await otto.isOffered('test-login');
  await otto.looks('trial-begin');
  await otto.presses('test-login');
  await otto.isOffered('open-program');
  await otto.looks('trial-waiting');
  // What the program does is seen without touching the page.
  const wrong = await fetch(town.at('/token'), {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'authorization_code', client_id: program.clientId, client_secret: 'x' }),
  });
  assert.equal(wrong.status, 401);
  await otto.reads('Ihr Programm weist sich mit client_secret_post aus');
  await otto.looks('trial-refused');

  const { verifier, address } = await asks(program.clientId);
  await otto.opens(address);
  await otto.isOffered('made-up');
  await otto.looks('trial-made-up');
  await otto.presses('made-up');
  await otto.reads('Er steht auf dem Leihschein.');
  await otto.agrees();
  await otto.isAt(`${home}/cb`);
  await until('the answer', () => told?.searchParams.get('code'));
  const tokens = await (await redeems(verifier)).json();
  assert.ok(tokens.id_token, JSON.stringify(tokens));
  const info = await fetch(town.at('/userinfo'), { headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal((await info.json()).name, 'Marlene Probst');
  await otto.opens(`/services/${program.clientId}/trial`);
  await otto.reads('Die Anmeldung klappt.');
  await otto.looks('trial-works');
  await otto.heardNoComplaint();
  told = undefined;
});

test('an address that is not registered is offered, and registered with one button', async () => {
  const { address } = await asks(program.clientId);
  await otto.opens(address.replace(encodeURIComponent('/cb'), encodeURIComponent('/rueckweg')));
  const complaints = await otto.browser.complaints();
  assert.ok(complaints.every((one) => one.includes('400 (Bad Request)')), complaints.join());
  await otto.opens(`/services/${program.clientId}/trial`);
  await otto.reads(`Ihr Programm nennt die Adresse ${home}/rueckweg`);
  await otto.looks('trial-unregistered');
  await otto.presses('mend');
  await otto.opens(`/services/${program.clientId}/settings`);
  assert.match(await otto.browser.execute('return document.querySelector("#redirect_uris").value'), /rueckweg/);
});

test('the operator sees what it asks for, and lets it in', async () => {
  await olga.opens('/operator');
  await olga.reads('1 Dienst wartet auf Freigabe');
  await olga.opens(`/operator/services/${program.clientId}`);
  await olga.reads('Er steht auf dem Leihschein.');
  await olga.looks('service-decide');
  await olga.presses('release-service');
  await olga.isOffered('pause-service');
  await olga.heardNoComplaint();
});

test('a resident logs in, and the program learns the name', async () => {
  const { verifier, address } = await asks(program.clientId);
  const erika = await Resident.comes(town);
  try {
    await erika.opens(address);
    await erika.isNew();
    await erika.identifiesAs('erika');
    await erika.makesKey('Handy');
    await erika.isAt(/\/done/);
    await erika.continues();
    await erika.reads('Er steht auf dem Leihschein.');
    await erika.looks('service-consent');
    await erika.agrees();
    await erika.isAt(`${home}/cb`);
  } finally {
    await erika.goes();
  }
  await until('the answer', () => told?.searchParams.get('code'));
  const answer = await redeems(verifier);
  const tokens = await answer.json();
  assert.equal(answer.status, 200, JSON.stringify(tokens));
  const info = await fetch(town.at('/userinfo'), { headers: { authorization: `Bearer ${tokens.access_token}` } });
  assert.equal((await info.json()).name, 'Erika Mustermann');
  await otto.opens('/services');
  await otto.reads('Filmverleih');
  await otto.looks('services-one');
});

test('everything about the service has its page', async () => {
  const pages = { use: 'Die Hälfte', recipes: 'Nextcloud', technical: 'JWKS', changes: 'Vorher', affairs: 'Abgeben' };
  for (const [page, words] of Object.entries(pages)) {
    await otto.opens(`/services/${program.clientId}/${page}`);
    await otto.looks(`service-${page}`);
    if (page !== 'use') await otto.reads(words);
  }
  await otto.opens(`/services/${program.clientId}/recipes?recipe=nextcloud`);
  await otto.reads('Für dieses Programm fehlt noch etwas');
  await otto.looks('service-recipe');
  await otto.presses('apply-recipe');
  await otto.reads('Der Dienst passt zu diesem Programm.');
  // The library's own program goes on as before.
  await otto.opens(`/services/${program.clientId}/technical`);
  await otto.browser.clicks('label[for=authentication-client_secret_basic]');
  await otto.presses('save-technical');
  await otto.reads('Läuft');
  await otto.opens('/services/team');
  await otto.looks('team');
  await otto.opens('/services');
  await otto.heardNoComplaint();
});

test('a wish for more waits, and what is in force stays', async () => {
  await otto.opens(`/services/${program.clientId}/settings`);
  await otto.isOffered('save-service');
  await otto.looks('service-change');
  await otto.browser.clicks('label[for=data_address]');
  await otto.browser.types('#reason_address', 'Die Filme kommen mit der Post.');
  await otto.presses('save-service');
  await otto.reads('Ihr Wunsch nach mehr Angaben wartet auf Freigabe');
  await olga.opens(`/operator/services/${program.clientId}`);
  await olga.presses('return-service');
  await olga.reads('Bitte sagen Sie in ein, zwei Sätzen');
  await olga.browser.types('#why', 'Genügt nicht die Abholung?');
  await olga.presses('return-service');
  await olga.reads('Zurückgegeben');
  await otto.opens(`/services/${program.clientId}`);
  await otto.reads('Genügt nicht die Abholung?');
  await otto.looks('service-returned');
  await otto.heardNoComplaint();
});

test('a new secret is shown once, and the old one goes on for a day', async () => {
  await otto.presses('new-secret');
  await otto.reads('Neues Geheimnis für Filmverleih');
  await otto.looks('service-new-secret');
  await otto.presses('continue');
  await otto.reads(/gilt bis/);
});

test('who leaves is out at once', async () => {
  await olga.opens('/operator/organisations');
  await olga.browser.clicks('main table a');
  await olga.presses('end-access');
  await olga.reads('Zugang von Otto Owner beenden?');
  await olga.looks('organisation-leaving');
  await olga.presses('remove-member');
  await olga.reads('Noch niemand');
  await otto.opens('/services');
  await otto.isOffered('sign-in-passkey');
});
