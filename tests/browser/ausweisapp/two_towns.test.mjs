// A real town that rents its eID service from another Torhaus, set up by its operator in the browser, and a resident
// of it with an unmodified AusweisApp. Issue "GERMAN EID", "so that two Torhaus can be chained".
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AusweisApp, noSimulator, withSimulator } from '../harness/ausweisapp.mjs';
import { certificate, shownBy, trusting } from '../harness/front.mjs';
import { listens } from '../harness/pcsc.mjs';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const skip = noSimulator;
let folder;
let provider;
let town;
let args;
let operator;

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'torhaus-customer-'));
  provider = await Town.opens('provider-town', '--tls', 'local-ca', '--eid-service-listen', '127.0.0.1:0');
  town = await Town.real('renting-town', await listens(0));
  args = [trusting(await shownBy(town.url), await shownBy(provider.url))];
  operator = await Resident.comes(town, { args });
});

after(async () => {
  await operator?.goes();
  for (const house of [town, provider]) if (house) assert.equal(await house.closes(), 0, 'the house ended well');
  if (folder) rmSync(folder, { recursive: true });
});

test('without an eID service nobody can come in, and the operator is told', { skip }, async () => {
  const said = await town.command('operator', 'invite');
  await operator.opens(/https?:\/\/\S+\/invites\/\S+/.exec(said)[0]);
  await operator.isOffered('create-passkey');
  await operator.browser.types('input[name=staff_name]', 'Olga Orlowa');
  await operator.presses('create-passkey');
  await operator.isAt(/\/operator$/);
  await operator.looks('renting-overview-before');
  await operator.opens('/operator/eid/service');
  await operator.looks('renting-empty');
});

test('provider and customer exchange certificates, and the operator enters them', { skip }, async () => {
  const [signing, tls] = [certificate(), certificate()];
  const files = { 'signing.crt': signing.cert, 'tls.crt': tls.cert };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const who = ['--name', 'Kleinstadt', '--url', town.url];
  const theirs = ['--signing-certificate', join(folder, 'signing.crt'), '--tls-certificate', join(folder, 'tls.crt')];
  await provider.command('eid', 'customer', 'add', ...who, ...theirs);
  const said = JSON.parse(await provider.command('eid', 'customer', 'provider', '--out', folder, '--json'));
  const fields = {
    address: said.address,
    server_anchors: readFileSync(said.tls_anchor, 'utf8'),
    provider_certificates: readFileSync(said.signing_certificate, 'utf8'),
    tls_certificate: tls.cert.toString(),
    tls_key: tls.key.toString(),
    signing_certificate: signing.cert.toString(),
    signing_key: signing.key.toString(),
    token_address: said.token_address,
  };
  await operator.opens('/operator/eid/service');
  await operator.browser.execute(
    `for (const [name, value] of Object.entries(arguments[0])) document.getElementById(name).value = value;
     document.getElementById('algorithm').value = 'ecdsa-sha256';`,
    fields,
  );
  await operator.presses('save-eid-service');
  await operator.isOffered('test-eid-service');
  await operator.presses('test-eid-service');
  await operator.reads(/Torhaus \d/);
  await operator.looks('renting-tested');
});

test('a resident of the customer reads the card at the provider, and has an account at home', { skip }, async (t) => {
  const app = await AusweisApp.starts(provider, 'ausweisapp-renting');
  const erika = await Resident.comes(town, { args });
  try {
    const come = async () => {
      await erika.opens('/account');
      await erika.isNew();
      await erika.presses('identify-eid');
      await erika.presses('open-ausweisapp');
    };
    const end = await withSimulator(app, come);
    t.diagnostic(`tries: ${end.tries}`);
    assert.equal(end.minor, undefined, JSON.stringify(end.heard).slice(-2000));
    const { description } = end.heard.find((message) => message.msg === 'CERTIFICATE');
    assert.equal(description.subjectUrl, town.url);
    assert.match(description.subjectName, /Kleinstadt/);
    await erika.isOffered('create-passkey');
    await erika.makesKey('Handy');
    await erika.isAt(/\/done/);
    assert.equal((await town.people()).length, 1);
    assert.deepEqual(await provider.people(), []);
  } finally {
    await erika.goes();
    await app.ends();
  }
});
