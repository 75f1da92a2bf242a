// The operator's door: opened by an invitation, never by being first. The way, 7.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const PARKING = 'Bewohnerparkausweis';
let town;
let olga;

before(async () => {
  town = await Town.opens('operator');
  olga = await Resident.comes(town);
  const erika = await Resident.comes(town);
  await erika.enrolsAt(PARKING);
  await erika.opens('/operator');
  assert.ok(!new URL(await erika.browser.url()).pathname.startsWith('/operator/'));
  assert.ok(!(await erika.browser.text()).includes('Protokoll'), 'a resident is no operator');
  await erika.goes();
});

after(async () => {
  await olga?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

test('the first visitor does not win', async () => {
  await olga.opens('/operator');
  assert.equal(await olga.can('create-passkey'), false);
});

test('an invitation makes a key of the operator\'s own', async () => {
  await olga.opens(town.operator_invite_url);
  await olga.isOffered('create-passkey');
  await olga.looks('operator-invite');
  await olga.browser.types('input[name=staff_name]', 'Olga Orlowa');
  await olga.presses('create-passkey');
  await olga.isAt(/\/operator$/);
  await olga.looks('operator');
});

test('an invitation opens once', async () => {
  const other = await Resident.comes(town);
  try {
    await other.opens(town.operator_invite_url);
    assert.equal(await other.can('create-passkey'), false);
    await other.looks('operator-invite-used');
  } finally {
    await other.goes();
  }
});

test('another invitation comes from the command line', async () => {
  const said = await town.command('operator', 'invite');
  const address = /https?:\/\/\S+\/invites\/\S+/.exec(said)?.[0];
  assert.ok(address, said);
  const other = await Resident.comes(town);
  try {
    await other.opens(address);
    await other.isOffered('create-passkey');
  } finally {
    await other.goes();
  }
});

test('services, people and audit are shown, and nobody by name', async () => {
  for (const [name, words] of [['services', PARKING], ['people', /./], ['audit', /./]]) {
    await olga.opens(`/operator/${name}`);
    await olga.isAt(town.at(`/operator/${name}`));
    await olga.reads(words);
    assert.ok(!(await olga.browser.text()).includes('Mustermann'), name);
    await olga.looks(`operator-${name}`);
  }
  await olga.heardNoComplaint();
});

test('who signs out is out, and the key opens again', async () => {
  await olga.opens('/operator');
  await olga.presses('sign-out');
  await olga.key.finger(false);
  await olga.opens('/operator');
  await olga.isOffered('sign-in-passkey');
  await olga.key.finger(true);
  await olga.presses('sign-in-passkey');
  await olga.isAt(town.at('/operator'));
});
