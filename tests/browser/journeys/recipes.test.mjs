// The settings that an owner copies are right: a real Apache with mod_auth_openidc is set up from the page and nothing
// else, and somebody made up logs in. Issue "ATTACH".
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';
import { until } from '../harness/webdriver.mjs';

const MODULES = '/usr/lib/apache2/modules';
const APACHE = '/usr/sbin/apache2';
const missing = [APACHE, `${MODULES}/mod_auth_openidc.so`].find((file) => !existsSync(file));
const skip = missing && `${missing} is missing`;

let town;
let olga;
let otto;
let apache;
let home;
let settings;
let secret;
const folder = mkdtempSync(join(tmpdir(), 'torhaus-apache-'));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

before(async () => {
  if (skip) return;
  town = await Town.opens('recipes');
  [olga, otto] = await Promise.all([Resident.comes(town), Resident.comes(town)]);
  home = `http://localhost:${await freePort()}`;
});

after(async () => {
  apache?.kill('SIGTERM');
  for (const one of [olga, otto]) await one?.goes();
  rmSync(folder, { recursive: true, force: true });
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

test('an owner registers what stands behind Apache', { skip }, async () => {
  await olga.takesInvitation(town.operator_invite_url, 'Olga Orlowa');
  await olga.isAt(/\/operator$/);
  await otto.takesInvitation(await olga.invitesOwnerOf('Tiefbauamt'), 'Otto Owner');
  await otto.isAt(/\/services$/);
  await otto.presses('new-service');
  await otto.isOffered('add-service');
  await otto.browser.clicks('label[for=kind-proxy]');
  await otto.browser.types('#name', 'Baustellenplan');
  await otto.browser.types('#purpose', 'um Baustellen einzutragen');
  await otto.browser.types('#redirect_uris', `${home}/`);
  await otto.presses('add-service');
  await otto.reads('Das Geheimnis sehen Sie nur jetzt');
  secret = await otto.clientSecret();
});

test('the page has the settings, and sets the service up for them', { skip }, async () => {
  await otto.presses('recipes');
  await otto.reads('Selbst geschrieben');
  const recipes = await otto.browser.url();
  await otto.opens(`${recipes}?recipe=apache`);
  await otto.presses('apply-recipe');
  await otto.reads('Der Dienst passt zu diesem Programm.');
  settings = await otto.browser.execute("return document.querySelector('.th-code').textContent;");
  assert.match(settings, /OIDCProviderMetadataURL http/);
});

test('Apache takes them as they are', { skip }, async () => {
  // What the page leaves to its reader: the secret, and a passphrase.
  const filled = settings
    .replace('HIER-DAS-GEHEIMNIS', secret)
    .replace('OIDCCryptoPassphrase ""', 'OIDCCryptoPassphrase "eine-laengere-losung-fuer-den-test"');
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><title>Plan</title><h1>Baustellenplan</h1>');
  const modules = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'mime', 'auth_openidc'];
  const own = [
    ...modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    `ServerRoot "${folder}"`,
    'ServerName localhost',
    `Listen 127.0.0.1:${new URL(home).port}`,
    `PidFile "${folder}/pid"`,
    `ErrorLog "${folder}/error.log"`,
    `DocumentRoot "${folder}/site"`,
    'DirectoryIndex index.html',
    'TypesConfig /etc/mime.types',
    'User www-data',
    'Group www-data',
    `OIDCCacheShmMax 100`,
  ];
  writeFileSync(join(folder, 'httpd.conf'), `${own.join('\n')}\n${filled}`);
  for (const one of [folder, join(folder, 'site')]) chmodSync(one, 0o755);
  execFileSync(APACHE, ['-t', '-f', join(folder, 'httpd.conf')], { stdio: 'pipe' });
  apache = spawn(APACHE, ['-f', join(folder, 'httpd.conf'), '-DFOREGROUND'], { stdio: 'ignore' });
  await until('Apache to listen', async () => (await fetch(home, { redirect: 'manual' }).catch(() => null)) !== null);
});

test('somebody made up logs in, and the trial says that it works', { skip }, async () => {
  await otto.presses('try-service');
  await otto.presses('test-login');
  await otto.isOffered('open-program');
  const trial = await otto.browser.url();
  await otto.opens(`${home}/`);
  await otto.presses('made-up');
  await otto.reads('Baustellenplan');
  await otto.isAt(`${home}/`);
  await otto.opens(trial);
  await otto.reads('Die Anmeldung klappt.');
});
