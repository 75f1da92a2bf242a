// npm `oauth4webapi` as a relying party: the low-level way, every answer judged by the library on its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import { KINDS, SCOPE, Stage } from './authorization.mjs';

const PLAIN_HTTP = { [oauth.allowInsecureRequests]: true };
const AUTH = {
  client_secret_basic: (secret) => oauth.ClientSecretBasic(secret),
  client_secret_post: (secret) => oauth.ClientSecretPost(secret),
  none: () => oauth.None(),
};
let stage;

before(async () => {
  stage = await Stage.opens('oauth4webapi');
});

after(async () => {
  await stage?.closes();
});

for (const algorithm of ['oidc', 'oauth2']) {
  test(`the metadata stand the check as ${algorithm}`, async () => {
    const { issuer } = await stage.registers(`metadata ${algorithm}`);
    const server = await discovers(issuer, algorithm);
    assert.equal(server.issuer, issuer);
    assert.ok(server.response_types_supported.includes('code'));
    assert.ok(server.id_token_signing_alg_values_supported?.includes('RS256') ?? algorithm === 'oauth2');
    assert.equal(server.request_uri_parameter_supported ?? false, false);
  });
}

async function discovers(issuer, algorithm = 'oidc') {
  const url = new URL(issuer);
  const response = await oauth.discoveryRequest(url, { algorithm, ...PLAIN_HTTP });
  return oauth.processDiscoveryResponse(url, response);
}

for (const kind of KINDS) {
  test(`the whole way: ${kind.name}`, async () => {
    const registered = await stage.registers(`oauth4webapi ${kind.name}`, ...kind.add);
    const server = await discovers(registered.issuer);
    const client = { client_id: registered.client_id, id_token_signed_response_alg: kind.alg, require_auth_time: true };
    const proof = AUTH[kind.auth](registered.client_secret);

    const verifier = oauth.generateRandomCodeVerifier();
    const state = oauth.generateRandomState();
    const nonce = oauth.generateRandomNonce();
    const address = new URL(server.authorization_endpoint);
    address.search = new URLSearchParams({
      client_id: client.client_id,
      redirect_uri: stage.callback,
      response_type: 'code',
      scope: SCOPE,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      max_age: '3600',
    });
    const back = oauth.validateAuthResponse(server, client, await stage.authorizes(address), state);

    const grant = (code) => oauth.authorizationCodeGrantRequest(server, client, proof, code, stage.callback, verifier, PLAIN_HTTP);
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, await grant(back), {
      expectedNonce: nonce,
      maxAge: 3600,
      requireIdToken: true,
    });
    const { sub } = oauth.getValidatedIdTokenClaims(tokens);

    const asked = await oauth.userInfoRequest(server, client, tokens.access_token, PLAIN_HTTP);
    assert.equal((await oauth.processUserInfoResponse(server, client, sub, asked)).name, 'Erika Mustermann');

    const refreshed = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, proof, tokens.refresh_token, PLAIN_HTTP),
    );
    assert.notEqual(refreshed.access_token, tokens.access_token);

    const revoked = await oauth.revocationRequest(server, client, proof, refreshed.refresh_token, PLAIN_HTTP);
    await oauth.processRevocationResponse(revoked);
    const dead = await oauth.refreshTokenGrantRequest(server, client, proof, refreshed.refresh_token, PLAIN_HTTP);
    await assert.rejects(oauth.processRefreshTokenResponse(server, client, dead), { error: 'invalid_grant' });
  });
}

test('a changed verifier is refused', async () => {
  const registered = await stage.registers('oauth4webapi verifier');
  const server = await discovers(registered.issuer);
  const client = { client_id: registered.client_id };
  const state = oauth.generateRandomState();
  const address = new URL(server.authorization_endpoint);
  address.search = new URLSearchParams({
    client_id: client.client_id,
    redirect_uri: stage.callback,
    response_type: 'code',
    scope: SCOPE,
    code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()),
    code_challenge_method: 'S256',
    state,
  });
  const back = oauth.validateAuthResponse(server, client, await stage.authorizes(address), state);
  const response = await oauth.authorizationCodeGrantRequest(
    server, client, oauth.ClientSecretBasic(registered.client_secret), back, stage.callback,
    oauth.generateRandomCodeVerifier(), PLAIN_HTTP,
  );
  await assert.rejects(oauth.processAuthorizationCodeResponse(server, client, response), { error: 'invalid_grant' });
});
