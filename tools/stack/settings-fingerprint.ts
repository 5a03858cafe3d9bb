import { createHash, randomBytes } from 'node:crypto';
import type { AppName } from './stack-settings';

/** Salted hashes of settings, one for each variable: tells later which ones differ, without keeping a value. */
export interface SettingsFingerprint {
  readonly salt: string;
  readonly hashes: Readonly<Record<string, string>>;
}

export type PartVariables = Readonly<Record<string, string>>;

const bothApps =
  /^(HOST|PORT|LOG_LEVEL|METRICS_CIDRS|TRUSTED_PROXIES|KAFKA_(?!PORT$).*|OTEL_.*|SHUTDOWN_GRACE_MS)$/;
const processorApi =
  /^(API_KEYS_FILE|AUTH_MODE|RATE_LIMIT_.*|ALLOWED_CIDRS|DOCS_ENABLED|TLS_.*|MAX_.*|PUBLISH_.*|READ_.*|MONGODB_DB|BODY_.*)$/;
const metadataWorker =
  /^(WORKER_ROLES|MONGODB_(?!PORT$).*|BATCH_.*|EMBEDDING_STORAGE|ARCHIVE_.*|S3_ENDPOINT|AWS_.*|PIPELINE_TAGS|RETENTION_DAYS|ROLLUP_.*)$/;

/** The variables of an environment that the app reads. */
export function appVariables(app: AppName, env: NodeJS.ProcessEnv): PartVariables {
  const own = app === 'processor-api' ? processorApi : metadataWorker;
  const entries = Object.entries(env).filter(([name]) => bothApps.test(name) || own.test(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? '']));
}

export function settingsFingerprint(
  variables: PartVariables,
  salt = randomBytes(16).toString('hex'),
): SettingsFingerprint {
  const entries = Object.entries(variables);
  return {
    salt,
    hashes: Object.fromEntries(entries.map(([name, value]) => [name, hash(salt, name, value)])),
  };
}

/** Names, sorted, of the variables that were added, removed or changed since the fingerprint was taken. */
export function differingVariables(taken: SettingsFingerprint, variables: PartVariables): string[] {
  const now = settingsFingerprint(variables, taken.salt).hashes;
  const names = new Set([...Object.keys(taken.hashes), ...Object.keys(now)]);
  return [...names].filter((name) => taken.hashes[name] !== now[name]).sort();
}

function hash(salt: string, name: string, value: string): string {
  return createHash('sha256').update(`${salt}\0${name}\0${value}`).digest('hex');
}
