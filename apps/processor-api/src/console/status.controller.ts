import { Controller, Get, Header } from '@nestjs/common';
import { Access } from '@libs/platform';
import { StatusReport } from './status-report';
import type { StatusBody } from './status-body';

@Controller('v1/status')
export class StatusController {
  constructor(private readonly report: StatusReport) {}

  @Get()
  @Access('read')
  @Header('cache-control', 'no-store')
  status(): Promise<StatusBody> {
    return this.report.compose();
  }
}
