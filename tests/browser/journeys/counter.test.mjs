// At the counter: somebody whose phone was stolen stands there with an ID card. Issue "ATTACH".
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

let town;
let olga;
let clara;
let erika;

before(async () => {
  town = await Town.opens('counter');
  [olga, clara, erika] = await Promise.all([Resident.comes(town), Resident.comes(town), Resident.comes(town)]);
});

after(async () => {
  for (const one of [olga, clara, erika]) await one?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

test('somebody has an account', async () => {
  await erika.opens('/account');
  await erika.isNew();
  await erika.identifiesAs('erika');
  await erika.makesKey('Handy');
  await erika.isAt(/\/done/);
  await erika.continues();
  await erika.isAt(/\/account$/);
  await erika.presses('new-phone');
  await erika.reads('Das alte Handy ist weg');
  await erika.looks('account-new-phone');
});

test('an operator invites a clerk', async () => {
  await olga.takesInvitation(town.operator_invite_url, 'Olga Orlowa');
  await olga.isAt(/\/operator$/);
  await olga.opens('/operator/clerks');
  await olga.presses('invite-clerk');
  await olga.reads('Geben Sie diese Adresse weiter');
  await olga.looks('clerks-invited');
  const invitation = await olga.invitation();
  await clara.takesInvitation(invitation, 'Clara Claas');
  await clara.isAt(/\/counter$/);
  await clara.looks('counter-find');
});

test('the clerk finds by name and birth date, and blocks the stolen phone', async () => {
  await clara.browser.types('#given_names', 'Erika');
  await clara.browser.types('#family_name', 'Musterfrau');
  await clara.browser.types('#birth_date', '12.8.1964');
  await clara.presses('find-person');
  await clara.reads('Niemand gefunden');
  await clara.looks('counter-nobody');
  await clara.browser.execute('document.querySelector("#family_name").value = ""; return 0;');
  await clara.browser.types('#family_name', 'Mustermann');
  await clara.presses('find-person');
  await clara.reads('Mit dem Ausweis vergleichen');
  await clara.looks('counter-person');
  await clara.presses('block-device');
  await clara.reads('Bitte wählen Sie einen Grund');
  await clara.browser.execute('document.querySelector("#reason-1").value = "stolen"; return 0;');
  await clara.presses('block-device');
  await clara.isOffered('release-device');
  await clara.looks('counter-blocked');
});

test('the phone opens nothing any more', async () => {
  await erika.opens('/account');
  await erika.isOffered('sign-in-passkey');
});
