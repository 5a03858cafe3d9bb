import type { MetadataFilter } from '@libs/domain';
import { parseTimestamp } from '../validation/timestamp';
import type { CaptureFilterDto } from './capture-filter.dto';

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
