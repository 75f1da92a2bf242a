// Somebody between the town and everybody else, with a certificate of their own, who can change what the town says to
// AusweisApp: a server that lies, without a product that can.
import { execFileSync } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';

/** A self-signed certificate for localhost with its key. */
export function certificate() {
  const folder = mkdtempSync(join(tmpdir(), 'torhaus-tls-'));
  const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-noenc', '-days', '2'];
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert], { stdio: 'pipe' });
  const made = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return made;
}

/** With this, Chromium takes the key of these certificates for trusted, so that WebAuthn works. */
export function trusting(...certificates) {
  const pin = (cert) => {
    const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(key).digest('base64');
  };
  return `--ignore-certificate-errors-spki-list=${certificates.map(pin).join(',')}`;
}

/** SHA-256 of a certificate in hexadecimal, as the description of our right to read names it. */
export function hashOf(cert) {
  return createHash('sha256').update(new X509Certificate(cert).raw).digest('hex');
}

/** The certificate with which somebody answers. */
export function shownBy(url) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const line = connect({ host: hostname, port, servername: 'localhost', rejectUnauthorized: false }, () => {
      resolve(line.getPeerX509Certificate().toString());
      line.end();
    });
    line.once('error', reject);
  });
}

export class Front {
  /** What becomes of a PAOS message of the town; nothing without it. */
  changes = undefined;

  /** Opens it on `port` of 127.0.0.1; what comes goes to the town at `inside`. */
  static async opens(port, inside, tls) {
    const front = new Front();
    front.inside = inside;
    // AusweisApp wants the same TLS session or the same connection (TR-03124-1 2.4.1).
    front.server = createServer({ key: tls.key, cert: tls.cert, maxVersion: 'TLSv1.2' }, (asked, answer) => {
      front.#pass(asked, answer).catch(() => answer.destroy());
    });
    front.server.keepAliveTimeout = 60_000;
    await new Promise((resolve, reject) => {
      front.server.once('error', reject);
      front.server.listen(port, '127.0.0.1', resolve);
    });
    return front;
  }

  async #pass(asked, answer) {
    const { status, headers, body } = await this.#ask(asked, await all(asked));
    const isPaos = asked.url === '/eid/paos';
    const told = isPaos && this.changes ? Buffer.from(this.changes(body.toString())) : body;
    const { 'content-length': _length, 'transfer-encoding': _coding, connection: _line, ...rest } = headers;
    answer.writeHead(status, { ...rest, 'content-length': told.length });
    answer.end(told);
  }

  #ask(asked, body) {
    const { 'accept-encoding': _coding, connection: _line, ...headers } = asked.headers;
    const to = new URL(asked.url, this.inside);
    const options = { method: asked.method, headers, rejectUnauthorized: false, servername: 'localhost' };
    return new Promise((resolve, reject) => {
      const sent = request(to, options, (heard) => {
        all(heard).then((bytes) => resolve({ status: heard.statusCode, headers: heard.headers, body: bytes }), reject);
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }

  closes() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

async function all(stream) {
  const parts = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts);
}
