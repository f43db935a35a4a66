import { describe, expect, inject, it } from 'vitest';

const { base_url, client_id } = inject('gatehouse');

async function post(path: string, data: Record<string, unknown>, accessToken: string): Promise<Response> {
  return fetch(`${base_url}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${accessToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ data }),
  });
}

async function accessToken(): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'implicit', client_id });
  const answer = await fetch(`${base_url}/oauth/access_token`, { method: 'POST', body: form });
  const { access_token } = (await answer.json()) as { access_token: string };
  return access_token;
}

describe('our storefront', () => {
  it('logs in a customer who has registered', async () => {
    const token = await accessToken();
    const person = { email: 'ann@example.com', password: 'correct horse battery' };
    const registered = await post('/v2/customers', { type: 'customer', name: 'Ann Example', ...person }, token);
    const login = await post('/v2/customers/tokens', { type: 'token', ...person }, token);

    expect(registered.status).toBe(201);
    expect(login.status).toBe(200);
    expect(await login.json()).toMatchObject({ data: { type: 'token', token: expect.stringMatching(/^ey/) } });
  });
});
