/** How many records wait in the dead-letter topics. */
export abstract class DeadLetterCounts {
  /**
   * Name of each dead-letter topic → how many letters it holds, at most some seconds old; null where nobody can
   * tell now. Never rejects, and costs the stream next to nothing however often it is asked.
   */
  abstract counts(): Promise<Readonly<Record<string, number | null>>>;
}
