import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { parseStatsQuery, READ_LIMITS } from '@libs/contracts';
import { Clock, HourlyFigures, InvalidMetadata, type HourlyGroup } from '@libs/domain';
import { Access } from '@libs/platform';

@Controller()
export class StatsController {
  constructor(
    private readonly figures: HourlyFigures,
    private readonly clock: Clock,
  ) {}

  @Get('v1/metadata/stats')
  @Access('read')
  async hours(@Req() request: FastifyRequest): Promise<{ readonly items: readonly HourlyGroup[] }> {
    const limit = READ_LIMITS.statsItems;
    const hours = { ...parseStatsQuery(request.url, this.clock.now()), limit };
    const items = await this.figures.ofHours(hours, request.caller);
    if (items.length > limit) {
      const message = `would give more than ${limit} items: ask for fewer hours, or for one model or device`;
      throw new InvalidMetadata([{ pointer: '/from', code: 'out_of_range', message }]);
    }
    return { items };
  }
}
