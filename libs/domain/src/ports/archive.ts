/** A file of the archive. */
export interface ArchiveObject {
  /** Its path, folders separated by slashes. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** The time in which whoever archives does so alone. */
export interface Tenure {
  /** False as soon as another may archive the same records. */
  readonly holds: boolean;
  /** Aborts what is under way when it no longer holds. */
  readonly signal: AbortSignal;
}

/** Where records are kept for longer than the stream keeps them. */
export abstract class Archive {
  /**
   * Resolves once the object is durable under its name, in the place of what an earlier attempt left there.
   * Nothing is replaced that was stored after the tenure ended. Idempotent.
   *
   * @throws ArchiveUnavailable — retriable; the object may be stored
   */
  abstract store(object: ArchiveObject, tenure: Tenure): Promise<void>;
}
