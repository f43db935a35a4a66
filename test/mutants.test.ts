import { describe, expect, it } from 'vitest';

type Check = { readonly name: string };
type Chosen = { readonly checks: readonly Check[]; readonly told: string };

const scripts = new URL('../scripts/mutants-arguments.mjs', import.meta.url).pathname;
const { chosenChecks } = (await import(scripts)) as {
  chosenChecks: (checks: readonly Check[], args: string[]) => Chosen;
};

const CHECKS = Array.from({ length: 83 }, (_, index) => ({ name: `${index < 9 ? 'scope' : 'token'} ${index}` }));

describe('the checks that npm run mutants removes', () => {
  it('are all, or those whose name contains a word', () => {
    expect(chosenChecks(CHECKS, []).checks).toEqual(CHECKS);
    expect(chosenChecks(CHECKS, ['scope']).checks).toEqual(CHECKS.slice(0, 9));
  });

  it('are in ten parts each in one of them', () => {
    const parts = Array.from({ length: 10 }, (_, index) => chosenChecks(CHECKS, [`--tenth=${index + 1}`]).checks);

    expect(parts.flat().toSorted((one, other) => CHECKS.indexOf(one) - CHECKS.indexOf(other))).toEqual(CHECKS);
    for (const { length } of parts) expect([8, 9]).toContain(length);
  });

  it('are of a part that is told, without one the same for one commit', () => {
    const { checks, told } = chosenChecks(CHECKS, ['--tenth']);
    const [again = ''] = /--tenth=\d+/.exec(told) ?? [];

    expect(told).toMatch(/^[89] of 83 checks, part \d+ of 10 \(the same again: npm run mutants -- --tenth=\d+\)$/);
    expect(chosenChecks(CHECKS, [again]).checks).toEqual(checks);
  });

  it.each(['--tenth=0', '--tenth=11', '--tenth=x', '--tenth='])('are none for %s, which is refused', (option) => {
    expect(() => chosenChecks(CHECKS, [option])).toThrow('--tenth is 1 to 10');
  });
});
