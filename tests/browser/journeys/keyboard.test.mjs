// Without a mouse: an owner registers and tries a service with the keys Tab, Enter and Space alone, and sees at each step
// where they are. Issue "ATTACH".
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Resident } from '../harness/resident.mjs';
import { Town } from '../harness/town.mjs';

const STEPS_MAX = 120;
const KEYS = {
  Tab: { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9 },
  Enter: { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' },
  Space: { key: ' ', code: 'Space', windowsVirtualKeyCode: 32, text: ' ' },
};

let town;
let olga;
let otto;

before(async () => {
  town = await Town.opens('keyboard');
  [olga, otto] = await Promise.all([Resident.comes(town), Resident.comes(town)]);
});

after(async () => {
  for (const one of [olga, otto]) await one?.goes();
  if (town) assert.equal(await town.closes(), 0, 'the town ended well');
});

async function hits(person, name) {
  const key = KEYS[name];
  await person.browser.cdp('Input.dispatchKeyEvent', { type: key.text ? 'keyDown' : 'rawKeyDown', ...key });
  await person.browser.cdp('Input.dispatchKeyEvent', { type: 'keyUp', ...key });
}

/** Goes on until the focus is there. Wherever it stands on the way, it can be seen. */
async function tabsTo(person, selector) {
  const seen = [];
  for (let step = 0; step < STEPS_MAX; step += 1) {
    await hits(person, 'Tab');
    const at = await person.browser.execute(
      `const at = document.activeElement;
       if (!at || at === document.body) return { nowhere: true };
       const style = getComputedStyle(at);
       const outer = at.closest('.th-choice, .kern-form-check') ?? at;
       const around = getComputedStyle(outer);
       const box = at.getBoundingClientRect();
       return {
         is: at.matches(arguments[0]),
         what: at.outerHTML.slice(0, 80),
         shown: style.outlineStyle !== 'none' || style.boxShadow !== 'none' || around.outlineStyle !== 'none'
           || around.boxShadow !== 'none',
         inside: box.bottom > 0 && box.top < innerHeight,
       };`,
      selector,
    );
    if (at.nowhere) continue;
    assert.ok(at.shown, `the focus can be seen at ${at.what}`);
    assert.ok(at.inside, `the page has scrolled to ${at.what}`);
    if (at.is) return;
    seen.push(at.what);
  }
  assert.fail(`${selector} is not reached by Tab: ${seen.join('\n')}`);
}

async function writes(person, selector, text) {
  await tabsTo(person, selector);
  await person.browser.cdp('Input.insertText', { text });
}

async function takes(person, address, name) {
  await person.opens(address);
  await person.isOffered('create-passkey');
  await writes(person, 'input[name=staff_name]', name);
  await tabsTo(person, '[data-action=create-passkey]');
  await hits(person, 'Enter');
}

test('an operator makes an organisation and invites', async () => {
  await takes(olga, town.operator_invite_url, 'Olga Orlowa');
  await olga.isAt(/\/operator$/);
  await olga.opens('/operator/organisations');
  await writes(olga, 'input[name=name]', 'Stadtarchiv');
  await hits(olga, 'Enter');
  await olga.isOffered('invite-owner');
  await tabsTo(olga, '[data-action=invite-owner]');
  await hits(olga, 'Enter');
  await olga.reads('Geben Sie diese Adresse weiter');
});

test('an owner registers a service', async () => {
  await takes(otto, await olga.invitation(), 'Otto Owner');
  await otto.isAt(/\/services$/);
  await tabsTo(otto, '[data-action=new-service]');
  await hits(otto, 'Enter');
  await otto.isOffered('add-service');
  await writes(otto, '#name', 'Lesesaal');
  await writes(otto, '#purpose', 'um Akten zu bestellen');
  await writes(otto, '#redirect_uris', 'http://localhost:9/cb');
  await tabsTo(otto, '#data_name');
  await hits(otto, 'Space');
  await writes(otto, '#reason_name', 'Er steht auf dem Leseausweis.');
  await tabsTo(otto, '[data-action=add-service]');
  await hits(otto, 'Enter');
  await otto.reads('Das Geheimnis sehen Sie nur jetzt');
});

test('and tries it as somebody made up', async () => {
  await tabsTo(otto, '[data-action=try-service]');
  await hits(otto, 'Enter');
  await otto.isOffered('test-login');
  await tabsTo(otto, '[data-action=test-login]');
  await hits(otto, 'Enter');
  await otto.isOffered('open-program');
  const trial = await otto.browser.url();
  const client = /svc_\w{26}/.exec(trial)[0];
  const ask = new URLSearchParams({
    client_id: client,
    response_type: 'code',
    scope: 'openid profile',
    redirect_uri: 'http://localhost:9/cb',
    code_challenge_method: 'S256',
    code_challenge: 'A'.repeat(43),
  });
  await otto.opens(`/authorize?${ask}`);
  await tabsTo(otto, '[data-action=made-up]');
  await hits(otto, 'Enter');
  await otto.reads('Er steht auf dem Leseausweis.');
  await tabsTo(otto, '[data-action=decline]');
  await hits(otto, 'Enter');
  await otto.opens(trial);
  await otto.reads('Die Person lehnt ab oder geht zurück');
});
