import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { SignInRefused } from '../errors/sign-in-refusal.js';
import { OpenToAll } from '../http/open-to-all.js';
import { Operation } from '../http/operation.js';
import { rawQueryOf } from '../http/query-string.js';
import { annotate, originOf } from '../http/request-log.js';
import { WithoutHead } from '../http/route-table.js';
import type { RawQuery } from '../jsonapi/page.js';
import { OidcClient } from '../oidc/oidc-client.js';
import { PROFILE_PARAMETER } from '../realms/sso-urls.js';
import {
  type AuthorizationRequest,
  FaultyRequest,
  readAuthorizationRequest,
  readProfileParameter,
  UnsafeRequest,
} from './authorization-request.js';
import { FlowCookie } from './flow-cookie.js';
import { type SignInPlace, SignInPlaces } from './sign-in-places.js';
import { FLOW_LIFETIME_SECONDS, SignInFlows } from './sign-in-flows.js';
import { explainToStorefront } from './sign-in-outcome.js';
import { AuthorizationQuery, UnsafeRequestAnswer } from './sso.contract.js';
import { StartLimit, subscriberOf } from './start-limit.js';
import { browserHeaders, redirectWithError } from './storefront-redirect.js';

const SHOWN_VALUE_LENGTH_MAX = 200;

/** The authorization endpoint of a realm (OpenID Connect Core, section 3.1.2): where storefronts send browsers to log in. */
@Controller('oidc-idp/login/stores/:storeId/authentication-realms/:realmId')
@OpenToAll('browsers come here before anybody is known')
export class LoginController {
  constructor(
    private readonly places: SignInPlaces,
    private readonly flows: SignInFlows,
    private readonly limit: StartLimit,
    private readonly oidc: OidcClient,
  ) {}

  @Operation({
    id: 'beginSignIn',
    summary: 'The authorization endpoint: send a browser here to log in',
    query: AuthorizationQuery,
    others: {
      303: {
        description: 'To the provider; or back to the storefront with `error`, `error_description` and `state`.',
        headers: ['Location', 'Set-Cookie'],
      },
      307: {
        description: 'Back to the storefront with `error`, `error_description` and `state`: a fault of its request.',
        headers: ['Location'],
      },
      400: {
        description: 'The realm, the profile, the client or the redirect URI is not known here.',
        mediaType: 'application/json',
        schema: UnsafeRequestAnswer,
      },
    },
  })
  // A look at the headers must not begin anything.
  @WithoutHead()
  @Get()
  async login(
    @Param('storeId') storeId: string,
    @Param('realmId') realmId: string,
    @Query() query: RawQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    try {
      const place = await this.findPlace(storeId, realmId, query);
      annotate(request, { store_id: place.realm.storeId, realm_id: place.realm.id, profile_id: place.profile.id });
      await this.begin(
        place,
        readAuthorizationRequest(query, rawQueryOf(request.url), place.realm.redirectUris),
        request,
        reply,
      );
    } catch (cause) {
      if (!(cause instanceof UnsafeRequest) && !(cause instanceof FaultyRequest)) throw cause;
      const { reason, claim } = cause;
      annotate(request, { reason, ...(claim === undefined ? {} : { claim }), events: ['sign_in_refused'] });
      if (cause instanceof FaultyRequest) redirectWithError(reply, 307, cause.back, cause.told);
      else answerUnsafe(reply, cause);
    }
  }

  /** @throws UnsafeRequest */
  private async findPlace(storeId: string, realmId: string, query: RawQuery): Promise<SignInPlace> {
    const profileId = readProfileParameter(query);
    const place = await this.places.find(storeId, realmId, profileId);
    if (place !== null) return place;
    const realm = await this.places.findRealm(storeId, realmId);
    throw realm === null
      ? new UnsafeRequest('authentication_realm', realmId)
      : new UnsafeRequest(PROFILE_PARAMETER, profileId);
  }

  private async begin(
    { realm, profile, client }: SignInPlace,
    { storefront, forwarded }: AuthorizationRequest,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<void> {
    try {
      // check: sign-in: limit of starts
      if (!this.limit.allows(request.clientAddress)) throw new SignInRefused('starts_limited');
      const secrets = this.oidc.newSecrets();
      const location = await this.oidc.authorizationUrl(client, secrets, forwarded);
      const browserSecret = await this.flows.begin({
        place: { storeId: realm.storeId, realmId: realm.id, profileId: profile.id },
        registration: profile,
        storefront,
        secrets,
        address: subscriberOf(request.clientAddress),
        origin: originOf(request),
      });
      new FlowCookie(client.callbackUrl, secrets.state).set(reply, browserSecret, FLOW_LIFETIME_SECONDS);
      annotate(request, { events: ['sign_in_started'] });
      void reply
        .status(303)
        .headers({ location: location.href, ...browserHeaders })
        .send();
    } catch (cause) {
      redirectWithError(reply, 303, storefront.back, explainToStorefront(request, cause));
    }
  }
}

/** In the words of the interface, with both spellings of the member. Never with a `Location`. */
function answerUnsafe(reply: FastifyReply, { field, value }: UnsafeRequest): void {
  const shown = typeof value === 'string' ? value.slice(0, SHOWN_VALUE_LENGTH_MAX) : '';
  const description = `The field [${field}] with value [${shown}] is invalid.`;
  void reply
    .status(400)
    .headers({ 'content-type': 'application/json; charset=utf-8', ...browserHeaders })
    .send({
      error: 'invalid_request',
      errorDescription: description,
      error_description: description,
    } satisfies z.output<typeof UnsafeRequestAnswer>);
}
