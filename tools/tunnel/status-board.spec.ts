import { StatusBoard } from './status-board';

describe(StatusBoard.name, () => {
  it('prints a line for each thing once, and again only when it changed', () => {
    const lines: string[] = [];
    const at = new Date(2026, 0, 2, 3, 4, 5);
    const board = new StatusBoard(
      ['ssh', 'kafka'],
      (line) => lines.push(line),
      () => at,
    );
    board.up('ssh', 'bastion');
    board.down('kafka', 'connection refused');
    board.down('kafka', 'connection refused');
    board.up('kafka', '1 broker');
    board.up('ssh', 'bastion');
    board.down('kafka', 'connection refused');
    expect(lines).toEqual([
      '03:04:05  ssh     up   bastion',
      '03:04:05  kafka   down connection refused',
      '03:04:05  kafka   up   1 broker',
      '03:04:05  kafka   down connection refused',
    ]);
  });
});
