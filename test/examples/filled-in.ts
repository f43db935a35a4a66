import { readFileSync, writeFileSync } from 'node:fs';
import { selfSigned } from '../harness/self-signed.js';

interface Filling {
  readonly port: number;
  /** For all files that the example names. */
  readonly folder: string;
  /** Origin of what stands behind the proxy as the service. */
  readonly gatehouse: string;
  readonly vendor: { readonly url: string; readonly certificate: string; readonly token: string };
}

/** The example for nginx as it is, but for what its reader fills in. */
export function filledIn({ port, folder, gatehouse, vendor }: Filling): string {
  const { key, cert } = selfSigned('localhost');
  const replaced: [string, string][] = [
    ['listen 443 ssl;', `listen 127.0.0.1:${port} ssl;`],
    ['server 127.0.0.1:3000;', `server ${new URL(gatehouse).host};`],
    ['/etc/nginx/vendor-authorization.map', `${folder}/vendor-authorization.map`],
    ['https://api.vendor.example', vendor.url],
    ['/etc/ssl/certs/ca-certificates.crt', `${folder}/vendor.pem`],
    ['/etc/ssl/api.shop.example.com.pem', `${folder}/own.pem`],
    ['/etc/ssl/api.shop.example.com.key', `${folder}/own.key`],
    ['/var/log/nginx/api.log', `${folder}/api.log`],
    ['/var/log/nginx/api.error.log', `${folder}/api.error.log`],
  ];
  writeFileSync(`${folder}/own.pem`, cert);
  writeFileSync(`${folder}/own.key`, key);
  writeFileSync(`${folder}/vendor.pem`, vendor.certificate);
  writeFileSync(`${folder}/vendor-authorization.map`, `default "${vendor.token}";\n`);
  let text = readFileSync(new URL('../../examples/proxy/nginx.conf', import.meta.url), 'utf8');
  for (const [from, to] of replaced) {
    if (text.split(from).length !== 2) throw new Error(`the example does not have ${from} once`);
    text = text.replace(from, to);
  }
  return text;
}
