import { Allow, validateSync, type ValidationError } from 'class-validator';
import fc from 'fast-check';
import type { Violation } from '@libs/domain';
import { RecordDto } from '../gpu-metadata/record.dto';
import { SearchDto } from '../search/read-search';
import { submissionBody } from '../testing';
import { validateDto } from './dto-validator';
import {
  FiniteNumber,
  Integer,
  Nested,
  OneOf,
  Optional,
  OrNull,
  rule,
  Text,
  type RuleContext,
} from './rules';
import { childPointer, isJsonObject, Violations } from './violations';

class InnerDto {
  @Optional()
  @Integer(0, 9)
  count?: number;

  @Optional()
  @Text(1, 3)
  name?: string;
}

class EveryRuleDto {
  @Allow()
  anything?: unknown;

  @OneOf(['a', 'b'])
  letter!: string;

  @OrNull()
  @FiniteNumber(-1, 1)
  share!: number | null;

  @Nested(InnerDto)
  inner!: InnerDto;

  @Optional()
  @Nested(InnerDto)
  other?: InnerDto;

  @Optional()
  @rule('seven', {
    inspect: (value, pointer, report) => {
      if (value !== 7) report(pointer, 'wrong_type', 'must be seven');
    },
  })
  seven?: number;
}

const scalar = fc.oneof(
  fc.constantFrom('a', 'b', 7, -1, 0.5, null, true, '', 'abcd'),
  fc.integer({ min: -2, max: 12 }),
  fc.constant([1]),
);
const values = fc.oneof(
  scalar,
  fc.record({ count: scalar, name: scalar, more: scalar }, { requiredKeys: [] }),
);
const bodiesOf = (names: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries([...names, 'unknown'].map((name) => [name, values])), { requiredKeys: [] });
const sound = {
  ...submissionBody(),
  schemaVersion: 1,
  acceptedAt: '2026-11-21T05:40:00Z',
  producer: { keyId: null },
};
const spoilt = fc
  .tuple(fc.subarray(Object.keys(sound)), values)
  .map(([names, value]) => ({ ...sound, ...Object.fromEntries(names.map((name) => [name, value])) }));

describe(validateDto.name, () => {
  it.each<[string, new () => object, fc.Arbitrary<Record<string, unknown>>]>([
    ['every rule', EveryRuleDto, bodiesOf(['anything', 'letter', 'share', 'inner', 'other', 'seven'])],
    ['a record', RecordDto, spoilt],
    ['a search', SearchDto, bodiesOf(['embedding', 'k', 'filter'])],
  ])('finds what class-validator finds: %s', (_name, type, bodies) => {
    fc.assert(
      fc.property(bodies, (body) => {
        const violations = new Violations();
        const instance = validateDto(type, body, violations);
        const found = faultsOf(violations).filter(({ code }) => code !== 'unknown_field');
        expect(found).toEqual(
          validateSync(instance, { stopAtFirstError: true }).flatMap((error) => toFaults(error)),
        );
      }),
      { numRuns: 500 },
    );
  });
});

function faultsOf(violations: Violations): readonly Violation[] {
  try {
    violations.throwIfAny();
    return [];
  } catch (error) {
    return (error as { violations: readonly Violation[] }).violations;
  }
}

/** What an error of class-validator says, through the contexts of our rules. */
function toFaults(error: ValidationError, parent = ''): Violation[] {
  const pointer = childPointer(parent, error.property);
  const value: unknown = error.value;
  const faults = isJsonObject(value)
    ? (error.children ?? []).flatMap((child) => toFaults(child, pointer))
    : [];
  const contexts: Record<string, RuleContext> = error.contexts ?? {};
  for (const { faultOf, inspect } of Object.values(contexts)) {
    if (value === undefined) return [{ pointer, code: 'required', message: 'is missing' }];
    const fault = faultOf?.(value);
    if (fault) faults.push({ pointer, ...fault });
    inspect?.(value, pointer, (at, code, message) => faults.push({ pointer: at, code, message }));
  }
  return faults;
}
