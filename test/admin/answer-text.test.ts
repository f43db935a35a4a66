import { describe, expect, it } from 'vitest';
import { answerText } from '../../src/admin/answer-text.js';

describe('answerText', () => {
  it('shows a record member by member, and marks the secret that is shown once', () => {
    const store = { id: 'a', handle: 'acme' };
    const application_key = { id: 'b', type: 'application-key', client_secret: 's', grants: ['x', 'y'], meta: {} };
    expect(answerText({ store, application_key, old_secret_valid_seconds: 0 })).toBe(
      [
        'Store',
        '  id      a',
        '  handle  acme',
        '',
        'Application key',
        '  id             b',
        '  client_secret  s   (shown this once: keep it now)',
        '  grants         x,y',
        '',
        'Old secret valid seconds: 0',
        '',
      ].join('\n'),
    );
  });

  it('shows a list as a table, also an empty one', () => {
    const stores = [
      { handle: 'default', id: '1', registration: 'open', created_at: 't', page_length: 25 },
      { handle: 'b', id: '22', registration: 'client_credentials', created_at: 'u', page_length: 25 },
    ];
    expect(answerText({ stores })).toBe(
      [
        'handle   id  registration        created_at',
        'default  1   open                t',
        'b        22  client_credentials  u',
        '',
      ].join('\n'),
    );
    expect(answerText({ application_keys: [] })).toBe('client_id  name  grants  permissions\n');
  });

  it('lets no name of a key speak to the terminal or begin another line', () => {
    const name = 'a\u001b[2Jb\nc\u0000d\u202Ee\u2028f\u009bg';
    const [head, ...rows] = answerText({
      application_keys: [{ client_id: 'x', name, grants: [], permissions: [] }],
    }).split('\n');
    expect(head).toMatch(/^client_id {2}name +grants {2}permissions$/);
    expect(rows).toEqual(['x          a?[2Jb?c?d?e?f?g', '']);
  });
});
