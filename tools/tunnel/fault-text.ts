/** The cause of a failed check in one short line: the innermost error that says something. */
export function faultText(error: unknown): string {
  let text = String(error);
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const inner: unknown = cause instanceof AggregateError ? cause.errors[0] : undefined;
    text = (inner instanceof Error ? inner.message : cause.message) || text;
  }
  return text.split('\n', 1)[0]!.trim();
}
