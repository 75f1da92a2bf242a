// What can go wrong with a card: each has its own clear page, and nothing half-made stays. The way, 2.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const PARKING = 'Bewohnerparkausweis';
let town;
let person;

before(async () => {
  town = await Town.opens('cards');
});

after(async () => {
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

beforeEach(async () => {
  person = await Resident.comes(town);
  await person.asksFor(PARKING);
  await person.isNew();
});

afterEach(async () => {
  await person?.goes();
});

async function nothingIsLeft() {
  assert.deepEqual(await town.people(), []);
  assert.equal(await person.can('create-passkey'), false);
  assert.deepEqual(await person.key.credentials(), []);
}

test('a wrong PIN is said, and the right one still works', async () => {
  await person.identifiesAs('oksana', { pin: '111111' });
  await person.reads('Diese PIN ist falsch. Sie haben noch 2 Versuche.');
  await nothingIsLeft();
  await person.looks('card-wrong-pin');
  await person.laysOn('oksana');
  await person.isOffered('create-passkey');
});

test('three wrong PINs block the card', async () => {
  await person.identifiesAs('murat', { pin: '111111' });
  await person.reads('noch 2 Versuche');
  await person.laysOn('murat', { pin: '222222' });
  await person.reads('noch 1 Versuch.');
  await person.laysOn('murat', { pin: '333333' });
  await person.reads('Die PIN Ihres Ausweises ist blockiert');
  await nothingIsLeft();
  await person.looks('card-blocked');
});

test('a card that was reported lost is refused', async () => {
  await person.identifiesAs('gregor');
  await person.reads('Dieser Ausweis ist gesperrt');
  await nothingIsLeft();
  await person.looks('card-revoked');
});

test('an expired card is refused', async () => {
  await person.presses('identify-eid');
  await person.isOffered('demo-card');
  const who = await person.browser.execute(`
    const cards = [...document.querySelectorAll('input[data-person]')];
    return cards.find((card) => /abgelaufen/i.test([...card.labels].map((l) => l.innerText).join(' ')))?.dataset.person;`);
  assert.ok(who, 'no demo card is said to be expired');
  await person.laysOn(who);
  await person.reads('Ihr Ausweis ist abgelaufen');
  await nothingIsLeft();
  await person.looks('card-expired');
});

test('who breaks off comes back to a page that goes on', async () => {
  await person.presses('identify-eid');
  await person.isOffered('demo-card');
  await person.browser.clicks('button[name=answer][value=cancel]');
  await person.isOffered('identify-eid');
  await person.reads('Sie haben abgebrochen');
  await nothingIsLeft();
  await person.looks('card-cancelled');
});
