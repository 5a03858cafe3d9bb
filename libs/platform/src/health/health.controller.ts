import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { Access } from '../http/routes';
import { Liveness } from './liveness';
import { Readiness } from './readiness';

/** Probes: live (no restart would help), ready (send me work), and both as a summary. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly liveness: Liveness,
    private readonly readiness: Readiness,
  ) {}

  @Get()
  @Access('health')
  @HealthCheck()
  async summary(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.live(), ...(await this.dependencies())]);
  }

  @Get('live')
  @Access('health')
  @HealthCheck()
  liveProbe(): Promise<HealthCheckResult> {
    return this.checks.check([() => this.live()]);
  }

  @Get('ready')
  @Access('health')
  @HealthCheck()
  async readyProbe(): Promise<HealthCheckResult> {
    return this.checks.check(await this.dependencies());
  }

  private live(): HealthIndicatorResult {
    return this.result('process', this.liveness.unhealthyReason());
  }

  private async dependencies(): Promise<(() => HealthIndicatorResult)[]> {
    const reasons = await this.readiness.unhealthyReasons();
    return Object.entries(reasons).map(
      ([name, reason]) =>
        () =>
          this.result(name, reason),
    );
  }

  private result(name: string, unhealthyReason: string | undefined): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    return unhealthyReason === undefined ? indicator.up() : indicator.down({ message: unhealthyReason });
  }
}
