import { LIMITS } from '../gpu-metadata/limits';
import { Optional, Text, Timestamp } from '../validation/rules';

/** By what every read can be narrowed. */
export class CaptureFilterDto {
  @Optional()
  @Text(1, LIMITS.modelCharacters)
  model?: string;

  @Optional()
  @Text(1, LIMITS.deviceNameCharacters)
  deviceName?: string;

  @Optional()
  @Timestamp()
  from?: string;

  @Optional()
  @Timestamp()
  to?: string;
}
