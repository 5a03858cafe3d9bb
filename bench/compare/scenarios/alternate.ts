import type { Figures, Measured, Workshop } from './scenario';

/** One side of a comparison, before it is measured. */
export interface Contestant {
  readonly name: string;
  readonly round: () => Promise<Figures>;
}

/** Gives each its turn, round after round, so that what else the machine does weighs on all alike. */
export async function alternate(
  contestants: readonly Contestant[],
  { rounds, progress }: Pick<Workshop, 'rounds' | 'progress'>,
): Promise<Measured[]> {
  const measured = contestants.map(({ name, round }) => ({ name, round, rounds: [] as Figures[] }));
  for (let number = 1; number <= rounds; number++) {
    for (const { name, round, rounds: gathered } of measured) {
      const figures = await round();
      gathered.push(figures);
      progress.note(`  round ${number}: ${name}: ${figures.recordsPerSecond?.toFixed(0) ?? '-'} records/s`);
    }
  }
  return measured.map(({ name, rounds: gathered }) => ({ name, rounds: gathered }));
}
