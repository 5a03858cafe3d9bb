import { setImmediate as turn } from 'node:timers/promises';
import { PublishWindow } from './publish-window';

const KIB = 1024;
const withRoom = (): boolean => true;

describe(PublishWindow.name, () => {
  let window: PublishWindow;
  let entered: number;

  beforeEach(() => {
    window = new PublishWindow();
    entered = 0;
  });

  /** Enters one record after the other; answers how many are in once nothing moves any more. */
  async function enterAll(count: number, bytes: number, hasRoomToWait = withRoom): Promise<number> {
    void (async (): Promise<void> => {
      for (let index = 0; index < count; index++) {
        await window.enter(bytes, hasRoomToWait);
        entered += 1;
      }
    })();
    await turn();
    return entered;
  }

  it.each([
    ['32 records', KIB, 32],
    ['512 KiB', 100 * KIB, 5],
  ])('holds %s at most, and one more for each that leaves', async (_name, bytes, most) => {
    expect(await enterAll(100, bytes)).toBe(most);
    window.leave(bytes);
    await turn();
    expect(entered).toBe(most + 1);
  });

  it('lets in a lone record of any size, wherever there is no room for it', async () => {
    expect(await enterAll(1, 10_000 * KIB, () => false)).toBe(1);
  });

  it('asks again for room to wait when one of its own records left, and only then', async () => {
    let hasRoom = true;
    expect(await enterAll(1, KIB)).toBe(1);
    expect(await enterAll(2, KIB, () => hasRoom)).toBe(3);
    hasRoom = false;
    expect(await enterAll(1, KIB, () => hasRoom)).toBe(3);
    hasRoom = true;
    await turn();
    expect(entered).toBe(3);
    window.leave(KIB);
    await turn();
    expect(entered).toBe(4);
  });
});
