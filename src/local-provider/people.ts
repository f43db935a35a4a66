import type { Account } from 'oidc-provider';

/** Somebody who can sign in at the local provider. */
export interface Person {
  /** The `sub` of the ID token. */
  readonly id: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly email: string;
}

export const people: readonly Person[] = [
  { id: 'ada', givenName: 'Ada', familyName: 'Local', email: 'ada@example.com' },
  { id: 'grace', givenName: 'Grace', familyName: 'Local', email: 'grace@example.com' },
];

export function fullName({ givenName, familyName }: Person): string {
  return `${givenName} ${familyName}`;
}

export function findPerson(id: string | null | undefined): Person | undefined {
  return people.find((person) => person.id === id);
}

/** A person as the library wants to see one. It leaves out the claims that were not asked for. */
export function accountOf(person: Person): Account {
  return {
    accountId: person.id,
    claims: () => ({
      sub: person.id,
      email: person.email,
      email_verified: true,
      name: fullName(person),
      given_name: person.givenName,
      family_name: person.familyName,
    }),
  };
}
