// Somebody known: one gesture, another service, another number. Issue "MAIN JOB", the way, 5.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const PARKING = 'Bewohnerparkausweis';
const LIBRARY = 'Stadtbibliothek';
let town;
let erika;
let first;

before(async () => {
  town = await Town.opens('again');
  erika = await Resident.comes(town);
  first = await erika.enrolsAt(PARKING);
});

after(async () => {
  await erika?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

test('one press of the button logs in, and nothing is asked twice', async () => {
  await erika.signsOutOf(PARKING);
  await erika.signsInWithKey(() => erika.asksFor(PARKING));
  const told = await erika.isIn(PARKING);
  assert.equal(told.sub, first.sub);
  assert.deepEqual(told.claims, first.claims);
  assert.ok(told.auth_time >= first.auth_time);
  // A synced passkey is low, however well the person was identified once.
  assert.equal(told.acr, 'http://eidas.europa.eu/LoA/low');
});

test('where the browser offers the key by itself, not even the button is needed', async () => {
  await erika.signsOutOf(PARKING);
  await erika.asksFor(PARKING);
  assert.equal((await erika.isIn(PARKING)).sub, first.sub);
});

test('a refusal travels back to the service', async () => {
  await erika.asksFor(LIBRARY);
  await erika.declines();
  await erika.isAt(town.service(LIBRARY));
  const code = await erika.browser.execute('return document.querySelector("[data-error]")?.dataset.error;');
  assert.equal(code, 'access_denied');
});

test('another service needs no second login and sees another number', async () => {
  await erika.asksFor(LIBRARY);
  await erika.isOffered('agree');
  await erika.looks('consent-library');
  await erika.agrees();
  const told = await erika.isIn(LIBRARY);
  assert.notEqual(told.sub, first.sub);
  for (const datum of ['name', 'given_name', 'address', 'birthdate']) assert.equal(told.claims[datum], undefined, datum);
});

test('a key without its finger does not open', async () => {
  await erika.signsOutOf(PARKING);
  await erika.key.verifies(false);
  await erika.asksFor(PARKING);
  await erika.presses('sign-in-passkey');
  await erika.browser.execute('return new Promise((done) => setTimeout(done, 1000));');
  await erika.isAt(town.url);
  assert.ok(await erika.can('sign-in-passkey'));
  await erika.key.verifies(true);
});

test('a key whose backup flag changed is refused', async () => {
  const [credential] = await erika.key.credentials();
  await erika.key.changes(credential.credentialId, { backupEligibility: false, backupState: false });
  await erika.signsInWithKey(() => erika.asksFor(PARKING));
  await erika.browser.execute('return new Promise((done) => setTimeout(done, 1500));');
  await erika.isAt(town.url);
  await erika.key.changes(credential.credentialId, { backupEligibility: true, backupState: true });
});

test('a key that the town never saw is refused in words', async () => {
  const stranger = await Resident.comes(town);
  try {
    const [known] = await erika.key.credentials();
    await stranger.opens('/');
    await stranger.key.receives({ ...known, credentialId: Buffer.alloc(32, 7).toString('base64url') });
    await stranger.signsInWithKey(() => stranger.asksFor(PARKING));
    await stranger.isOffered('sign-in-passkey');
    await stranger.isAt(town.url);
  } finally {
    await stranger.goes();
  }
});
