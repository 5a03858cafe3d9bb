/** The innermost message: kafkajs wraps what happened in what it tried. */
export function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? reasonOf(cause) : message;
}
