export interface Partition {
  readonly topic: string;
  readonly partition: number;
}

/** The name of a partition, for maps, logs and people. */
export function placeOf({ topic, partition }: Partition): string {
  return `${topic}/${partition}`;
}
