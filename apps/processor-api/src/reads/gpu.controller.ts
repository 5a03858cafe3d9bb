import { Controller, Get, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { refuseParameters } from '@libs/contracts';
import { GpuCatalogue, MetadataReader, PipelineError } from '@libs/domain';
import { Access } from '@libs/platform';
import { metadataBody, type MetadataBody } from './metadata-body';

/** The hardware of the newest capture. */
export type GpuInfoBody = Pick<MetadataBody, 'eventId' | 'model' | 'gpu' | 'capturedAt'>;

/** A known GPU, in the field names of the seed document. */
export interface GpuBody {
  readonly gpu_index: number;
  readonly name: string;
  readonly price_per_hour_usd: number;
  readonly ts: Date;
}

@Controller()
export class GpuController {
  constructor(
    private readonly reader: MetadataReader,
    private readonly catalogue: GpuCatalogue,
  ) {}

  @Get('gpu/info')
  @Access('read')
  async info(@Req() request: FastifyRequest): Promise<GpuInfoBody> {
    refuseParameters(request.url);
    const latest = await this.reader.latest(request.caller);
    if (!latest) throw new PipelineError('not_found', 'there is no document yet');
    const { eventId, model, gpu, capturedAt } = metadataBody(latest);
    return { eventId, model, gpu, capturedAt };
  }

  @Get('v1/gpus')
  @Access('read')
  async known(@Req() request: FastifyRequest): Promise<{ readonly items: readonly GpuBody[] }> {
    refuseParameters(request.url);
    const gpus = await this.catalogue.all(request.caller);
    const items = gpus.map(({ gpuIndex, name, pricePerHourUsd, at }) => ({
      gpu_index: gpuIndex,
      name,
      price_per_hour_usd: pricePerHourUsd,
      ts: at,
    }));
    return { items };
  }
}
