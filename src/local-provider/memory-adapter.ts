import { LRUCache } from 'lru-cache';
import type { Adapter, AdapterPayload } from 'oidc-provider';

const ENTRIES_MAX = 10_000;

/** Everything the local provider keeps while it runs: sessions, codes, tokens and its clients. */
export class ProviderMemory {
  readonly entries = new LRUCache<string, AdapterPayload>({ max: ENTRIES_MAX });

  /** What the library calls to reach the entries of one kind. */
  readonly adapter = (kind: string): Adapter => new MemoryAdapter(kind, this.entries);
}

class MemoryAdapter implements Adapter {
  constructor(
    private readonly kind: string,
    private readonly entries: LRUCache<string, AdapterPayload>,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresInSeconds?: number): Promise<void> {
    const lifetime = expiresInSeconds === undefined ? {} : { ttl: expiresInSeconds * 1_000 };
    this.entries.set(this.key(id), payload, lifetime);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.entries.get(this.key(id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.ofThisKind().find(([, payload]) => payload.uid === uid)?.[1];
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.ofThisKind().find(([, payload]) => payload.userCode === userCode)?.[1];
  }

  async consume(id: string): Promise<void> {
    const payload = await this.find(id);
    if (payload !== undefined) payload.consumed = Math.floor(Date.now() / 1_000);
  }

  async destroy(id: string): Promise<void> {
    this.entries.delete(this.key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, payload] of this.ofThisKind()) if (payload.grantId === grantId) this.entries.delete(key);
  }

  private ofThisKind(): [string, AdapterPayload][] {
    return [...this.entries.entries()].filter(([key]) => key.startsWith(`${this.kind}:`));
  }

  private key(id: string): string {
    return `${this.kind}:${id}`;
  }
}
