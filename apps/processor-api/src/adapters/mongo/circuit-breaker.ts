export interface CircuitSettings {
  /** Failures in a row that open the circuit. */
  readonly maxFailures: number;
  /** How long it stays open before one try is let through. */
  readonly pauseMs: number;
}

/**
 * Refuses work at once while what it depends on keeps failing. After a pause one try is let through: its success
 * closes the circuit, its failure begins the pause again.
 */
export class CircuitBreaker {
  private failures = 0;
  private openUntil = 0;
  private isProbing = false;

  constructor(
    private readonly settings: CircuitSettings,
    private readonly nowMs: () => number = () => performance.now(),
  ) {}

  get isOpen(): boolean {
    return this.failures >= this.settings.maxFailures;
  }

  /** Whether one piece of work may go on now; whoever is let through while it is open reports how it ended. */
  admits(): boolean {
    if (!this.isOpen) return true;
    if (this.isProbing || this.nowMs() < this.openUntil) return false;
    this.isProbing = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.isProbing = false;
  }

  failed(): void {
    this.failures += 1;
    this.isProbing = false;
    if (this.isOpen) this.openUntil = this.nowMs() + this.settings.pauseMs;
  }
}
