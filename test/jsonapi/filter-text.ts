import type { Filter } from '../../src/jsonapi/filter.js';
import type { FilterValue } from '../../src/jsonapi/filter-reader.js';

/** The filter in the language of the interface, with every value in quotes. */
export function filterText(filter: Filter): string {
  if (filter.kind === 'and') return filter.members.map(memberText).join(':');
  return memberText(filter);
}

function memberText(filter: Filter): string {
  switch (filter.kind) {
    case 'condition':
      return `${filter.operator}(${[filter.attribute, ...filter.values.map(valueText)].join(',')})`;
    case 'and':
      return `(${filterText(filter)})`;
    case 'or':
      return `(${filter.members.map(filterText).join('|')})`;
  }
}

function valueText({ text, starAtStart, starAtEnd }: FilterValue): string {
  const isWildcard = (index: number) => (starAtStart && index === 0) || (starAtEnd && index === text.length - 1);
  const body = text
    .split('')
    .map((unit, index) => (unit === '"' || unit === '\\' || (unit === '*' && !isWildcard(index)) ? `\\${unit}` : unit));
  return `"${body.join('')}"`;
}
