import { table } from './table';

describe(table.name, () => {
  it('makes each column as wide as its widest cell', () => {
    expect(
      table(
        ['photo', 'n'],
        [
          ['cat.jpg', '1'],
          ['a', '22'],
        ],
      ),
    ).toEqual(['photo    n', '-------  --', 'cat.jpg  1', 'a        22']);
  });
});
