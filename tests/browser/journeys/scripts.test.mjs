// What owners let scripts do: a token for the API, and a webhook that a program of another maker checks. Issue "ATTACH".
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';
import { until } from '../harness/webdriver.mjs';

const heard = [];
let town;
let olga;
let otto;
let program;
let token;
let secret;

before(async () => {
  program = createServer((request, response) => {
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(204).end();
    });
  });
  await new Promise((resolve) => program.listen(0, '127.0.0.1', resolve));
  town = await Town.opens('scripts');
  [olga, otto] = await Promise.all([Resident.comes(town), Resident.comes(town)]);
});

after(async () => {
  for (const one of [olga, otto]) await one?.goes();
  await new Promise((resolve) => program.close(resolve));
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

async function calls(method, path, body, headers = {}) {
  const answer = await fetch(town.at(path), {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
    body: body && JSON.stringify(body),
  });
  return { status: answer.status, headers: answer.headers, body: await answer.json().catch(() => undefined) };
}

test('an owner makes a token and a webhook', async () => {
  await olga.takesInvitation(town.operator_invite_url, 'Olga Orlowa');
  await olga.isAt(/\/operator$/);
  await otto.takesInvitation(await olga.invitesOwnerOf('Stadtbibliothek'), 'Otto Owner');
  await otto.isAt(/\/services$/);
  await otto.opens('/services/tokens');
  await otto.looks('tokens-none');
  await otto.browser.types('#name', 'Nächtlicher Abgleich');
  await otto.browser.clicks('label[for=services-write]');
  await otto.presses('make-token');
  await otto.reads('Es steht nur jetzt hier');
  token = await otto.browser.execute(`return document.querySelector('[data-token]').textContent;`);
  await otto.looks('token-made');

  await otto.opens('/services/webhooks');
  await otto.browser.types('#url', `http://127.0.0.1:${program.address().port}/hook`);
  await otto.looks('webhooks-none');
  await otto.presses('add-webhook');
  await otto.reads('Das Geheimnis der Unterschrift');
  secret = await otto.browser.execute(`return document.querySelector('[data-secret]').textContent;`);
  await otto.looks('webhook-secret');
  await otto.presses('test-webhook');
  await otto.reads('Die Probe ist unterwegs');
  await until('the test', () => heard.length === 1);
});

test('a script makes a service, and the program hears of it', async () => {
  const made = await calls('POST', '/api/v1/services', {
    kind: 'web',
    name: 'Filmverleih',
    purpose: 'um Filme auszuleihen',
    redirect_uris: ['https://filme.example/cb'],
  });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const changed = await calls('PATCH', `/api/v1/services/${made.body.id}`, { name: 'Filme' }, {
    'if-match': made.headers.get('etag'),
  });
  assert.equal(changed.status, 200, JSON.stringify(changed.body));
  const forbidden = await calls('GET', `/api/v1/services/${made.body.id}/use`);
  assert.equal(forbidden.status, 403);
  await until('two more messages', () => heard.length === 3);
  const told = heard.map(({ headers, body }) => new Webhook(secret).verify(body, headers));
  assert.deepEqual(told.map((one) => one.type).sort(), ['service.added', 'service.changed', 'test']);
  const change = told.find((one) => one.type === 'service.changed');
  assert.deepEqual(change.data, { service: made.body.id, changed: ['name'] });
  const { headers, body } = heard[0];
  assert.throws(() => new Webhook(secret).verify(`${body} `, headers), 'a changed body is no message of ours');
});

test('the owner sees what was sent, and ends the token', async () => {
  await otto.opens('/services/webhooks');
  await otto.looks('webhooks-some');
  await otto.browser.clicks('main table a');
  await otto.reads('angekommen (204)');
  await otto.looks('webhook-sent');
  await otto.opens('/services');
  await otto.reads('Filme');
  await otto.opens('/services/tokens');
  await otto.looks('tokens-some');
  await otto.presses('end-token');
  await otto.reads('Ein neues Token');
  assert.equal((await calls('GET', '/api/v1/services')).status, 401);
});
