import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedApp, type TestApp } from '../harness/app.js';
import { expectError } from '../harness/error-answers.js';
import { accountExists, LinkingWorld } from '../harness/linking-world.js';
import { uniqueEmail } from '../harness/shop.js';

let app: TestApp;

beforeAll(async () => {
  app = await sharedApp();
});

/** Makes the local part of an email one of its own. */
function uniqueTail(): string {
  return uniqueEmail().replace(/^ann\.|@.*$/g, '');
}

function put(world: LinkingWorld, id: string, data: object) {
  return app.http.put(`/v2/customers/${id}`).set(world.service).send({ data });
}

async function create(world: LinkingWorld, data: object) {
  return app.http
    .post('/v2/customers')
    .set(await world.shop.implicit())
    .send({ data: { type: 'customer', name: 'Somebody Else', ...data } });
}

describe('a sign-in where one email may belong to several customers', () => {
  let world: LinkingWorld;

  beforeAll(async () => {
    world = await LinkingWorld.open(app, { policy: 'allowed', unproven: 'refuse', trust: 'claim' });
  });
  afterAll(() => world.close());

  const proven = (sub: string, email: string) => ({ sub, email, email_verified: true });

  it('finds the customer again by issuer and subject, and overwrites neither name nor email, though both are new', async () => {
    const [email, newEmail] = [uniqueEmail(), uniqueEmail()];
    const first = await world.door.customerOf(await world.door.enter({ ...proven(email, email), name: 'Ann Before' }));
    const before = await world.holdersOf(email);

    const result = await world.door.enter({ ...proven(email, newEmail), name: 'Ann After' });
    const second = await world.door.customerOf(result);

    expect(second.id).toBe(first.id);
    expect(await app.log.ofRequest(result.requestId)).toMatchObject({ events: ['sign_in_succeeded'] });
    expect(await world.holdersOf(newEmail)).toEqual([]);
    const [after] = await world.holdersOf(email);
    expect(after).toEqual({ ...before[0], live_tokens: [expect.any(String), expect.any(String)] });
    expect(after?.customer).toMatchObject({ name: 'Ann Before', email, email_verified: true });
  });

  it('proves the stored email once the provider vouches for that one, and never by its word for another', async () => {
    const email = uniqueEmail();
    const enter = (claims: { email: string; email_verified: boolean }) => world.door.enter({ sub: email, ...claims });
    const isProven = async () => (await world.holdersOf(email))[0]?.customer['email_verified'];
    await enter({ email, email_verified: false });
    expect(await isProven()).toBe(false);

    await enter({ email: uniqueEmail(), email_verified: true });
    expect(await isProven()).toBe(false);
    await enter({ email, email_verified: true });
    expect(await isProven()).toBe(true);
    await enter({ email, email_verified: false });
    expect(await isProven()).toBe(true);
  });

  it('makes two customers with an identity each for one subject at two issuers, also when both vouch for one email', async () => {
    const [email, sub] = [uniqueEmail(), uniqueEmail()];

    const here = await world.door.customerOf(await world.door.enter(proven(sub, email)));
    const there = await world.otherDoor.customerOf(await world.otherDoor.enter(proven(sub, email)));

    const holders = await world.holdersOf(email);
    expect(holders.map(({ customer, identities }) => [customer.id, identities])).toEqual([
      [here.id, [world.door.heldIdentity(sub, email)]],
      [there.id, [world.otherDoor.heldIdentity(sub, email)]],
    ]);
    expect(here.id).not.toBe(there.id);
  });

  it('tells subjects apart byte by byte', async () => {
    const email = uniqueEmail();
    const subjects = [email, email.toUpperCase(), `${email} `, ` ${email}`];
    const ids = new Set<string>();
    for (const sub of subjects) ids.add((await world.door.customerOf(await world.door.enter(proven(sub, email)))).id);
    expect(ids.size).toBe(subjects.length);
  });

  it('makes a new customer with nothing of the old one, when that was deleted', async () => {
    const email = uniqueEmail();
    const first = await world.door.customerOf(await world.door.enter(proven(email, email)));
    await world.furnish(first.id);
    await app.http.delete(`/v2/customers/${first.id}`).set(world.service).expect(204);

    const second = await world.door.customerOf(await world.door.enter(proven(email, email)));

    expect(second.id).not.toBe(first.id);
    expect(await world.holdersOf(email)).toEqual([
      {
        customer: expect.objectContaining({ id: second.id, authentication_mechanism: 'oidc' }),
        identities: [world.door.heldIdentity(email, email)],
        live_tokens: [expect.any(String)],
        addresses: [],
        orders: [],
      },
    ]);
  });

  it('makes a customer who owns the email for logins by password only once one is set, and then no other may take it', async () => {
    const email = uniqueEmail();
    const { id } = await world.door.customerOf(await world.door.enter(proven(email, email)));
    const owns = async () => (await world.holdersOf(email))[0]?.customer['login_email'];
    expect(await owns()).toBe(null);

    expect((await put(world, id, { password: 'a password at last' })).status).toBe(200);

    expect(await owns()).toBe(email);
    await world.shop.login({ email, password: 'a password at last' });
    expectError(await create(world, { email, password: 'a password of another' }), 'email_taken');
  });

  it('makes a customer who cannot get a password while another one owns the email: 409, and nothing changes', async () => {
    const email = uniqueEmail();
    const { id } = await world.door.customerOf(await world.door.enter(proven(email, email)));
    expect((await create(world, { email, password: 'a password of another' })).status).toBe(201);
    const before = await world.holdersOf(email);
    expect(before.map(({ customer }) => customer['login_email'])).toEqual([null, email]);

    expectError(await put(world, id, { password: 'a password at last' }), 'email_taken');

    expect(await world.holdersOf(email)).toEqual(before);
  });
});

describe('a sign-in where an email belongs to one customer', () => {
  let world: LinkingWorld;

  beforeAll(async () => {
    world = await LinkingWorld.open(app, { policy: 'api_only', unproven: 'refuse', trust: 'claim' });
  });
  afterAll(() => world.close());

  it('makes a customer who owns the email at once: 409 for whoever registers it', async () => {
    const email = uniqueEmail();
    await world.door.enter({ sub: email, email, email_verified: true });
    const before = await world.holdersOf(email);

    expectError(await create(world, { email, password: 'a password of another' }), 'email_taken');
    expectError(await create(world, { email: email.toUpperCase() }), 'email_taken');

    expect(await world.holdersOf(email)).toEqual(before);
  });

  it('through a second provider adds an identity to the customer whose email both vouch for', async () => {
    const email = uniqueEmail();
    const claims = { email, email_verified: true };
    const first = await world.door.customerOf(await world.door.enter({ sub: 'first', ...claims }));
    const second = await world.otherDoor.customerOf(await world.otherDoor.enter({ sub: 'second', ...claims }));

    expect(second.id).toBe(first.id);
    const [holding, another] = await world.holdersOf(email);
    expect(another).toBe(undefined);
    expect(holding?.identities).toEqual([
      world.door.heldIdentity('first', email),
      world.otherDoor.heldIdentity('second', email),
    ]);
  });

  it.each([
    ['in capitals', 'ann', 'ANN', '@EXAMPLE.TEST'],
    ['with blanks around', 'ann', '  ann', '@example.test\t'],
    ['with a domain in full-width letters', 'ann', 'ann', '@ｅｘａｍｐｌｅ.test'],
    ['with an ideographic full stop', 'ann', 'ann', '@example。test'],
    ['with composed letters, and is stored with decomposed ones', 'zoe\u0308', 'zo\u00eb', '@example.test'],
    ['in plain letters, and is stored with a ligature', 'o\ufb03ce', 'office', '@example.test'],
  ])('takes an email that the provider writes %s for the same one', async (_, stored, said, domain) => {
    const tail = uniqueTail();
    const customer = await world.shop.customer({ email: `${stored}${tail}@example.test`, email_verified: true });

    const claims = { sub: `spelt ${tail}`, email: `${said}${tail}${domain}`, email_verified: true };
    const result = await world.door.enter(claims);

    expect((await world.door.customerOf(result)).id).toBe(customer.id);
  });

  it.each([
    ['a ligature', 'o\ufb03ce', '@'],
    ['full-width letters', '\uff4f\uff46\uff46\uff49\uff43\uff45', '@'],
    ['a full-width at sign', 'office', '\uff20'],
  ])('takes no proof of an email with %s for one of the email that it stands for, and refuses', async (...spelling) => {
    const [, local, at] = spelling;
    const tail = uniqueTail();
    await world.shop.customer({ email: `office${tail}@example.test`, email_verified: true });
    const before = await world.holdersOf(`office${tail}@example.test`);

    const email = `${local}${tail}${at}example.test`;
    const result = await world.door.enter({ sub: `spelt ${tail}`, email, email_verified: true });

    expect(result.parameters).toEqual(accountExists(result));
    expect(await app.log.ofRequest(result.requestId)).toMatchObject({ reason: 'email_untrusted' });
    expect(await world.holdersOf(`office${tail}@example.test`)).toEqual(before);
  });

  it('takes letters of two scripts that look alike for two emails, and makes a new customer', async () => {
    const tail = uniqueEmail();
    const customer = await world.shop.customer({ email: `ann${tail}`, email_verified: true });

    const result = await world.door.enter({
      sub: `look-alike ${tail}`,
      email: `\u0430nn${tail}`,
      email_verified: true,
    });

    expect((await world.door.customerOf(result)).id).not.toBe(customer.id);
  });

  it('never reaches a customer of another store who has the email', async () => {
    const email = uniqueEmail();
    const elsewhere = await LinkingWorld.open(app, { policy: 'api_only', unproven: 'reset', trust: 'always' });
    const customer = await elsewhere.shop.customer({ email, email_verified: true });

    const { id } = await world.door.customerOf(await world.door.enter({ sub: email, email, email_verified: true }));

    expect(id).not.toBe(customer.id);
    expect((await elsewhere.holdersOf(email)).map(({ identities }) => identities)).toEqual([[]]);
    await elsewhere.close();
  });

  it('is refused to whoever comes with the email of a customer who has just deleted the own and registered anew, unproven', async () => {
    const email = uniqueEmail();
    const claims = { sub: email, email, email_verified: true };
    const { id } = await world.door.customerOf(await world.door.enter(claims));
    await app.http.delete(`/v2/customers/${id}`).set(world.service).expect(204);
    expect((await create(world, { email, password: 'a password of another' })).status).toBe(201);

    const result = await world.door.enter(claims);

    expect(result.parameters).toEqual(accountExists(result));
  });

  it.each([
    ['a password', true],
    ['an identity that proved another email', false],
  ])(
    'does not prove the email of a customer to whom it was linked by hand, while somebody else can come in by %s',
    async (...holder) => {
      const [, byPassword] = holder;
      const email = uniqueEmail();
      const id = byPassword ? (await world.shop.customer({ email })).id : await customerWhoChangedTo(email);
      const users = `/v2/authentication-realms/${world.realmId}/user-authentication-info`;
      // Whoever came by single sign-on is a user of the realm already.
      if (byPassword)
        await app.http
          .post(users)
          .set(world.service)
          .send({ data: { name: 'Ann', email } })
          .expect(201);
      const data = {
        type: 'user_authentication_oidc_profile_info',
        subject: `linked ${email}`,
        oidc_profile_id: world.door.signIn.profileId,
      };
      const identities = `${users}/${id}/user-authentication-oidc-profile-info`;
      await app.http.post(identities).set(world.service).send({ data }).expect(201);

      const result = await world.door.enter({ sub: `linked ${email}`, email, email_verified: true });

      expect((await world.door.customerOf(result)).id).toBe(id);
      expect((await world.holdersOf(email)).map(({ customer }) => customer['email_verified'])).toEqual([false]);
      // So the next provider's word is not enough for it either.
      const other = await world.otherDoor.enter({ sub: `linked ${email}`, email, email_verified: true });
      expect(other.parameters).toEqual(accountExists(other));
    },
  );

  async function customerWhoChangedTo(email: string): Promise<string> {
    const own = uniqueEmail();
    const { id } = await world.door.customerOf(await world.door.enter({ sub: own, email: own, email_verified: true }));
    await put(world, id, { email }).expect(200);
    return id;
  }
});
