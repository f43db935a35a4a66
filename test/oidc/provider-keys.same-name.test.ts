import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProviderClient } from '../../src/oidc/oidc-client.js';
import { signedBy } from '../harness/forged-tokens.js';
import { type Deviation, json, type NamedKey } from '../harness/identity-provider/deviation.js';
import { HostileProvider } from '../harness/identity-provider/hostile.js';
import { signedUserinfo } from '../harness/identity-provider/signed-userinfo.js';
import { ellipticKey, renamed, rsaKey } from '../harness/identity-provider/signing-keys.js';
import { outcomeOf, RelyingParty } from './relying-party.js';

const FORCED_EVERY_SECONDS = 10;
const NAME = 'key-1';

/** A key other than the provider's first one, by the name of that one. */
const another = (id: string): NamedKey => renamed(ellipticKey(id), NAME);
const signsBy = ({ alg, privateKey }: NamedKey): Deviation => ({
  idToken: (draft) => ({ ...draft, header: { alg, kid: NAME }, signer: signedBy(privateKey) }),
});
const publishes = (...keys: readonly unknown[]): Deviation => ({ jwks: json({ keys }) });
const changedTo = (key: NamedKey): Deviation => ({ ...signsBy(key), ...publishes(key.publicJwk) });

describe('a key that was changed and kept its name', () => {
  let party: RelyingParty;
  let provider: HostileProvider;
  let client: ProviderClient;

  beforeAll(() => {
    party = new RelyingParty();
  });
  beforeEach(async () => {
    const metadata = { id_token_signing_alg_values_supported: ['ES256', 'RS256'] };
    provider = await HostileProvider.start(party.clock, { alg: 'ES256', metadata });
    provider.person = { sub: 'ada' };
    client = party.clientOf(provider);
    expect(await party.outcome(client)).toBe('ada');
    expect(provider.calls.jwks).toBe(1);
    party.clock.advanceSeconds(1);
  });
  afterEach(async () => {
    party.clock.goOn();
    await provider.stop();
  });
  afterAll(() => party.stop());

  it.each([0, 5, 30, 61])('lets the next sign-in in at once, %d s later, and is asked for once', async (seconds) => {
    party.clock.advanceSeconds(seconds);
    provider.lie = changedTo(another('key-2'));

    expect(await party.outcome(client)).toBe('ada');
    expect(await party.outcome(client)).toBe('ada');
    expect(provider.calls.jwks).toBe(2);
  });

  it.each([
    ['one of another kind', changedTo(renamed(rsaKey('key-2'), NAME))],
    ['one for another algorithm', publishes({ ...ellipticKey(NAME).publicJwk, alg: undefined })],
  ])('may be %s', async (_, deviation) => {
    provider.lie = deviation;
    expect(await party.outcome(client)).toBe('ada');
  });

  it.each([
    ['that could not be used', [{ kty: 'EC', crv: 'P-256', kid: NAME, x: 'AA', y: 'AA' }], 'id_token_key_unusable'],
    ['of two by that name', [another('key-2').publicJwk, another('key-3').publicJwk], 'id_token_key_ambiguous'],
    ['for encryption', [{ ...another('key-2').publicJwk, use: 'enc' }], 'id_token_key_unknown'],
  ])('may have been one %s', async (_, before, reason) => {
    const fresh = party.clientOf(provider);
    const key = another('key-2');
    provider.lie = { ...signsBy(key), ...publishes(...before) };
    expect(await party.outcome(fresh)).toBe(reason);

    party.clock.advanceSeconds(1);
    provider.lie = changedTo(key);

    expect(await party.outcome(fresh)).toBe('ada');
  });

  it('is refused from then on: what the former key signed, too', async () => {
    provider.lie = changedTo(another('key-2'));
    expect(await party.outcome(client)).toBe('ada');
    provider.lie = { ...signsBy(provider.key), ...publishes(another('key-2').publicJwk) };
    expect(await party.outcome(client)).toBe('id_token_signature_invalid');
  });

  it('is asked for once for 30 sign-ins at once', async () => {
    provider.lie = changedTo(another('key-2'));
    const outcomes = await Promise.all(Array.from({ length: 30 }, () => party.outcome(client)));
    expect(outcomes).toEqual(outcomes.map(() => 'ada'));
    expect(provider.calls.jwks).toBe(2);
  });

  it('is asked for once in ten seconds by 1,000 tokens that a stranger signed, none of which is let in', async () => {
    const startedAt = party.clock.nowSeconds() + 60;
    party.clock.stopAt(startedAt - 1);
    const fresh = party.clientOf(provider);
    expect(await party.outcome(fresh)).toBe('ada');
    const fetchedAt: number[] = [];
    provider.lie = {
      ...signsBy(another('stranger')),
      jwks: (honest) => {
        fetchedAt.push(party.clock.now().getTime() / 1_000 - startedAt);
        return honest;
      },
    };
    const outcomes = new Map<unknown, number>();
    for (let second = 0; second < 100; second += 1) {
      party.clock.stopAt(startedAt + second);
      for (const outcome of await Promise.all(Array.from({ length: 10 }, () => party.outcome(fresh)))) {
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      }
    }

    expect(outcomes).toEqual(new Map([['id_token_signature_invalid', 1_000]]));
    expect(fetchedAt).toEqual(
      Array.from({ length: 100 / FORCED_EVERY_SECONDS }, (_, index) => index * FORCED_EVERY_SECONDS),
    );
    provider.lie = {};
    expect(await party.outcome(fresh)).toBe('ada');
  });

  it('shares that limit with keys of unknown names', async () => {
    party.clock.stopAt(party.clock.nowSeconds() + 60);
    const fresh = party.clientOf(provider);
    expect(await party.outcome(fresh)).toBe('ada');
    const { jwks } = provider.calls;

    party.clock.stopAt(party.clock.nowSeconds() + 1);
    provider.lie = { idToken: (draft) => ({ ...draft, header: { ...draft.header, kid: 'unknown' } }) };
    expect(await party.outcome(fresh)).toBe('id_token_key_unknown');
    party.clock.stopAt(party.clock.nowSeconds() + 1);
    provider.lie = changedTo(another('key-2'));
    expect(await party.outcome(fresh)).toBe('id_token_signature_invalid');
    expect(provider.calls.jwks).toBe(jwks + 1);

    party.clock.stopAt(party.clock.nowSeconds() + FORCED_EVERY_SECONDS);
    expect(await party.outcome(fresh)).toBe('ada');
    expect(provider.calls.jwks).toBe(jwks + 2);
  });

  it('cannot be had while the key set is down, and the former one goes on to be used for what it signed', async () => {
    provider.lie = { ...changedTo(another('key-2')), jwks: json({}, 503) };
    expect(await party.outcome(client)).toBe('provider_status');
    provider.lie = { jwks: json({}, 503) };
    expect(await party.outcome(client)).toBe('ada');
  });

  it('is not asked for again when the keys are newer than the token that they do not verify', async () => {
    const fresh = party.clientOf(provider);
    provider.lie = signsBy(another('stranger'));
    const { jwks } = provider.calls;
    expect(await party.outcome(fresh)).toBe('id_token_signature_invalid');
    expect(provider.calls.jwks).toBe(jwks + 1);
  });

  it('is found for signed userinfo, too', async () => {
    const key = another('key-2');
    const email = 'ada@example.test';
    provider.person = { sub: 'ada', email };
    provider.lie = {
      ...changedTo(key),
      userinfo: signedUserinfo((draft) => ({ ...draft, signer: signedBy(key.privateKey) })),
    };
    const signedIn = party.signIn(client, () => true);
    expect(await outcomeOf(signedIn.then(({ claims }) => claims['email']))).toBe(email);
    expect(provider.calls.jwks).toBe(2);
  });
});
