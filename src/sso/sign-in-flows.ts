import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sha256 } from '../crypto/digest.js';
import { SecretBox } from '../crypto/secret-box.js';
import { violatedConstraint } from '../database/database-errors.js';
import { type Authority, browserOf, type Origin } from '../database/authority.js';
import { Database } from '../database/database.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import type { SignInSecrets } from '../oidc/oidc-client.js';
import type { StorefrontReturn } from './storefront-redirect.js';

export const FLOW_LIFETIME_SECONDS = 600;
/** Sign-ins of one profile that are on their way. Each is a row, and anybody may begin one. */
const OPEN_FLOWS_MAX = 20_000;
/** An address that has fewer on their way may begin one all the same, or a few addresses could shut out everybody else. */
const OPEN_FLOWS_FEW = 10;

export interface FlowPlace {
  readonly storeId: string;
  readonly realmId: string;
  readonly profileId: string;
}

/** As whom the browser was sent to which provider. A profile may be moved to another one meanwhile. */
export interface FlowRegistration {
  readonly issuer: string;
  readonly clientId: string;
}

/** What the storefront asked for. */
export interface StorefrontRequest {
  readonly back: StorefrontReturn & { readonly state: string };
  readonly codeChallenge: string;
  readonly reportCallbackReplay: boolean;
}

/** A sign-in whose browser is sent to the provider. */
export interface FlowBeginning {
  readonly place: FlowPlace;
  readonly registration: FlowRegistration;
  readonly storefront: StorefrontRequest;
  readonly secrets: SignInSecrets;
  /** The client address that begins it, as it is counted. */
  readonly address: string;
  readonly origin: Origin;
}

/** A sign-in whose browser has come back. */
export interface ReturnedFlow {
  readonly registration: FlowRegistration;
  readonly storefront: StorefrontRequest;
  readonly secrets: SignInSecrets;
}

/** The browser has been here with this state before. */
export class FlowUsed extends SignInRefused {
  constructor(readonly storefront: StorefrontRequest) {
    super('state_used');
  }
}

/** What is sealed. */
type KeptSecrets = FlowRegistration & Omit<SignInSecrets, 'state'>;

interface FlowRow {
  readonly sealed_secrets: Buffer;
  readonly redirect_uri: string;
  readonly storefront_state: string;
  readonly code_challenge: string;
  readonly report_callback_replay: boolean;
}

interface FlowFacts extends FlowRow {
  readonly same_place: boolean;
  readonly same_browser: boolean;
  readonly used: boolean;
}

/** A flow may be taken up. `$3` and `$4` are the place of the callback, `$5` the browser's secret (null: it has none). */
const USABLE = [
  'realm_id = $3',
  // check: sign-in: a state is of one profile
  'profile_id = $4',
  // check: sign-in: the browser that began it
  'browser_hash = $5',
  // check: sign-in: a state works once
  'used_at IS NULL',
  // check: sign-in: a state expires
  'expires_at > statement_timestamp()',
].join(' AND ');

/** Sign-ins on their way, kept in the database so that any replica can finish them. */
@Injectable()
export class SignInFlows {
  constructor(
    private readonly database: Database,
    private readonly box: SecretBox,
  ) {}

  /**
   * @returns what the browser keeps to prove that it began this sign-in
   * @throws SignInRefused `starts_limited`
   */
  async begin({ place, registration, storefront, secrets, address, origin }: FlowBeginning): Promise<string> {
    const browserSecret = randomBytes(32).toString('base64url');
    const stateHash = sha256(secrets.state);
    const { nonce, codeVerifier } = secrets;
    const { issuer, clientId } = registration;
    const kept: KeptSecrets = { nonce, codeVerifier, issuer, clientId };
    const sealed = this.box.seal(Buffer.from(JSON.stringify(kept)), sealedPlace(place.storeId, stateHash));
    const inserted = await this.insert(browserOf(place.storeId, origin), [
      place.storeId,
      stateHash,
      place.realmId,
      place.profileId,
      sha256(browserSecret),
      sealed,
      storefront.back.redirectUri,
      storefront.back.state,
      storefront.codeChallenge,
      storefront.reportCallbackReplay,
      this.box.pseudonym(address),
    ]);
    if (!inserted) throw new SignInRefused('starts_limited');
    return browserSecret;
  }

  private async insert(authority: Authority, values: unknown[]): Promise<boolean> {
    try {
      const { rowCount } = await this.database.writeOne(authority, {
        name: 'sso-flow-begin',
        text: `INSERT INTO public.sso_flows (store_id, state_hash, realm_id, profile_id, browser_hash, sealed_secrets, redirect_uri,
                 storefront_state, code_challenge, report_callback_replay, address_hash, created_at, expires_at)
               SELECT $1::uuid, $2::bytea, $3::uuid, $4::uuid, $5::bytea, $6::bytea, $7, $8, $9, $10::boolean, $11::bytea, statement_timestamp(),
                 statement_timestamp() + interval '${FLOW_LIFETIME_SECONDS} seconds'
               WHERE (SELECT count(*) FROM (
                 SELECT FROM public.sso_flows WHERE store_id = $1::uuid AND profile_id = $4::uuid AND expires_at > statement_timestamp()
                   AND used_at IS NULL LIMIT ${OPEN_FLOWS_MAX}) open) < ${OPEN_FLOWS_MAX}
               OR (SELECT count(*) FROM (
                 SELECT FROM public.sso_flows WHERE store_id = $1::uuid AND profile_id = $4::uuid AND expires_at > statement_timestamp()
                   AND used_at IS NULL AND address_hash = $11::bytea LIMIT ${OPEN_FLOWS_FEW}) own)
                   < ${/* check: sign-in: no address shuts out the others */ OPEN_FLOWS_FEW}`,
        values,
      });
      return rowCount === 1;
    } catch (cause) {
      // The profile was deleted in this very moment.
      if (violatedConstraint(cause) === 'sso_flows_profile_fkey') return false;
      throw cause;
    }
  }

  /**
   * Takes a sign-in up again: once, within its time, for the profile and by the browser that it was begun for. What does not fit
   * leaves it as it was, or whoever learns a state could end the sign-in of somebody else.
   *
   * @throws SignInRefused `state_unknown`, `state_of_other_profile`, `browser_mismatch`, `state_expired`; `FlowUsed`
   */
  async takeUp(place: FlowPlace, state: string, browserSecret: string | null, origin: Origin): Promise<ReturnedFlow> {
    const stateHash = sha256(state);
    const browserHash = browserSecret === null ? null : sha256(browserSecret);
    const values = [place.storeId, stateHash, place.realmId, place.profileId, browserHash];
    const taken = await this.database.writeOne<FlowRow>(browserOf(place.storeId, origin), {
      name: 'sso-flow-take-up',
      text: `UPDATE public.sso_flows SET used_at = statement_timestamp()
             WHERE store_id = $1 AND state_hash = $2 AND ${USABLE}
             RETURNING sealed_secrets, redirect_uri, storefront_state, code_challenge, report_callback_replay`,
      values,
    });
    const row = taken.rows[0];
    if (row === undefined) throw await this.refusal(values);
    const opened = this.box.open(row.sealed_secrets, sealedPlace(place.storeId, stateHash)).toString();
    const kept = JSON.parse(opened) as KeptSecrets;
    return {
      registration: { issuer: kept.issuer, clientId: kept.clientId },
      storefront: storefrontOf(row),
      secrets: { state, nonce: kept.nonce, codeVerifier: kept.codeVerifier },
    };
  }

  private async refusal(values: unknown[]): Promise<SignInRefused> {
    const { rows } = await this.database.query<FlowFacts>({
      name: 'sso-flow-refusal',
      text: `SELECT realm_id = $3 AND profile_id = $4 AS same_place, browser_hash IS NOT DISTINCT FROM $5 AS same_browser,
               used_at IS NOT NULL AS used, sealed_secrets, redirect_uri, storefront_state, code_challenge,
               report_callback_replay
             FROM public.sso_flows WHERE store_id = $1 AND state_hash = $2`,
      values,
    });
    const [row] = rows;
    if (row === undefined) return new SignInRefused('state_unknown');
    if (!row.same_place) return new SignInRefused('state_of_other_profile');
    if (!row.same_browser) return new SignInRefused('browser_mismatch');
    return row.used ? new FlowUsed(storefrontOf(row)) : new SignInRefused('state_expired');
  }
}

function storefrontOf(row: FlowRow): StorefrontRequest {
  return {
    back: { redirectUri: row.redirect_uri, state: row.storefront_state },
    codeChallenge: row.code_challenge,
    reportCallbackReplay: row.report_callback_replay,
  };
}

function sealedPlace(storeId: string, stateHash: Buffer) {
  return { table: 'sso_flows', row: `${storeId}/${stateHash.toString('hex')}`, column: 'sealed_secrets' };
}
