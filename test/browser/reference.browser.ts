import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/launch/listen-port.js';
import { startApp, type TestApp } from '../harness/app.js';
import { givenShop, type Shop } from '../harness/shop.js';

/** Nothing of the browser's own goes out: the test counts requests. */
const SILENT = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

let app: TestApp;
let shop: Shop;
let browser: Browser;
let page: Page;
/** Of the one page that all tests look at: to show it takes seconds. */
const requests: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  const port = await freePort('127.0.0.1');
  const origin = `http://127.0.0.1:${port}`;
  app = await startApp({ port, publicUrl: origin, tokenSigningAlg: 'ES256' });
  shop = await givenShop(app);
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  // The sandbox of the browser does not work for root, as whom containers run tests; the only page is our own.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  browser = await chromium.launch({ executablePath, args: [...SILENT, ...sandbox] });
  page = await browser.newPage({ viewport: { width: 1280, height: 1000 } });
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${app.origin}/docs`);
  await page.waitForSelector('.opblock');
});
afterAll(async () => {
  await browser.close();
  await app.close();
});

/** Opens an operation, sends its request, and answers what the page shows of the answer. */
async function tryOut(operationId: string): Promise<{ status: string; body: string }> {
  const block = page.locator(`.opblock[id$="-${operationId}"]`);
  await block.locator('.opblock-summary-control').first().click();
  await block.locator('button.execute').click();
  const answer = block.locator('.live-responses-table tbody tr.response').first();
  await answer.waitFor();
  return {
    status: (await answer.locator('.response-col_status').innerText()).trim(),
    body: await answer.locator('.response-col_description').innerText(),
  };
}

/** Pictures in the style sheet are `data:`. */
function expectNothingOutside(): void {
  expect(requests.filter((url) => !url.startsWith(`${app.origin}/`) && !url.startsWith('data:'))).toEqual([]);
  expect(complaints).toEqual([]);
}

describe('the reference at /docs, in a browser', () => {
  it('shows every chapter, without a complaint and without a request to anybody else', async () => {
    const chapters = await page.locator('.opblock-tag').allInnerTexts();
    expect(chapters.map((text) => text.split('\n')[0]?.trim())).toEqual([
      'Access tokens',
      'Customer tokens',
      'Addresses',
      'Customers',
      'Orders',
      'Single sign-on: settings',
      'Single sign-on: the way of the browser',
      'Store settings',
      'Application keys',
      'Service',
    ]);
    await page.screenshot({ path: '.cache/reference.png' });
    expectNothingOutside();
  });

  it('sends a request that needs no token', async () => {
    const { status, body } = await tryOut('getLiveness');
    expect(status).toBe('200');
    expect(body).toContain('"status": "ok"');
    expectNothingOutside();
  });

  it('sends a request with the token that was entered', async () => {
    const customer = await shop.customer();
    await page.locator('button.authorize').first().click();
    const field = page.locator('.auth-container', { hasText: 'accessToken' }).locator('input').first();
    await field.fill(await shop.token('client_credentials'));
    await page.locator('.auth-container', { hasText: 'accessToken' }).locator('button.authorize').click();
    await page.locator('.btn-done').first().click();
    const { status, body } = await tryOut('listCustomers');
    expect(status).toBe('200');
    expect(body).toContain(customer.email);
    await page.screenshot({ path: '.cache/reference-request.png' });
    expectNothingOutside();
  });
});
