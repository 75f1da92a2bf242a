// At the desk: somebody without an online identity card gets a key, by two clerks. Issue "ATTACH".
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

let town;
let olga;
let clara;
let emil;
let ruth;
let sheet;

before(async () => {
  town = await Town.opens('desk');
  [olga, clara, emil, ruth] = await Promise.all([1, 2, 3, 4].map(() => Resident.comes(town)));
});

after(async () => {
  for (const one of [olga, clara, emil, ruth]) await one?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

test('an operator invites two clerks', async () => {
  await olga.takesInvitation(town.operator_invite_url, 'Olga Orlowa');
  await olga.isAt(/\/operator$/);
  for (const [clerk, name] of [[clara, 'Clara Claas'], [emil, 'Emil Ernst']]) {
    await olga.opens('/operator/clerks');
    await olga.presses('invite-clerk');
    await clerk.takesInvitation(await olga.invitation(), name);
    await clerk.isAt(/\/counter$/);
  }
});

test('one clerk writes down what the passport says', async () => {
  await clara.opens('/counter/identifications');
  await clara.looks('desk-none');
  await clara.presses('new-identification');
  await clara.isOffered('begin-identification');
  await clara.looks('desk-form');
  await clara.presses('begin-identification');
  await clara.reads('Bitte sehen Sie die markierten Stellen noch einmal an');
  await clara.looks('desk-mistakes');
  await clara.browser.clicks('#kind-passport');
  for (const [line, text] of Object.entries({
    number: 'C01X 0006H',
    valid_until: '30.9.2031',
    given_names: 'Ruth',
    family_name: 'Sommer',
    birth_date: '3.4.1951',
    birth_place: 'Lemberg',
  })) {
    await clara.browser.types(`#${line}`, text);
  }
  for (const box of ['face', 'features', 'validity']) await clara.browser.clicks(`#${box}`);
  await clara.presses('begin-identification');
  await clara.reads('Jetzt braucht es eine zweite Person');
  await clara.looks('desk-waits');
});

test('another compares from a session of their own', async () => {
  await emil.opens('/counter/identifications');
  await emil.looks('desk-list');
  await emil.browser.clicks('main table a');
  await emil.isOffered('reveal');
  await emil.presses('reveal');
  await emil.reads('Lemberg');
  await emil.looks('desk-compare');
  await emil.presses('confirm-identification');
  await emil.reads('Bitte bestätigen Sie, dass Sie selbst verglichen haben');
  await emil.browser.clicks('#compared');
  await emil.presses('confirm-identification');
  await emil.isOffered('issue-spot');
  await emil.looks('desk-confirmed');
});

test('the person gets a sheet with a code', async () => {
  await clara.opens(await clara.browser.url());
  await clara.isOffered('issue-spot');
  await clara.presses('issue-spot');
  await clara.reads('Ihr Code für die Dienste der Stadt');
  await clara.looks('desk-sheet');
  sheet = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.exec(await clara.browser.text())[0];
});

test('with it her phone becomes the key', async () => {
  await ruth.opens('/code');
  await ruth.isOffered('redeem-code');
  await ruth.looks('code');
  await ruth.browser.types('#code', sheet);
  await ruth.browser.types('#birth_date', '4.4.1951');
  await ruth.presses('redeem-code');
  await ruth.reads('Mit diesem Code und Geburtsdatum geht es nicht');
  await ruth.looks('code-wrong');
  await ruth.browser.types('#code', sheet.toLowerCase().replaceAll('-', ' '));
  await ruth.browser.types('#birth_date', '3.4.1951');
  await ruth.presses('redeem-code');
  await ruth.reads('Ruth Sommer');
  await ruth.looks('code-key');
  await ruth.makesKey('Ruths Handy');
  await ruth.isAt(/\/done/);
  await ruth.continues();
  await ruth.isAt(/\/account$/);
  await ruth.reads('Ruths Handy');
  await ruth.looks('code-account');
});

test('the code is used up, and the clerks see that', async () => {
  await clara.opens('/counter/identifications');
  await clara.reads('Nichts wartet');
  // The same passport makes nobody else an account.
  await clara.presses('new-identification');
  await clara.isOffered('begin-identification');
  await clara.browser.types('#number', 'C01X 0006H');
  await clara.browser.clicks('#kind-passport');
  for (const [line, text] of Object.entries({
    valid_until: '30.9.2031',
    given_names: 'Rosa',
    family_name: 'Sommer',
    birth_date: '3.4.1951',
    birth_place: 'Lemberg',
  })) {
    await clara.browser.types(`#${line}`, text);
  }
  for (const box of ['face', 'features', 'validity']) await clara.browser.clicks(`#${box}`);
  await clara.presses('begin-identification');
  await clara.reads('Dieses Dokument hat schon zu einem anderen Konto geführt');
  await clara.looks('desk-other-account');
});
