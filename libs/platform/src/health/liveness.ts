/** Whether the program can still do its duty; a dependency that is down is no reason to restart it. */
export class Liveness {
  constructor(readonly unhealthyReason: () => string | undefined) {}
}
