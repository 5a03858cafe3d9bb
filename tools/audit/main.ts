/**
 * Asks the npm registry for known advisories of what the apps run on: `npm run audit`. Exit code 0: none of severity high
 * or critical; 1: some, which are listed; 77: not checked, because the registry does not answer such questions.
 */
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '../..');
const FOUND = 1;
/** What test runners take for "skipped": neither good nor bad. */
const NOT_CHECKED = 77;
const NOT_COVERED =
  'Not covered: packages for development, Python packages, Maven artefacts and what apt installs (all pinned by hash or signed).';

/** Of what `npm audit --json` prints. */
interface AuditReport {
  /** Undefined where the registry did not answer. */
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
  readonly message?: string;
}

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  /** Advisories, and names of packages that have some. */
  readonly via: readonly (string | { readonly title: string; readonly url: string })[];
}

function main(): number {
  const { vulnerabilities, message } = npmAudit();
  if (vulnerabilities === undefined) {
    console.log(`not checked: the registry does not tell advisories (${message ?? 'no answer'})`);
    return NOT_CHECKED;
  }
  const all = Object.values(vulnerabilities);
  const grave = all.filter(({ severity }) => severity === 'high' || severity === 'critical');
  for (const vulnerability of grave) console.log(lineOf(vulnerability));
  console.log(
    `${grave.length} packages with advisories of severity high or critical, ${all.length - grave.length} lower`,
  );
  console.log(NOT_COVERED);
  return grave.length === 0 ? 0 : FOUND;
}

function npmAudit(): AuditReport {
  const patience = ['--fetch-retries=1', '--fetch-timeout=30000'];
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json', ...patience], {
    cwd: REPOSITORY,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error) return { message: error.message };
  try {
    return JSON.parse(stdout) as AuditReport;
  } catch {
    return {};
  }
}

function lineOf({ name, severity, via }: Vulnerability): string {
  const causes = via.map((cause) =>
    typeof cause === 'string' ? `by ${cause}` : `${cause.title} ${cause.url}`,
  );
  return `${severity} ${name}: ${causes.join('; ')}`;
}

process.exitCode = main();
