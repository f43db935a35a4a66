import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderClient } from '../../src/oidc/oidc-client.js';
import { signedBy } from '../harness/forged-tokens.js';
import { type Deviation, json, type NamedKey } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { ellipticKey } from '../harness/identity-provider/signing-keys.js';
import { RelyingParty } from './relying-party.js';

const LIFETIME_SECONDS = 600;
const FORCED_EVERY_SECONDS = 10;

function signsBy(key: NamedKey): Deviation {
  const signer = signedBy(key.privateKey);
  return { idToken: (draft) => ({ ...draft, header: { alg: key.alg, kid: key.kid }, signer }) };
}

function signsNamelesslyBy(key: NamedKey): Deviation {
  return { idToken: (draft) => ({ ...draft, header: { alg: key.alg }, signer: signedBy(key.privateKey) }) };
}

function publishes(...keys: NamedKey[]): Deviation {
  return { jwks: json({ keys: keys.map(({ publicJwk }) => publicJwk) }) };
}

/** From now on another key, and no other is published. */
function rotatedTo(kid: string): Deviation {
  const key = ellipticKey(kid);
  return { ...signsBy(key), ...publishes(key) };
}

describe('the keys of a provider', () => {
  let party: RelyingParty;
  let provider: HostileProvider;
  let client: ProviderClient;

  beforeAll(() => {
    party = new RelyingParty();
  });
  beforeEach(async () => {
    provider = await HostileProvider.start(party.clock, { alg: 'ES256' });
    provider.person = { sub: 'ada' };
    client = party.clientOf(provider);
    expect(await party.outcome(client)).toBe('ada');
    expect(provider.calls.jwks).toBe(1);
  });
  afterEach(async () => {
    party.clock.goOn();
    await provider.stop();
  });
  afterAll(() => party.stop());

  it.each([0, 5, 30, 61])('that were changed %d s after a sign-in let the next one in at once', async (seconds) => {
    party.clock.advanceSeconds(seconds);
    provider.lie = rotatedTo('key-2');

    expect(await party.outcome(client)).toBe('ada');
    expect(await party.outcome(client)).toBe('ada');
    expect(provider.calls.jwks).toBe(2);
  });

  it('are kept for ten minutes and no longer: a key that the provider has withdrawn is refused from then on', async () => {
    party.clock.stopAt(party.clock.nowSeconds() + 60);
    const fresh = party.clientOf(provider);
    expect(await party.outcome(fresh)).toBe('ada');
    const fetchedAt = party.clock.nowSeconds();
    provider.lie = publishes(ellipticKey('key-2'));

    party.clock.stopAt(fetchedAt + LIFETIME_SECONDS - 1);
    expect(await party.outcome(fresh)).toBe('ada');
    party.clock.stopAt(fetchedAt + LIFETIME_SECONDS);
    expect(await party.outcome(fresh)).toBe('id_token_key_unknown');
  });

  it('forget a withdrawn key as soon as they are fetched for any reason', async () => {
    provider.lie = rotatedTo('key-2');
    expect(await party.outcome(client)).toBe('ada');
    provider.lie = { ...signsBy(provider.key), ...publishes(ellipticKey('key-2')) };
    expect(await party.outcome(client)).toBe('id_token_key_unknown');
  });

  it('are used while their endpoint is down, for ten minutes, and anew as soon as it is back', async () => {
    party.clock.stopAt(party.clock.nowSeconds() + 60);
    const fresh = party.clientOf(provider);
    expect(await party.outcome(fresh)).toBe('ada');
    const fetchedAt = party.clock.nowSeconds();
    provider.lie = { jwks: json({}, 503) };
    const { jwks } = provider.calls;
    for (const seconds of [1, 60, 300, LIFETIME_SECONDS - 1]) {
      party.clock.stopAt(fetchedAt + seconds);
      expect([seconds, await party.outcome(fresh)]).toEqual([seconds, 'ada']);
    }
    expect(provider.calls.jwks).toBe(jwks);

    party.clock.stopAt(fetchedAt + LIFETIME_SECONDS);
    expect(await party.outcome(fresh)).toBe('provider_status');
    provider.lie = {};
    expect(await party.outcome(fresh)).toBe('ada');
  });

  it('are used while their endpoint is down for tokens that name no key, too', async () => {
    provider.lie = { ...signsNamelesslyBy(provider.key), jwks: json({}, 503) };
    for (const seconds of [1, 15, 15]) {
      party.clock.advanceSeconds(seconds);
      expect(await party.outcome(client)).toBe('ada');
    }
  });

  it('go on to be used for known keys when a token with an unknown one made a fetch fail', async () => {
    provider.lie = { ...rotatedTo('key-2'), jwks: json({}, 503) };
    expect(await party.outcome(client)).toBe('provider_status');
    provider.lie = { jwks: json({}, 503) };
    expect(await party.outcome(client)).toBe('ada');
  });

  it('are found anew for a token that names no key, when the only key was changed', async () => {
    const key = ellipticKey('key-2');
    party.clock.advanceSeconds(5);
    provider.lie = { ...signsNamelesslyBy(key), ...publishes(key) };
    expect(await party.outcome(client)).toBe('ada');
    expect(provider.calls.jwks).toBe(2);
  });

  it('are asked for once in ten seconds by 1,000 tokens that name unknown keys, none of which is let in', async () => {
    const startedAt = party.clock.nowSeconds() + 60;
    const fetchedAt: number[] = [];
    provider.lie = {
      idToken: (draft) => ({ ...draft, header: { ...draft.header, kid: randomUUID() } }),
      jwks: (honest) => {
        fetchedAt.push(party.clock.now().getTime() / 1_000 - startedAt);
        return honest;
      },
    };
    const outcomes = new Map<unknown, number>();
    // Ten at a time, each ten a second later.
    for (let second = 0; second < 100; second += 1) {
      party.clock.stopAt(startedAt + second);
      for (const outcome of await Promise.all(Array.from({ length: 10 }, () => party.outcome(client)))) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }

    expect(outcomes).toEqual(new Map([['id_token_key_unknown', 1_000]]));
    expect(fetchedAt).toEqual(Array.from({ length: 100 / FORCED_EVERY_SECONDS }, (_, index) => index * 10));

    provider.lie = {};
    expect(await party.outcome(client)).toBe('ada');
  });

  it('are asked for again after a clock was set back', async () => {
    party.clock.stopAt(party.clock.nowSeconds() + 60);
    provider.lie = rotatedTo('key-2');
    expect(await party.outcome(client)).toBe('ada');
    party.clock.stopAt(party.clock.nowSeconds() - 3_600);
    provider.lie = rotatedTo('key-3');
    expect(await party.outcome(client)).toBe('ada');
  });

  it('are fetched once for 30 first sign-ins at once, and so is the discovery document', async () => {
    const before = { ...provider.calls };
    const fresh = party.clientOf(provider);
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => party.outcome(fresh)));
    expect(outcomes).toEqual(outcomes.map(() => 'ada'));
    const { discovery, jwks, token } = provider.calls;
    expect({ discovery, jwks, token }).toEqual({
      discovery: before.discovery + 1,
      jwks: before.jwks + 1,
      token: before.token + 30,
    });
  });

  it('are fetched once more for 30 sign-ins at once after a change', async () => {
    party.clock.advanceSeconds(5);
    provider.lie = rotatedTo('key-2');
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => party.outcome(client)));
    expect(outcomes).toEqual(outcomes.map(() => 'ada'));
    expect(provider.calls.jwks).toBe(2);
  });
});
