/** What the profile of the local provider is called. By this name a later start finds it again. */
export const PROFILE_NAME = 'Local sign-in';

/** Where the walk through the login ends (`npm run sso`): the storefront that it plays. */
export const WALK_REDIRECT_URI = 'http://localhost:3080/callback';

/** The local provider as storefronts find it. */
export interface LocalSignIn {
  readonly profileId: string;
  readonly discoveryUrl: string;
  /** The profile's authorization endpoint, to which a storefront appends its parameters. */
  readonly loginUrl: string;
  readonly redirectUri: string;
}
