// The resident's own page: devices, services, history, export, the end. The way, 6.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Authenticator } from '../harness/authenticator.mjs';
import { leave } from '../harness/output.mjs';
import { Resident } from '../harness/resident.mjs';
import { Town, torhaus } from '../harness/town.mjs';

const PARKING = 'Bewohnerparkausweis';
let town;
let erika;

before(async () => {
  town = await Town.opens('account');
  erika = await Resident.comes(town);
  await erika.enrolsAt(PARKING, { device: 'Handy von Erika' });
});

after(async () => {
  await erika?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

/** What an address answers to this browser. */
function fetched(path) {
  return erika.browser.execute('return fetch(arguments[0]).then((r) => r.text());', path);
}

test('nobody else sees it', async () => {
  const stranger = await Resident.comes(town);
  try {
    await stranger.opens('/account');
    await stranger.isOffered('sign-in-passkey');
    assert.ok(!(await stranger.browser.text()).includes('Mustermann'));
  } finally {
    await stranger.goes();
  }
});

test('it shows the person, the device, the service', async () => {
  await erika.opens('/account');
  await erika.reads('Erika Mustermann');
  await erika.reads('Handy von Erika');
  await erika.reads(PARKING);
  await erika.looks('account');
});

test('the person binding of the device stands the check without the town', async () => {
  const href = await erika.browser.execute('return document.querySelector("a[href$=\'/binding\']").href;');
  const binding = await fetched(href);
  const file = leave('account/binding', binding);
  const root = leave('account/root.pem', await fetched('/ca/root.pem'));
  await torhaus('binding', 'verify', file, '--root', root);
  const middle = Math.floor(binding.length / 2);
  const other = binding[middle] === 'A' ? 'B' : 'A';
  const forged = leave('account/forged', binding.slice(0, middle) + other + binding.slice(middle + 1));
  await assert.rejects(torhaus('binding', 'verify', forged, '--root', root), /exit 1/);
});

test('the last device goes only after a warning', async () => {
  await erika.presses('block-device');
  await erika.reads(/letzte/i);
  await erika.looks('account-block-last');
  await erika.opens('/account');
  await erika.reads('Handy von Erika');
});

test('a second device is added, and the first one is blocked', async () => {
  await erika.key.finger(false);
  const stick = await Authenticator.plugIn(erika.browser, { synced: false, transport: 'usb' });
  await erika.opens('/account');
  await erika.presses('add-device');
  await erika.makesKey('Schlüssel am Bund');
  await erika.isAt(/\/account$/);
  await erika.reads('Schlüssel am Bund');
  assert.equal((await stick.credentials()).length, 1);
  await erika.browser.clicks('a[data-action="block-device"][aria-label*="Handy von Erika"]');
  await erika.looks('account-block');
  await erika.presses('block-device');
  await erika.isAt(/\/account$/);
  const text = await erika.browser.execute(`return [...document.querySelectorAll('a[data-action="block-device"]')]
    .map((a) => a.ariaLabel).join();`);
  assert.ok(!text.includes('Handy von Erika') && text.includes('Schlüssel am Bund'), text);
  // The phone is lost; from here on Erika has the key on her ring.
  for (const { credentialId } of await erika.key.credentials()) await erika.key.forgets(credentialId);
  erika.key = stick;
});

test('everything stored can be read and taken along', async () => {
  const everything = JSON.parse(await fetched('/account/export.json'));
  const text = JSON.stringify(everything);
  for (const part of ['Mustermann', 'Heidestra', 'Schlüssel am Bund', PARKING]) assert.ok(text.includes(part), part);
  await erika.opens('/account/export');
  await erika.reads('Mustermann');
  await erika.looks('account-export');
});

test('an access is ended, and the service has to ask again', async () => {
  await erika.opens('/account');
  await erika.browser.clicks('a[href*="/account/services/"]');
  await erika.looks('account-service');
  await erika.browser.clicks('main form .kern-btn--primary');
  await erika.isAt(/\/account$/);
  await erika.signsOutOf(PARKING);
  await erika.signsInWithKey(() => erika.asksFor(PARKING));
  await erika.isOffered('agree');
});

test('a deleted account is gone', async () => {
  await erika.opens('/account/deletion');
  await erika.looks('account-delete');
  await erika.browser.clicks('main input[name=confirm]');
  await erika.presses('delete-account');
  await erika.reads(/gelöscht/i);
  const people = await town.command('person', 'list', '--json');
  assert.ok(!people.includes('Mustermann'));
  // Else the key would answer by itself, and nobody knows it any more.
  await erika.key.finger(false);
  await erika.opens('/account');
  await erika.isOffered('sign-in-passkey');
  await town.command('audit', 'verify');
});

test('no page complained', async () => {
  await erika.heardNoComplaint();
});
