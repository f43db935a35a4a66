// Reads the trees that Postgres writes of a statement it has analyzed (debug_print_parse; src/backend/nodes/outfuncs.c).

/**
 * @typedef {{ kind: string, [field: string]: Value }} Node a node by its kind, `QUERY`, `OPEXPR` …, with its fields
 * @typedef {string | Node | Value[] | null} Value a word, a node, a list, or nothing
 */

const TOKEN = /[(){}]|(?:\\[\s\S]|[^\s(){}\\])+/g;

/** @param {string} text @returns {Node} @throws Error where it is no such tree */
export function readQueryTree(text) {
  const tokens = text.match(TOKEN) ?? [];
  let next = 0;
  const value = () => {
    const token = tokens[next++];
    if (token === '{') return node();
    if (token === '(') return list();
    if (token === undefined || token === ')' || token === '}')
      throw new Error('the tree of the statement ends too early');
    return token === '<>' ? null : token.replace(/\\([\s\S])/g, '$1');
  };
  const list = () => {
    const items = [];
    while (tokens[next] !== ')') items.push(value());
    next += 1;
    return items;
  };
  const node = () => {
    const read = { kind: tokens[next++] };
    while (tokens[next] !== '}') {
      const name = tokens[next++] ?? '';
      if (!isField(name)) throw new Error(`the tree of the statement has ${name} where a field begins`);
      const values = [];
      // The bytes of a constant are many words.
      while (tokens[next] !== '}' && !isField(tokens[next] ?? '')) values.push(value());
      read[name.slice(1)] = values.length === 1 ? values[0] : values;
    }
    next += 1;
    return read;
  };
  const tree = value();
  if (next !== tokens.length || tree?.kind !== 'QUERY') throw new Error('the tree of the statement is none of a query');
  return tree;
}

function isField(token) {
  return token.startsWith(':');
}

/** The nodes of a value, from the outside in; `into` says whether to look into one. */
export function* nodesOf(value, into = () => true) {
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesOf(item, into);
  } else if (typeof value === 'object' && value !== null) {
    yield value;
    if (!into(value)) return;
    for (const field of Object.values(value)) yield* nodesOf(field, into);
  }
}
