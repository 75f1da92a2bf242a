// Every page in every language, as `torhaus gallery` writes them: everybody can use it, also on a narrow phone. Two files
// of tests look at one half each, at the same time.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, normalize, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { overflow, violations } from './axe.mjs';
import { leave } from './output.mjs';
import { torhaus } from './town.mjs';
import { Browser } from './webdriver.mjs';

const NARROW = [320, 700];
const STYLED = 'return [...document.styleSheets].some((sheet) => sheet.cssRules.length > 0);';
// Twice the size on a desktop leaves half of its pixels (WCAG 2.2, 1.4.4 and 1.4.10).
const ZOOMED = [640, 450];
// A language that does not exist, written from right to left: each Latin letter becomes a Hebrew one.
const TO_RIGHT_TO_LEFT = `
  const letters = [...'אבגדהוזחטיכלמנסעפצקרשת'];
  const turned = (text) => text.replace(/\\p{Script=Latin}/gu, (one) => letters[one.codePointAt(0) % letters.length]);
  document.documentElement.dir = 'rtl';
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) walk.currentNode.data = turned(walk.currentNode.data);
  const name = document.querySelector('.th-town')?.getBoundingClientRect();
  return name ? name.left > innerWidth / 2 : true;`;
const SIZES = { phone: [390, 844], desktop: [1280, 900] };

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

const folder = mkdtempSync(join(tmpdir(), 'torhaus-gallery-'));
const pages = [];
let browser;
let server;

/** Serves the folder at the root of a host, so that the pages find their stylesheets as in the house. */
function serve() {
  server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    try {
      const body = readFileSync(join(folder, normalize(path)));
      response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream');
      response.end(body);
    } catch {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
}

function htmlFiles(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return htmlFiles(path);
    return entry.name.endsWith('.html') ? [path] : [];
  });
}

/** Looks at the pages of one part: 0 or 1. */
export function examines(part) {
  const own = (_page, number) => number % 2 === part;

  before(async () => {
    await torhaus('gallery', '--out', folder);
    pages.push(...htmlFiles(folder).sort());
    await serve();
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.ends();
    server?.close();
    server?.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  });

  test('the gallery has every page in every language', () => {
    const perLanguage = {};
    for (const page of pages) {
      const language = /<html[^>]*\blang="([^"]+)"/.exec(readFileSync(page, 'utf8'))?.[1];
      perLanguage[language] = (perLanguage[language] ?? 0) + 1;
    }
    for (const language of ['de', 'en']) assert.ok(perLanguage[language] > 0, `no page in ${language}`);
    // Plain German may say that it is `de` or a variant of it: what counts is that no language lacks a page.
    assert.equal(pages.length % perLanguage.en, 0, JSON.stringify(perLanguage));
    assert.ok(pages.length >= 3 * perLanguage.en, JSON.stringify(perLanguage));
  });

  test('every page can be used by everybody, in light and in the dark, and fits a narrow phone', async (t) => {
    for (const page of pages.filter(own)) {
      const name = relative(folder, page).replace(/\.html$/, '');
      await t.test(name, async () => {
        const bad = [];
        const german = name.startsWith('de/');
        await browser.size(...NARROW);
        for (const scheme of ['light', 'dark']) {
          await browser.cdp('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
          await browser.opens(`http://127.0.0.1:${server.address().port}/${encodeURI(relative(folder, page))}`);
          assert.ok(await browser.execute(STYLED), 'the page has no stylesheet');
          bad.push(...(await violations(browser)).map((v) => `${scheme}: ${v}`));
        }
        const wide = await overflow(browser);
        if (wide > 0) bad.push(`${wide} px wider than ${NARROW[0]}`);
        await browser.cdp('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'light' }] });
        for (const [device, size] of Object.entries(SIZES)) {
          await browser.size(...size);
          const over = await overflow(browser);
          if (over > 0) bad.push(`${over} px wider than ${size[0]}`);
          // One language is enough to look at.
          if (german) leave(`screenshots/gallery/${name.replaceAll('/', '.')}-${device}.png`, await browser.picture());
        }
        assert.deepEqual(bad, []);
      });
    }
  });

  test('every page can be read from right to left, and at twice the size', async (t) => {
    const english = pages.filter((page) => /<html[^>]*\blang="en"/.test(readFileSync(page, 'utf8')));
    for (const page of english.filter(own)) {
      const name = relative(folder, page).replace(/\.html$/, '');
      await t.test(`${name}, turned`, async () => {
        const bad = [];
        await browser.size(...ZOOMED);
        await browser.opens(`http://127.0.0.1:${server.address().port}/${encodeURI(relative(folder, page))}`);
        const zoomed = await overflow(browser);
        if (zoomed > 0) bad.push(`${zoomed} px wider than ${ZOOMED[0]}`);
        await browser.size(...SIZES.desktop);
        assert.ok(await browser.execute(TO_RIGHT_TO_LEFT), 'the name of the town stands on the right');
        for (const size of [SIZES.desktop, SIZES.phone, NARROW]) {
          await browser.size(...size);
          const over = await overflow(browser);
          if (over > 0) bad.push(`from right to left ${over} px wider than ${size[0]}`);
        }
        if (/overview|use|trial|person|consent/.test(name)) {
          await browser.size(...SIZES.phone);
          leave(`screenshots/gallery/${name.replaceAll('/', '.')}-turned.png`, await browser.picture());
        }
        assert.deepEqual(bad, []);
      });
    }
  });
}
