// Accessibility of the page that is open: WCAG 2.2 A and AA by axe-core, and no sideways scrolling.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Every violation as one line: the rule, what it says, the elements. */
export async function violations(browser) {
  // Through the debugger, so that a strict content security policy does not stand in the way.
  await browser.cdp('Runtime.evaluate', { expression: AXE });
  const found = await browser.execute(
    `return axe.run(document, { runOnly: { type: 'tag', values: arguments[0] }, resultTypes: ['violations'] })
      .then((r) => r.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.target.join(' ')), v.nodes[0].failureSummary]));`,
    RULES,
  );
  return found.map(([id, help, nodes, why]) => `${id}: ${help} [${nodes.slice(0, 4).join(' | ')}] ${why.replace(/\s+/g, ' ')}`);
}

/**
 * How many pixels the page is wider than the window; 0 is right.
 * The page's own `innerWidth` is no measure: on a phone a page that is too wide widens it.
 */
export async function overflow(browser) {
  const width = await browser.execute('return document.documentElement.scrollWidth;');
  return Math.max(0, width - browser.width);
}
