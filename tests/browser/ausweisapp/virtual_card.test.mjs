// AusweisApp with a card on a reader that checks us as a genuine one does: PACE with the PIN, our terminal's
// certificates and signature. Issue "GERMAN EID", proof 2. Servers that lie are the town behind a front that changes
// what it says; each refusal has its own page.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { AusweisApp, missing as noApp } from '../harness/ausweisapp.mjs';
import { certificate, Front, hashOf, shownBy, trusting } from '../harness/front.mjs';
import { missing as noReader, Reader } from '../harness/pcsc.mjs';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const skip = noApp ?? (await noReader());
const GOES_ON = ['certificate of DEDVTORHAUS0001: right', 'certificate of DETORHAUS000001: right'];
let town;
let person;

before(async () => {
  if (!skip) town = await Town.opens('virtual-card-town', '--tls', 'local-ca');
});

after(async () => {
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

beforeEach(async () => {
  if (!skip) person = await Resident.comes(town, { args: [trusting(await shownBy(town.url))] });
});

afterEach(async () => {
  await person?.goes();
  person = undefined;
});

/** A card on the reader, AusweisApp beside it, and the person from the account's door to AusweisApp and back. */
async function reads(who, { pins, cancels, ...card } = {}) {
  const reader = await Reader.with(person.town, who, card);
  let app;
  try {
    app = await AusweisApp.starts(person.town, 'ausweisapp-card');
    await person.opens('/account');
    await person.isNew();
    await person.presses('identify-eid');
    await person.presses('use-ausweisapp');
    const end = await app.reads(() => person.presses('open-ausweisapp'), { pins, cancels });
    return { ...end, card: reader.happened() };
  } finally {
    await app?.ends();
    await reader.ends();
  }
}

/** The page says `words`, AusweisApp `minor`, and nothing has come of it. */
async function isRefused(end, minor, words) {
  assert.ok(end.minor, 'the reading went well');
  assert.match(end.minor, minor);
  await person.reads(words);
  assert.equal(await person.can('create-passkey'), false);
  assert.deepEqual(await person.town.people(), []);
}

const happened = (end, what) => end.card.some((line) => line.startsWith(what));

test('a terminal whose signature is wrong is refused by the card', { skip }, async () => {
  const end = await reads('erika', { wrong: 'challenge' });
  assert.ok(happened(end, "terminal's signature: the card refuses"), end.card.join('\n'));
  await isRefused(end, /common#noPermission$/, 'Ihr Ausweis hat unsere Berechtigung nicht angenommen');
  await person.looks('card-terminal-refused');
});

test('a card of another root refuses our certificates', { skip }, async () => {
  const end = await reads('erika', { wrong: 'root' });
  assert.ok(happened(end, 'PACE with Pin: right') && !happened(end, GOES_ON[1]), end.card.join('\n'));
  await isRefused(end, /signature#invalidCertificatePath$/, 'Unsere Berechtigung wurde nicht erkannt');
});

test('a card whose security object nobody known has signed is refused by us', { skip }, async () => {
  const end = await reads('erika', { wrong: 'signer' });
  assert.ok(happened(end, "terminal's signature: right"), end.card.join('\n'));
  await isRefused(end, /common#noPermission$/, 'Dieser Ausweis konnte nicht geprüft werden');
  await person.looks('card-not-authentic');
});

test('a copy of a card is refused by us', { skip }, async () => {
  const end = await reads('erika', { wrong: 'copy' });
  await isRefused(end, /common#noPermission$/, 'Dieser Ausweis konnte nicht geprüft werden');
});

test('an expired card is refused by us', { skip }, async () => {
  await isRefused(await reads('hilde'), /common#noPermission$/, 'Ihr Ausweis ist abgelaufen');
});

test('a card on the block list is refused by us', { skip }, async () => {
  await isRefused(await reads('gregor'), /common#noPermission$/, 'Dieser Ausweis ist gesperrt');
});

test('a wrong PIN, and then no other: nothing was read', { skip }, async () => {
  const end = await reads('erika', { pins: ['111111'] });
  assert.ok(happened(end, 'PACE with Pin: wrong, 63C2'), end.card.join('\n'));
  assert.deepEqual(end.asked, ['ENTER_PIN', 'ENTER_PIN']);
  await isRefused(end, /sal#cancellationByUser$/, 'Sie haben abgebrochen');
});

test('three wrong PINs block the card, which AusweisApp tells', { skip }, async () => {
  const end = await reads('erika', { pins: ['111111', '222222', '333333'] });
  assert.deepEqual(end.asked, ['ENTER_PIN', 'ENTER_PIN', 'ENTER_CAN', 'ENTER_PIN', 'ENTER_PUK']);
  await isRefused(end, /sal#cancellationByUser$/, 'Sie haben abgebrochen');
});

test('a blocked card is not read', { skip }, async () => {
  const end = await reads('erika', { tries: 0 });
  assert.deepEqual(end.asked, ['ENTER_PUK']);
  await isRefused(end, /sal#cancellationByUser$/, 'Sie haben abgebrochen');
});

test('who gives up at the question what may be read gives nothing', { skip }, async () => {
  const end = await reads('erika', { cancels: true });
  assert.deepEqual(end.asked, []);
  await isRefused(end, /sal#cancellationByUser$/, 'Sie haben abgebrochen');
});

test('somebody in between with another certificate is refused by AusweisApp', { skip }, async () => {
  await between(undefined, async () => {
    const end = await reads('erika');
    assert.deepEqual(end.asked, []);
    await isRefused(end, /dp#trustedChannelEstablishmentFailed$/, 'Die AusweisApp traut der Verbindung nicht');
    await person.looks('card-trusted-channel');
  });
});

test('a description that is not the one in our certificate is refused by AusweisApp', { skip }, async () => {
  const swapped = { count: 0 };
  await between(swapped, async () => {
    const end = await reads('erika');
    assert.equal(swapped.count, 1, 'the description was changed once');
    assert.deepEqual(end.asked, []);
    await isRefused(end, /common#parameterError$/, 'Die AusweisApp hat unsere Angaben nicht angenommen');
    await person.looks('card-description-refused');
  });
});

test('after a wrong PIN the right one, and so to an account', { skip }, async () => {
  const end = await reads('erika', { pins: ['111111', '123456'] });
  assert.equal(end.minor, undefined, end.card.join('\n'));
  for (const line of ['PACE with Pin: right', ...GOES_ON, "terminal's signature: right"]) assert.ok(happened(end, line), line);
  await person.makesKey('Handy');
  await person.isAt(/\/done/);
  assert.equal((await town.people()).length, 1);
});

/**
 * A town to which all come through somebody in between. With `swapped` they put their own certificate's hash in place of
 * the town's into the description.
 */
async function between(swapped, act) {
  const other = await Town.opens('virtual-card-behind', '--tls', 'local-ca', '--listen', '127.0.0.2:0');
  const port = Number(new URL(other.url).port);
  const inside = `https://127.0.0.2:${port}`;
  const tls = certificate();
  const front = await Front.opens(port, inside, tls);
  try {
    if (swapped) {
      const genuine = new RegExp(hashOf(await shownBy(inside)), 'gi');
      front.changes = (message) =>
        message.replace(genuine, () => {
          swapped.count += 1;
          return hashOf(tls.cert);
        });
    }
    await person.goes();
    person = await Resident.comes(other, { args: [trusting(tls.cert)] });
    await act();
  } finally {
    await front.closes();
    assert.equal(await other.closes(), 0, 'the town ended well');
  }
}
