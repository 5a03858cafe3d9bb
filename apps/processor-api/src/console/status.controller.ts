import { Controller, Get, Header } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { STATUS_SCHEMA } from './status-schema';
import { StatusReport } from './status-report';
import type { StatusBody } from './status-body';

@ApiTags('status')
@Controller('v1/status')
export class StatusController {
  constructor(private readonly report: StatusReport) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'How this process is doing: traffic of the last minutes, queue, dead letters, parts',
  })
  @ApiOkResponse({
    description: 'Figures of this process alone, since it started',
    schema: STATUS_SCHEMA as never,
  })
  status(): Promise<StatusBody> {
    return this.report.compose();
  }
}
