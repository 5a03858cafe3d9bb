import type { StreamPosition } from '@libs/domain';

/** `"topic":…,"partition":…,"offset":…`: an offset may be past what a JSON number made by JavaScript can hold. */
export function positionFields({ topic, partition, offset }: StreamPosition): string {
  return `"topic":${JSON.stringify(topic)},"partition":${partition},"offset":${offset}`;
}
