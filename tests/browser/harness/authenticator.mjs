// The key in a person's phone: a virtual authenticator of WebDriver's WebAuthn extension (WebAuthn Level 3 §11).

export class Authenticator {
  /**
   * `synced` is the backup-eligible flag: a key that a cloud account copies.
   * `backedUp` is the backup state, `verified` whether PIN or finger would fit.
   */
  static async plugIn(browser, { synced = true, backedUp = synced, verified = true, transport = 'internal' } = {}) {
    const id = await browser.call('POST', '/webauthn/authenticator', {
      protocol: 'ctap2_1',
      transport,
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: verified,
      isUserConsenting: true,
      defaultBackupEligibility: synced,
      defaultBackupState: backedUp,
    });
    return new Authenticator(browser, id);
  }

  constructor(browser, id) {
    this.browser = browser;
    this.path = `/webauthn/authenticator/${id}`;
    this.id = id;
  }

  credentials() {
    return this.browser.call('GET', `${this.path}/credentials`);
  }

  /** Moves a key here: what a cloud account does between phones, and a thief. */
  async receives(credential) {
    await this.browser.call('POST', `${this.path}/credential`, credential);
  }

  async forgets(credentialId) {
    await this.browser.call('DELETE', `${this.path}/credentials/${credentialId}`);
  }

  /** Changes `backupEligibility`, `backupState` or `signCount` of a key. */
  async changes(credentialId, properties) {
    await this.browser.call('POST', `${this.path}/credentials/${credentialId}/props`, properties);
  }

  async verifies(isUserVerified) {
    await this.browser.call('POST', `${this.path}/uv`, { isUserVerified });
  }

  /** Whether a finger is laid on at once when the browser asks; otherwise it waits. */
  async finger(enabled) {
    await this.browser.cdp('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId: this.id, enabled });
  }
}
