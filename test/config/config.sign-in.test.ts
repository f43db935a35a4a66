import { describe, expect, it } from 'vitest';
import { type AppConfig, ConfigError, readConfig } from '../../src/config/config.js';

const production = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://app@db.internal/gatehouse',
  MASTER_KEY: 'zq5mQ0cTn8v0n1o4W1bqk2rJx9b3m7Yt6u5s4D3f2A0=',
  PUBLIC_URL: 'https://id.shop.example',
};

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment);
    return [];
  } catch (cause) {
    if (cause instanceof ConfigError) return cause.problems;
    throw cause;
  }
}

function valueOf<Name extends keyof AppConfig>(name: Name, environment: Record<string, string>): AppConfig[Name] {
  return readConfig(environment)[name];
}

describe('readConfig, for single sign-on', () => {
  it('lets providers be in private networks everywhere but in production, where asking for it is refused', () => {
    expect(valueOf('oidcAllowPrivateHosts', {})).toBe(true);
    expect(valueOf('oidcAllowPrivateHosts', { NODE_ENV: 'test' })).toBe(true);
    expect(valueOf('oidcAllowPrivateHosts', { OIDC_ALLOW_PRIVATE_HOSTS: 'false' })).toBe(false);
    expect(valueOf('oidcAllowPrivateHosts', production)).toBe(false);
    expect(valueOf('oidcAllowPrivateHosts', { ...production, OIDC_ALLOW_PRIVATE_HOSTS: 'false' })).toBe(false);
    expect(problemsOf({ ...production, OIDC_ALLOW_PRIVATE_HOSTS: 'true' })).toEqual([
      'OIDC_ALLOW_PRIVATE_HOSTS must not be true in production: name the hosts in OIDC_INTERNAL_PROVIDER_HOSTS',
    ]);
  });

  it.each(['on', 'yes', '1', 'TRUE', 'true!'])('OIDC_ALLOW_PRIVATE_HOSTS=%j is refused', (text) => {
    expect(problemsOf({ OIDC_ALLOW_PRIVATE_HOSTS: text })).toEqual(['OIDC_ALLOW_PRIVATE_HOSTS must be true or false']);
  });

  it('takes names and addresses of internal providers as a URL has them', () => {
    const hosts = ' login.internal ,,10.0.0.7,[fd00::1]';

    expect(valueOf('oidcInternalProviderHosts', { OIDC_INTERNAL_PROVIDER_HOSTS: hosts })).toEqual([
      'login.internal',
      '10.0.0.7',
      '[fd00::1]',
    ]);
    expect(Object.isFrozen(valueOf('oidcInternalProviderHosts', { OIDC_INTERNAL_PROVIDER_HOSTS: hosts }))).toBe(true);
  });

  it.each([
    'Login.internal',
    'login.internal:8443',
    'https://login.internal',
    'a@b',
    'login internal',
    '127.1',
    '*.internal',
  ])('OIDC_INTERNAL_PROVIDER_HOSTS=%j is refused, as no URL has such a host', (text) => {
    expect(problemsOf({ OIDC_INTERNAL_PROVIDER_HOSTS: `login.internal,${text}` })).toEqual([
      'OIDC_INTERNAL_PROVIDER_HOSTS must be a comma-separated list of host names in lower case, such as login.internal.example.com',
    ]);
  });

  it('takes from 1 to 100,000 starts per minute', () => {
    expect(valueOf('ssoStartsPerMinute', { SSO_STARTS_PER_MINUTE: '1' })).toBe(1);
    expect(valueOf('ssoStartsPerMinute', { SSO_STARTS_PER_MINUTE: '100000' })).toBe(100_000);
    expect(problemsOf({ SSO_STARTS_PER_MINUTE: '0' })).toEqual(['SSO_STARTS_PER_MINUTE must be between 1 and 100000']);
  });
});
