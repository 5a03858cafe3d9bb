import { Allow } from 'class-validator';
import {
  GPU_BACKENDS,
  SOURCE_KINDS,
  type AttributeValue,
  type GpuBackend,
  type SourceKind,
} from '@libs/domain';
import { EventId, Integer, Nested, OneOf, Optional, Text, Timestamp } from '../validation/rules';
import { LIMITS } from './limits';
import { Attributes, DeviceName, Tags } from './rules';

/** `gpu` of a submission. */
export class GpuDeviceDto {
  @DeviceName()
  deviceName!: string;

  @Optional()
  @OneOf(GPU_BACKENDS)
  backend?: GpuBackend;

  @Optional()
  @Integer(0, LIMITS.memoryBytes)
  totalMemoryBytes?: number;

  @Optional()
  @Integer(
    0,
    LIMITS.memoryBytes,
    'May exceed totalMemoryBytes: managed and unified memory reach beyond the device',
  )
  allocatedMemoryBytes?: number;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  computeCapability?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  driverVersion?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  cudaVersion?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  hipVersion?: string;

  @Optional()
  @Text(0, LIMITS.versionCharacters)
  torchVersion?: string;
}

/** `source` of a submission. */
export class SourceDto {
  @OneOf(SOURCE_KINDS)
  kind!: SourceKind;

  @Optional()
  @Text(0, LIMITS.uriCharacters)
  uri?: string;

  @Optional()
  @Text(0, LIMITS.nameCharacters)
  name?: string;
}

/** The body of POST /v1/metadata. */
export class SubmissionDto {
  /** Of any type here: the vector is read in one loop (embedding.ts). */
  @Allow()
  embedding?: unknown;

  @Optional()
  @EventId()
  eventId?: string;

  @Text(1, LIMITS.modelCharacters)
  model!: string;

  @Nested(GpuDeviceDto)
  gpu!: GpuDeviceDto;

  @Timestamp()
  capturedAt!: string;

  @Optional()
  @Nested(SourceDto)
  source?: SourceDto;

  @Optional()
  @Tags()
  tags?: string[];

  @Optional()
  @Attributes()
  attributes?: Record<string, AttributeValue | null>;
}
