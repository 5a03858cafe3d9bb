import { BlockList, isIP } from 'node:net';
import { z } from 'zod';

/** The environment breaks the schema; the message lists every fault by variable, never a value. */
export class ConfigurationFault extends Error {
  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length} fault(s):\n${faults.map((fault) => `  ${fault}`).join('\n')}`,
    );
    this.name = ConfigurationFault.name;
  }
}

/** The variables that are set; an empty one counts as not set. */
export type GivenVariables = Readonly<Record<string, string | undefined>>;

/** Faults that span variables, as `NAME: …`; looked for even when single variables are faulty. */
export type CrossCheck = (given: GivenVariables) => readonly string[];

/**
 * Reads `env` by `schema`.
 *
 * @throws ConfigurationFault with all faults at once
 */
export function readSettings<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  env: NodeJS.ProcessEnv,
  crossCheck: CrossCheck,
): z.output<z.ZodObject<Shape>> {
  const isSet = ([, value]: [string, string | undefined]): boolean => value !== undefined && value !== '';
  const given = Object.fromEntries(Object.entries(env).filter(isSet));
  const result = schema.safeParse(given);
  const single = result.error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
  const faults = [...single, ...crossCheck(given)];
  if (!result.success || faults.length > 0) throw new ConfigurationFault(faults);
  return result.data;
}

const faultOf = (message: string): { error: string } => ({ error: message });

/** An integer from `min` to `max`. */
export function integer(min: number, max: number, fallback: number): z.ZodType<number> {
  return givenInteger(min, max).default(fallback);
}

/** The same, where not set means something of its own. */
export function optionalInteger(min: number, max: number): z.ZodType<number | undefined> {
  return givenInteger(min, max).optional();
}

function givenInteger(min: number, max: number): z.ZodType<number> {
  const fault = faultOf(`must be an integer from ${min} to ${max}`);
  return z
    .string()
    .regex(/^\d{1,15}$/, fault)
    .transform(Number)
    .pipe(z.number().min(min, fault).max(max, fault));
}

/** `true` or `false`. */
export function flag(): z.ZodType<boolean | undefined> {
  return z
    .enum(['true', 'false'], faultOf('must be true or false'))
    .transform((value) => value === 'true')
    .optional();
}

/** One of `values`. */
export function choice<const Value extends string>(
  values: readonly Value[],
  fallback: NoInfer<Value>,
): z.ZodType<Value> {
  return z.enum(values, faultOf(`must be one of ${values.join(', ')}`)).default(fallback as never);
}

/** Non-empty items separated by commas. */
export function list(fallback: readonly string[]): z.ZodType<readonly string[]> {
  return items().default([...fallback]);
}

/** Some of `values`, separated by commas; undefined where it is not set. */
export function choices<const Value extends string>(
  values: readonly Value[],
): z.ZodType<readonly Value[] | undefined> {
  const isOne = (item: string): item is Value => (values as readonly string[]).includes(item);
  return items()
    .refine(
      (given): given is readonly Value[] => given.every(isOne),
      faultOf(`must be some of ${values.join(', ')}, separated by commas`),
    )
    .optional();
}

function items(): z.ZodType<readonly string[]> {
  const split = (value: string): string[] => value.split(',').map((item) => item.trim());
  return z
    .string()
    .transform(split)
    .refine(
      (items) => items.every((item) => item !== ''),
      faultOf('must be items separated by commas, none empty'),
    );
}

/** CIDR blocks separated by commas, as a list to check addresses against. */
export function cidrs(): z.ZodType<BlockList> {
  return list([]).transform((items, context) => {
    const blocks = new BlockList();
    for (const item of items) {
      const [address = '', prefix = '', ...rest] = item.split('/');
      const family = isIP(address);
      const isPrefix = /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 4 ? 32 : 128);
      if (family === 0 || !isPrefix || rest.length > 0) {
        context.addIssue({
          code: 'custom',
          message: 'must be CIDR blocks such as 10.0.0.0/8, separated by commas',
        });
        return z.NEVER;
      }
      blocks.addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
    }
    return blocks;
  });
}

/** Origins of web pages, as browsers send them, separated by commas. */
export function origins(): z.ZodType<readonly string[]> {
  return list([]).refine(
    (items) => items.every(isOrigin),
    faultOf(
      'must be exact origins such as https://app.example, without a path, separated by commas; * is not taken',
    ),
  );
}

function isOrigin(text: string): boolean {
  return /^https?:[^*]+$/.test(text) && URL.parse(text)?.origin === text;
}

/** True for names and addresses that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, '$1');
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name)
  );
}

/** What both programs read besides Kafka. */
export const processSettings = {
  HOST: z.string().default('127.0.0.1'),
  METRICS_CIDRS: cidrs(),
  TRUSTED_PROXIES: cidrs(),
  LOG_LEVEL: choice(['fatal', 'error', 'warn', 'info', 'debug', 'trace'], 'info'),
  SHUTDOWN_GRACE_MS: integer(0, 600_000, 25_000),
};
