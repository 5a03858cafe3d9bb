/** V8 would let the young heap grow by another 100 MiB under a burst of large bodies, and keep it. */
export const appFlags: readonly string[] = ['--max-semi-space-size=8'];
