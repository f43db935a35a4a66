/** Parameters and members that let whoever has them do something. */
const SECRET = /^(code|state|nonce|code_challenge|code_verifier|oauth_authorization_code|access_token|token)$/;
const SHOWN_LETTERS = 6;

/** What the walk shows: one line per request, secrets cut short unless they were asked for. */
export class Transcript {
  constructor({ secretsInFull, write = (line) => console.log(line) }) {
    Object.assign(this, { secretsInFull, write });
  }

  step(title) {
    this.write(`\n${title}`);
  }

  request(method, url, status) {
    this.write(`  ${method} ${this.url(url)}\n    ${status}`);
  }

  sends(url) {
    this.write(`    -> ${this.url(url)}`);
  }

  value(name, text) {
    this.write(`  ${name} = ${this.#shown(name, text)}`);
  }

  json(value) {
    const text = JSON.stringify(
      value,
      (name, member) => (typeof member === 'string' ? this.#shown(name, member) : member),
      2,
    );
    this.write(text.replaceAll(/^/gm, '  '));
  }

  url(text) {
    const url = new URL(text);
    for (const [name, value] of url.searchParams) url.searchParams.set(name, this.#shown(name, value));
    return decodeURIComponent(url.href);
  }

  #shown(name, text) {
    if (this.secretsInFull || !SECRET.test(name) || text.length <= SHOWN_LETTERS) return text;
    return `${text.slice(0, SHOWN_LETTERS)}…`;
  }
}
