// A demo town in a process of its own, on free ports, with data that go away with it.
import { execFile, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { OUTPUT, ROOT } from './output.mjs';
import { until } from './webdriver.mjs';

export const TORHAUS = process.env.TORHAUS_BIN ?? join(ROOT, 'target/debug/torhaus');
const START = 60_000;
const STOP = 15_000;

/** Runs one command of the operator; gives its output, throws with its messages. */
export async function torhaus(...args) {
  try {
    const { stdout } = await promisify(execFile)(TORHAUS, args, { timeout: 60_000 });
    return stdout;
  } catch (error) {
    throw new Error(`torhaus ${args.join(' ')}: exit ${error.code}: ${error.stderr || error.message}`);
  }
}

export class Town {
  /** Starts it and reads the first line which it says on stdout. */
  static async opens(name = 'town', ...more) {
    const town = new Town();
    town.dataDir = mkdtempSync(join(tmpdir(), 'torhaus-test-'));
    mkdirSync(OUTPUT, { recursive: true });
    const log = openSync(join(OUTPUT, `${name}.log`), 'w');
    const listen = more.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
    const args = ['demo', ...listen, '--data-dir', town.dataDir, '--json', ...more];
    town.#runs(args, log);
    Object.assign(town, await town.#firstLine(name));
    return town;
  }

  /** A real town, which reads no made-up cards, with TLS of its own authority. */
  static async real(name, port) {
    const town = new Town();
    const folder = mkdtempSync(join(tmpdir(), 'torhaus-test-'));
    town.dataDir = join(folder, 'data');
    town.url = `https://localhost:${port}`;
    const listen = ['--listen', `127.0.0.1:${port}`];
    await town.command('setup', '--public-url', town.url, '--tls', 'local-ca', ...listen);
    mkdirSync(OUTPUT, { recursive: true });
    const log = openSync(join(OUTPUT, `${name}.log`), 'w');
    town.#runs(['serve', '--data-dir', town.dataDir], log);
    town.left.then(() => rmSync(folder, { recursive: true, force: true }));
    const serves = () => readFileSync(join(OUTPUT, `${name}.log`), 'utf8').includes('Torhaus serves');
    await until(`${name} to serve`, () => town.child.exitCode === null && serves());
    return town;
  }

  #runs(args, log) {
    this.child = spawn(TORHAUS, args, { stdio: ['ignore', 'pipe', log] });
    closeSync(log);
    this.left = new Promise((resolve) => this.child.once('exit', (code, signal) => resolve(signal ?? code)));
    this.atExit = () => this.child.kill('SIGKILL');
    process.once('exit', this.atExit);
  }

  #firstLine(name) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${TORHAUS} said nothing in ${START} ms`)), START);
      const settle = (act, value) => {
        clearTimeout(timer);
        act(value);
      };
      this.child.once('error', (error) => settle(reject, new Error(`${TORHAUS} does not start: ${error.message}`)));
      this.left.then((how) => settle(reject, new Error(`${TORHAUS} ended (${how}); see tests/output/${name}.log`)));
      const lines = createInterface({ input: this.child.stdout });
      lines.once('line', (line) => {
        try {
          settle(resolve, JSON.parse(line));
        } catch {
          settle(reject, new Error(`the first line is no JSON: ${line}`));
        }
      });
    });
  }

  /** The address of a demo service. */
  service(name) {
    const found = this.demo_services.find((service) => service.name === name);
    if (!found) throw new Error(`no demo service ${name} in ${this.demo_services.map((s) => s.name)}`);
    return found.url.replace(/\/$/, '');
  }

  at(path) {
    return new URL(path, this.url).href;
  }

  /** One command on its data, while it runs. */
  command(...args) {
    return torhaus(...args, '--data-dir', this.dataDir);
  }

  /** Everybody who has an account, as the operator's command lists them: without personal data. */
  async people() {
    return JSON.parse(await this.command('person', 'list', '--json'));
  }

  /** Ends it as systemd would; gives how it went. */
  async closes() {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP);
    const how = await this.left;
    clearTimeout(timer);
    process.removeListener('exit', this.atExit);
    rmSync(this.dataDir, { recursive: true, force: true });
    return how;
  }
}
