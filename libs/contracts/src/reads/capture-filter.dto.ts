import { DeviceName } from '../gpu-metadata/device-name';
import { LIMITS } from '../gpu-metadata/limits';
import { Optional, Text, Timestamp } from '../validation/rules';

/** By what every read can be narrowed. */
export class CaptureFilterDto {
  @Optional()
  @Text(1, LIMITS.modelCharacters)
  model?: string;

  @Optional()
  @DeviceName()
  deviceName?: string;

  @Optional()
  @Timestamp()
  from?: string;

  @Optional()
  @Timestamp()
  to?: string;
}
