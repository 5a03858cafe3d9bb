import { StackError } from './stack-error';

/** Waits for all, then throws what failed: foreseeable faults as one error, so that they are corrected in one go. */
export async function allTogether(works: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(works);
  const reasons = results.flatMap((result): unknown[] =>
    result.status === 'rejected' ? [result.reason] : [],
  );
  if (reasons.length === 0) return;
  const faults = reasons.filter((reason) => reason instanceof StackError);
  if (faults.length < reasons.length) {
    throw new AggregateError(reasons, reasons.map(String).join('; '), {
      cause: reasons.find((reason) => !(reason instanceof StackError)),
    });
  }
  const distinct = (texts: string[]): string => [...new Set(texts)].join('\n');
  throw new StackError(distinct(faults.map((f) => f.message)), distinct(faults.map((f) => f.nextStep)), {
    cause: faults[0],
  });
}
