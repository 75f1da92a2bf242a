// A service that asks for more than the key can give. The way, 5.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const PARKING = 'Bewohnerparkausweis';
const ADDRESS = 'Adresse ändern';
const LOW = 'http://eidas.europa.eu/LoA/low';
const HIGH = 'http://eidas.europa.eu/LoA/high';
let town;
let erika;

before(async () => {
  town = await Town.opens('step-up');
  erika = await Resident.comes(town);
  await erika.enrolsAt(PARKING);
  await erika.signsOutOf(PARKING);
  await erika.signsInWithKey(() => erika.asksFor(PARKING));
  assert.equal((await erika.isIn(PARKING)).acr, LOW);
});

after(async () => {
  await erika?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

test('the page says why the key is not enough', async () => {
  await erika.asksFor(ADDRESS);
  await erika.isOffered('identify-eid');
  await erika.reads(ADDRESS);
  await erika.reads(/Schlüssel/);
  await erika.looks('level-too-low');
});

test('the card of somebody else does not lift this login', async () => {
  await erika.identifiesAs('murat');
  await erika.reads(/and(e|e)re Person|nicht (Ihr|zu Ihrem|zu diesem)|passt nicht|gehört/i);
  await erika.isAt(town.url);
  assert.equal((await town.people()).length, 1);
  await erika.looks('level-wrong-person');
});

test('one\'s own card does', async () => {
  await erika.asksFor(ADDRESS);
  await erika.identifiesAs('erika');
  await erika.agrees();
  const told = await erika.isIn(ADDRESS);
  assert.equal(told.acr, HIGH);
  assert.equal(told.claims.name, 'Erika Mustermann');
  assert.equal(told.claims.birthdate, '1964-08-12');
});
