import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { testAuth } from '../api/tokens.ts';

/** An identity provider that serves its public keys over HTTP, and can change them or fail. */
export async function startIdentityProvider() {
  let published: JWK[] = [];
  let isUp = true;
  let fetched = 0;
  const server = createServer((_request, response) => {
    fetched += 1;
    if (!isUp) return response.writeHead(500).end();
    return response
      .setHeader('Content-Type', 'application/json')
      .end(JSON.stringify({ keys: published }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`),
    fetched: () => fetched,
    down() {
      isUp = false;
    },
    up() {
      isUp = true;
    },
    /** Makes a key, published at once unless told, and answers how to sign with it. */
    async addKey(alg: 'RS256' | 'ES256' | 'PS256', kid: string, options = { publish: true }) {
      const { publicKey, privateKey } = await generateKeyPair(alg);
      const jwk = { ...(await exportJWK(publicKey)), alg, kid, use: 'sig' };
      if (options.publish) published.push(jwk);
      return {
        jwk,
        publish: () => published.push(jwk),
        sign: (header: Record<string, unknown> = {}, claims: Record<string, unknown> = {}) =>
          sign(privateKey, { alg, kid, typ: 'at+jwt', ...header }, claims),
      };
    },
    drop(kid: string) {
      published = published.filter((jwk) => jwk.kid !== kid);
    },
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

export async function sign(
  key: CryptoKey | Uint8Array,
  header: { alg: string } & Record<string, unknown>,
  claims: Record<string, unknown> = {},
): Promise<string> {
  return new SignJWT({ sub: 'ana', ...claims })
    .setProtectedHeader(header)
    .setIssuer(testAuth.JWT_ISSUER)
    .setAudience(testAuth.JWT_AUDIENCE)
    .setExpirationTime('10m')
    .sign(key);
}
