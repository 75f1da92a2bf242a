// A small W3C WebDriver client over fetch: just what the journeys need, the WebAuthn commands included.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const CHROMEDRIVER = process.env.CHROMEDRIVER ?? 'chromedriver';
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
const ARGUMENTS = [
  '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync', '--lang=de',
];

/** An answer of WebDriver that is an error; `code` is the standard's, like `no such element`. */
export class WebDriverError extends Error {
  constructor(code, message) {
    super(`${code}: ${message.split('\n')[0]}`);
    this.code = code;
  }
}

let driver;

/** One chromedriver per test process, started when the first browser is asked for. */
function chromedriver() {
  driver ??= new Promise((resolve, reject) => {
    const child = spawn(CHROMEDRIVER, ['--port=0'], { stdio: ['ignore', 'pipe', 'ignore'] });
    child.on('error', (error) => reject(new Error(`${CHROMEDRIVER} does not start: ${error.message}`)));
    child.on('exit', (code) => reject(new Error(`${CHROMEDRIVER} ended with ${code}`)));
    process.on('exit', () => child.kill());
    createInterface({ input: child.stdout }).on('line', (line) => {
      const port = /started successfully on port (\d+)/.exec(line)?.[1];
      if (!port) return;
      // The test process may end while the driver stands ready.
      child.unref();
      child.stdout.unref();
      resolve(`http://127.0.0.1:${port}`);
    });
  });
  return driver;
}

/** Repeats `probe` until it gives something; what it throws in the end is part of the message. */
export async function until(what, probe, milliseconds = 15_000) {
  const end = Date.now() + milliseconds;
  let last;
  while (Date.now() < end) {
    try {
      const found = await probe();
      if (found !== undefined && found !== null && found !== false) return found;
      last = undefined;
    } catch (error) {
      if (error.code === 'invalid session id') throw error;
      last = error;
    }
    await pause(50);
  }
  throw new Error(`waited ${milliseconds} ms for ${what}${last ? `; last: ${last.message}` : ''}`);
}

/** A browser with a fresh profile, which goes away with it. */
export class Browser {
  static async start({ args = [], acceptInsecureCerts = false } = {}) {
    const base = await chromedriver();
    const browser = new Browser(`${base}/session`);
    const capabilities = {
      browserName: 'chrome',
      acceptInsecureCerts,
      'webauthn:virtualAuthenticators': true,
      'goog:loggingPrefs': { browser: 'ALL' },
      'goog:chromeOptions': {
        binary: CHROMIUM,
        args: [...ARGUMENTS, ...args],
        prefs: { 'intl.accept_languages': 'de-DE,de' },
      },
    };
    const session = await browser.call('POST', '', { capabilities: { alwaysMatch: capabilities } });
    browser.base += `/${session.sessionId}`;
    await browser.call('POST', '/timeouts', { script: 20_000, pageLoad: 30_000, implicit: 0 });
    return browser;
  }

  constructor(base) {
    this.base = base;
  }

  async call(method, path, body) {
    const answer = await fetch(this.base + path, {
      method,
      headers: { 'content-type': 'application/json' },
      body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
    });
    const { value } = await answer.json();
    if (!answer.ok) throw new WebDriverError(value.error, value.message);
    return value;
  }

  opens(url) {
    return this.call('POST', '/url', { url });
  }

  url() {
    return this.call('GET', '/url');
  }

  title() {
    return this.call('GET', '/title');
  }

  /** Runs a function body in the page; promises are waited for. */
  execute(script, ...args) {
    return this.call('POST', '/execute/sync', { script, args });
  }

  /** The first element of the selector that can be seen; `undefined` if none. */
  async seen(selector) {
    return this.execute(
      `return [...document.querySelectorAll(arguments[0])].find((e) => e.checkVisibility({ visibilityProperty: true }));`,
      selector,
    ).then((element) => element ?? undefined);
  }

  async clicks(selector) {
    await until(`${selector} on ${await this.where()}`, async () => {
      const element = await this.seen(selector);
      if (!element) return false;
      await this.call('POST', `/element/${element[ELEMENT]}/click`);
      return true;
    });
  }

  async types(selector, text) {
    const element = await until(`${selector} on ${await this.where()}`, () => this.seen(selector));
    await this.call('POST', `/element/${element[ELEMENT]}/clear`);
    await this.call('POST', `/element/${element[ELEMENT]}/value`, { text });
  }

  /** What a person could read on the page. */
  text() {
    return this.execute('return document.body.innerText;');
  }

  async where() {
    return `${await this.url()} (${await this.title()})`;
  }

  cdp(cmd, params = {}) {
    return this.call('POST', '/goog/cdp/execute', { cmd, params });
  }

  /** A phone cannot be had by a window size: Chromium's windows are at least 500 wide. */
  size(width, height, mobile = width < 600) {
    this.width = width;
    return this.cdp('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile });
  }

  /** PNG of the whole page at the present width. */
  async picture() {
    const { data } = await this.cdp('Page.captureScreenshot', { format: 'png', captureBeyondViewport: true });
    return Buffer.from(data, 'base64');
  }

  /** What the page complained about: blocked by the content security policy, scripts that threw. */
  async complaints() {
    const log = await this.call('POST', '/se/log', { type: 'browser' });
    return log.filter((entry) => entry.level === 'SEVERE').map((entry) => entry.message);
  }

  async ends() {
    await this.call('DELETE', '').catch(() => {});
  }
}
