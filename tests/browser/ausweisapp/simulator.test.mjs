// Real Chromium, real AusweisApp with its card simulator: the whole way of somebody new. Issue "GERMAN EID", proof 1.
// What the simulator does not check about us, ausweisapp/virtual_card.test.mjs does.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { AusweisApp, noSimulator, version, withSimulator } from '../harness/ausweisapp.mjs';
import { shownBy, trusting } from '../harness/front.mjs';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const skip = noSimulator;
let town;
let elsewhere;
let app;
let person;

before(async () => {
  if (skip) return;
  town = await Town.opens('ausweisapp-town', '--tls', 'local-ca');
  elsewhere = await Town.opens('ausweisapp-other-town', '--tls', 'local-ca');
  app = await AusweisApp.starts(town, 'ausweisapp');
});

after(async () => {
  await app?.ends();
  await elsewhere?.closes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

beforeEach(async () => {
  if (!skip) person = await comes(town);
});

afterEach(async () => {
  await person?.goes();
  person = undefined;
});

async function comes(to) {
  return Resident.comes(to, { args: [trusting(await shownBy(to.url))] });
}

/** From the account's door to the page with AusweisApp's button. */
async function goesToTheCard(who) {
  await who.opens('/account');
  await who.isNew();
  await who.presses('identify-eid');
  await who.presses('use-ausweisapp');
  await who.isOffered('open-ausweisapp');
}

function readsTheCard(who, options) {
  const come = async () => {
    await goesToTheCard(who);
    await who.presses('open-ausweisapp');
  };
  return withSimulator(app, come, options);
}

test('which AusweisApp', { skip }, async (t) => {
  t.diagnostic(await version());
});

test('the page says that AusweisApp runs here, before anything is pressed', { skip }, async () => {
  await goesToTheCard(person);
  await person.reads('Die AusweisApp läuft');
  await person.looks('ausweisapp-open');
});

test('somebody new identifies with it, makes a key and has an account', { skip }, async (t) => {
  const end = await readsTheCard(person);
  t.diagnostic(`tries: ${end.tries}`);
  assert.equal(end.minor, undefined, JSON.stringify(end.heard).slice(-1500));
  await person.isOffered('create-passkey');
  assert.deepEqual(await town.people(), []);
  await person.looks('ausweisapp-key');
  await person.makesKey('Handy');
  await person.isAt(/\/done/);
  assert.equal((await town.people()).length, 1);
});

test('who gives up in AusweisApp comes back to a page that goes on', { skip }, async () => {
  const end = await readsTheCard(person, { cancels: true });
  assert.match(end.minor, /cancellationByUser$/);
  await person.reads('Sie haben abgebrochen');
  await person.isOffered('identify-eid');
  await person.looks('ausweisapp-cancelled');
});

test('the same card finds the same person, and no second account is made', { skip }, async () => {
  const end = await readsTheCard(person);
  assert.equal(end.minor, undefined);
  await person.reads('Ihr Ausweis ist geprüft, Erika Mustermann');
  await person.presses('skip');
  await person.isAt(/\/account$/);
  assert.equal((await town.people()).length, 1);
});

test('an activation link in a stranger’s hands logs nobody in', { skip }, async () => {
  const stranger = await comes(town);
  try {
    // Whoever began sends the link to somebody else, whose browser comes back with the result.
    const come = async () => {
      await goesToTheCard(person);
      const link = await person.browser.execute(
        `return document.querySelector('[data-action="open-ausweisapp"]').href;`,
      );
      await stranger.opens(link);
    };
    const end = await withSimulator(app, come);
    assert.equal(end.minor, undefined);
    await stranger.reads('einem anderen Browser');
    await stranger.looks('ausweisapp-elsewhere');
    // Not even with the address that the stranger was led to.
    await person.opens(await stranger.browser.url());
    await person.isOffered('open-ausweisapp');
    await person.opens('/account');
    await person.isOffered('sign-in-passkey');
  } finally {
    await stranger.goes();
  }
});

test('a town whose root AusweisApp does not know is refused before the card', { skip }, async () => {
  await person.goes();
  person = await comes(elsewhere);
  const end = await readsTheCard(person);
  assert.ok(end.minor, 'the reading went well');
  assert.ok(!end.heard.some((message) => message.msg === 'ENTER_PIN'), 'no PIN was asked for');
  await person.reads('Unsere Berechtigung wurde nicht erkannt');
  await person.looks('ausweisapp-unknown-root');
});
