import { Table } from './table';

/** Jest's globalTeardown: the rows of all scenarios together. */
export default function globalTeardown(): void {
  new Table().print();
}
