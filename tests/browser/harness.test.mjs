// The harness itself, against a page of its own: chromedriver, the virtual authenticator and axe do what the
// journeys rely on.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { Authenticator } from './harness/authenticator.mjs';
import { overflow, violations } from './harness/axe.mjs';
import { Browser, until } from './harness/webdriver.mjs';

const PAGE = `<!doctype html><html lang="de"><head><meta charset="utf-8"><title>Probe</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>Probe</h1><form action="/sent"><label for="a">Name</label> <input id="a" name="a" autocomplete="username webauthn">
<button data-action="send">Senden</button><button data-action="send" hidden>Unsichtbar</button></form></main></body></html>`;
const BAD = '<!doctype html><html><head><title></title></head><body><img src="data:,"><div style="width:900px">x</div></body></html>';

const REGISTER = `return navigator.credentials.create({ publicKey: {
  challenge: new Uint8Array(32), rp: { id: 'localhost', name: 'Probe' },
  user: { id: new Uint8Array([1]), name: 'a', displayName: 'A' }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
  authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
} }).then((c) => new Uint8Array(c.response.getAuthenticatorData())[32]);`;
const LOG_IN = `window.answer = 'waiting'; window.ask = (more) => navigator.credentials.get({ ...more, publicKey: {
  challenge: new Uint8Array(32), rpId: 'localhost', userVerification: 'required',
} }).then((c) => { window.answer = c.id; }, (e) => { window.answer = e.name; });`;

const BACKUP_ELIGIBLE = 0x08;
const BACKUP_STATE = 0x10;
let server;
let home;
let browser;

before(async () => {
  server = createServer((request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'");
    response.end(request.url === '/bad' ? BAD : PAGE);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  home = `http://localhost:${server.address().port}`;
  browser = await Browser.start();
});

after(async () => {
  await browser?.ends();
  server.close();
  server.closeAllConnections();
});

test('a page is opened, filled in and sent', async () => {
  await browser.opens(home);
  await browser.types('#a', 'Erika');
  await browser.clicks('[data-action="send"]');
  await until('the form to be sent', async () => (await browser.url()).endsWith('/sent?a=Erika'));
});

test('the browser speaks German', async () => {
  assert.equal(await browser.execute('return navigator.languages[0];'), 'de-DE');
});

for (const [synced, flags] of [[true, BACKUP_ELIGIBLE | BACKUP_STATE], [false, 0]]) {
  test(`a key is made with synced ${synced}, and the button logs in`, async () => {
    const key = await Authenticator.plugIn(browser, { synced });
    await browser.opens(home);
    const made = await browser.execute(REGISTER);
    assert.equal(made & (BACKUP_ELIGIBLE | BACKUP_STATE), flags);
    const [credential] = await key.credentials();
    assert.equal(credential.rpId, 'localhost');
    await browser.execute(`${LOG_IN} ask({});`);
    const answer = await until('an answer', () => browser.execute('return answer !== "waiting" && answer;'));
    assert.equal(answer, credential.credentialId);
    await browser.call('DELETE', key.path);
  });
}

test('a conditional request waits for a finger', async () => {
  const key = await Authenticator.plugIn(browser);
  await browser.opens(home);
  await browser.execute(REGISTER);
  const [credential] = await key.credentials();
  await key.finger(false);
  await browser.execute(`${LOG_IN} window.stop = new AbortController(); ask({ mediation: 'conditional', signal: stop.signal });`);
  assert.equal(await browser.execute('return new Promise((r) => setTimeout(() => r(answer), 500));'), 'waiting');
  // As the page does it when the button is pressed: the waiting request is stopped, then one with a dialogue is made.
  await browser.execute('stop.abort();');
  await until('the abort', () => browser.execute('return answer === "AbortError";'));
  await key.finger(true);
  await browser.execute(`${LOG_IN} ask({});`);
  assert.equal(await until('an answer', () => browser.execute('return answer !== "waiting" && answer;')), credential.credentialId);
  // With the finger there, the conditional request needs no press at all.
  await browser.execute(`${LOG_IN} ask({ mediation: 'conditional' });`);
  assert.equal(await until('an answer', () => browser.execute('return answer !== "waiting" && answer;')), credential.credentialId);
  await browser.call('DELETE', key.path);
});

test('a finger that does not fit is refused', async () => {
  const key = await Authenticator.plugIn(browser);
  await browser.opens(home);
  await browser.execute(REGISTER);
  await key.verifies(false);
  await browser.execute(`${LOG_IN} ask({});`);
  assert.equal(await until('an answer', () => browser.execute('return answer !== "waiting" && answer;')), 'NotAllowedError');
  await browser.call('DELETE', key.path);
});

test('axe passes what is right and finds what is wrong, also under a strict policy', async () => {
  await browser.size(320, 800);
  await browser.opens(home);
  assert.deepEqual(await violations(browser), []);
  assert.equal(await overflow(browser), 0);
  await browser.opens(`${home}/bad`);
  const found = (await violations(browser)).map((v) => v.split(':')[0]);
  assert.deepEqual(found.sort(), ['document-title', 'html-has-lang', 'image-alt']);
  assert.ok((await overflow(browser)) > 0);
});

test('a picture has the width of the phone', async () => {
  await browser.size(390, 844);
  await browser.opens(home);
  const png = await browser.picture();
  assert.equal(png.readUInt32BE(16), 390);
});
