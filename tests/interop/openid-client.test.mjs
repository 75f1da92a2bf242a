// npm `openid-client` as a relying party, as its users write it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as client from 'openid-client';
import { KINDS, SCOPE, Stage } from './authorization.mjs';

const AUTH = {
  client_secret_basic: (secret) => client.ClientSecretBasic(secret),
  client_secret_post: (secret) => client.ClientSecretPost(secret),
  none: () => client.None(),
};
let stage;

before(async () => {
  stage = await Stage.opens('openid-client');
});

after(async () => {
  await stage?.closes();
});

/** Discovery with all checks on; only plain HTTP is let pass, which the demo town speaks. */
async function discovers({ issuer, client_id, client_secret }, { auth, alg }) {
  const metadata = { id_token_signed_response_alg: alg, require_auth_time: true, default_max_age: 86_400 };
  const config = await client.discovery(new URL(issuer), client_id, metadata, AUTH[auth](client_secret), {
    execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
  });
  return config;
}

async function logsIn(config, extra = {}, how = {}) {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const expectedState = client.randomState();
  const expectedNonce = client.randomNonce();
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: stage.callback,
    scope: SCOPE,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    max_age: '86400',
    ...extra,
  });
  const back = await stage.authorizes(address, how);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce, maxAge: 86_400, idTokenExpected: true };
  return { back, checks, tokens: await client.authorizationCodeGrant(config, back, checks) };
}

for (const kind of KINDS) {
  test(`the whole way: ${kind.name}`, async (t) => {
    const config = await discovers(await stage.registers(`openid-client ${kind.name}`, ...kind.add), kind);
    let session;

    await t.test('the server says what it can', () => {
      const server = config.serverMetadata();
      assert.ok(server.code_challenge_methods_supported.includes('S256'));
      assert.ok(server.supportsPKCE());
      assert.equal(server.authorization_response_iss_parameter_supported, true);
    });

    await t.test('code flow with PKCE', async () => {
      session = await logsIn(config);
      assert.equal(session.back.searchParams.get('iss'), config.serverMetadata().issuer);
      assert.equal(session.tokens.token_type, 'bearer');
      assert.ok(session.tokens.expires_in > 0);
    });

    await t.test('userinfo is about the same person', async () => {
      const { sub } = session.tokens.claims();
      const told = await client.fetchUserInfo(config, session.tokens.access_token, sub);
      assert.equal(told.name, 'Erika Mustermann');
    });

    await t.test('refresh keeps person and time, and turns the token over', async () => {
      const before = session.tokens.claims();
      const fresh = await client.refreshTokenGrant(config, session.tokens.refresh_token);
      assert.notEqual(fresh.refresh_token, session.tokens.refresh_token);
      assert.notEqual(fresh.access_token, session.tokens.access_token);
      assert.equal(fresh.claims()?.sub ?? before.sub, before.sub);
      assert.equal(fresh.claims()?.auth_time ?? before.auth_time, before.auth_time);
      await client.fetchUserInfo(config, fresh.access_token, before.sub);
      session.fresh = fresh;
    });

    await t.test('a refresh token used twice ends its whole family', async () => {
      const invalid = { error: 'invalid_grant' };
      await assert.rejects(client.refreshTokenGrant(config, session.tokens.refresh_token), invalid);
      await assert.rejects(client.refreshTokenGrant(config, session.fresh.refresh_token), invalid);
    });

    await t.test('a code used twice is refused, and what it gave is taken back', async () => {
      const { back, checks, tokens } = await logsIn(config);
      await assert.rejects(client.authorizationCodeGrant(config, back, checks), { error: 'invalid_grant' });
      await assert.rejects(client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub), { status: 401 });
    });

    await t.test('prompt=none answers without a page', async () => {
      const { tokens } = await logsIn(config, { prompt: 'none' });
      assert.equal(tokens.claims().sub, session.tokens.claims().sub);
      assert.equal(tokens.claims().auth_time, session.tokens.claims().auth_time);
    });

    await t.test('prompt=login asks for the key again', async () => {
      const { tokens } = await logsIn(config, { prompt: 'login' }, { fresh: true });
      assert.ok(tokens.claims().auth_time >= session.tokens.claims().auth_time);
      session.tokens = tokens;
    });

    await t.test('logout comes back with its state, and then nobody is there', async () => {
      const state = client.randomState();
      const address = client.buildEndSessionUrl(config, {
        post_logout_redirect_uri: stage.goodbye,
        id_token_hint: session.tokens.id_token,
        state,
      });
      assert.equal((await stage.signsOut(address)).searchParams.get('state'), state);
      await assert.rejects(logsIn(config, { prompt: 'none' }), { error: 'login_required' });
      // The next kind of service finds the person logged in again.
      await logsIn(config, {}, { fresh: true });
    });
  });
}
