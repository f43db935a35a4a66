import type { ErrorCode } from '../../src/errors/error-catalog.js';
import { type Credentials, credentials, type Person, type TwoStores } from './two-stores.js';

/**
 * What one route answers to one set of credentials: an error, which leaves every table as it was, or a status with the whole
 * body and the names of the tables that it writes to.
 */
export type Answer =
  | { readonly error: ErrorCode; readonly detail?: string }
  | { readonly status: number; readonly body?: (stores: TwoStores) => unknown; readonly writes?: readonly string[] };

export type Answers = Readonly<Record<Credentials, Answer>>;

export interface ScopingEntry {
  /** The path of the route to what belongs to this person. */
  readonly path: (person: Person) => string;
  readonly body?: (person: Person, stores: TwoStores) => object;
  /** The body is sent as a form. */
  readonly form?: boolean;
  /** HEAD is refused: a GET is a step of a sign-in, and a look at the headers must not take it. */
  readonly withoutHead?: boolean;
  /** To a request about what belongs to Ann. */
  readonly answers: Answers;
}

export const refused = (error: ErrorCode, detail?: string): Answer => ({
  error,
  ...(detail === undefined ? {} : { detail }),
});
export const ok = (body: (stores: TwoStores) => unknown): Answer => ({ status: 200, body });
export const wrote = (status: number, writes: readonly string[], body?: (stores: TwoStores) => unknown): Answer => ({
  status,
  writes,
  ...(body === undefined ? {} : { body }),
});

function byCredentials(answerTo: (name: Credentials) => Answer): Answers {
  return Object.fromEntries(credentials.map((name) => [name, answerTo(name)])) as Answers;
}

/** Of a route that is open to all. */
export function everywhere(answer: Answer): Answers {
  return byCredentials(() => answer);
}

interface ScopedAnswers {
  readonly own: Answer;
  readonly other: Answer;
  /** To the customer of the other store. */
  readonly foreign: Answer;
  readonly service: Answer;
  readonly foreignService: Answer;
}

/** Of a route that looks at the customer token: with one, the grant of the access token makes no difference. */
export function scoped({ own, other, foreign, service, foreignService }: ScopedAnswers): Answers {
  return byCredentials((name) => {
    if (name === 'no token') return refused('access_token_invalid');
    if (name === 'implicit' || name === 'other store, implicit') return refused('forbidden');
    if (name === 'service') return service;
    if (name === 'other store, service') return foreignService;
    // A token of the first store is no token in the second.
    if (name.startsWith('other store')) {
      return name.endsWith('its customer') ? foreign : refused('customer_token_invalid');
    }
    return name.endsWith('own customer') ? own : other;
  });
}

/** Of a route that never looks at the customer token: only grant and store of the access token matter. */
export function unscoped(
  answers: Readonly<Record<'implicit' | 'service' | 'foreignImplicit' | 'foreignService', Answer>>,
): Answers {
  return byCredentials((name) => {
    if (name === 'no token') return refused('access_token_invalid');
    if (name.startsWith('other store')) {
      return name.includes('service') ? answers.foreignService : answers.foreignImplicit;
    }
    return name.includes('service') ? answers.service : answers.implicit;
  });
}

/** Below a customer: whoever is neither that customer nor a service of the store learns nothing. */
export function belowCustomer(success: Answer): Answers {
  const stranger = refused('customer_forbidden');
  const foreignService = refused('customer_not_found');
  return scoped({ own: success, other: stranger, foreign: stranger, service: success, foreignService });
}

/** A thing with an id of its own: for whoever may not see it, it does not exist. */
export function byId(success: Answer, missing: 'address_not_found' | 'order_not_found'): Answers {
  const none = refused(missing);
  return scoped({ own: success, other: none, foreign: none, service: success, foreignService: none });
}

/** For client credentials alone. */
export function forServices(service: Answer, foreignService: Answer): Answers {
  const denied = refused('forbidden');
  return scoped({ own: denied, other: denied, foreign: denied, service, foreignService });
}

/**
 * A list that holds what belongs to the customer, or to the store.
 *
 * @param of what a person has of the listed things
 * @param beside more members of the answer
 */
export function listOf(
  path: string,
  of: (person: Person) => unknown,
  beside: (people: Person[]) => object = () => ({}),
): Answers {
  const list = (people: (stores: TwoStores) => Person[]) =>
    ok((stores) => ({ ...page(path, people(stores).map(of)), ...beside(people(stores)) }));
  return scoped({
    own: list(({ ann }) => [ann]),
    other: list(({ bob }) => [bob]),
    foreign: list(({ cleo }) => [cleo]),
    // The last one made comes first.
    service: list(({ bob, ann }) => [bob, ann]),
    foreignService: list(({ cleo }) => [cleo]),
  });
}

/** One page with all there is. @param list path of the list, with what its links keep of the query */
export function page(list: string, data: unknown[], [open, close] = ['[', ']']) {
  const [path, kept] = list.split('?');
  const query = `page${open}offset${close}=0&page${open}limit${close}=25${kept === undefined ? '' : `&${kept}`}`;
  const url = `https://id.shop.example${path}?${query}`;
  return {
    data,
    links: { current: url, first: url, last: null, next: null, prev: null },
    meta: { page: { limit: 25, offset: 0, current: 1, total: 1 }, results: { total: data.length } },
  };
}
