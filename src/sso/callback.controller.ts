import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { browserOf } from '../database/authority.js';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { annotate, originOf } from '../http/request-log.js';
import { WithoutHead } from '../http/route-table.js';
import { IdentityLinking, type LinkedIdentity } from '../identities/identity-linking.js';
import { KnownIdentities, type ReturnedPerson } from '../identities/known-identities.js';
import { OidcClient } from '../oidc/oidc-client.js';
import { AuthorizationCodes } from './authorization-codes.js';
import { answerDeadEnd } from './dead-end.page.js';
import { FlowCookie } from './flow-cookie.js';
import { lackingClaims, readPersonalClaims } from './sign-in-claims.js';
import { FlowUsed, type ReturnedFlow, SignInFlows } from './sign-in-flows.js';
import { type SignInPlace, SignInPlaces } from './sign-in-places.js';
import { explainToStorefront, logRefusal } from './sign-in-outcome.js';
import { CallbackQuery } from './sso.contract.js';
import { callbackReplayed } from './storefront-errors.js';
import { redirectWithCode, redirectWithError } from './storefront-redirect.js';

/** Where providers send browsers back to: the redirect URI of a profile. */
@Controller('oidc-idp/callback/stores/:storeId/authentication-realms/:realmId/oidc-profiles/:profileId')
@OpenToAll('browsers come here from a provider; the state and the cookie say whose sign-in it is')
export class CallbackController {
  constructor(
    private readonly places: SignInPlaces,
    private readonly flows: SignInFlows,
    private readonly oidc: OidcClient,
    private readonly known: KnownIdentities,
    private readonly linking: IdentityLinking,
    private readonly codes: AuthorizationCodes,
  ) {}

  @Operation({
    id: 'endSignIn',
    summary: 'The callback endpoint: providers send browsers back here',
    query: CallbackQuery,
    others: {
      303: {
        description: 'To the storefront, with `code` and `state`, or with `error`, `error_description` and `state`.',
        headers: ['Location', 'Set-Cookie'],
      },
      400: {
        description: 'A page for a browser that belongs nowhere.',
        mediaType: 'text/html',
        headers: ['Set-Cookie'],
      },
    },
  })
  // A look at the headers must not use the state up.
  // check: sign-in: a look at the headers uses no state up
  @WithoutHead()
  @Get()
  async callback(
    @Param('storeId') storeId: string,
    @Param('realmId') realmId: string,
    @Param('profileId') profileId: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const query = new URLSearchParams(rawQueryOf(request.url));
    const place = await this.places.find(storeId, realmId, profileId);
    if (place !== null) {
      annotate(request, { store_id: place.realm.storeId, realm_id: place.realm.id, profile_id: place.profile.id });
    }
    let taken: { readonly place: SignInPlace; readonly flow: ReturnedFlow };
    try {
      taken = await this.takeUp(place, query, request, reply);
    } catch (cause) {
      if (!(cause instanceof SignInRefused)) throw cause;
      logRefusal(request, cause);
      if (
        cause instanceof FlowUsed &&
        cause.storefront.reportCallbackReplay &&
        // check: sign-in: redirect URIs that were taken from the realm since, at a second return
        mayReturn(place, cause)
      ) {
        redirectWithError(reply, 303, cause.storefront.back, callbackReplayed);
      } else answerDeadEnd(reply);
      return;
    }
    const { back } = taken.flow.storefront;
    try {
      redirectWithCode(reply, back, await this.signIn(taken.place, taken.flow, query, request));
    } catch (cause) {
      redirectWithError(reply, 303, back, explainToStorefront(request, cause));
    }
  }

  /** @throws SignInRefused */
  private async takeUp(
    place: SignInPlace | null,
    query: URLSearchParams,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<{ place: SignInPlace; flow: ReturnedFlow }> {
    const [state, another] = query.getAll('state');
    if (!state || another !== undefined) throw new SignInRefused('state_missing', { claim: 'state' });
    if (place === null) throw new SignInRefused('state_of_other_profile');
    const { storeId, id: profileId, realmId } = place.profile;
    const cookie = new FlowCookie(place.client.callbackUrl, state);
    const flow = await this.flows.takeUp(
      { storeId, realmId, profileId },
      state,
      cookie.read(request),
      originOf(request),
    );
    // Kept for the browser's Back button where the storefront wants to hear of it: only this browser is told where to go then.
    if (!flow.storefront.reportCallbackReplay) cookie.remove(reply);
    // check: sign-in: redirect URIs that were taken from the realm since
    if (!mayReturn(place, flow)) {
      throw new SignInRefused('redirect_uri_mismatch', { claim: 'redirect_uri' });
    }
    return { place, flow };
  }

  /** @returns the code for the storefront. @throws SignInRefused */
  private async signIn(
    { realm, profile, client }: SignInPlace,
    { storefront, secrets, registration }: ReturnedFlow,
    query: URLSearchParams,
    request: FastifyRequest,
  ): Promise<string> {
    // The code is the earlier provider's, and neither it nor our verifier are for another to see.
    // check: sign-in: provider that the sign-in was begun for
    if (registration.issuer !== profile.issuer) throw new SignInRefused('profile_changed');
    // check: sign-in: client id that the sign-in was begun for
    if (registration.clientId !== profile.clientId) throw new SignInRefused('profile_changed');
    const { storeId, id: realmId } = realm;
    let lacking: readonly string[] = [];
    const { issuer, subject, claims, userinfoFailure } = await this.oidc.exchange({
      client,
      secrets,
      query,
      idTokenLifetimeSecondsMax: profile.idTokenMaxLifetime,
      lacks: async (told, identity) => {
        lacking = lackingClaims(told, profile.emailTrust);
        return lacking.length > 0 && (await this.wantsUserinfo({ storeId, realmId, ...identity }, profile, lacking));
      },
    });
    if (userinfoFailure !== null) annotate(request, { userinfo_failure: userinfoFailure.reason });
    const person = readPersonalClaims(claims, profile.emailTrust);
    const authority = browserOf(storeId, originOf(request));
    const place = { storeId, realmId, profileId: profile.id };
    let linked: LinkedIdentity;
    try {
      linked = await this.linking.link(authority, { ...place, issuer, subject, ...person });
    } catch (cause) {
      // What could not be asked for was needed after all.
      const missed = cause instanceof SignInRefused && lacking.includes(cause.claim ?? '');
      throw missed && userinfoFailure !== null ? userinfoFailure : cause;
    }
    const { redirectUri } = storefront.back;
    const { codeChallenge } = storefront;
    return this.codes.issue(authority, { ...place, ...linked, redirectUri, codeChallenge });
  }

  /** Of a known person nothing is needed; that the customer's email is proven would be news. */
  private async wantsUserinfo(
    person: ReturnedPerson,
    { emailTrust }: SignInPlace['profile'],
    lacking: readonly string[],
  ): Promise<boolean> {
    const known = await this.known.find(person);
    if (known === null) return true;
    return !known.emailIsProven && emailTrust !== 'never' && lacking.some((claim) => claim !== 'name');
  }
}

/** A redirect URI may have been taken from the realm since the sign-in began, as after an incident. */
function mayReturn(place: SignInPlace | null, { storefront }: Pick<ReturnedFlow, 'storefront'>): boolean {
  return place?.realm.redirectUris.includes(storefront.back.redirectUri) ?? false;
}
