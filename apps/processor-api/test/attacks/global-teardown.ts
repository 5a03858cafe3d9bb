import { AttackTable } from './attack-table';

/** Jest's globalTeardown: what all attacks came to. */
export default function globalTeardown(): void {
  new AttackTable().print();
}
