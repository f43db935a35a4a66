/** What a discovery document says, checked, and cut to what is used here (OpenID Connect Discovery, section 3). */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly userinfoEndpoint: string | null;
  readonly jwksUri: string;
  /** Asymmetric ones only, at least one. */
  readonly idTokenSigningAlgs: readonly string[];
  /** Asymmetric ones only; none: signed userinfo cannot be read. */
  readonly userinfoSigningAlgs: readonly string[];
  readonly tokenEndpointAuthMethod: 'client_secret_basic' | 'client_secret_post';
  /** RFC 9207: a redirect without `iss` is refused. */
  readonly responseIssuerPromised: boolean;
}
