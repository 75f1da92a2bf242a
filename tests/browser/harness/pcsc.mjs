// A card on a reader: Debian's pcscd with vsmartcard's virtual reader, and the virtual card of tests/virtual_card.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { OUTPUT } from './output.mjs';
import { TORHAUS } from './town.mjs';
import { until } from './webdriver.mjs';

const DAEMON = '/usr/sbin/pcscd';
const SOCKET = '/run/pcscd/pcscd.comm';
const CONFIG = '/etc/reader.conf.d/vpcd';
const CARD = join(dirname(TORHAUS), 'examples/virtual-card');

/** Why no card can be laid on a reader here; `undefined` if one can. */
export async function missing() {
  if (!existsSync(DAEMON) || !existsSync(CONFIG)) return 'pcscd or vsmartcard-vpcd is not installed';
  if (!existsSync(CARD)) return `there is no ${CARD}; cargo build --example virtual-card builds it`;
  if (process.getuid() !== 0) return 'only root may run a pcscd of its own';
  if (await answers(SOCKET)) return 'another pcscd runs on this machine';
  return undefined;
}

export class Reader {
  /**
   * A reader with the card of a made-up person. `wrong` is something about the card that is not as it should be, see
   * `virtual-card --help`.
   */
  static async with(town, person, { tries, wrong } = {}) {
    const reader = new Reader();
    reader.folder = mkdtempSync(join(tmpdir(), 'torhaus-reader-'));
    const card = join(reader.folder, 'card.json');
    await town.command('eid', 'lab', 'card', '--person', person, '--out', card);
    const port = await twoFreePorts();
    const args = ['--card', card, '--port', String(port)];
    if (tries !== undefined) args.push('--tries', String(tries));
    if (wrong) args.push('--wrong', wrong);
    reader.processes = [];
    try {
      reader.run(CARD, args, 'virtual-card');
      await until('the card', () => reader.said('virtual-card').includes('waits for the reader'));
      const library = /^LIBPATH\s+(\S+)/m.exec(readFileSync(CONFIG, 'utf8'))[1];
      const channel = `0x${port.toString(16).toUpperCase()}`;
      const lines = ['FRIENDLYNAME "Torhaus"', `DEVICENAME 127.0.0.1:${channel}`, `LIBPATH ${library}`];
      mkdirSync(join(reader.folder, 'readers'));
      writeFileSync(join(reader.folder, 'readers/vpcd'), `${lines.join('\n')}\nCHANNELID ${channel}\n`);
      reader.run(DAEMON, ['--foreground', '--info', '--config', join(reader.folder, 'readers')], 'pcscd');
      await until('the card on the reader', () => reader.said('virtual-card').includes('is on the reader'));
      await until('pcscd to answer', () => answers(SOCKET));
    } catch (error) {
      await reader.ends();
      throw error;
    }
    return reader;
  }

  run(program, args, name) {
    mkdirSync(OUTPUT, { recursive: true });
    const log = openSync(join(OUTPUT, `${name}.log`), 'w');
    const child = spawn(program, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    const left = new Promise((resolve) => child.once('exit', resolve));
    child.once('error', () => {});
    const atExit = () => child.kill('SIGKILL');
    process.once('exit', atExit);
    this.processes.push({ child, left, atExit });
  }

  /** What it wrote since the start. */
  said(name) {
    return readFileSync(join(OUTPUT, `${name}.log`), 'utf8');
  }

  /** What happened to the card, a line each. */
  happened() {
    return this.said('virtual-card').trim().split('\n');
  }

  /** The reader first: it does not bear a line that breaks. */
  async ends() {
    for (const { child, left, atExit } of this.processes.reverse()) {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5000);
      await left;
      clearTimeout(timer);
      process.removeListener('exit', atExit);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function answers(place) {
  return new Promise((resolve) => {
    const probe = createConnection(place);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}

/** A free port with a free one after it. */
async function twoFreePorts() {
  for (;;) {
    const port = await listens(0);
    if (port < 65_535 && (await listens(port + 1).catch(() => undefined))) return port;
  }
}

/** The port where one could listen, a free one for 0. */
export function listens(port) {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const taken = server.address().port;
      server.close(() => resolve(taken));
    });
  });
}
