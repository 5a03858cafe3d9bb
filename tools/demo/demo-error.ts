/** A failure the demo can explain: the message says what is wrong and where to look next. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
}
