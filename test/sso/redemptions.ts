import { createHash, randomBytes } from 'node:crypto';
import { systemOf } from '../../src/database/authority.js';
import { AuthorizationCodes } from '../../src/sso/authorization-codes.js';
import type { TestApp } from '../harness/app.js';
import { LinkingWorld } from '../harness/linking-world.js';
import { uniqueEmail } from '../harness/shop.js';
import { sha256 } from '../../src/crypto/digest.js';

/** What a storefront sends for its token. */
export interface Redemption {
  readonly oauth_authorization_code: string;
  readonly oauth_redirect_uri: string;
  readonly oauth_code_verifier: string;
}

/** A person who has signed in, and as many codes for that person as a test wants. */
export class CodeDesk {
  private constructor(
    readonly world: LinkingWorld,
    readonly identityId: string,
    readonly customerId: string,
    readonly implicit: Readonly<Record<string, string>>,
  ) {}

  static async open(app: TestApp): Promise<CodeDesk> {
    const world = await LinkingWorld.open(app, { policy: 'allowed', unproven: 'refuse', trust: 'claim' });
    const email = uniqueEmail();
    const { id } = await world.door.customerOf(await world.door.enter({ sub: email, email, email_verified: true }));
    const { storeId } = world.shop;
    const identity = await app.database.prisma.identity.findFirstOrThrow({ where: { storeId, customerId: id } });
    return new CodeDesk(world, identity.id, id, await world.shop.implicit());
  }

  get app(): TestApp {
    return this.world.shop.app;
  }

  get storeId(): string {
    return this.world.shop.storeId;
  }

  close(): Promise<void> {
    return this.world.close();
  }

  /** A code as the end of a sign-in makes it, and what is to be sent for it. */
  async newCode(verifier: string = randomBytes(32).toString('base64url'), challenge?: string): Promise<Redemption> {
    const redirectUri = this.world.door.signIn.redirectUri;
    const codeChallenge = challenge ?? createHash('sha256').update(verifier).digest('base64url');
    const code = await this.issue({ redirectUri, codeChallenge });
    return { oauth_authorization_code: code, oauth_redirect_uri: redirectUri, oauth_code_verifier: verifier };
  }

  /** A code for the person of this desk, or for whom a provider vouched instead. */
  async issue(bound: { redirectUri: string; codeChallenge: string }, vouched: object = {}): Promise<string> {
    const { storeId, identityId: id } = this;
    const identity = await this.app.database.prisma.identity.findUniqueOrThrow({
      where: { storeId_id: { storeId, id } },
    });
    const { realmId, profileId, customerId } = identity;
    const whose = { storeId, realmId, profileId, customerId, identity: { ...identity, ...vouched } };
    return this.app.nest.get(AuthorizationCodes).issue(systemOf(storeId), { ...whose, ...bound });
  }

  async redeem(members: object, { at = this.app, headers = this.implicit } = {}) {
    return at.http.post('/v2/customers/tokens').set(headers).send(redemptionBody(members));
  }

  /** What the code's row says; null if there is none. */
  async stored({ oauth_authorization_code }: Redemption) {
    const codeHash = new Uint8Array(sha256(oauth_authorization_code));
    return this.app.database.prisma.authorizationCode.findUnique({
      where: { storeId_codeHash: { storeId: this.storeId, codeHash } },
    });
  }

  /** The database's clock cannot be moved: what it wrote is. @param seconds negative: the use is yet to come */
  async timePassedSinceUse({ oauth_authorization_code }: Redemption, seconds: number): Promise<void> {
    const { rowCount } = await this.app.database.pool.query(
      `UPDATE authorization_codes SET used_at = used_at - make_interval(secs => $3)
       WHERE store_id = $1 AND code_hash = $2 AND used_at IS NOT NULL`,
      [this.storeId, sha256(oauth_authorization_code), seconds],
    );
    if (rowCount !== 1) throw new Error('the code was not used');
  }

  /** Tokens of this person that nobody has revoked. */
  async liveTokens(): Promise<string[]> {
    const rows = await this.app.database.prisma.customerToken.findMany({
      where: { storeId: this.storeId, customerId: this.customerId, revokedAt: null },
      select: { id: true },
    });
    return rows.map(({ id }) => id).toSorted();
  }

  /** Reason and events in the log line of an answer. */
  async logged(answer: { headers: Record<string, unknown> }, at: TestApp = this.app) {
    const { reason, events } = await at.log.ofRequest(String(answer.headers['x-request-id']));
    return { reason, events };
  }
}

export function redemptionBody(members: object): object {
  return { data: { type: 'token', authentication_mechanism: 'oidc', ...members } };
}

export interface TokenAnswer {
  readonly id: string;
  readonly customer_id: string;
  readonly token: string;
  readonly expires: number;
}

export function tokenOf(answer: { status: number; body: unknown }): TokenAnswer {
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return (answer.body as { data: TokenAnswer }).data;
}
