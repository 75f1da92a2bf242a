// What both programs need: a town, a person with a key, and the address to which Torhaus sends people back.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { Resident } from '../browser/harness/resident.mjs';
import { Town } from '../browser/harness/town.mjs';
import { until } from '../browser/harness/webdriver.mjs';

export const SCOPE = 'openid name offline_access';

/** A service of somebody else: only its redirect address answers, the rest is the library under test. */
export class Stage {
  static async opens(name) {
    const stage = new Stage();
    stage.server = createServer((request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end('<!doctype html><title>Back</title><p>Back at the service.</p>');
    });
    await new Promise((resolve) => stage.server.listen(0, '127.0.0.1', resolve));
    // 127.0.0.1 and not localhost: another site than Torhaus, as in life.
    stage.home = `http://127.0.0.1:${stage.server.address().port}`;
    stage.callback = `${stage.home}/callback`;
    stage.goodbye = `${stage.home}/goodbye`;
    try {
      stage.town = await Town.opens(name);
      stage.person = await Resident.comes(stage.town);
      await stage.person.enrolsAt('Bewohnerparkausweis');
    } catch (error) {
      await stage.closes();
      throw error;
    }
    return stage;
  }

  /** Registers a service as an operator does; the server runs on. */
  async registers(name, ...more) {
    const answer = await this.town.command(
      'service', 'add', '--name', name, '--redirect-uri', this.callback, '--post-logout-redirect-uri', this.goodbye,
      ...['openid', 'name', 'offline_access'].flatMap((scope) => ['--scope', scope]),
      '--grant-type', 'authorization_code', '--grant-type', 'refresh_token', '--json', ...more,
    );
    return JSON.parse(answer);
  }

  /** The browser goes to the address, the person does what is asked, and the redirect address is reached. */
  async authorizes(address, { fresh = false } = {}) {
    const { person } = this;
    if (fresh) await person.signsInWithKey(() => person.opens(address.href));
    else await person.opens(address.href);
    return until(`to be back at ${this.callback}`, async () => {
      const url = new URL(await person.browser.url());
      if (url.href.startsWith(this.callback)) return url;
      if (await person.can('agree')) await person.agrees();
      return false;
    });
  }

  /** Logs out at Torhaus; gives the address at which that ends. */
  async signsOut(address) {
    const { person } = this;
    await person.opens(address.href);
    return until(`to be back at ${this.goodbye}`, async () => {
      const url = new URL(await person.browser.url());
      if (url.href.startsWith(this.goodbye)) return url;
      if (await person.can('sign-out')) await person.presses('sign-out');
      return false;
    });
  }

  async closes() {
    await this.person?.goes();
    this.server.close();
    this.server.closeAllConnections();
    if (this.town) assert.equal(await this.town.closes(), 0, 'the town ended well');
  }
}

/** The combinations in which services register. */
export const KINDS = [
  { name: 'confidential, basic, RS256', add: [], auth: 'client_secret_basic', alg: 'RS256' },
  {
    name: 'confidential, post, ES256',
    add: ['--token-endpoint-auth-method', 'client_secret_post', '--id-token-signed-response-alg', 'ES256'],
    auth: 'client_secret_post',
    alg: 'ES256',
  },
  { name: 'public', add: ['--public'], auth: 'none', alg: 'RS256' },
];
