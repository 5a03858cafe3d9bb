import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { Readiness } from './readiness';

/**
 * Probes: live, ready (send me work), and both as a summary. A process that answers at all is live: one that
 * cannot go on ends by itself, and a dependency that is down is no reason to restart anything.
 */
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  @HealthCheck()
  async summary(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.live(), ...(await this.dependencies())]);
  }

  @Get('live')
  @HealthCheck()
  liveProbe(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.live()]);
  }

  @Get('ready')
  @HealthCheck()
  async readyProbe(): Promise<HealthCheckResult> {
    return this.checks.check(await this.dependencies());
  }

  private live(): HealthIndicatorResult {
    return this.result('process', undefined);
  }

  private async dependencies(): Promise<(() => HealthIndicatorResult)[]> {
    const problems = await this.readiness.problems();
    return Object.entries(problems).map(
      ([name, problem]) =>
        () =>
          this.result(name, problem),
    );
  }

  private result(name: string, problem: string | undefined): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return problem === undefined ? indicator.up() : indicator.down({ message: problem });
  }
}
