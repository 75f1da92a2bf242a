// Somebody new: from the service to Torhaus, three screens, and back. Issue "MAIN JOB", the way, 1 to 4.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const PARKING = 'Bewohnerparkausweis';
let town;
let erika;

before(async () => {
  town = await Town.opens('enrol');
  erika = await Resident.comes(town);
});

after(async () => {
  await erika?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

test('the service sends to Torhaus, which asks for a login', async () => {
  await erika.asksFor(PARKING);
  await erika.isAt(town.url);
  await erika.isOffered('sign-in-passkey');
  await erika.reads(PARKING);
  await erika.looks('sign-in');
});

test('screen one says what is needed', async () => {
  await erika.isNew();
  await erika.looks('enrol-1');
});

test('the demo card stands in for card, reader and app', async () => {
  await erika.presses('identify-eid');
  await erika.isOffered('demo-card');
  await erika.looks('demo-card');
});

test('after the card there is no account yet', async () => {
  await erika.laysOn('erika');
  await erika.isOffered('create-passkey');
  assert.deepEqual(await town.people(), []);
  await erika.looks('enrol-2');
});

test('with the key there is one', async () => {
  await erika.makesKey('Handy von Erika');
  await erika.isAt(/\/done/);
  await erika.reads('Handy von Erika');
  assert.equal((await town.people()).length, 1);
  await erika.looks('enrol-3');
});

test('the list of people does not name them', async () => {
  const listed = await town.command('person', 'list', '--json');
  for (const word of ['Erika', 'Mustermann', 'Heidestra']) assert.ok(!listed.includes(word), word);
});

test('the service gets what was agreed to, and nothing else', async () => {
  await erika.continues();
  await erika.isOffered('agree');
  await erika.reads('Erika Mustermann');
  await erika.reads('Heidestraße 17');
  await erika.looks('consent');
  await erika.agrees();
  const told = await erika.isIn(PARKING);
  assert.equal(told.claims.name, 'Erika Mustermann');
  assert.match(JSON.stringify(told.claims.address), /Heidestraße 17/);
  assert.equal(told.claims.birthdate, undefined);
  // The card was read in this very login.
  assert.equal(told.acr, 'http://eidas.europa.eu/LoA/high');
  assert.match(told.sub, /^[\x21-\x7e]{16,255}$/);
  assert.ok(Array.isArray(told.amr) && told.amr.length > 0);
  assert.ok(Math.abs(told.auth_time - Date.now() / 1000) < 300);
  await erika.looks('demo-service');
});

test('no page complained', async () => {
  await erika.heardNoComplaint();
});
