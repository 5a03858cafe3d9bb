/**
 * Asks the npm registry for known advisories of what the apps run on: `npm run audit`. Exit code 0: none of severity
 * high or critical; 1: some, which are listed, or npm could not ask; 77: not checked, because the registry does not
 * answer such questions, or knows nothing of a package that everybody else knows to be vulnerable.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const REPOSITORY = resolve(__dirname, '../..');
const FAILED = 1;
/** What test runners take for "skipped": neither good nor bad. */
const NOT_CHECKED = 77;
const MAX_REPORT_BYTES = 64 * 1024 * 1024;
/** Its critical advisory is of 2020. Some mirrors answer every question with "nothing known". */
const KNOWN_VULNERABLE = { name: 'minimist', version: '0.0.8' };
const NOT_COVERED =
  'Not covered: Node itself, packages for development, Python packages, Maven artefacts (all pinned by hash), ' +
  "Maven's plugins, and what apt installs (signed).";

/** Of what `npm audit --json` prints. */
interface AuditReport {
  readonly vulnerabilities?: Vulnerabilities;
  /** Of the registry's answer, or of the way there; there alone. */
  readonly message?: string;
  /** Of npm itself. */
  readonly error?: { readonly code?: string; readonly summary?: string };
}

type Vulnerabilities = Readonly<Record<string, Vulnerability>>;

interface Vulnerability {
  readonly name: string;
  readonly severity: string;
  /** Advisories, and names of packages that have some. */
  readonly via: readonly (string | { readonly title: string; readonly url: string })[];
}

/** The registry tells nothing of advisories. */
class NotChecked extends Error {}

/** npm could not ask. */
class AuditFault extends Error {}

function main(): number {
  const all = Object.values(vulnerabilitiesOf(REPOSITORY));
  requireKnowingRegistry();
  const grave = all.filter(({ severity }) => severity === 'high' || severity === 'critical');
  for (const vulnerability of grave) console.log(lineOf(vulnerability));
  console.log(
    `${grave.length} packages with advisories of severity high or critical, ${all.length - grave.length} lower`,
  );
  console.log(NOT_COVERED);
  return grave.length === 0 ? 0 : FAILED;
}

/** @throws NotChecked unless the registry has an advisory of a package that is known to be vulnerable */
function requireKnowingRegistry(): void {
  const { name, version } = KNOWN_VULNERABLE;
  const folder = mkdtempSync(join(tmpdir(), 'audit-'));
  try {
    const project = { name: 'known-vulnerable', version: '1.0.0', dependencies: { [name]: version } };
    const packages = { '': project, [`node_modules/${name}`]: { version } };
    writeFileSync(join(folder, 'package.json'), JSON.stringify(project));
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
    if (Object.hasOwn(vulnerabilitiesOf(folder), name)) return;
    throw new NotChecked(`it knows of none for ${name} ${version}, which has some`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws NotChecked @throws AuditFault */
function vulnerabilitiesOf(folder: string): Vulnerabilities {
  const { vulnerabilities, message, error } = npmAudit(folder);
  if (vulnerabilities !== undefined) return vulnerabilities;
  if (message !== undefined) throw new NotChecked(message);
  throw new AuditFault([error?.code, error?.summary].filter(Boolean).join(': ') || 'npm told nothing');
}

/** @throws AuditFault */
function npmAudit(folder: string): AuditReport {
  const patience = ['--fetch-retries=1', '--fetch-timeout=30000'];
  const { stdout, error } = spawnSync('npm', ['audit', '--omit=dev', '--json', ...patience], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: MAX_REPORT_BYTES,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  if (error) throw new AuditFault(error.message);
  try {
    return JSON.parse(stdout) as AuditReport;
  } catch {
    throw new AuditFault('npm printed no JSON');
  }
}

function lineOf({ name, severity, via }: Vulnerability): string {
  const causes = via.map((cause) =>
    typeof cause === 'string' ? `by ${cause}` : `${cause.title} ${cause.url}`,
  );
  return `${severity} ${name}: ${causes.join('; ')}`;
}

try {
  process.exitCode = main();
} catch (error) {
  if (error instanceof NotChecked) {
    console.log(`not checked: the registry does not tell advisories (${error.message})`);
    process.exitCode = NOT_CHECKED;
  } else if (error instanceof AuditFault) {
    console.error(`npm audit failed: ${error.message}`);
    process.exitCode = FAILED;
  } else {
    throw error;
  }
}
