import { join, resolve } from 'node:path';
import { z } from 'zod';
import { DemoError } from './demo-error';

export interface DemoConfig {
  readonly apiUrl: string;
  readonly workerUrl: string;
  /** A key of the caller's own. */
  readonly apiKey: string | undefined;
  /** Where the demo keeps the key it makes for itself; absolute. */
  readonly apiKeyFile: string;
  readonly mongodbUri: string;
  readonly database: string;
  /** Whether the demo may install torch with apt. */
  readonly mayInstall: boolean;
  readonly photoCount: number;
}

const repoDir = resolve(__dirname, '../..');

/** An exported but empty variable counts as not set, as in the apps. */
const unlessEmpty = (value: unknown): unknown => (value === '' ? undefined : value);
const port = (byDefault: number): z.ZodType<number> =>
  z.preprocess(unlessEmpty, z.coerce.number().int().min(1).max(65_535).default(byDefault));
const text = z.preprocess(unlessEmpty, z.string().optional());

const environment = z.object({
  PROCESSOR_PORT: port(8000),
  WORKER_PORT: port(8001),
  MONGODB_PORT: port(27017),
  MONGODB_URI: text,
  MONGODB_DB: text,
  API_KEY: text,
  STACK_DIR: text,
  DEMO_INSTALL: text,
  DEMO_PHOTOS: z.preprocess(unlessEmpty, z.coerce.number().int().min(1).max(100).default(8)),
});

/** Reads the demo's settings; throws a DemoError that names every fault at once. */
export function readConfig(env: NodeJS.ProcessEnv): DemoConfig {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
    throw new DemoError(`These settings are not usable:\n${faults.join('\n')}`);
  }
  const settings = parsed.data;
  return {
    apiUrl: `http://127.0.0.1:${settings.PROCESSOR_PORT}`,
    workerUrl: `http://127.0.0.1:${settings.WORKER_PORT}`,
    apiKey: settings.API_KEY,
    apiKeyFile: join(resolve(repoDir, settings.STACK_DIR ?? '.stack'), 'demo-api-key'),
    mongodbUri: settings.MONGODB_URI ?? `mongodb://127.0.0.1:${settings.MONGODB_PORT}/?directConnection=true`,
    database: settings.MONGODB_DB ?? 'ca4',
    mayInstall: settings.DEMO_INSTALL === 'yes',
    photoCount: settings.DEMO_PHOTOS,
  };
}
