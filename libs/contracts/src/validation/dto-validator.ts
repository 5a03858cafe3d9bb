import 'reflect-metadata';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import type { RuleContext } from './rules';
import { childPointer, isJsonObject, type Violations } from './violations';

type DtoClass<T extends object> = new () => T;

/** How a field of a DTO is checked. */
export interface FieldChecks {
  readonly name: string;
  /** What its pointer adds to that of the object. */
  readonly pointer: string;
  /** It may be left out, and null counts as left out. */
  readonly isOptional: boolean;
  readonly isNullable: boolean;
  readonly normalize: RuleContext['normalize'];
  /** All must agree, or the field is not looked at. */
  readonly conditions: readonly ((dto: object, value: unknown) => boolean)[];
  readonly rules: readonly RuleContext[];
  readonly nested: DtoClass<object> | undefined;
}

interface DtoChecks {
  readonly byName: ReadonlyMap<string, FieldChecks>;
  readonly all: readonly FieldChecks[];
}

const checksByClass = new Map<unknown, DtoChecks>();

/**
 * Checks `plain` against the decorators of `type` and reports every fault: unknown, missing and wrong fields,
 * at every level. Answers the instance even when it is faulty, so that the caller can look for further faults.
 * The decorators are read once: class-validator's own run reads them anew for each value.
 */
export function validateDto<T extends object>(
  type: DtoClass<T>,
  plain: Record<string, unknown>,
  violations: Violations,
): T {
  const instance = instantiate(type, plain, '', violations);
  check(type, instance, '', violations);
  return instance;
}

/**
 * Copies known fields that are not left out: class-transformer would drop `__proto__` in silence and trip over
 * `constructor`.
 */
function instantiate<T extends object>(
  type: DtoClass<T>,
  plain: Record<string, unknown>,
  pointer: string,
  violations: Violations,
): T {
  const { byName } = checksOf(type);
  const instance = new type();
  for (const key of Object.keys(plain)) {
    const known = byName.get(key);
    if (!known) {
      // Of a hundred thousand unknown names only the first are told, so only their pointers are made.
      if (violations.isFull) violations.omit();
      else violations.add(childPointer(pointer, key), 'unknown_field', 'is not a field of the contract');
      continue;
    }
    const value = known.normalize ? known.normalize(plain[key]) : plain[key];
    if (value === null && known.isOptional) continue;
    (instance as Record<string, unknown>)[key] =
      known.nested && isJsonObject(value)
        ? instantiate(known.nested, value, pointer + known.pointer, violations)
        : value;
  }
  return instance;
}

/** What the decorators of a DTO say, field by field. */
export function checksOf(type: DtoClass<object>): DtoChecks {
  const cached = checksByClass.get(type);
  if (cached) return cached;
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const names = new Set(metadata.map(({ propertyName }) => propertyName));
  const all = Array.from(names, (name): FieldChecks => {
    const own = metadata.filter(({ propertyName }) => propertyName === name);
    const conditions = own
      .filter((one) => one.type === ValidationTypes.CONDITIONAL_VALIDATION)
      .map(({ constraints }) => constraints[0] as FieldChecks['conditions'][number]);
    const rules = own.flatMap(({ context }) => (context as RuleContext | undefined) ?? []);
    return {
      name,
      pointer: childPointer('', name),
      isOptional: conditions.some((condition) => !condition({}, undefined)),
      isNullable: conditions.some((condition) => !condition({}, null)),
      normalize: rules.find(({ normalize }) => normalize)?.normalize,
      conditions,
      rules,
      nested: rules.find(({ nested }) => nested)?.nested,
    };
  });
  const checks = { all, byName: new Map(all.map((field) => [field.name, field])) };
  checksByClass.set(type, checks);
  return checks;
}

function check(type: DtoClass<object>, instance: object, pointer: string, violations: Violations): void {
  for (const field of checksOf(type).all) {
    const value = (instance as Record<string, unknown>)[field.name];
    if (!applies(field, instance, value)) continue;
    const { rules, nested } = field;
    if (value === undefined) {
      if (rules.length > 0) violations.add(pointer + field.pointer, 'required', 'is missing');
      continue;
    }
    if (nested && isJsonObject(value)) check(nested, value, pointer + field.pointer, violations);
    for (const { faultOf, inspect } of rules) {
      const fault = faultOf?.(value);
      if (fault) violations.add(pointer + field.pointer, fault.code, fault.message);
      inspect?.(value, pointer + field.pointer, violations.add);
    }
  }
}

function applies({ conditions }: FieldChecks, instance: object, value: unknown): boolean {
  for (const condition of conditions) if (!condition(instance, value)) return false;
  return true;
}
