import { childPointer, Violations } from './violations';

/** Names and indices, from the document down to a value. */
type Path = readonly (string | number)[];

/** Doubles hold all integers of up to 15 digits. */
const MANY_DIGITS = /\d{16}/;
const INTEGER = /^-?\d{16,}$/;
const TOKEN = /"(?:[^"\\]|\\.)*"|[-+.\w]+|[[\]{},]/g;

/** Refuses integers that JavaScript would change; those of an embedding are rounded like its other numbers. */
export class ExactIntegers {
  private readonly violations = new Violations();

  /** Checks an integer by its decimal digits: what JavaScript itself prints passes. */
  check(digits: string, path: Path): void {
    if (String(Number(digits)) === digits || isOfEmbedding(path)) return;
    const pointer = path.reduce<string>(childPointer, '');
    this.violations.add(
      pointer,
      'integer_out_of_range',
      'a double cannot hold it exactly: send it as a string',
    );
  }

  /** @throws InvalidMetadata when there was any */
  refuseOthers(): void {
    this.violations.throwIfAny();
  }
}

/**
 * Checks the integers of a text that JSON.parse has read: it would tell them to a reviver, but with one it takes half a
 * second for the largest body.
 *
 * @throws InvalidMetadata
 */
export function expectExactIntegers(json: string): void {
  if (!MANY_DIGITS.test(json)) return;
  const integers = new ExactIntegers();
  const path: (string | number)[] = [];
  let isName = false;
  for (const [token] of json.matchAll(TOKEN)) {
    if (isName && token.startsWith('"')) path[path.length - 1] = JSON.parse(token) as string;
    else if (INTEGER.test(token)) integers.check(token, path);
    else if (token === '[') path.push(0);
    else if (token === '{') path.push('');
    else if (token === ']' || token === '}') path.pop();
    else if (token === ',' && typeof path.at(-1) === 'number')
      path[path.length - 1] = Number(path.at(-1)) + 1;
    isName = token === '{' || (token === ',' && typeof path.at(-1) === 'string');
  }
  integers.refuseOthers();
}

function isOfEmbedding(path: Path): boolean {
  return path.length === 2 && path[0] === 'embedding' && typeof path[1] === 'number';
}
