import type { MetadataFilter } from '@libs/domain';
import { LIMITS } from '../gpu-metadata/limits';
import { DeviceName } from '../gpu-metadata/rules';
import { Optional, Text, Timestamp } from '../validation/rules';
import { parseTimestamp } from '../validation/timestamp';

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

/** The filter that a checked query names; what it leaves out is not in it. */
export function captureFilterOf({
  model,
  deviceName,
  tag,
  from,
  to,
}: CaptureFilterDto & { readonly tag?: string }): MetadataFilter {
  return {
    ...(model !== undefined && { model }),
    ...(deviceName !== undefined && { deviceName }),
    ...(tag !== undefined && { tag }),
    ...instant('from', from),
    ...instant('to', to),
  };
}

/** Nothing for a text that was refused. */
function instant(name: 'from' | 'to', text: unknown): Pick<MetadataFilter, 'from' | 'to'> {
  const at = typeof text === 'string' ? parseTimestamp(text) : undefined;
  return at ? { [name]: at } : {};
}
