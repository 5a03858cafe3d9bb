/**
 * Tells Node's warnings in the place of Node itself, but for one: kafkajs 2.2.4 asks for timers in the past
 * (tulios/kafkajs#1751), which does no harm.
 */
export function onRuntimeWarning(tell: (warning: Error) => void): void {
  process.removeAllListeners('warning').on('warning', (warning) => {
    if (warning.name !== 'TimeoutNegativeWarning') tell(warning);
  });
}
