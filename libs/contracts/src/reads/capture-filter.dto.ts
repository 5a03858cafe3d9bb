import { LIMITS } from '../gpu-metadata/limits';
import { Optional, Text, TextLike } from '../validation/rules';
import { isTimestamp, TIMESTAMP_TEXT } from '../validation/timestamp';

/** By what every read can be narrowed. */
export class CaptureFilterDto {
  @Optional()
  @Text(1, LIMITS.modelCharacters)
  model?: string;

  @Optional()
  @Text(1, LIMITS.deviceNameCharacters)
  deviceName?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  from?: string;

  @Optional()
  @TextLike(isTimestamp, TIMESTAMP_TEXT)
  to?: string;
}
