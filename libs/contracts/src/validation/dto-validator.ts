import 'reflect-metadata';
import { getMetadataStorage, validateSync, type ValidationError } from 'class-validator';
import { nestedTypeOf, type RuleContext } from './rules';
import { childPointer, isJsonObject, type Violations } from './violations';

type DtoClass<T extends object> = new () => T;

const propertiesByClass = new Map<unknown, ReadonlySet<string>>();

/**
 * Checks `plain` against the decorators of `type` and reports every fault: unknown, missing and wrong fields,
 * at every level. Answers the instance even when it is faulty, so that the caller can look for further faults.
 */
export function validateDto<T extends object>(
  type: DtoClass<T>,
  plain: Record<string, unknown>,
  violations: Violations,
): T {
  const instance = instantiate(type, plain, '', violations);
  for (const error of validateSync(instance, { stopAtFirstError: true })) report(error, '', violations);
  return instance;
}

/** Copies known fields only: class-transformer would drop `__proto__` in silence and trip over `constructor`. */
function instantiate<T extends object>(
  type: DtoClass<T>,
  plain: Record<string, unknown>,
  pointer: string,
  violations: Violations,
): T {
  const known = namedFieldsOf(type);
  const instance = new type();
  for (const key of Object.keys(plain)) {
    if (!known.has(key)) {
      // Of a hundred thousand unknown names only the first are told, so only their pointers are made.
      if (violations.isFull) violations.omit();
      else violations.add(childPointer(pointer, key), 'unknown_field', 'is not a field of the contract');
      continue;
    }
    const value = plain[key];
    const at = childPointer(pointer, key);
    const nested = nestedTypeOf(type, key);
    const child = nested && isJsonObject(value) ? instantiate(nested, value, at, violations) : value;
    (instance as Record<string, unknown>)[key] = child;
  }
  return instance;
}

/** The names that a DTO's decorators know. */
export function namedFieldsOf(type: DtoClass<object>): ReadonlySet<string> {
  const cached = propertiesByClass.get(type);
  if (cached) return cached;
  const metadata = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  const properties = new Set(metadata.map(({ propertyName }) => propertyName));
  propertiesByClass.set(type, properties);
  return properties;
}

function report(error: ValidationError, parent: string, violations: Violations): void {
  const pointer = childPointer(parent, error.property);
  for (const child of error.children ?? []) report(child, pointer, violations);
  const contextByRule = (error.contexts ?? {}) as Record<string, RuleContext>;
  const contexts = Object.values(contextByRule);
  const value = error.value as unknown;
  if (contexts.length > 0 && value === undefined) {
    violations.add(pointer, 'required', 'is missing');
    return;
  }
  for (const { faultOf, inspect } of contexts) {
    const fault = faultOf?.(value);
    if (fault) violations.add(pointer, fault.code, fault.message);
    inspect?.(value, pointer, violations.add);
  }
}
