import type { Adapter, AdapterPayload } from 'oidc-provider';

/**
 * What a provider remembers: sessions, grants, codes, tokens and clients. It outlives the provider, which is made anew when its
 * keys are rotated. Lifetimes are the provider's own business: it compares `exp` itself.
 */
export class MemoryStorage {
  private readonly rows = new Map<string, AdapterPayload>();

  /** What `oidc-provider` asks for one kind of row. */
  readonly adapterOf = (kind: string): Adapter => {
    const key = (id: string) => `${kind}:${id}`;
    return {
      upsert: async (id, payload) => void this.rows.set(key(id), payload),
      find: async (id) => this.rows.get(key(id)),
      findByUid: async (uid) => this.rowsOf(kind).find((row) => row.uid === uid),
      findByUserCode: async (userCode) => this.rowsOf(kind).find((row) => row.userCode === userCode),
      consume: async (id) => {
        const row = this.rows.get(key(id));
        if (row !== undefined) row.consumed = Math.floor(Date.now() / 1000);
      },
      destroy: async (id) => void this.rows.delete(key(id)),
      revokeByGrantId: async (grantId) => {
        for (const [name, row] of this.rows) if (row.grantId === grantId) this.rows.delete(name);
      },
    };
  };

  private rowsOf(kind: string): AdapterPayload[] {
    return [...this.rows].filter(([name]) => name.startsWith(`${kind}:`)).map(([, row]) => row);
  }
}
