/**
 * Why a sign-in through an OpenID Provider was refused. For the log; the storefront gets one of a few fixed texts.
 */
export type SignInRefusalReason =
  // The request of the storefront (RFC 6749 section 4.1.1, RFC 7636 section 4.3)
  | 'parameter_invalid'
  | 'starts_limited'
  // The return of the browser
  | 'state_missing'
  | 'state_unknown'
  | 'state_expired'
  | 'state_used'
  | 'state_of_other_profile'
  | 'browser_mismatch'
  | 'profile_changed'
  // What the provider said in its redirect (RFC 6749 section 4.1.2, RFC 9207)
  | 'provider_error'
  | 'response_invalid'
  | 'response_issuer_mismatch'
  | 'response_issuer_missing'
  // Calls to the provider
  | 'address_forbidden'
  | 'provider_unreachable'
  | 'provider_timeout'
  | 'provider_redirected'
  | 'provider_status'
  | 'provider_answer_too_large'
  | 'provider_answer_malformed'
  | 'provider_suspended'
  | 'provider_busy'
  | 'discovery_inconsistent'
  | 'discovery_issuer_changed'
  // The token endpoint
  | 'token_request_refused'
  | 'token_response_invalid'
  | 'id_token_missing'
  // The ID token (OpenID Connect Core, section 3.1.3.7)
  | 'id_token_malformed'
  | 'id_token_encrypted'
  | 'id_token_alg_forbidden'
  | 'id_token_key_unknown'
  | 'id_token_key_ambiguous'
  | 'id_token_key_unusable'
  | 'id_token_signature_invalid'
  | 'id_token_header_invalid'
  | 'id_token_issuer_mismatch'
  | 'id_token_audience_mismatch'
  | 'id_token_azp_mismatch'
  | 'id_token_subject_invalid'
  | 'id_token_nonce_mismatch'
  | 'id_token_expired'
  | 'id_token_expiry_invalid'
  | 'id_token_not_yet_valid'
  | 'id_token_issue_time_invalid'
  | 'id_token_lifetime_excessive'
  | 'id_token_at_hash_mismatch'
  // The userinfo endpoint (section 5.3)
  | 'userinfo_subject_mismatch'
  | 'userinfo_invalid'
  | 'userinfo_signature_invalid'
  // Whose customer it is
  | 'email_missing'
  | 'email_invalid'
  | 'email_untrusted'
  | 'email_unproven'
  | 'email_shared'
  | 'profile_gone'
  | 'identity_gone'
  // The exchange of our code (RFC 6749 section 4.1.3, RFC 7636 section 4.6)
  | 'code_unknown'
  | 'code_expired'
  | 'code_used'
  | 'redirect_uri_mismatch'
  | 'code_verifier_mismatch';

export interface SignInRefusalDetails {
  readonly cause?: unknown;
  /** The claim or parameter at fault. */
  readonly claim?: string;
  /** How far a time that the provider told is from ours, in seconds: the operator's clock may be wrong. */
  readonly skewSeconds?: number;
}

/** A sign-in that ends here. What is told to whom is decided where the browser is answered. */
export class SignInRefused extends Error {
  readonly claim: string | undefined;
  readonly skewSeconds: number | undefined;

  constructor(
    readonly reason: SignInRefusalReason,
    { cause, claim, skewSeconds }: SignInRefusalDetails = {},
  ) {
    super(reason, { cause });
    this.name = 'SignInRefused';
    this.claim = claim;
    this.skewSeconds = skewSeconds;
  }
}
