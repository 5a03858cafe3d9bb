import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

const text = z.object({ value: z.string() }).transform(({ value }) => value);

/** The outputs of an environment that a tunnel needs, named as Terraform has them; others are left alone. */
const outputs = z
  .object({
    bastion_public_ip: text,
    /** Relative paths begin at the environment's folder. */
    ssh_private_key_path: text,
    /** `host:port` or a URL, as the bastion sees it. */
    kafka_bootstrap: text,
    k3s_api_endpoint: text,
    grafana_endpoint: text,
  })
  .partial();

export interface TerraformOutputs {
  readonly values: z.output<typeof outputs>;
  /** Why there are none, for a human. */
  readonly problem?: string;
}

/** Which variable of the tunnel each output stands in for. */
export const variableOfOutput = {
  bastion_public_ip: 'BASTION_HOST',
  ssh_private_key_path: 'BASTION_KEY',
  kafka_bootstrap: 'TUNNEL_KAFKA',
  k3s_api_endpoint: 'TUNNEL_K3S',
  grafana_endpoint: 'TUNNEL_GRAFANA',
} as const satisfies Record<keyof z.output<typeof outputs>, string>;

const answerWithinMs = 60_000;

/** Asks Terraform for the outputs of `infra/terraform/environments/<name>`. */
export function terraformOutputs(repoDir: string, name: string): TerraformOutputs {
  const folder = join('infra', 'terraform', 'environments', name);
  if (!existsSync(join(repoDir, folder))) return { values: {}, problem: `there is no ${folder}` };
  try {
    const json = execFileSync('terraform', [`-chdir=${folder}`, 'output', '-json', '-no-color'], {
      cwd: repoDir,
      encoding: 'utf8',
      timeout: answerWithinMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return readOutputs(json, join(repoDir, folder));
  } catch (error) {
    return { values: {}, problem: failureOf(error as NodeJS.ErrnoException & { stderr?: string }, folder) };
  }
}

/** Reads what `terraform output -json` printed. */
export function readOutputs(json: string, folder: string): TerraformOutputs {
  const { success, data } = outputs.safeParse(JSON.parse(json));
  if (!success)
    return { values: {}, problem: `its outputs are not text: ${Object.keys(variableOfOutput).join(', ')}` };
  if (data.bastion_public_ip === undefined) {
    return {
      values: data,
      problem: `${folder} has no output bastion_public_ip: run terraform apply there first`,
    };
  }
  const { ssh_private_key_path: keyFile } = data;
  return {
    values: { ...data, ...(keyFile !== undefined && { ssh_private_key_path: resolve(folder, keyFile) }) },
  };
}

function failureOf(
  { code, stderr, message }: NodeJS.ErrnoException & { stderr?: string },
  folder: string,
): string {
  if (code === 'ENOENT') return `terraform, which would tell its address from ${folder}, is not installed`;
  const lines = (stderr ?? message).split('\n').map((line) => line.trim());
  return `terraform -chdir=${folder} output failed: ${lines.find((line) => line.includes('Error')) ?? lines[0] ?? ''}`;
}
