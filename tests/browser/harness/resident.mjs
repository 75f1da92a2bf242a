// A person with a browser and a key in the phone. The verbs are what people do, not what the machine does.
import assert from 'node:assert/strict';
import { Authenticator } from './authenticator.mjs';
import { overflow, violations } from './axe.mjs';
import { leave } from './output.mjs';
import { Browser, until } from './webdriver.mjs';

const PHONE = [390, 844];
const DESKTOP = [1280, 900];

export class Resident {
  /** `key` is what the authenticator is like, see `Authenticator.plugIn`. */
  static async comes(town, { key = {}, ...browser } = {}) {
    const person = new Resident();
    person.town = town;
    person.browser = await Browser.start(browser);
    person.key = await Authenticator.plugIn(person.browser, key);
    await person.browser.size(...PHONE);
    return person;
  }

  goes() {
    return this.browser.ends();
  }

  opens(url) {
    return this.browser.opens(url.startsWith('/') ? this.town.at(url) : url);
  }

  /** The one thing of a page, by its `data-action`. */
  presses(action) {
    return this.browser.clicks(`[data-action="${action}"]`);
  }

  async can(action) {
    return (await this.browser.seen(`[data-action="${action}"]`)) !== undefined;
  }

  /** Waits for a page which offers this. */
  async isOffered(action) {
    await until(`the offer ${action}, now at ${await this.browser.where()}`, () => this.can(action));
  }

  /** Waits until the page says this. */
  async reads(words) {
    const fits = (text) => (words instanceof RegExp ? words.test(text) : text.includes(words));
    await until(`the words ${words}`, async () => fits(await this.browser.text())).catch(async (error) => {
      throw new Error(`${error.message}; the page at ${await this.browser.where()} says: ${await this.browser.text()}`);
    });
  }

  async isAt(place) {
    const fits = (url) => (place instanceof RegExp ? place.test(url) : url.startsWith(place));
    await until(`to be at ${place}`, async () => fits(await this.browser.url())).catch(async (error) => {
      throw new Error(`${error.message}; is at ${await this.browser.where()}: ${await this.browser.text()}`);
    });
  }

  /** "New here? Identify once": the link on the sign-in page, then step one. */
  async isNew() {
    await this.browser.clicks('main a[href*="/enrolment"]');
    await this.isAt(/\/enrolment/);
    await this.isOffered('identify-eid');
  }

  /** Lays a demo card on the reader. */
  async identifiesAs(who, { pin = '123456' } = {}) {
    await this.presses('identify-eid');
    await this.laysOn(who, { pin });
  }

  /** On the page of the demo cards. */
  async laysOn(who, { pin = '123456' } = {}) {
    await this.isOffered('demo-card');
    // A page that stayed after a wrong PIN may keep the person and ask for the PIN alone.
    await this.browser.execute(
      `const box = document.querySelector('[data-person="' + arguments[0] + '"]');
       if (box) (box.matches('input') ? box : box.querySelector('input')).click();`,
      who,
    );
    await this.browser.types('input[name=pin]', pin);
    await this.presses('demo-card');
  }

  async makesKey(name) {
    await this.isOffered('create-passkey');
    if (name) await this.browser.types('input[name=device_name]', name);
    await this.presses('create-passkey');
  }

  /** With one press of the button. The finger is kept away until then: otherwise the page needs no press at all. */
  async signsInWithKey(come) {
    await this.key.finger(false);
    await come();
    await this.isOffered('sign-in-passkey');
    await this.key.finger(true);
    await this.presses('sign-in-passkey');
  }

  /** Says yes, and by default also for next time. */
  async agrees({ remember = true } = {}) {
    await this.isOffered('agree');
    await this.browser.execute(
      `const box = document.querySelector('main input[name=remember]');
       if (box && box.checked !== arguments[0]) box.click();`,
      remember,
    );
    await this.presses('agree');
  }

  async declines() {
    await this.presses('decline');
  }

  /** The one way on from a page that only tells something. */
  async continues() {
    await this.browser.clicks('main [data-action="continue"], main form .kern-btn--primary');
  }

  /** From the service's front page to Torhaus' question. */
  async asksFor(service) {
    await this.opens(`${this.town.service(service)}/`);
    await this.presses('sign-in');
  }

  /** An invitation to the staff, taken with a name and a key. */
  async takesInvitation(address, name) {
    await this.opens(address);
    await this.isOffered('create-passkey');
    await this.browser.types('input[name=staff_name]', name);
    await this.presses('create-passkey');
  }

  /** The address to pass on, on the page of who invites. */
  async invitation() {
    await this.reads('Geben Sie diese Adresse weiter');
    return /http:\/\/\S+\/invites\/\S+/.exec(await this.browser.text())[0];
  }

  /** Makes an organisation and invites its first owner; gives the address to pass on. */
  async invitesOwnerOf(organisation) {
    await this.opens('/operator/organisations');
    await this.browser.types('input[name=name]', organisation);
    await this.presses('add-organisation');
    await this.isOffered('invite-owner');
    await this.presses('invite-owner');
    return this.invitation();
  }

  /** The secret of a service, on the page that shows it once. */
  clientSecret() {
    return this.browser.execute(
      `return [...document.querySelectorAll('.kern-description-list-item')]
         .find((item) => item.innerText.includes('client_secret')).querySelector('.th-addr').textContent;`,
    );
  }

  /** The whole way of somebody new, from the service and back to it. */
  async enrolsAt(service, { as = 'erika', device = 'Handy' } = {}) {
    await this.asksFor(service);
    await this.isNew();
    await this.identifiesAs(as);
    await this.makesKey(device);
    await this.isAt(/\/done/);
    await this.continues();
    await this.isOffered('agree');
    await this.agrees();
    return this.isIn(service);
  }

  /** Waits until the service lets in; gives what it was told. */
  async isIn(service) {
    const home = this.town.service(service);
    await this.isAt(`${home}/me`);
    const before = await this.browser.url();
    await this.opens(`${home}/me.json`);
    const told = JSON.parse(await this.browser.text());
    await this.opens(before);
    return told;
  }

  /** Logs out of the service, and by it of Torhaus, where that asks once more. */
  async signsOutOf(service) {
    await this.opens(`${this.town.service(service)}/me`);
    await this.presses('sign-out');
    await until(`to be signed out, now at ${await this.browser.where()}`, async () => {
      if ((await this.browser.url()).startsWith(this.town.service(service))) return !(await this.can('sign-out'));
      if (await this.can('sign-out')) await this.presses('sign-out');
      return false;
    });
  }

  /** The pages did not complain: no script threw, nothing was blocked by the content security policy. */
  async heardNoComplaint() {
    assert.deepEqual(await this.browser.complaints(), []);
  }

  /** Keeps pictures of this page for a reviewer, phone and desktop, and checks that everybody can use it. */
  async looks(name) {
    const bad = [];
    for (const [device, size] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
      await this.browser.size(...size);
      leave(`screenshots/${name}-${device}.png`, await this.browser.picture());
      bad.push(...(await violations(this.browser)).map((v) => `${device}: ${v}`));
      const wide = await overflow(this.browser);
      if (wide > 0) bad.push(`${device}: ${wide} px wider than the window`);
    }
    await this.browser.size(...PHONE);
    assert.deepEqual(bad, [], `${name} at ${await this.browser.where()}`);
  }
}
