// AusweisApp as Debian ships it, without a screen: a person in front of it is this client of its SDK WebSocket.
// Facts: reference/german-eid.md §6; messages: AusweisApp SDK, https://www.ausweisapp.bund.de/sdk/.
import { execFile, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import WebSocket from 'ws';
import { OUTPUT } from './output.mjs';
import { until } from './webdriver.mjs';

/** Where a browser looks for it (TR-03124-1 2.2.1.1): no other port will do. */
const PORT = 24727;
/** 1.26 of Debian 12, 2.x of Debian 13; each with the folder it keeps its data in. */
const KINDS = [['/usr/bin/AusweisApp2', 'AusweisApp2'], ['/usr/bin/AusweisApp', 'AusweisApp']];
const found = KINDS.find(([program]) => existsSync(program));

/** Why it cannot be had on this machine; `undefined` if it can. */
export const missing = found ? undefined : 'AusweisApp is not installed (Debian: ausweisapp2 or ausweisapp)';

/** Why its card simulator reads nothing for a demo town; `undefined` if it does. */
export const noSimulator =
  missing ?? (found[1] === 'AusweisApp' ? 'the simulator of AusweisApp 2 follows a card root of its own' : undefined);

/** The minor result of 1.26.2's simulator when it trips over itself: "Card is already connected". */
const SIMULATOR_TRIPPED = 'http://www.bsi.bund.de/ecard/api/1.1/resultminor/al/common#unknownError';

export class AusweisApp {
  /** Starts it for a person who trusts the card root of `town`. */
  static async starts(town, name) {
    await isFree();
    const app = new AusweisApp();
    app.home = mkdtempSync(join(tmpdir(), 'torhaus-ausweisapp-'));
    const run = join(app.home, 'run');
    const data = join(app.home, '.local/share', found[1]);
    mkdirSync(run, { mode: 0o700 });
    mkdirSync(data, { recursive: true });
    await town.command('eid', 'lab', 'ausweisapp-config', '--out', join(data, 'config.json'));
    mkdirSync(OUTPUT, { recursive: true });
    const log = openSync(join(OUTPUT, `${name}.log`), 'w');
    const { XDG_DATA_HOME, XDG_CONFIG_HOME, DISPLAY, WAYLAND_DISPLAY, ...env } = process.env;
    Object.assign(env, { HOME: app.home, XDG_RUNTIME_DIR: run, QT_QPA_PLATFORM: 'offscreen' });
    const args = ['--ui', 'websocket', '--ui', 'webservice', '--no-proxy', '--keep', '--no-logfile'];
    args.push('--address', '127.0.0.1', '--port', String(PORT));
    app.child = spawn(found[0], args, { env, stdio: ['ignore', log, log] });
    closeSync(log);
    app.left = new Promise((resolve) => app.child.once('exit', resolve));
    app.atExit = () => app.child.kill('SIGKILL');
    process.once('exit', app.atExit);
    try {
      app.line = await until('AusweisApp to answer', () => connected(app), 30_000);
    } catch (error) {
      await app.ends();
      throw error;
    }
    app.line.on('message', (text) => app.#hear(JSON.parse(text)));
    return app;
  }

  /** What AusweisApp said since the reading began. */
  heard = [];

  /**
   * The person in front of it, while `come` leads a browser there and until it says how the reading ended: `{ minor,
   * url, asked, heard }`. `minor` is undefined where all is well.
   *
   * `pins` are typed one after the other; when they are used up, or the PUK is asked for, the person gives up. With
   * `cancels` they do so at the question what may be read. `asked` is which secrets they were asked for.
   */
  async reads(come, { pins = ['123456'], simulator = false, cancels = false } = {}) {
    this.heard = [];
    const person = { pins: [...pins], typed: 0, simulator, cancels };
    const ended = new Promise((resolve) => {
      person.done = resolve;
    });
    this.person = person;
    try {
      await come();
      const { result, url } = await Promise.race([ended, late(60_000)]);
      const asked = this.heard.map(({ msg }) => msg).filter((msg) => msg.startsWith('ENTER_'));
      return { minor: result.minor, url, asked, heard: this.heard };
    } catch (error) {
      throw new Error(`${error.message}; AusweisApp said ${JSON.stringify(this.heard).slice(-2000)}`);
    } finally {
      this.person = undefined;
    }
  }

  #hear(message) {
    const { person } = this;
    if (!person) return;
    this.heard.push(message);
    const answer = answerTo(message, person);
    if (answer) this.line.send(JSON.stringify(answer));
    if (message.msg === 'AUTH' && message.result) person.done(message);
  }

  async ends() {
    this.line?.terminate();
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 10_000);
    await this.left;
    clearTimeout(timer);
    process.removeListener('exit', this.atExit);
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** What the person does next. */
function answerTo(message, person) {
  switch (message.msg) {
    case 'ACCESS_RIGHTS':
      return { cmd: 'GET_CERTIFICATE' };
    case 'CERTIFICATE':
      return { cmd: person.cancels ? 'CANCEL' : 'ACCEPT' };
    case 'INSERT_CARD':
      return person.simulator ? { cmd: 'SET_CARD', name: 'Simulator' } : undefined;
    case 'ENTER_PIN': {
      // The simulated reader has keys of its own.
      if (message.reader.keypad) return { cmd: 'SET_PIN' };
      const pin = person.pins[person.typed];
      if (!pin) return { cmd: 'CANCEL' };
      person.typed += 1;
      return { cmd: 'SET_PIN', value: pin };
    }
    case 'ENTER_CAN':
      return { cmd: 'SET_CAN', value: '222222' };
    case 'ENTER_PUK':
      return { cmd: 'CANCEL' };
    default:
      return undefined;
  }
}

/** Reading with the simulator, whose own race is tried again; nothing else is. */
export async function withSimulator(app, come, options = {}) {
  for (let tries = 1; ; tries += 1) {
    const end = await app.reads(come, { ...options, simulator: true });
    if (end.minor !== SIMULATOR_TRIPPED || tries === 5) return { ...end, tries };
  }
}

/** The version, for the record. */
export async function version() {
  const env = { ...process.env, QT_QPA_PLATFORM: 'offscreen' };
  const { stdout } = await promisify(execFile)(found[0], ['--version'], { env, timeout: 20_000 });
  return stdout.trim();
}

function late(milliseconds) {
  return new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`no end after ${milliseconds} ms`)), milliseconds).unref();
  });
}

function connected(app) {
  if (app.child.exitCode !== null) throw new Error(`AusweisApp ended with ${app.child.exitCode}`);
  return new Promise((resolve, reject) => {
    const line = new WebSocket(`ws://127.0.0.1:${PORT}/eID-Kernel`, { handshakeTimeout: 5000 });
    line.once('open', () => resolve(line));
    line.once('error', reject);
  });
}

/** Nobody else's program is driven. */
function isFree() {
  return new Promise((resolve, reject) => {
    const probe = createConnection({ host: '127.0.0.1', port: PORT });
    probe.once('connect', () => {
      probe.destroy();
      reject(new Error(`port ${PORT} is taken: another AusweisApp runs on this machine; end it and run this again`));
    });
    probe.once('error', () => resolve());
  });
}
